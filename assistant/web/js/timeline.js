// The timeline: kinds as lanes, periods as columns. A cell is a button that opens its documents.
import { h, unseen } from "./dom.js";
import { dateParts, monthName } from "./format.js";
import { kindWords } from "./names.js";

// Steps in months, from fine to coarse: the finest that fits the width is taken.
const STEPS = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600];
const CELL = 28;
const ORDER = [
  "stay", "hospital_report", "encounter", "letter", "laboratory", "imaging", "procedure", "prescription",
  "medication", "vital_signs", "nursing", "immunisation", "problem_list", "allergy_list", "summary", "other",
];

const monthOf = (entry) => {
  const parts = dateParts(entry.effective);
  return parts ? Number(parts.year) * 12 + Number(parts.month ?? 1) - 1 : null;
};

/** Columns for documents dated from month `first` to month `last`, at most `most` of them. */
export function columns(first, last, most) {
  const size = (step) => Math.floor(last / step) - Math.floor(first / step) + 1;
  const step = STEPS.find((one) => size(one) <= most) ?? STEPS.at(-1);
  const start = Math.floor(first / step) * step;
  return Array.from({ length: size(step) }, (_, i) => ({ from: start + i * step, to: start + (i + 1) * step - 1 }));
}

function periodWords({ from, to }, w) {
  const month = (n) => `${monthName((n % 12) + 1, w.language)} ${Math.floor(n / 12)}`;
  const year = (n) => Math.floor(n / 12);
  if (from === to) return month(from);
  if (from % 12 === 0 && to % 12 === 11) return year(from) === year(to) ? `${year(from)}` : w("timeline.to", { from: year(from), to: year(to) });
  return w("timeline.to", { from: month(from), to: month(to) });
}

/** Column heads: the year, once. */
function heads(cols, w) {
  let last = null;
  return cols.map((col) => {
    const year = Math.floor(col.from / 12);
    const fresh = year !== last;
    last = year;
    return h("th", { scope: "col", class: fresh ? "fresh" : null }, h("span", { "aria-hidden": "true" }, fresh ? year : ""), unseen(periodWords(col, w)));
  });
}

// One tab stop for the whole table; arrows move between filled cells.
function roving(table) {
  const cells = () => [...table.querySelectorAll("button")];
  const focus = (button) => {
    for (const one of cells()) one.tabIndex = one === button ? 0 : -1;
    button.focus();
  };
  table.addEventListener("keydown", (event) => {
    const here = event.target.closest("button");
    if (!here) return;
    const lane = [...here.closest("tr").querySelectorAll("button")];
    const column = here.closest("td").cellIndex;
    const rows = [...table.tBodies[0].rows].filter((row) => row.querySelector("button"));
    const rowAt = rows.indexOf(here.closest("tr"));
    const nearest = (row) =>
      row && [...row.querySelectorAll("button")].sort((a, b) =>
        Math.abs(a.closest("td").cellIndex - column) - Math.abs(b.closest("td").cellIndex - column))[0];
    const targets = {
      ArrowLeft: lane[lane.indexOf(here) - 1], ArrowRight: lane[lane.indexOf(here) + 1],
      ArrowUp: nearest(rows[rowAt - 1]), ArrowDown: nearest(rows[rowAt + 1]),
      Home: lane[0], End: lane.at(-1),
    };
    if (!(event.key in targets)) return;
    event.preventDefault();
    event.stopPropagation();
    if (targets[event.key]) focus(targets[event.key]);
  });
  const latest = cells().at(-1);
  if (latest) latest.tabIndex = 0;
}

/** The table, or null when nothing is dated. `width` is in CSS pixels; `onCell(entries, button)`. */
export function timelineView(entries, { w, width, onCell }) {
  const dated = entries.filter((entry) => monthOf(entry) !== null);
  if (!dated.length) return null;
  const months = dated.map(monthOf);
  const tight = width < 480;
  const laneWidth = tight ? 104 : 168;
  const lane = (kind) => (tight ? w.code("short", kind) : kindWords(kind, w));
  const most = Math.max(4, Math.floor((width - laneWidth) / CELL));
  const cols = columns(Math.min(...months), Math.max(...months), most);
  const kinds = ORDER.filter((kind) => dated.some((entry) => entry.kind === kind));

  const cell = (kind, col) => {
    const here = dated.filter((entry) => entry.kind === kind && monthOf(entry) >= col.from && monthOf(entry) <= col.to);
    const year = col.from % 12 === 0 ? "fresh" : null;
    if (!here.length) return h("td", { class: year });
    const words = w("timeline.cell", { kind: kindWords(kind, w), period: periodWords(col, w), n: here.length });
    const size = here.length === 1 ? "one" : here.length < 5 ? "few" : "many";
    return h("td", { class: year }, h(
      "button",
      { type: "button", class: `cell ${size}`, tabindex: "-1", title: words, "aria-label": words, onclick: (event) => onCell(here, event.currentTarget) },
      here.length > 1 ? here.length : "",
    ));
  };

  const table = h(
    "table",
    { class: "timeline" },
    h("caption", { class: "unseen" }, w("timeline.caption")),
    h("thead", {}, h("tr", {}, h("td", {}), heads(cols, w))),
    h("tbody", {}, kinds.map((kind) => h("tr", {}, h("th", { scope: "row", title: kindWords(kind, w) }, lane(kind)), cols.map((col) => cell(kind, col))))),
  );
  roving(table);
  return table;
}
