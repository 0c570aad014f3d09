// How an answer was made: one click away, complete enough to explain it a year later.
import { h } from "./dom.js";
import { localTime, seconds } from "./format.js";

const CHECKS = ["binding", "relevance", "numbers", "units", "dates", "drugs", "negation", "laterality", "subject", "temporality"];

function checksOf(sentence, w) {
  const passed = CHECKS.filter((name) => sentence.checks[name] === true).map((name) => w(`check.${name}`));
  return passed.length ? passed.join(", ") : w("check.none");
}

export function mentionWords(answer, w) {
  return w(answer.mode === "facts" ? "answer.mention.facts" : "answer.mention.model");
}

/** The mention, and behind it model, prompt, encoder, code and the checks of each sentence. */
export function provenanceView(answer, w) {
  const { provenance: made, timings_ms: timings } = answer;
  const time = (value) => (value === null || value === undefined ? "—" : seconds(value, w.language));
  const rows = [
    ["provenance.mode", w(`provenance.mode.${answer.mode}`)],
    ["provenance.model", made.model ?? w("provenance.nomodel")],
    ["provenance.sha", made.model_sha256],
    ["provenance.engine", made.engine],
    ["provenance.prompt", made.prompt],
    ["provenance.encoder", made.encoder],
    ["provenance.index", made.index],
    ["provenance.code", made.code],
    ["provenance.time", w("provenance.timings", { evidence: time(timings.evidence), total: time(timings.total) })],
    ["provenance.id", `${answer.id}, ${localTime(answer.created_at, w.language)}`],
  ];
  return h(
    "details",
    { class: "provenance" },
    h("summary", {}, w("provenance.title")),
    h("dl", {}, rows.filter(([, value]) => value).map(([key, value]) => [h("dt", {}, w(key)), h("dd", {}, value)])),
    answer.sentences.length > 0 && [
      h("p", { class: "label" }, w("provenance.checks")),
      h("ol", {}, answer.sentences.map((sentence) => h("li", {}, checksOf(sentence, w)))),
    ],
  );
}
