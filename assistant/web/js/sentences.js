// Checked sentences with what to verify marked in them, and the chips that open their sources.
import { h, unseen } from "./dom.js";
import { checkable } from "./marking.js";
import { chipDate, chipWords, documentTitle, stateWords } from "./names.js";

/** Text whose values and drug names are marked; the words themselves are untouched. */
export function marked(text, drugs) {
  return checkable(text, drugs).map((piece) => (piece.kind ? h("span", { class: piece.kind }, piece.text) : piece.text));
}

/** The button that opens one evidence item at its exact words. */
export function chip(item, { index, w, onOpen }) {
  const title = documentTitle(index.of(item.locator.record_id), w);
  return h(
    "button",
    {
      type: "button",
      class: "chip",
      "data-evidence": item.id,
      onclick: (event) => onOpen(item, event.currentTarget),
    },
    chipWords(item, index, w),
    unseen(" ", w("answer.open", { title })),
  );
}

/** A sentence or a conflict: its words, then its citations. */
export function cited({ text, citations, evidence, drugs }, tools) {
  const items = citations.map((label) => evidence.find((one) => one.id === label)).filter(Boolean);
  return [marked(text, drugs), " ", h("span", { class: "chips" }, items.map((item) => [chip(item, tools), " "]))];
}

/** The words of an item without the date that its chip already says. */
function undated(item, { index, w }) {
  const date = `${chipDate(item, index, w)} · `;
  return item.text.startsWith(date) ? item.text.slice(date.length) : item.text;
}

/** One evidence item as a line of the list. */
export function evidenceLine(item, tools) {
  // A fact says its state in its own words; a passage has only that of its document.
  const state = item.kind === "passage" && stateWords(item.status, tools.w);
  return h(
    "li",
    { class: item.kind },
    chip(item, tools),
    h("span", { class: "words" }, marked(undated(item, tools), tools.drugs)),
    state && h("em", { class: "state attention" }, state),
  );
}
