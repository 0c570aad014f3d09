// The address: the open patient and, after #, the answer and the citation on screen, so that a reload finds
// them again. It never holds a question or a name.

/** {patientId, answerId, evidenceId}, each null where absent. */
export function readAddress() {
  const [, id] = /^\/p\/(.+)$/.exec(location.pathname) ?? [];
  const hash = new URLSearchParams(location.hash.slice(1));
  return { patientId: id ? decodeURIComponent(id) : null, answerId: hash.get("r"), evidenceId: hash.get("c") };
}

export const patientAddress = (id) => `/p/${encodeURIComponent(id)}`;

/** Note the answer (`r`) or the citation (`c`) on screen; null forgets one. */
export function noteInAddress(changes) {
  const hash = new URLSearchParams(location.hash.slice(1));
  for (const [name, value] of Object.entries(changes)) {
    if (value) hash.set(name, value);
    else hash.delete(name);
  }
  const text = hash.toString();
  history.replaceState(null, "", `${location.pathname}${text ? `#${text}` : ""}`);
}
