"""How long a clinician waits: time to evidence, to the first checked sentence, to the whole answer."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from pathlib import Path

from assistant.answering.answer import Answer, AnswerRequest, FinishedEvent
from assistant.asking import ask
from assistant.people.principal import Principal
from assistant.services import Services
from assistant.settings import Settings
from assistant.workplace import open_workplace
from eval.bench.result import Measure, measure, percentile
from eval.commands.demonstration import load, make_accounts, make_hospital, marker_of, prepare
from eval.synthetic.questions import Question, questions
from eval.synthetic.truth import Hospital, Patient
from retrieval.records import NO_FILTERS
from retrieval.scope import Scope

SEED = 1002
FACT_QUESTIONS = 40
NARRATIVE_QUESTIONS = 6
LIMIT = 12
OPEN_QUESTIONS = (
    "Que s’est-il passé pendant la dernière hospitalisation ?",
    "Résume le contexte de vie.",
    "Quelles consignes ont été données à la sortie ?",
    "Comment le patient tolère-t-il son traitement ?",
    "Résume l’histoire de la maladie.",
)
"""No fact holds the answer and no certain quotation does: the model has to read for it."""


async def bench_times(settings: Settings, *, patients: int) -> list[Measure]:
    """Return times in milliseconds, as the answers themselves report them, over questions of a fresh seed.

    Fact questions run with the model switched off, narrative and open ones with it; the first of each kind is
    not counted, since it loads the encoder or starts the model. Each fact question's time is set beside what
    it costs to encode it and to ask the index once. Of the open ones only answers that the model was asked
    for count (`read`), whatever came of them; two different ones are put on each patient, in turn.
    """
    with tempfile.TemporaryDirectory(prefix="aparte-bench-") as name:
        here = prepare(settings.model_copy(update={"data": Path(name) / "data"}))
        hospital = make_hospital(here, patients=patients, seed=SEED)
        with open_workplace(here) as services:
            make_accounts(services)
            load(services, marker=marker_of(hospital, patients, SEED))
            try:
                return await _timed(services, hospital)
            finally:
                await services.stop()


async def _timed(services: Services, hospital: Hospital) -> list[Measure]:
    asked = questions(hospital)
    principal = services.accounts.by_login("dr.martin")
    facts = [item for item in asked if item.structured][: FACT_QUESTIONS + 1]
    prose = [item for item in asked if item.family == "narrative_only"][: NARRATIVE_QUESTIONS + 1]
    quick = [await _one(services, principal, item, use_model=False) for item in facts]
    slow = [await _one(services, principal, item, use_model=True) for item in prose]
    await _ask(services, principal, hospital.patients[0].identity.patient_id, OPEN_QUESTIONS[-1])
    pairs = [await _pair(services, principal, number, who) for number, who in enumerate(hospital.patients)]
    read = [answer for pair in pairs for answer in pair if answer.provenance.model]
    return [
        *_figures("facts", quick[1:]),
        *_beside_a_query(quick[1:], [_query_ms(services, item) for item in facts][1:]),
        *_figures("narrative", slow[1:]),
        *_figures("read", read),
        *_outcomes(read),
        *_second_questions(pairs),
    ]


async def _pair(services: Services, principal: Principal, number: int, who: Patient) -> tuple[Answer, Answer]:
    """Two different open questions on one patient, in turn; which they are changes with the patient."""
    first, second = (OPEN_QUESTIONS[(number + place) % len(OPEN_QUESTIONS)] for place in (0, 1))
    patient_id = who.identity.patient_id
    return (
        await _ask(services, principal, patient_id, first),
        await _ask(services, principal, patient_id, second),
    )


def _query_ms(services: Services, item: Question) -> float:
    """What it takes to encode a question and to ask the index once."""
    scope = Scope(principal_id="bench", patient_id=item.patient_id, purpose="evaluation")
    embedder, index = services.embedder.get(), services.index.get()
    started = time.perf_counter()
    vector = embedder.embed_queries([item.text])[0]
    index.search(scope, vector=vector, text=item.text, limit=LIMIT, filters=NO_FILTERS)
    return 1_000 * (time.perf_counter() - started)


def _beside_a_query(answers: Sequence[Answer], queries: Sequence[float]) -> Iterator[Measure]:
    """Evidence and first sentence of fact questions, 95th percentile, against the same of a bare query."""
    bare = percentile(queries, 0.95)
    yield measure("answers.query_ms", queries, unit="ms")
    yield measure("answers.query_p95_ms", [bare], unit="ms")
    for step, times in _steps(answers).items():
        if step != "total" and times:
            ratio = percentile(times, 0.95) / bare
            name = f"answers.facts_to_{step}_p95_over_query_p95"
            yield measure(name, [ratio], unit=f"ratio, n {len(times)}", at_most=3)


def _second_questions(pairs: Sequence[tuple[Answer, Answer]]) -> Iterator[Measure]:
    """The first words of a second question against those of the first, where both went to the model."""
    both = [pair for pair in pairs if all(answer.provenance.model for answer in pair)]
    if both:
        ratios = [_first_words(second) / _first_words(first) for first, second in both]
        yield measure("answers.second_question_over_first", ratios, unit="ratio", at_most=0.6)


def _first_words(answer: Answer) -> float:
    """Milliseconds to the first sentence; to the end, where there is none."""
    times = answer.timings_ms
    return float(times.first_sentence or times.total or 1)


def _outcomes(answers: Sequence[Answer]) -> Iterator[Measure]:
    """How many of the model's answers were shown: speed alone would praise a model that is always dropped."""
    if answers:
        shown = [float(answer.status == "answered") for answer in answers]
        yield measure("answers.read_shown_share", [sum(shown) / len(shown)], unit=f"share, n {len(shown)}")


async def _one(services: Services, principal: Principal, item: Question, *, use_model: bool) -> Answer:
    return await _ask(services, principal, item.patient_id, item.text, use_model=use_model)


async def _ask(
    services: Services, principal: Principal, patient_id: str, text: str, *, use_model: bool = True
) -> Answer:
    request = AnswerRequest(question=text, use_model=use_model, purpose="care")
    async with aclosing(ask(services, principal, patient_id, request)) as events:
        async for event in events:
            if isinstance(event, FinishedEvent):
                return event.answer
    raise RuntimeError(f"a question about {patient_id} ended without an answer")


def _steps(answers: Sequence[Answer]) -> dict[str, list[float]]:
    steps = {
        "evidence": [answer.timings_ms.evidence for answer in answers],
        "first_sentence": [answer.timings_ms.first_sentence for answer in answers],
        "total": [answer.timings_ms.total for answer in answers],
    }
    return {step: [float(value) for value in seen if value is not None] for step, seen in steps.items()}


def _figures(kind: str, answers: Sequence[Answer]) -> Iterator[Measure]:
    for step, times in _steps(answers).items():
        if times:
            yield measure(f"answers.{kind}_to_{step}_ms", times, unit="ms")
            yield measure(f"answers.{kind}_to_{step}_p95_ms", [percentile(times, 0.95)], unit="ms")
