// An answer as plain text with its sources, for another document.
import { chipDate, chipWords, documentTitle } from "./names.js";
import { mentionWords } from "./provenance.js";
import { shortDate } from "./format.js";
import { displayName } from "./patients.js";

/** Text of an answer: who, the question, the sentences with [n], the sources with their exact words, the mention. */
export function answerText(answer, index, w) {
  const cited = [];
  const colon = w("page.colon");
  const numbers = (labels) =>
    labels.map((label) => {
      if (!cited.includes(label)) cited.push(label);
      return `[${cited.indexOf(label) + 1}]`;
    }).join("");
  const lines = answer.sentences.map((sentence) => `${sentence.text} ${numbers(sentence.citations)}`);
  const conflicts = answer.conflicts.map((one) => `${one.text} ${numbers(one.citations)}`);
  const sources = cited.map((label, i) => {
    const item = answer.evidence.find((one) => one.id === label);
    const entry = index.of(item.locator.record_id);
    const place = `${item.locator.record_id}, ${item.locator.version}, ${item.locator.path}`;
    const title = entry ? documentTitle(entry, w) : chipWords(item, index, w);
    return `[${i + 1}] ${title}, ${chipDate(item, index, w)}${colon}${w("answer.quoted", { quote: item.locator.quote })} (${place})`;
  });
  const { patient } = answer;
  const who = [displayName(patient), shortDate(patient.birth_date, w.language)].filter(Boolean).join(", ");
  const blocks = [[who, answer.question], lines, conflicts, sources.length ? [w("answer.sources"), ...sources] : []];
  return [...blocks, [mentionWords(answer, w)]].filter((block) => block.length).map((block) => block.join("\n")).join("\n\n");
}

/** Put text on the clipboard; false when the browser refuses. */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

// Plain http on an address other than localhost has no clipboard API.
function copyBySelection(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "unseen";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}
