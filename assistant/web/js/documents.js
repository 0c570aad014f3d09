// The documents of the record, newest first: what the right-hand place shows when no source is open.
import { fill, h } from "./dom.js";
import { dateParts, shortDate } from "./format.js";
import { documentTitle, kindWords } from "./names.js";
import { fold } from "./marking.js";

const FIRST = 60;

/** `onOpen(entry, from)` opens a document; `onClose()` ends a narrowed list. */
export function createDocuments({ root, w, onOpen, onClose }) {
  const list = h("div", { class: "documents" });
  const count = h("p", { class: "small", role: "status" });
  const input = h("input", { type: "search", id: "documents-find", autocomplete: "off", placeholder: w("documents.filter") });
  const all = h("button", { type: "button", class: "quiet", hidden: true, onclick: () => onClose() || narrow(null) }, w("documents.all"));
  let entries = [];
  let only = null;

  function line(entry) {
    const button = h(
      "button",
      { type: "button", class: "document", onclick: (event) => onOpen(entry, event.currentTarget) },
      h("span", { class: "date" }, shortDate(entry.effective, w.language) || w("documents.undated")),
      h("span", { class: "name" }, documentTitle(entry, w)),
      h("span", { class: "small" }, [kindWords(entry.kind, w), entry.author].filter((part) => part && part !== entry.title).join(" · ")),
    );
    return h("li", {}, button);
  }

  function shown() {
    const needle = fold(input.value.trim());
    const pool = only ?? entries;
    if (!needle) return pool;
    return pool.filter((entry) =>
      fold([entry.title, kindWords(entry.kind, w), entry.author, shortDate(entry.effective, w.language)].join(" ")).includes(needle));
  }

  function byYear(found) {
    const years = new Map();
    for (const entry of found) {
      const year = dateParts(entry.effective)?.year ?? w("documents.undated");
      years.set(year, [...(years.get(year) ?? []), entry]);
    }
    return [...years].map(([year, group]) => [h("h3", {}, year), h("ul", {}, group.map(line))]);
  }

  function draw(most = FIRST) {
    const found = shown();
    const rest = found.length - most;
    const more = rest > 0 && h("button", { type: "button", class: "quiet", onclick: () => draw(Infinity) }, w("answer.more", { n: rest }));
    const none = entries.length ? w("documents.none") : w("documents.empty");
    fill(count, found.length ? w("documents.count", { n: found.length }) : none);
    fill(list, byYear(found.slice(0, most)), more);
    all.hidden = only === null;
  }

  /** Show some documents only, or all with null. */
  function narrow(some) {
    only = some;
    input.value = "";
    draw();
  }

  input.addEventListener("input", () => draw());
  fill(
    root,
    h("h2", { tabindex: "-1" }, w("documents.title")),
    h("label", { class: "unseen", htmlFor: "documents-find" }, w("documents.filter")),
    input,
    h("div", { class: "row" }, count, all),
    list,
  );
  return {
    show(all) {
      entries = all;
      narrow(null);
    },
    narrow,
    wait: () => (fill(count, w("page.loading")), fill(list)),
    fail: (words) => (fill(count, words), fill(list)),
    focus: () => root.querySelector("h2").focus(),
  };
}
