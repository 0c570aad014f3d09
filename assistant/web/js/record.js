// The record without any question: allergies, treatments, problems, measurements, timeline.
import { courses, detail } from "./courses.js";
import { fill, h } from "./dom.js";
import { errorWords } from "./errors.js";
import { number, shortDate, unit } from "./format.js";
import { labsView } from "./labs.js";
import { fold } from "./marking.js";
import { originWords, stateWords } from "./names.js";
import { timelineView } from "./timeline.js";

/** A value as a reader sees it; a type that says nothing to a reader gives an empty string. */
export function valueWords(value, w) {
  const type = value?.type;
  if (type === "quantity") return `${value.comparator ?? ""}${number(value.magnitude, w.language)} ${unit(value.unit)}`.trim();
  if (type === "coded" || type === "text" || type === "ordinal") return value.text;
  if (type === "moment") return shortDate(value.iso, w.language);
  return "";
}

const opener = (fact, words, onOpen, extra = "") =>
  h("button", { type: "button", class: `fact ${extra}`, onclick: (event) => onOpen(fact.locator, event.currentTarget) }, words);

function allergyLine(fact, { w, onOpen }) {
  const value = valueWords(fact.value, w);
  const name = value && value !== fact.label ? `${fact.label}${w("page.colon")}${value}` : fact.label;
  const reaction = detail(fact, "reaction");
  const parts = [
    reaction && w("allergies.reaction", { text: reaction }),
    detail(fact, "severity"),
    fact.certainty !== "absent" && w.code("certainty", fact.certainty),
    shortDate(fact.effective, w.language),
    originWords(fact, w),
  ];
  const present = fact.certainty !== "absent";
  const words = present ? name : w("allergies.absent", { name });
  return h("li", { class: present ? "present" : null }, opener(fact, h("strong", {}, words), onOpen), h("span", { class: "small" }, parts.filter(Boolean).join(" · ")));
}

/** Allergies: what is present first; then what contradicts it. */
export function allergiesView(facts, tools) {
  const own = facts.filter((fact) => fact.subject === "patient" && fact.status !== "entered_in_error");
  const order = ["present", "suspected", "unknown", "absent"];
  const sorted = [...own].sort((a, b) => order.indexOf(a.certainty) - order.indexOf(b.certainty));
  const seen = new Set();
  const distinct = sorted.filter((fact) => {
    const key = `${fact.label}|${valueWords(fact.value, tools.w)}|${fact.certainty}`;
    return !seen.has(key) && seen.add(key);
  });
  if (!distinct.length) return h("p", { class: "small" }, tools.w("allergies.none"));
  return h("ul", { class: "allergies" }, distinct.map((fact) => allergyLine(fact, tools)));
}

/** Parts of a posology, less those that an earlier part already says. */
const unrepeated = (parts) =>
  parts.filter((part, i) => part && !parts.slice(0, i).some((before) => before && fold(before).includes(fold(part))));

function treatmentLine(one, { w, onOpen }) {
  const { dosed } = one;
  const parts = ["dose", "frequency", "route"].map((name) => detail(dosed, name));
  const words = unrepeated([...parts, detail(dosed, "as_needed") && w("treatments.asneeded")]).join(", ") || valueWords(dosed.value, w);
  const since = one.since && w(one.certain ? "treatments.since" : "treatments.seen", { date: shortDate(one.since, w.language) });
  const why = one.reason && w("treatments.for", { text: one.reason });
  return h(
    "li",
    {},
    opener(one.newest, h("strong", {}, one.label), onOpen),
    words !== one.label && h("span", { class: "posology" }, words),
    h("span", { class: "small" }, [since, why, stateWords(one.state, w), originWords(one.newest, w)].filter(Boolean).join(" · ")),
  );
}

function stoppedLine(one, { w, onOpen }) {
  const date = shortDate(one.stopped, w.language);
  const parts = [
    date ? w("treatments.stoppedon", { date }) : w("treatments.stoppedundated"),
    one.whyStopped ? w("treatments.reason", { text: one.whyStopped }) : w("treatments.noreason"),
    originWords(one.newest, w),
  ];
  return h("li", {}, opener(one.newest, one.label, onOpen), h("span", { class: "small" }, parts.filter(Boolean).join(" · ")));
}

function treatmentsView(facts, tools) {
  const { w } = tools;
  const { current, stopped, other } = courses(facts);
  const folded = (key, list, line) =>
    list.length > 0 && h("details", {}, h("summary", {}, w(key, { n: list.length })), h("ul", { class: "lines" }, list.map((one) => line(one, tools))));
  return [
    current.length ? h("ul", { class: "lines" }, current.map((one) => treatmentLine(one, tools))) : h("p", { class: "empty" }, w("treatments.none")),
    folded("treatments.stopped", stopped, stoppedLine),
    folded("treatments.other", other, treatmentLine),
  ];
}

function problemLine(fact, { w, onOpen }) {
  const value = valueWords(fact.value, w);
  const words = value && value !== fact.label ? `${fact.label}${w("page.colon")}${value}` : fact.label;
  const parts = [shortDate(fact.effective, w.language), w.code("certainty", fact.certainty), stateWords(fact.status, w), originWords(fact, w)];
  return h("li", {}, opener(fact, words, onOpen), h("span", { class: "small" }, parts.filter(Boolean).join(" · ")));
}

function problemsView(facts, tools) {
  const { w } = tools;
  const seen = new Set();
  const own = facts.filter((fact) => {
    const key = `${fact.codes?.[0]?.code ?? fact.label}|${valueWords(fact.value, w)}|${fact.certainty}`;
    return fact.subject === "patient" && fact.certainty !== "absent" && fact.status !== "entered_in_error" && !seen.has(key) && seen.add(key);
  });
  const past = own.filter((fact) => fact.status === "resolved");
  const active = own.filter((fact) => fact.status !== "resolved");
  const list = (some) => h("ul", { class: "lines" }, some.map((fact) => problemLine(fact, tools)));
  return [
    active.length ? list(active) : h("p", { class: "empty" }, w("problems.none")),
    past.length > 0 && h("details", {}, h("summary", {}, w("problems.past", { n: past.length })), list(past)),
  ];
}

/** A part of the record that loads by itself, says so, and can be tried again. */
export function part({ w, key, className = "", level = "h3" }) {
  const body = h("div", { class: "body" }, h("p", { class: "empty", role: "status" }, w("page.loading")));
  const node = h("section", { class: `part ${className}` }, h(level, {}, w(key)), body);
  async function load(get, draw) {
    try {
      fill(body, draw(await get()));
    } catch (error) {
      const retry = h("button", { type: "button", class: "quiet", onclick: () => load(get, draw) }, w("page.retry"));
      fill(body, h("p", { class: "trouble" }, w("record.failed"), " ", errorWords(error, w)), retry);
    }
  }
  return { node, load };
}

/** Draw the record into `root`; `sources` are promises {medications, problems, trends, entries}. */
export function recordView(root, sources, { w, onOpen, onCell }) {
  const tools = { w, onOpen };
  const treatments = part({ w, key: "treatments.title" });
  const problems = part({ w, key: "problems.title" });
  const labs = part({ w, key: "labs.title", className: "wide" });
  const vitals = part({ w, key: "kind.vital_signs", className: "wide" });
  const timeline = part({ w, key: "timeline.title", className: "wide" });
  const point = { w, onOpen: (one, from) => onOpen({ record_id: one.record_id, version: one.version, start: one.start, end: one.end }, from) };
  fill(root, h("h2", {}, w("record.title")), h("div", { class: "parts" }, treatments.node, problems.node, labs.node, vitals.node, timeline.node));

  const ofKind = (trends, kind) => trends.filter((trend) => trend.kind === kind);
  const none = (key) => h("p", { class: "empty" }, w(key));
  treatments.load(sources.medications, (facts) => treatmentsView(facts, tools));
  problems.load(sources.problems, (facts) => problemsView(facts, tools));
  labs.load(sources.trends, (trends) => {
    const own = ofKind(trends, "laboratory");
    return own.length ? labsView(own, point) : none("labs.none");
  });
  vitals.load(sources.trends, (trends) => {
    const own = ofKind(trends, "vital_sign");
    vitals.node.hidden = own.length === 0;
    return labsView(own, point);
  });
  timeline.load(sources.entries, (entries) =>
    timelineView(entries, { w, width: timeline.node.clientWidth - 32, onCell }) ?? none("timeline.none"));
}
