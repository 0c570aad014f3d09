"""The pipeline of an answer: understand, write the intent, look up, check each sentence, write the outcome.

Order of events: `evidence`, then `sentence` and `dropped` as they come, then `finished`. The intent is
durable before the first event and the outcome before the last. No text that failed a check, and no raw
model output, is ever in an event.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, AsyncIterable, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from typing import NamedTuple
from zoneinfo import ZoneInfo

import anyio
from anyio import to_thread

from assistant.answering.answer import (
    Answer,
    AnswerEvent,
    AnswerRequest,
    FinishedEvent,
    SentenceEvent,
)
from assistant.answering.candidates import Candidate, candidates
from assistant.answering.extractive import quotation, quotes
from assistant.answering.gather import gather
from assistant.answering.outcome import outcome
from assistant.answering.pointing import pointed_at
from assistant.answering.provenance import provenance
from assistant.answering.question import checked_conversation, cleaned, filters_from
from assistant.answering.reader import read_by, request_for, words_in
from assistant.answering.run_state import RunState, Stopwatch
from assistant.answering.searching import Sources
from assistant.answering.understand import understand
from assistant.answering.understand.follow_up import Earlier, resolved
from assistant.answering.understanding import Understanding
from assistant.audit.trail import Trail
from assistant.errors import AuditUnavailable
from models.base import ChatModel, Embedder
from models.errors import ModelError, ModelProtocolError
from prompts.load import Prompt, load_prompt
from retrieval.index.base import VectorIndex
from retrieval.moments import ZONE
from retrieval.records import RecordStore
from retrieval.scope import Filters, Scope
from retrieval.terminology.lexicon import Lexicon, load_lexicon


def now() -> datetime:
    """The present instant, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class AnsweringServices:
    """What answering needs; built once. `chat_model` is None where a site runs without one."""

    store: RecordStore
    index: VectorIndex
    embedder: Embedder
    trail: Trail
    code: str
    chat_model: ChatModel | None = None
    lexicon: Lexicon = field(default_factory=load_lexicon)
    prompt: Prompt = field(default_factory=partial(load_prompt, "answer"))
    clock: Callable[[], datetime] = now
    zone: str = ZONE


async def answer_events(
    request: AnswerRequest, scope: Scope, *, services: AnsweringServices
) -> AsyncGenerator[AnswerEvent, None]:
    """Answer one question about the Scope's patient. Consume it inside `aclosing`.

    Raises BadRequest, QuestionTooLong, AuditUnavailable (then no event left, or no `finished`), UnknownRecord
    and StoreError. Not answering is a value. When the caller leaves early, the model's stream is closed and
    the answer is closed on the trail as interrupted.
    """
    asked = await to_thread.run_sync(partial(_taken_in, request, scope, services))
    trail = services.trail
    await to_thread.run_sync(
        partial(
            trail.begin,
            answer_id=asked.id,
            scope=scope,
            question=asked.question,
            conversation_id=request.conversation_id,
        )
    )
    ended = False
    try:
        run = await to_thread.run_sync(partial(_started, asked, scope, services))
        yield run.evidence_event()
        async with aclosing(_sentences(run, request, services)) as events:
            async for event in events:
                yield event
        answer = _answer(run, services)
        await to_thread.run_sync(partial(trail.finish, answer=answer, scope=scope, trace=run.trace()))
        ended = True
        yield FinishedEvent(answer=answer)
    finally:
        if not ended:
            await _interrupted(trail, asked.id, scope)


class _Asked(NamedTuple):
    """A question taken in: read, dated and numbered, before anything is looked up."""

    id: str
    question: str
    instant: datetime
    today: date
    understanding: Understanding
    filters: Filters
    watch: Stopwatch


def _taken_in(request: AnswerRequest, scope: Scope, services: AnsweringServices) -> _Asked:
    """Read the question, with the one before it in its conversation. Runs in a thread: it may take long."""
    watch = Stopwatch()
    instant = services.clock()
    today = instant.astimezone(ZoneInfo(services.zone)).date()
    question, filters = cleaned(request.question), filters_from(request.filters)
    earlier = _earlier(request, scope, services.trail)
    whole = resolved(question, earlier, lexicon=services.lexicon, today=today)
    understanding = understand(whole, lexicon=services.lexicon, language=request.language, today=today)
    return _Asked(uuid.uuid4().hex, question, instant, today, understanding, filters, watch)


def _earlier(request: AnswerRequest, scope: Scope, trail: Trail) -> Earlier | None:
    """The last question of the conversation, as it was understood, with the days that its answer cited."""
    conversation = checked_conversation(request.conversation_id)
    kept = trail.last_of(conversation, scope=scope) if conversation else None
    if kept is None:
        return None
    cited = {label for sentence in kept.answer.sentences for label in sentence.citations}
    days = [item.effective for item in kept.answer.evidence if item.id in cited and item.effective]
    return Earlier(question=str(kept.trace.understanding.get("question", "")), days=tuple(days))


def _started(asked: _Asked, scope: Scope, services: AnsweringServices) -> RunState:
    """Look everything up. Blocking: runs in a thread."""
    sources = Sources(services.store, services.index, services.embedder, services.lexicon)
    return RunState(
        id=asked.id,
        question=asked.question,
        created_at=asked.instant.isoformat(timespec="seconds"),
        today=asked.today,
        understanding=asked.understanding,
        gathered=gather(
            scope, asked.understanding, sources=sources, filters=asked.filters, today=asked.today
        ),
        lexicon=services.lexicon,
        watch=asked.watch,
    )


async def collect(events: AsyncIterable[AnswerEvent]) -> Answer:
    """Run the events to their end and return the Answer, for callers that do not stream.

    Raises RuntimeError when the events end without `finished`, which only an error inside them can cause.
    """
    answer: Answer | None = None
    async for event in events:
        if isinstance(event, FinishedEvent):
            answer = event.answer
    if answer is None:
        raise RuntimeError("the events ended without an answer")
    return answer


async def _sentences(
    run: RunState, request: AnswerRequest, services: AnsweringServices
) -> AsyncGenerator[AnswerEvent, None]:
    """Composed sentences first; then, unless facts close the question, the model's or the record's words."""
    if _refused(run):
        return
    async with aclosing(_composed(run)) as told:
        async for event in told:
            yield event
    if run.gathered.premise and not run.sentences:
        yield run.correct_premise()
    certain = await to_thread.run_sync(partial(_quoted, run, certain=True)) if run.open else []
    for quoted in certain:
        yield quoted
    if not run.open or any(isinstance(event, SentenceEvent) for event in certain):
        return
    if request.use_model and services.chat_model is not None:
        async with aclosing(_read(run, services, services.chat_model)) as told:
            async for event in told:
                yield event
    if not run.model_read:  # a model that read the evidence has the last word on it
        for quoted in await to_thread.run_sync(partial(_quoted, run, certain=False)):
            yield quoted


async def _composed(run: RunState) -> AsyncGenerator[AnswerEvent, None]:
    """What code worded from facts, and what the safety rule quotes: checked like everything else."""
    for made in run.gathered.composed:
        event = await to_thread.run_sync(
            partial(run.consider, made.text, made.labels, author=made.author, line=made.line)
        )
        if event is not None:
            yield event


def _refused(run: RunState) -> bool:
    """Whether nothing is to be said: the evidence is shown, the question is not answered."""
    return bool(run.understanding.ambiguous) or run.understanding.intents[0] in {"advice", "write", "general"}


async def _read(
    run: RunState, services: AnsweringServices, model: ChatModel
) -> AsyncGenerator[AnswerEvent, None]:
    """What a model finds in the evidence, in the record's words and after its checks. A failure is noted."""
    found = await to_thread.run_sync(
        partial(
            candidates, run.understanding, run.gathered.items, embedder=services.embedder, lexicon=run.lexicon
        )
    )
    if not found:
        return
    request = request_for(services.prompt, found, run.understanding)
    run.model_asked = True
    run.prompt_text = "\n\n".join(message.content for message in request.messages)
    try:
        run.raw_output = await read_by(model, request)
        event = await to_thread.run_sync(partial(_pointed, run, run.raw_output, found))
    except ModelProtocolError:
        run.notes.append("model: protocol error")
        return
    except ModelError as error:
        run.model_failed = True
        run.notes.append(f"model: {type(error).__name__}")
        return
    if event is not None:
        yield event


def _pointed(run: RunState, raw: str, found: tuple[Candidate, ...]) -> AnswerEvent | None:
    """Quote the sentence that the model's words point at, if it is about what was asked.

    Raises ModelProtocolError.
    """
    words = words_in(raw)
    run.model_read = True
    run.notes.append("model: found" if words else "model: not found")
    if not words:
        return None
    chosen = pointed_at(words, found, run.understanding, items=run.gathered.items, lexicon=run.lexicon)
    if chosen is None:
        run.notes.append("model: its words are in no sentence about the question")
        return None
    item = chosen.item
    text = quotation(chosen.line, title=item.title, day=item.effective, language=run.understanding.language)
    return run.consider(text, (item.id,), author="model", line=chosen.line)


def _quoted(run: RunState, *, certain: bool) -> list[AnswerEvent]:
    """Quotes of the record; with `certain`, only those that leave a model nothing to add."""
    found = quotes(run.understanding, run.gathered.items, lexicon=run.lexicon, certain=certain)
    events = (
        run.consider(quoted.text, (quoted.label,), author="quote", line=quoted.line) for quoted in found
    )
    return [event for event in events if event is not None]


def _answer(run: RunState, services: AnsweringServices) -> Answer:
    ended = outcome(run)
    model = services.chat_model if run.model_asked else None
    made_by = provenance(
        code=services.code,
        model=model,
        prompt=services.prompt if run.model_asked else None,
        embedder=services.embedder,
        index=services.index,
    )
    return run.answer(ended.status, ended.reason, provenance=made_by, options=ended.options)


async def _interrupted(trail: Trail, answer_id: str, scope: Scope) -> None:
    """Close the answer on the trail, whatever stopped it; a trail that cannot does so at its next start.

    What stopped the answer is what the caller is told, not that the trail could not say so.
    """
    with anyio.CancelScope(shield=True), suppress(AuditUnavailable):
        await to_thread.run_sync(partial(trail.interrupt, answer_id=answer_id, scope=scope))
