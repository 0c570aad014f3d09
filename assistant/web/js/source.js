// The source: a document opened at the exact words of a citation, in the version that was cited.
import { segments, slicePoints } from "./codepoints.js";
import { fill, h } from "./dom.js";
import { errorWords } from "./errors.js";
import { kindWords, stateWords, when } from "./names.js";

const KEPT = 12;

/** The text with its blocks; the span, if any, in mark elements. Every character of the text is kept. */
export function documentText(page, span) {
  const box = h("div", { class: "text" });
  let block;
  let holder = box;
  for (const piece of segments(page.text, page.blocks, span)) {
    if (piece.block !== block) {
      block = piece.block;
      holder = block ? h("span", { "data-path": block.path }) : box;
      if (block) box.append(holder);
    }
    holder.append(piece.marked ? h("mark", {}, piece.text) : document.createTextNode(piece.text));
  }
  return box;
}

/** The span of a locator inside a document, or null when the words there are not the quoted ones. */
export function spanOf(page, locator) {
  if (locator.start === undefined || locator.end <= locator.start) return null;
  const found = slicePoints(page.text, locator.start, locator.end);
  if (found === null || (locator.quote !== undefined && found !== locator.quote)) return null;
  return { start: locator.start, end: locator.end };
}

function reference(page, locator, w) {
  const { composition } = page;
  const holding = page.blocks.find((one) => one.start <= locator.start && locator.start < one.end);
  const rows = [
    ["source.path", locator.path ?? holding?.path],
    ["source.record", composition.record_id],
    ["source.version", composition.version],
    ["source.facility", composition.facility],
    ["source.system", composition.system],
    ["source.text", page.text_version],
  ];
  return h(
    "details",
    { class: "reference" },
    h("summary", {}, w("source.details")),
    h("dl", {}, rows.filter(([, value]) => value).map(([key, value]) => [h("dt", {}, w(key)), h("dd", {}, h("code", {}, value))])),
  );
}

function subtitle(page, w) {
  const { composition } = page;
  const version = composition.version_number;
  const state = w(page.current ? "source.versioncurrent" : "source.versionold", {
    version: `${w("source.version")} ${version ?? ""}`.trim(),
  });
  const kind = kindWords(composition.kind, w);
  const parts = [kind === composition.title ? "" : kind, when(composition.effective, w), composition.author, state, stateWords(composition.status, w)];
  return h("p", { class: "small" }, parts.filter(Boolean).join(" · "));
}

/** `root` holds one source at a time. `onClose` runs after it closed. */
export function createSource({ root, api, w, onShow, onClose }) {
  const kept = new Map();
  let walk = [];
  let at = -1;
  let cameFrom = null;
  let patientId = null;
  let turn = 0;

  async function page(recordId, version) {
    const key = JSON.stringify([patientId, recordId, version ?? null]);
    if (!kept.has(key)) {
      kept.set(key, await api.document(patientId, recordId, version));
      if (kept.size > KEPT) kept.delete(kept.keys().next().value);
    }
    return kept.get(key);
  }

  function bar() {
    const step = (by, name, sign) =>
      h("button", { type: "button", class: "icon", title: w(name), "aria-label": w(name), disabled: !walk[at + by], onclick: () => move(by) }, sign);
    return h(
      "div",
      { class: "bar" },
      walk.length > 1 && [
        step(-1, "source.previous", "←"),
        h("span", { class: "small" }, w("source.position", { n: at + 1, total: walk.length })),
        step(1, "source.next", "→"),
      ],
      h("button", { type: "button", class: "quiet close", onclick: close }, w("page.close"), " ", h("kbd", {}, w("page.escape"))),
    );
  }

  function replaced(shown, locator) {
    const current = shown.current_version;
    const record = shown.composition.record_id;
    const open = () => show({ record_id: record, version: current, path: locator.path });
    return h(
      "div",
      { class: "attention replaced", role: "note" },
      h("p", {}, w("source.replaced")),
      current && h("button", { type: "button", class: "quiet", onclick: open }, w("source.current")),
    );
  }

  function draw(shown, locator) {
    const span = spanOf(shown, locator);
    const name = shown.composition.title || kindWords(shown.composition.kind, w);
    const title = h("h2", { tabindex: "-1", title: name }, name);
    const text = shown.text ? documentText(shown, span) : h("p", { class: "empty" }, w("source.empty"));
    const region = h("div", { class: "reading", tabindex: "0", role: "region", "aria-label": w("source.title") }, text);
    const moved = locator.quote !== undefined && !span;
    fill(
      root,
      bar(),
      title,
      subtitle(shown, w),
      !shown.current && replaced(shown, locator),
      moved && h("div", { class: "attention", role: "note" }, h("p", {}, w("source.moved")), h("blockquote", {}, locator.quote)),
      reference(shown, locator, w),
      region,
    );
    title.focus({ preventScroll: true });
    region.querySelector("mark")?.scrollIntoView({ block: "center", inline: "nearest" });
  }

  async function show(locator) {
    const mine = (turn += 1);
    root.hidden = false;
    onShow(walk[at] ?? null);
    if (!root.querySelector(".reading")) fill(root, bar(), h("p", { class: "empty", role: "status" }, w("page.loading")));
    try {
      const shown = await page(locator.record_id, locator.version);
      if (mine === turn) draw(shown, locator);
    } catch (error) {
      if (mine !== turn) return;
      const retry = h("button", { type: "button", class: "quiet", onclick: () => show(locator) }, w("page.retry"));
      const said = h("p", { class: "trouble", role: "alert" }, w("source.failed"), " ", errorWords(error, w));
      fill(root, bar(), said, h("p", {}, retry));
    }
  }

  function move(by) {
    if (root.hidden || !walk[at + by]) return false;
    at += by;
    show(walk[at].locator);
    return true;
  }

  function close() {
    if (root.hidden) return false;
    turn += 1;
    root.hidden = true;
    fill(root);
    onClose();
    if (cameFrom?.isConnected) cameFrom.focus();
    return true;
  }

  return {
    close,
    move,
    get open() {
      return !root.hidden;
    },
    /** Open one evidence item; `items` is the order in which the arrows walk, `from` what gets the focus back. */
    cite(item, { items = [], from = null } = {}) {
      walk = items;
      at = items.findIndex((one) => one.id === item.id);
      cameFrom = from ?? cameFrom;
      return show(item.locator);
    },
    /** Open a place, or a whole document, outside any answer. */
    place(locator, from = null) {
      walk = [];
      at = -1;
      cameFrom = from;
      return show(locator);
    },
    /** Another patient: forget every document of the one before. */
    leave(nextPatientId) {
      patientId = nextPatientId;
      kept.clear();
      walk = [];
      cameFrom = null;
      close();
    },
  };
}
