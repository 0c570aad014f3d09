// Who: the list with its search, the banner of the open patient, and what must never be missed.
import { h, fill } from "./dom.js";
import { errorWords } from "./errors.js";
import { age, shortDate } from "./format.js";

const gendered = (sex) => (sex === "female" || sex === "male" ? sex : "other");

/** "DURAND Marie" where the source gives both parts, else the name as given. */
export function displayName(patient) {
  if (!patient.family_name) return patient.name || "—";
  return `${patient.family_name.toLocaleUpperCase("fr")} ${patient.given_names ?? ""}`.trim();
}

function born(patient, w) {
  if (!patient.birth_date) return w("patient.nobirthdate");
  const words = w(`patient.born.${gendered(patient.sex)}`, { date: shortDate(patient.birth_date, w.language) });
  const years = age(patient.birth_date);
  return years ? `${words} (${w(`patient.age.${years.unit}`, { n: years.n })})` : words;
}

const INS = /\bINS\b|\bNIR\b|1\.2\.250\.1\.213\.1\.4\.(8|9|10|11)\b/i;

/** Numbers that may be shown: an INS only when it and the identity are qualified, never the service's own id. */
function numbersOf({ id, identifiers, identity_status: identity }) {
  const sure = (status) => identity === "qualified" && (status ?? identity) === "qualified";
  return identifiers.filter(({ system, value, status }) => value !== id && (!INS.test(system) || sure(status)));
}

/** The identity, in words: nothing here is told by colour alone. */
export function banner(patient, w) {
  const name = displayName(patient);
  const birthName = patient.birth_name && patient.birth_name !== patient.family_name ? patient.birth_name : "";
  const sure = patient.identity_status === "qualified" || patient.identity_status === "validated";
  const sex = w.code("patient.sex", patient.sex);
  return h(
    "div",
    { class: "banner" },
    h("h1", { tabindex: "-1" }, name),
    birthName && h("p", {}, w(`patient.birthname.${gendered(patient.sex)}`, { name: birthName.toLocaleUpperCase("fr") })),
    h("p", {}, `${sex}, ${born(patient, w)}`),
    h("p", { class: sure ? "identity" : "identity attention" }, w.code("identity", patient.identity_status)),
    numbersOf(patient).map((one) => h("p", { class: "small" }, `${one.system} ${one.value}`)),
  );
}

/** The list. `onChoose(id)` opens a record. */
export function createPatients({ root, api, w, onChoose }) {
  const list = h("ul", { class: "patients" });
  const count = h("p", { class: "small", role: "status" });
  const input = h("input", {
    type: "search", id: "find", autocomplete: "off", spellcheck: "false", placeholder: w("patients.find"),
  });
  let current = null;
  let asked = null;
  let wait = 0;

  const row = (patient) =>
    h(
      "li",
      {},
      h(
        "a",
        {
          href: `/p/${encodeURIComponent(patient.id)}`,
          "aria-current": patient.id === current ? "page" : null,
          "data-id": patient.id,
          onclick(event) {
            if (event.metaKey || event.ctrlKey || event.shiftKey) return;
            event.preventDefault();
            onChoose(patient.id);
          },
        },
        h("strong", {}, displayName(patient)),
        h("span", { class: "small" }, born(patient, w)),
      ),
    );

  async function load() {
    asked?.abort();
    asked = new AbortController();
    const text = input.value.trim();
    try {
      const { patients } = await api.patients(text, asked.signal);
      fill(list, patients.map(row));
      const none = text ? w("patients.none", { text }) : w("patients.empty");
      fill(count, patients.length ? w("patients.count", { n: patients.length }) : none);
    } catch (error) {
      if (error.name === "AbortError") return;
      fill(list);
      const retry = h("button", { type: "button", class: "quiet", onclick: load }, w("page.retry"));
      if (error.status === 403) fill(count, w("patients.role"));
      else fill(count, errorWords(error, w), " ", retry);
    }
  }

  input.addEventListener("input", () => {
    clearTimeout(wait);
    wait = setTimeout(load, 150);
  });
  fill(count, w("page.loading"));
  fill(
    root,
    h("h2", {}, w("patients.title")),
    h("label", { class: "unseen", htmlFor: "find" }, w("patients.find")),
    input,
    count,
    list,
  );
  return {
    load,
    mark(id) {
      current = id;
      for (const link of list.querySelectorAll("a")) {
        if (link.dataset.id === id) link.setAttribute("aria-current", "page");
        else link.removeAttribute("aria-current");
      }
    },
  };
}
