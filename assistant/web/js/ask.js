// The question box: writing, narrowing down, and carrying one question to its end.
import { ApiError } from "./api.js";
import { createAnswer } from "./answer.js";
import { fill, h } from "./dom.js";
import { errorWords } from "./errors.js";

const PATIENCE = 3;

const pause = (milliseconds, signal) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => (clearTimeout(timer), reject(signal.reason)), { once: true });
  });

/** Build the box in `root`. `record()` gives {patientId, index, drugs, coverage} of the open record. */
export function createAsk({ root, results, api, me, w, record, onOpen, onAnswer }) {
  const most = me.question_characters;
  const input = h("textarea", {
    id: "question", rows: "1", autocomplete: "off", enterkeyhint: "send", "aria-describedby": "ask-trouble",
    placeholder: w("ask.placeholder"),
  });
  const trouble = h("p", { id: "ask-trouble", class: "trouble", role: "alert" });
  const left = h("p", { class: "small left" });
  const submit = h("button", { type: "submit", class: "primary" }, w("ask.submit"));
  const suggestions = h("ul", { class: "suggestions", "aria-label": w("suggest.title") });
  const narrow = narrowing(w);
  const form = h(
    "form",
    { class: "ask", role: "search", onsubmit: (event) => (event.preventDefault(), submitted()) },
    h("label", { htmlFor: "question" }, w("ask.label")),
    h("div", { class: "line" }, input, submit),
    left,
    trouble,
  );
  const below = h("div", { class: "below" }, suggestions, narrow.node);
  const earlier = h("details", { class: "earlier", hidden: true }, h("summary", {}, w("answer.earlier")));
  const latest = h("div", { class: "latest" });
  let view = null;
  let running = null;

  function grow() {
    const n = [...input.value].length;
    input.style.height = "auto";
    input.style.height = `${input.scrollHeight + 2}px`;
    fill(left, n > most * 0.8 && n <= most ? w("ask.left", { n: most - n }) : "");
    if (n <= most) fill(trouble);
  }

  function problem(question, filters) {
    const n = [...question].length;
    if (!n) return w("ask.empty");
    if (n > most) return w("ask.toolong", { n, max: most });
    if (filters.from && filters.to && filters.from > filters.to) return w("ask.backwards");
    return "";
  }

  function submitted() {
    const question = input.value.trim();
    const words = problem(question, narrow.filters());
    fill(trouble, words);
    if (words) input.focus();
    else ask(question);
  }

  function show(question, request) {
    if (view) {
      earlier.hidden = false;
      earlier.querySelector("summary").after(view.node);
    }
    const { index, drugs, coverage } = record();
    const tools = { w, index, drugs, request, documents: coverage?.documents ?? index.entries.length };
    tools.onAsk = ask;
    tools.onStop = () => running?.abort();
    const made = createAnswer(question, tools);
    tools.onOpen = (item, from) => onOpen(item, { from, walk: made.walk() });
    fill(latest, made.node);
    view = made;
    return made;
  }

  async function receive(made, request, signal) {
    for await (const { event, data } of api.ask(record().patientId, request, signal)) {
      if (event === "evidence") made.onEvidence(data);
      else if (event === "sentence") made.onSentence(data.sentence);
      else if (event === "waiting") made.say(w("status.waiting", { n: data.before }));
      else if (event === "error") throw new ApiError(500, data.code, { requestId: data.request_id });
      else if (event === "finished") made.onFinished(data);
    }
    if (!made.answer) throw new ApiError(0, "interrupted");
  }

  /** Ask, waiting a little and trying again where the service says that it is busy. */
  async function ask(question, request = narrow.request(question, me)) {
    running?.abort();
    running = new AbortController();
    const { signal } = running;
    const made = show(question, request);
    root.closest(".place").scrollTop = 0;
    form.classList.add("asking");
    try {
      for (let tries = 1; ; tries += 1) {
        try {
          await receive(made, request, signal);
          break;
        } catch (error) {
          if (error.status !== 429 || tries >= PATIENCE) throw error;
          const n = error.retryAfter ?? 5;
          made.say(w("status.busy", { n }));
          await pause(n * 1000, signal);
        }
      }
      onAnswer(made.answer);
    } catch (error) {
      if (error.name === "AbortError") made.stopped();
      else made.fail(errorWords(error, w), () => ask(question, request));
    } finally {
      if (running?.signal === signal) running = null;
      form.classList.remove("asking");
    }
  }

  input.addEventListener("input", grow);
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submitted();
  });
  fill(root, form, below);
  fill(results, latest, earlier);

  return {
    focus: () => (input.focus(), input.select()),
    ask,
    /** Show again an answer that was given before. */
    restore(answer) {
      const made = show(answer.question, undefined);
      made.onFinished(answer);
      return made;
    },
    suggest(questions) {
      const fillIn = (question) => () => ((input.value = question), grow(), ask(question));
      fill(suggestions, questions.map((question) =>
        h("li", {}, h("button", { type: "button", class: "suggestion", onclick: fillIn(question) }, question))));
    },
    kinds: narrow.kinds,
    say: (words) => fill(trouble, words),
    stop: () => running?.abort(),
  };
}

/** Period, kind of document, and facts without a model: folded away, for who needs them. */
function narrowing(w) {
  const field = (name, input) => h("p", { class: "field" }, h("label", { htmlFor: input.id }, w(`ask.${name}`)), input);
  const from = h("input", { type: "date", id: "ask-from" });
  const to = h("input", { type: "date", id: "ask-to" });
  const kind = h("select", { id: "ask-kind" }, h("option", { value: "" }, w("ask.kinds.all")));
  const plain = h("input", { type: "checkbox", id: "ask-plain" });
  const node = h(
    "details",
    { class: "narrow" },
    h("summary", {}, w("ask.narrow")),
    h("div", { class: "fields" }, field("from", from), field("to", to), field("kind", kind),
      h("p", { class: "check" }, plain, h("label", { htmlFor: "ask-plain" }, w("ask.nomodel")))),
  );
  // a follow-up (« et avant ? ») leans on the question before it: one conversation for each visit of a record
  const conversation = window.crypto.randomUUID?.() ?? null;
  const filters = () => ({ from: from.value || null, to: to.value || null, kinds: kind.value ? [kind.value] : [], sources: [] });
  return {
    node,
    filters,
    kinds(names) {
      kind.append(...names.map((name) => h("option", { value: name }, w.code("kind", name))));
    },
    request: (question, me) => ({
      question,
      language: w.language,
      use_model: !plain.checked,
      conversation_id: conversation,
      purpose: me.purposes[0] ?? "care",
      filters: filters(),
    }),
  };
}
