// One question and what came back: evidence at once, then sentences as they pass their checks.
import { fill, h } from "./dom.js";
import { coverageView } from "./coverage.js";
import { answerText, copyText } from "./copying.js";
import { localTime, seconds } from "./format.js";
import { mentionWords, provenanceView } from "./provenance.js";
import { cited, evidenceLine } from "./sentences.js";

const SHOWN = 6;

function droppedView(dropped, w) {
  const total = dropped.reduce((sum, one) => sum + one.count, 0);
  if (!total) return null;
  const reasons = dropped.map((one) => `${w.code("dropped", one.reason)} (${one.count})`).join(", ");
  return h("p", { class: "dropped" }, w("dropped.title", { n: total }), w("page.colon"), reasons, ".");
}

function optionsView(answer, w, onAsk) {
  return h(
    "p",
    { class: "options" },
    answer.options.map((option) =>
      h("button", { type: "button", class: "option", onclick: () => onAsk(`${answer.question} (${option})`) }, option),
    ),
  );
}

function reasonView(answer, tools) {
  const { w, onAsk } = tools;
  const reason = answer.reason ?? "other";
  return h(
    "div",
    { class: `reason ${answer.status}` },
    h("h3", {}, w.code("reason", reason)),
    h("p", {}, w(w.has(`reason.${reason}.help`) ? `reason.${reason}.help` : "reason.other.help")),
    answer.options.length > 0 && optionsView(answer, w, onAsk),
  );
}

function actions(answer, { index, w, onAsk, request }) {
  const copy = h("button", { type: "button", class: "quiet" }, w("answer.copy"));
  const said = h("span", { role: "status", class: "small" });
  copy.addEventListener("click", async () => {
    const done = await copyText(answerText(answer, index, w));
    fill(said, w(done ? "answer.copied" : "answer.copyfailed"));
    setTimeout(() => fill(said), 4000);
  });
  const again = () => onAsk(answer.question, request);
  return h(
    "p",
    { class: "actions" },
    copy,
    h("button", { type: "button", class: "quiet", onclick: () => window.print() }, w("answer.print")),
    answer.stale && h("button", { type: "button", class: "quiet", onclick: again }, w("answer.again")),
    said,
  );
}

/** A view of one answer in the making. `tools`: {w, index, drugs, onOpen, onAsk, onStop, documents, request}. */
export function createAnswer(question, tools) {
  const { w } = tools;
  const state = { evidence: [], sentences: 0, coverage: null, answer: null, busy: true };
  const status = h("p", { class: "status", role: "status" });
  const stop = h("button", { type: "button", class: "quiet stop", onclick: tools.onStop }, w("ask.stop"));
  const notes = h("div", { class: "notes" });
  const sentences = h("div", { class: "sentences", "aria-live": "polite", "aria-relevant": "additions" });
  const after = h("div", { class: "after" });
  const evidence = h("div", { class: "evidence" });
  const foot = h("footer", {});
  const head = h("header", {}, h("h2", { tabindex: "-1" }, question), h("div", { class: "progress" }, status, stop));
  const node = h("article", { class: "answer" }, head, notes, sentences, after, evidence, foot);

  const heading = (key) => {
    const title = evidence.querySelector("h3");
    if (title) fill(title, w(key));
  };
  const say = (words) => {
    if (status.textContent !== words) fill(status, words);
  };
  const writing = () => say(w("status.writing", { n: state.sentences }));

  function onEvidence({ evidence: items, coverage }) {
    state.evidence = items;
    state.coverage = coverage;
    const lines = items.map((item) => evidenceLine(item, tools));
    fill(
      evidence,
      items.length > 0 && h("h3", {}, w("answer.evidence")),
      h("ol", {}, lines.slice(0, SHOWN)),
      lines.length > SHOWN &&
        h("details", {}, h("summary", {}, w("answer.more", { n: lines.length - SHOWN })), h("ol", { start: SHOWN + 1 }, lines.slice(SHOWN))),
    );
    if (state.busy) writing();
  }

  function onSentence(sentence) {
    state.sentences += 1;
    sentences.append(h("p", { class: "sentence" }, cited({ ...sentence, evidence: state.evidence, drugs: tools.drugs }, tools)));
    if (state.busy) writing();
  }

  function settle(words) {
    state.busy = false;
    stop.remove();
    say(words);
    node.classList.add("settled");
  }

  function summary(answer) {
    if (answer.status === "clarify" || answer.status === "refused") return "";
    const n = answer.sentences.length;
    const time = answer.timings_ms.total === null ? "" : seconds(answer.timings_ms.total, w.language);
    const others = answer.evidence.length;
    const found = n ? w("status.done", { n }) : w("status.evidence", { n: others });
    return [found, time].filter(Boolean).join(" · ");
  }

  function onFinished(answer) {
    state.answer = answer;
    state.evidence = answer.evidence;
    if (state.coverage === null) onEvidence(answer);
    for (const missed of answer.sentences.slice(state.sentences)) onSentence(missed);
    settle(summary(answer));
    const answered = answer.status === "answered";
    if (!answered) heading("answer.near");
    fill(
      notes,
      answer.stale && h("p", { class: "attention" }, w("answer.stale")),
      answer.premise_corrected && h("p", { class: "attention" }, w("answer.premise")),
      !answered && reasonView(answer, tools),
    );
    fill(
      after,
      answer.conflicts.map((one) =>
        h("p", { class: "conflict" }, cited({ ...one, evidence: state.evidence, drugs: tools.drugs }, tools))),
      droppedView(answer.dropped, w),
    );
    // A question that was sent back was not searched for: no account of a search, nothing to copy.
    const searched = answer.status !== "clarify" && answer.status !== "refused";
    fill(
      foot,
      searched && coverageView(answer.coverage, tools.index, { open: answer.status === "abstained", w }),
      searched && h("p", { class: "mention" }, mentionWords(answer, w), " ", answered && h("span", {}, w("answer.toverify"))),
      provenanceView(answer, w),
      searched && actions(answer, tools),
      h("p", { class: "printed small" }, w("answer.asked", { when: localTime(answer.created_at, w.language) })),
    );
  }

  say(tools.documents ? w("status.searching", { n: tools.documents }) : w("status.searchingall"));
  return {
    node,
    onEvidence,
    onSentence,
    onFinished,
    say,
    get answer() {
      return state.answer;
    },
    /** Evidence in reading order: as the sentences cite it, then what was found and not cited. */
    walk() {
      const labels = [...node.querySelectorAll(".chip")].map((one) => one.dataset.evidence);
      return [...new Set(labels)].map((label) => state.evidence.find((item) => item.id === label));
    },
    focus: () => head.querySelector("h2").focus({ preventScroll: true }),
    fail(words, retry) {
      settle(words);
      status.classList.add("attention");
      if (retry) head.append(h("button", { type: "button", class: "quiet", onclick: retry }, w("page.retry")));
    },
    stopped: () => settle(w("status.stopped")),
  };
}
