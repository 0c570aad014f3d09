// What a reader must check against the source: numbers with their units, and drug names.

const DATE = String.raw`\d{1,2}/\d{1,2}/\d{2,4}|\d{1,2}/\d{4}|\d{4}-\d{2}(?:-\d{2})?`;
const AMOUNT = String.raw`(?:[<>≤≥~±]\s?)?[-−]?\d+(?:[\u202f\u00a0 ]\d{3}(?!\d))*(?:[.,]\d+)?(?:/\d+(?:[.,]\d+)?)?`;
const UNIT =
  "(?:mmol|µmol|umol|nmol|pmol|mol|mEq|mg|µg|ug|mcg|ng|pg|kg|g|mL|ml|cL|dL|fL|µL|L|mUI|UI|U|mmHg|mm|cm|kPa|bpm|°C|10[*^]?[\\d⁰¹²³⁴-⁹]+|G|T|%|kcal|h|min|jours?|j|mois|semaines?|ans?|fois|cp|comprimés?|gélules?|bouffées?|gouttes?|ampoules?|sachets?)";
const PER = String.raw`(?:/(?:[\wµ²³]+(?:[,.]\d+)?(?:[\u202f\u00a0 ]m²)?))*`;
const VALUE = new RegExp(
  `(?<date>(?<![\\d/])(?:${DATE})(?![\\d/]))|(?<value>(?<![\\p{L}\\d])${AMOUNT}(?:[\\u202f\\u00a0 ]?${UNIT}(?![\\p{L}])${PER})?)|(?<word>\\p{L}[\\p{L}\\p{M}’'-]*)`,
  "gu",
);

/** A word without case or accents. */
export const fold = (word) =>
  word.normalize("NFD").replace(/\p{M}/gu, "").replace(/[’']/g, "'").toLowerCase();

// Words of forms, routes and salts, which name no drug by themselves.
const COMMON = new Set(
  `acide buvable calcium capsule chlorure collyre comprime comprimes creme gelule gelules inhalation injectable
  nasal oral orale patch potassium poudre pour sirop sodium solution spray suspension tablet voie`.split(/\s+/),
);

/** Words that name a drug, from the labels of the record's own treatments: what stands before a strength,
 *  and the brand in brackets. */
export function drugWords(labels) {
  const names = new Set();
  for (const label of labels) {
    const naming = [/^\D*/.exec(label)[0], ...(label.match(/\([^)\d]*\)/g) ?? [])].join(" ");
    for (const word of naming.match(/\p{L}[\p{L}\p{M}-]{3,}/gu) ?? []) {
      if (!COMMON.has(fold(word))) names.add(fold(word));
    }
  }
  return names;
}

/** Cut a sentence into [{text, kind}], kind "value", "drug" or null; the texts joined are the sentence. */
export function checkable(sentence, drugs = new Set()) {
  const pieces = [];
  let from = 0;
  const push = (text, kind) => text && pieces.push({ text, kind });
  for (const match of sentence.matchAll(VALUE)) {
    const { date, value, word } = match.groups;
    const kind = value ? "value" : word && drugs.has(fold(word)) ? "drug" : null;
    if (date || !kind) continue;
    push(sentence.slice(from, match.index), null);
    push(match[0], kind);
    from = match.index + match[0].length;
  }
  push(sentence.slice(from), null);
  return pieces;
}
