// Composition of the page: language, session, patients, the open chart, keys, and the state of the connection.
import { patientAddress, readAddress } from "./address.js";
import { createApi } from "./api.js";
import { byId, fill, h, isTyping, unseen } from "./dom.js";
import { chosenLanguage, keepLanguage, loadWords } from "./i18n.js";
import { createPatients } from "./patients.js";
import { createSession } from "./session.js";

const NARROW = matchMedia("(max-width: 1099px)");

function topBar({ w, me, session }) {
  const other = w.language === "fr" ? "en" : "fr";
  const change = () => {
    keepLanguage(other);
    location.reload();
  };
  fill(
    byId("account"),
    h("span", { class: "person" }, me.display_name),
    h("button", { type: "button", class: "quiet", lang: other, title: w("page.language"), onclick: change }, other.toUpperCase(), unseen(" ", w("page.language"))),
    h("button", { type: "button", class: "quiet", onclick: () => session.close() }, w("session.signout")),
  );
}

function labelPlaces(w) {
  document.documentElement.lang = w.language;
  document.title = w("page.title");
  fill(byId("skip"), w("page.skip"));
  for (const id of ["who", "work"]) byId(id).setAttribute("aria-label", w(`page.${id}`));
  byId("side").setAttribute("aria-label", w("page.source"));
  const key = (name) => h("kbd", {}, name);
  const parts = w("page.keys", { slash: "\0/\0", arrows: "\0← →\0", escape: `\0${w("page.escape")}\0` }).split("\0");
  fill(byId("keys"), parts.map((text, i) => (i % 2 ? key(text) : text)));
}

function watchConnection(w) {
  const notice = byId("notice");
  addEventListener("offline", () => fill(notice, w("page.offline")));
  addEventListener("online", () => {
    fill(notice, w("page.online"));
    setTimeout(() => fill(notice), 4000);
  });
  if (!navigator.onLine) fill(notice, w("page.offline"));
}

function watchKeys(chart) {
  const steps = { ArrowLeft: -1, ArrowRight: 1 };
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      if (chart.back()) event.preventDefault();
    } else if (!isTyping(event.target)) {
      if (event.key === "/") {
        event.preventDefault();
        chart.focusQuestion();
      } else if (event.key in steps && chart.walk(steps[event.key])) event.preventDefault();
    }
  });
}

/** Folded parts must stand open on paper, and fold again afterwards. */
function watchPrinting() {
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll(".latest details:not([open])")];
    for (const one of opened) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of opened) one.open = false;
  });
}

function welcome(w) {
  fill(byId("record"), h("div", { class: "welcome" }, h("h1", {}, w("patients.choose")), h("p", {}, w("patients.welcome"))));
}

/** Patients and chart follow the address; a change of patient is a step that Back undoes. */
function follow({ w, chart, patients }) {
  async function go({ patientId, ...rest }) {
    patients.mark(patientId);
    byId("places").classList.toggle("choosing", !patientId);
    if (patientId) {
      if (await chart.open(patientId, rest)) byId("banner").querySelector("h1")?.focus({ preventScroll: true });
    } else {
      document.title = w("page.title");
      chart.clear();
      welcome(w);
      byId("find").focus({ preventScroll: true });
    }
  }
  addEventListener("popstate", () => go(readAddress()));
  go(readAddress());
  return (patientId) => {
    history.pushState(null, "", patientId ? patientAddress(patientId) : "/");
    go({ patientId });
  };
}

async function start() {
  const w = await loadWords(chosenLanguage());
  labelPlaces(w);
  watchConnection(w);
  const session = createSession({ w });
  const api = createApi({ signInAgain: () => session.again() });
  session.use(api);
  // The chart's code is fetched while the reader signs in: the first paint does not wait for it.
  const [{ createChart }, me] = await Promise.all([import("./chart.js"), session.open()]);
  topBar({ w, me, session });
  byId("places").hidden = false;

  const chart = createChart({ api, me, w, narrow: NARROW });
  let choose;
  const patients = createPatients({ root: byId("patients"), api, w, onChoose: (id) => choose(id) });
  fill(byId("change"), h("button", { type: "button", class: "quiet", title: w("patients.change"), onclick: () => choose(null) }, "← ", w("patients.title")));
  patients.load();
  NARROW.addEventListener("change", chart.cover);
  watchKeys(chart);
  watchPrinting();
  choose = follow({ w, chart, patients });
}

start();
