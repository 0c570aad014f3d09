// One open patient: banner, question, answers, record, documents and source. Opening another rebuilds it all,
// so that nothing of one person can stay on another's page.
import { noteInAddress } from "./address.js";
import { createAsk } from "./ask.js";
import { createDocuments } from "./documents.js";
import { byId, fill, h } from "./dom.js";
import { errorWords } from "./errors.js";
import { inOrder } from "./labs.js";
import { drugWords } from "./marking.js";
import { documentIndex } from "./names.js";
import { banner, displayName } from "./patients.js";
import { allergiesView, part, recordView } from "./record.js";
import { createSource } from "./source.js";

const SUGGESTED = ["treatments", "allergies", "history", "lasthospital"];

/** Ask once and keep the answer; a failure is not kept, so that trying again asks again. */
function once(get) {
  let kept;
  return () =>
    (kept ??= get().catch((error) => {
      kept = undefined;
      throw error;
    }));
}

function sourcesOf(api, id) {
  const facts = (kind) => once(() => api.facts(id, kind).then((page) => page.facts));
  return {
    allergies: facts("allergy"),
    medications: facts("medication"),
    problems: facts("problem"),
    trends: once(() => api.trends(id).then((page) => page.trends)),
    entries: once(() => api.timeline(id).then((page) => page.entries)),
  };
}

function suggested(trends, w) {
  const moving = inOrder(trends.filter((one) => one.kind === "laboratory" && one.points.length > 2)).slice(0, 2);
  return [...moving.map((one) => w("suggest.trend", { label: one.label })), ...SUGGESTED.map((name) => w(`suggest.${name}`))].slice(0, 5);
}

function markChips(evidence) {
  for (const one of document.querySelectorAll(".chip[aria-current]")) one.removeAttribute("aria-current");
  if (!evidence) return;
  for (const one of document.querySelectorAll(`.latest .chip[data-evidence="${CSS.escape(evidence.id)}"]`)) {
    one.setAttribute("aria-current", "true");
  }
}

/** `narrow` is the media query under which the source slides over the rest. */
export function createChart({ api, me, w, narrow }) {
  const places = byId("places");
  const open = { patientId: null, index: documentIndex(), drugs: new Set(), coverage: null };
  let ask = null;
  let turn = 0;

  function cover() {
    const over = narrow.matches && (source.open || places.classList.contains("listing"));
    places.classList.toggle("over", over);
    byId("who").inert = over;
    byId("work").inert = over;
  }

  const source = createSource({
    root: byId("source"), api, w,
    onShow(evidence) {
      byId("documents").hidden = true;
      markChips(evidence);
      noteInAddress({ c: evidence?.id });
      cover();
    },
    onClose() {
      byId("documents").hidden = false;
      markChips(null);
      noteInAddress({ c: null });
      cover();
    },
  });
  const openEntry = (entry, from) => source.place({ record_id: entry.record_id, version: entry.version }, from);
  const documents = createDocuments({ root: byId("documents"), w, onOpen: openEntry, onClose: closeList });

  function closeList() {
    if (!places.classList.contains("listing")) return false;
    places.classList.remove("listing");
    documents.narrow(null);
    cover();
    return true;
  }

  function openCell(entries, from) {
    if (entries.length === 1) {
      openEntry(entries[0], from);
      return;
    }
    source.close();
    documents.narrow(entries);
    places.classList.add("listing");
    cover();
    documents.focus();
  }

  async function restore(answerId, evidenceId) {
    const answer = await api.answer(answerId);
    if (answer.patient.id !== open.patientId) return;
    const made = ask.restore(answer);
    const item = answer.evidence.find((one) => one.id === evidenceId);
    const from = item && made.node.querySelector(`.chip[data-evidence="${CSS.escape(item.id)}"]`);
    if (item) source.cite(item, { items: made.walk(), from });
  }

  function drawWho(patient, sources) {
    const allergies = part({ w, key: "allergies.title", className: "allergy-part", level: "h2" });
    fill(byId("banner"), banner(patient, w), allergies.node);
    allergies.load(sources.allergies, (facts) => allergiesView(facts, { w, onOpen: source.place }));
  }

  function drawWork(patient, sources) {
    ask = createAsk({
      root: byId("ask"), results: byId("results"), api, me, w,
      record: () => open,
      onOpen: (item, { from, walk }) => source.cite(item, { items: walk, from }),
      onAnswer: (answer) => noteInAddress({ r: answer.id }),
    });
    ask.kinds(patient.coverage.kinds);
    recordView(byId("record"), sources, { w, onOpen: source.place, onCell: openCell });
    documents.wait();
  }

  /** What answers and chips need of the record. A part that fails says so in its own place. */
  async function learn(sources, mine) {
    const or = (promise, otherwise) => promise.catch(() => otherwise);
    const [entries, medications, trends] = await Promise.all([
      or(sources.entries(), null), or(sources.medications(), []), or(sources.trends(), []),
    ]);
    if (mine !== turn) return;
    open.index = documentIndex(entries ?? []);
    open.drugs = drugWords(medications.map((fact) => fact.label));
    if (entries) documents.show(entries);
    else documents.fail(w("record.failed"));
    ask.suggest(suggested(trends, w));
  }

  function clear() {
    ask?.stop();
    ask = null;
    places.classList.remove("listing");
    for (const id of ["banner", "ask", "results", "record"]) fill(byId(id));
  }

  function failed(error) {
    document.title = w("page.title");
    const words = error.status === 404 ? w("patients.missing") : errorWords(error, w);
    fill(byId("record"), h("p", { class: "trouble welcome", role: "alert" }, words));
  }

  return {
    /** Open a patient; gives false when that could not be done. */
    async open(patientId, { answerId = null, evidenceId = null } = {}) {
      const mine = (turn += 1);
      clear();
      source.leave(patientId);
      Object.assign(open, { patientId, index: documentIndex(), drugs: new Set(), coverage: null });
      fill(byId("record"), h("p", { class: "empty welcome", role: "status" }, w("page.loading")));
      let patient;
      try {
        patient = await api.patient(patientId);
      } catch (error) {
        if (mine === turn) failed(error);
        return false;
      }
      if (mine !== turn) return false;
      open.coverage = patient.coverage;
      document.title = `${displayName(patient)} · ${w("page.title")}`;
      const sources = sourcesOf(api, patientId);
      drawWho(patient, sources);
      drawWork(patient, sources);
      await learn(sources, mine);
      if (mine === turn && answerId) await restore(answerId, evidenceId).catch((error) => ask.say(errorWords(error, w)));
      return true;
    },
    clear() {
      turn += 1;
      clear();
      source.leave(null);
    },
    focusQuestion: () => ask?.focus(),
    /** Close what lies on top: the source, then a narrowed list. False when there was nothing to close. */
    back: () => source.close() || closeList(),
    walk: (by) => source.move(by),
    cover,
  };
}
