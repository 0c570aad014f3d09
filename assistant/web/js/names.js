// How documents and states are named on screen.
import { dateTime, localTime, shortDate } from "./format.js";

/** Documents of the open record, by record id, so that a citation can be named after its document. */
export function documentIndex(entries = []) {
  const byRecord = new Map(entries.map((entry) => [entry.record_id, entry]));
  return {
    entries,
    of: (recordId) => byRecord.get(recordId) ?? null,
  };
}

/** The date of the document that a citation points into; that of the item where the document is not known. */
export function chipDate(evidence, index, w) {
  return shortDate(index.of(evidence.locator.record_id)?.effective ?? evidence.effective, w.language);
}

/** "Bio 12/03/2024": what a citation chip says. */
export function chipWords(evidence, index, w) {
  const entry = index.of(evidence.locator.record_id);
  return `${w.code("short", entry?.kind)} ${chipDate(evidence, index, w)}`.trim();
}

/** "Compte rendu d'hospitalisation du 12/03/2024", or its own title. */
export function documentTitle(entry, w) {
  if (!entry) return w("kind.other");
  return entry.title || w.code("kind", entry.kind);
}

export const kindWords = (kind, w) => w.code("kind", kind);

/** The state of an item in words, empty when it is an ordinary one. */
export const stateWords = (state, w) => (state ? w.code("state", state) : "");

/** That a fact was read from prose, in words; empty when the source states it as data. */
export const originWords = (fact, w) => (fact.extracted ? w("fact.extracted") : "");

/** How fresh a source is, in words. */
export function freshness(source, w) {
  if (!source.last_success) return w("coverage.never");
  return w(source.stale ? "coverage.late" : "coverage.fresh", { when: localTime(source.last_success, w.language) });
}

export const when = (iso, w) => dateTime(iso, w.language);
