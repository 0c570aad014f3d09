// Offsets in the API count Unicode code points; JavaScript strings count UTF-16 units.

/** UTF-16 indexes of the given code-point offsets (any order), one pass over the text.
 *  An offset outside the text gives null. */
export function unitIndexes(text, offsets) {
  const wanted = [...new Set(offsets)].sort((a, b) => a - b);
  const found = new Map();
  let point = 0;
  let unit = 0;
  for (const offset of wanted) {
    while (point < offset && unit < text.length) {
      unit += text.codePointAt(unit) > 0xffff ? 2 : 1;
      point += 1;
    }
    found.set(offset, point === offset ? unit : null);
  }
  return offsets.map((offset) => found.get(offset) ?? null);
}

/** The code points `start` to `end` of `text`, or null when they do not lie inside it. */
export function slicePoints(text, start, end) {
  const [from, to] = unitIndexes(text, [start, end]);
  return from === null || to === null || to < from ? null : text.slice(from, to);
}

/** Cut `text` at block borders and at the borders of the highlighted span.
 *  Gives [{text, block, marked}], whose texts joined are exactly `text`. */
export function segments(text, blocks, span) {
  const offsets = [0];
  for (const block of blocks) offsets.push(block.start, block.end);
  if (span) offsets.push(span.start, span.end);
  const units = unitIndexes(text, offsets);
  const cuts = [...new Set([...units.filter((unit) => unit !== null), text.length])].sort((a, b) => a - b);
  const ranges = blocks.map((block, i) => ({ block, from: units[1 + 2 * i], to: units[2 + 2 * i] }));
  const [from, to] = span ? units.slice(-2) : [null, null];
  const pieces = [];
  for (let i = 0; i + 1 < cuts.length; i += 1) {
    const here = cuts[i];
    const holder = ranges.find((range) => range.from !== null && range.from <= here && here < range.to);
    pieces.push({
      text: text.slice(here, cuts[i + 1]),
      block: holder ? holder.block : null,
      marked: from !== null && to !== null && here >= from && here < to,
    });
  }
  return pieces;
}
