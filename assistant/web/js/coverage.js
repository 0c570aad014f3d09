// What was searched and what was not: the part of an answer that makes a silence honest.
import { h } from "./dom.js";
import { shortDate } from "./format.js";
import { documentTitle, freshness, kindWords } from "./names.js";

function summary(coverage, w) {
  const read = w("coverage.documents", { n: coverage.documents });
  if (!coverage.from || !coverage.to) return read;
  const from = shortDate(coverage.from, w.language);
  const to = shortDate(coverage.to, w.language);
  return `${read}, ${w("coverage.period", { from, to })}`;
}

function unreadList(unread, index, w) {
  return h(
    "ul",
    {},
    unread.map((one) => {
      const entry = index.of(one.record_id);
      const reason = w.code("unread", one.reason);
      if (!entry) return h("li", {}, reason);
      const date = shortDate(entry.effective, w.language);
      return h("li", {}, [documentTitle(entry, w), date, reason].filter(Boolean).join(" · "));
    }),
  );
}

/** A folded account of the search; open at once when nothing was found or something was missed. */
export function coverageView(coverage, index, { open, w }) {
  const { unread = [], sources = [], kinds = [] } = coverage;
  const row = (term, ...value) => [h("dt", {}, term), h("dd", {}, ...value)];
  return h(
    "details",
    { class: "coverage", open },
    h("summary", {}, w("coverage.title"), h("span", { class: "small" }, summary(coverage, w))),
    h(
      "dl",
      {},
      kinds.length > 0 && row(w("coverage.kinds"), kinds.map((kind) => kindWords(kind, w)).join(", ")),
      sources.length > 0 &&
        row(
          w("coverage.sources"),
          h("ul", {}, sources.map((source) =>
            h("li", { class: source.stale ? "attention" : null }, source.system, w("page.colon"), freshness(source, w)))),
        ),
    ),
    unread.length > 0
      ? h("div", { class: "attention" }, h("p", {}, w("coverage.unread", { n: unread.length })), unreadList(unread, index, w))
      : h("p", { class: "small" }, w("coverage.allread")),
  );
}
