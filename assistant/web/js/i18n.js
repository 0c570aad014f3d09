// The page's words in the reader's language. Dictionaries are plain data: words/fr.js, words/en.js.
import { french } from "./format.js";

const KEPT = "aparte.language";

/** The language chosen on this machine, else the browser's, else French. */
export function chosenLanguage() {
  const kept = localStorage.getItem(KEPT);
  if (kept === "fr" || kept === "en") return kept;
  return (navigator.language ?? "fr").startsWith("en") ? "en" : "fr";
}

export function keepLanguage(language) {
  localStorage.setItem(KEPT, language);
}

/** Load one dictionary; gives w(key, values), with w.language, w.has and w.code. */
export async function loadWords(language) {
  const { default: dictionary } = await import(`./words/${language === "en" ? "en" : "fr"}.js`);
  const plural = new Intl.PluralRules(language);
  const finish = language === "en" ? (text) => text : french;

  function choose(entry, n) {
    if (typeof entry === "string") return entry;
    return n === 0 && entry.zero ? entry.zero : (entry[plural.select(n ?? 0)] ?? entry.other);
  }

  /** Words of `key` with its {places} filled; values are inserted as they are. */
  function w(key, values = {}) {
    const entry = dictionary[key];
    if (entry === undefined) throw new RangeError(`no words for ${key}`);
    return finish(choose(entry, values.n)).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  }

  w.language = language;
  w.has = (key) => dictionary[key] !== undefined;
  /** Words for a code of the service; those of `other` when the code is not known here. */
  w.code = (family, code, values) => w(w.has(`${family}.${code}`) ? `${family}.${code}` : `${family}.other`, values);
  return w;
}
