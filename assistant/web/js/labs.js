// Measurements: the last value large, the reference band, a small curve, every value one click away.
import { h, svg } from "./dom.js";
import { number, shortDate, unit } from "./format.js";
import { originWords, stateWords } from "./names.js";

const FIRST = 8;
const WIDE = 132;
const HIGH = 40;
const PAD = 4;

const asNumber = (value) => (value === null || value === undefined ? null : Number(value));

/** "low", "high" or "normal" against the range the source itself gave; its own word where it gave one. */
export function level(point) {
  if (point.interpretation) return point.interpretation;
  const [value, low, high] = [point.value, point.low, point.high].map(asNumber);
  if (low !== null && value < low) return "low";
  if (high !== null && value > high) return "high";
  return "normal";
}

const moment = (iso) => Date.parse(iso.length === 4 ? `${iso}-01-01` : iso.length === 7 ? `${iso}-01` : iso);

/** A small curve over real time, with the last point's reference band behind it. */
export function curve(points, title) {
  const times = points.map((point) => moment(point.at));
  const values = points.map((point) => Number(point.value));
  const last = points.at(-1);
  const [low, high] = [asNumber(last.low), asNumber(last.high)];
  const marks = [...values, low, high].filter((value) => value !== null);
  const [bottom, top] = [Math.min(...marks), Math.max(...marks)];
  const [first, end] = [Math.min(...times), Math.max(...times)];
  const x = (time) => PAD + ((time - first) / (end - first || 1)) * (WIDE - 2 * PAD);
  const y = (value) => HIGH - PAD - ((value - bottom) / (top - bottom || 1)) * (HIGH - 2 * PAD);
  const floor = low === null ? HIGH : y(low);
  const roof = high === null ? 0 : y(high);
  const line = points.map((_, i) => `${x(times[i]).toFixed(1)},${y(values[i]).toFixed(1)}`).join(" ");
  return svg(
    "svg",
    { viewBox: `0 0 ${WIDE} ${HIGH}`, width: WIDE, height: HIGH, preserveAspectRatio: "xMinYMid", role: "img", class: "curve" },
    svg("title", {}, title),
    (low !== null || high !== null) && svg("rect", { x: 0, y: roof, width: WIDE, height: Math.max(1, floor - roof), class: "band" }),
    svg("polyline", { points: line, class: "line" }),
    svg("circle", { cx: x(times.at(-1)), cy: y(values.at(-1)), r: 3, class: level(last) === "normal" ? "dot" : "dot out" }),
  );
}

function rangeWords({ low, high }, w) {
  const n = (value) => number(value, w.language);
  if (low !== null && high !== null) return w("labs.range", { low: n(low), high: n(high) });
  if (low !== null) return w("labs.rangelow", { low: n(low) });
  return high !== null ? w("labs.rangehigh", { high: n(high) }) : "";
}

function card(trend, { w, onOpen }) {
  const { points } = trend;
  const last = points.at(-1);
  const show = (point) => `${point.comparator ?? ""}${number(point.value, w.language)}`;
  // a converted value never comes before the one that was recorded
  const whole = (point) => point.recorded === null || point.recorded === undefined
    ? `${show(point)} ${unit(trend.unit)}`
    : `${point.comparator ?? ""}${number(point.recorded, w.language)} ${unit(point.recorded_unit)} (= ${show(point)} ${unit(trend.unit)})`;
  const day = (point) => shortDate(point.at, w.language);
  const word = w.code("level", level(last));
  const sign = { low: "▼", critical_low: "▼▼", high: "▲", critical_high: "▲▲" }[level(last)] ?? "";
  const open = (point) => (event) => onOpen(point, event.currentTarget);
  const drawn = points.length > 1 && curve(points, w("labs.curve", { n: points.length, from: day(points[0]), to: day(last) }));
  const values = [...points].reverse().map((point) =>
    h("li", {}, h("button", { type: "button", class: "value-row", onclick: open(point) },
      h("span", {}, day(point)), h("strong", {}, whole(point)), h("span", { class: "small" }, w.code("level", level(point)), " ", [stateWords(point.status, w), originWords(point, w)].filter(Boolean).join(", ")))));
  return h(
    "li",
    { class: word ? "lab out" : "lab" },
    h("h4", {}, trend.label),
    h(
      "button",
      { type: "button", class: "last", onclick: open(last) },
      h("span", { class: "big" }, show(last)),
      h("span", { class: "unit" }, ` ${unit(trend.unit)}`),
      h("span", { class: "small" }, word && h("span", { class: "level" }, `${sign} ${word}`), " ", h("span", {}, [day(last), stateWords(last.status, w), originWords(last, w)].filter(Boolean).join(", "))),
    ),
    drawn || h("p", { class: "small" }, w("labs.only")),
    h("p", { class: "small range" }, rangeWords(last, w)),
    points.length > 1 && h("details", {}, h("summary", {}, w("labs.values", { n: points.length })), h("ol", { class: "values" }, values)),
  );
}

/** What is out of range first, then the most recent. */
export function inOrder(trends) {
  const out = (trend) => (level(trend.points.at(-1)) === "normal" ? 1 : 0);
  return [...trends].sort((a, b) =>
    out(a) - out(b) || b.points.at(-1).at.slice(0, 10).localeCompare(a.points.at(-1).at.slice(0, 10)) || a.label.localeCompare(b.label));
}

/** Cards of all series of a kind; the rest folded. `onOpen(point, from)` opens a value's source. */
export function labsView(trends, tools) {
  const cards = inOrder(trends).map((trend) => card(trend, tools));
  const rest = cards.length - FIRST;
  return [
    h("ul", { class: "labs" }, cards.slice(0, FIRST)),
    rest > 0 && h("details", { class: "more" }, h("summary", {}, tools.w("labs.all", { n: rest })), h("ul", { class: "labs" }, cards.slice(FIRST))),
  ];
}
