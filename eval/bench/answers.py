"""How long a clinician waits: time to evidence, to the first checked sentence, to the whole answer."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
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
from eval.synthetic.truth import Hospital

SEED = 1002
FACT_QUESTIONS = 40
NARRATIVE_QUESTIONS = 6
WORDED_ANSWERS = 6
OPEN_QUESTIONS = (
    "Que s’est-il passé pendant la dernière hospitalisation ?",
    "Résume le contexte de vie.",
    "Quelles consignes ont été données à la sortie ?",
    "Comment le patient tolère-t-il son traitement ?",
    "Résume l’histoire de la maladie.",
)
"""No fact holds the answer and no single sentence of the record is all of it: the model has to word it."""


async def bench_answers(settings: Settings, *, patients: int) -> Iterator[Measure]:
    """Return times in milliseconds, as the answers themselves report them, over questions of a fresh seed.

    Fact questions run with the model switched off, narrative and open ones with it; the first of each kind is
    not counted, since it loads the encoder or starts the model. Of the open ones only answers that the model
    was asked for count (`worded`), whatever came of them.
    """
    with tempfile.TemporaryDirectory(prefix="aparte-bench-") as name:
        here = prepare(settings.model_copy(update={"data": Path(name) / "data"}))
        hospital = make_hospital(here, patients=patients, seed=SEED)
        with open_workplace(here) as services:
            make_accounts(services)
            load(services, marker=marker_of(hospital, patients, SEED))
            try:
                return iter(await _timed(services, hospital))
            finally:
                await services.stop()


async def _timed(services: Services, hospital: Hospital) -> list[Measure]:
    asked = questions(hospital)
    principal = services.accounts.by_login("dr.martin")
    facts = [item for item in asked if item.structured][: FACT_QUESTIONS + 1]
    prose = [item for item in asked if item.family == "narrative_only"][: NARRATIVE_QUESTIONS + 1]
    quick = [await _one(services, principal, item, use_model=False) for item in facts]
    slow = [await _one(services, principal, item, use_model=True) for item in prose]
    worded = [answer async for answer in _worded(services, principal, hospital)]
    return [
        *_figures("facts", quick[1:]),
        *_figures("narrative", slow[1:]),
        *_figures("worded", worded[1:]),
        *_outcomes(worded[1:]),
    ]


async def _worded(services: Services, principal: Principal, hospital: Hospital) -> AsyncIterator[Answer]:
    """Answers that the model was asked for: open questions, patient by patient, until there are enough."""
    left = WORDED_ANSWERS + 1
    for text in OPEN_QUESTIONS:
        for patient in hospital.patients:
            answer = await _ask(services, principal, patient.identity.patient_id, text, use_model=True)
            if answer.provenance.model:
                left -= 1
                yield answer
            if not left:
                return


def _outcomes(answers: Sequence[Answer]) -> Iterator[Measure]:
    """How many of the model's answers were shown: speed alone would praise a model that is always dropped."""
    if answers:
        shown = [float(answer.status == "answered") for answer in answers]
        yield measure("answers.worded_shown_share", [sum(shown) / len(shown)], unit=f"share, n {len(shown)}")


async def _one(services: Services, principal: Principal, item: Question, *, use_model: bool) -> Answer:
    return await _ask(services, principal, item.patient_id, item.text, use_model=use_model)


async def _ask(
    services: Services, principal: Principal, patient_id: str, text: str, *, use_model: bool
) -> Answer:
    request = AnswerRequest(question=text, use_model=use_model, purpose="care")
    async with aclosing(ask(services, principal, patient_id, request)) as events:
        async for event in events:
            if isinstance(event, FinishedEvent):
                return event.answer
    raise RuntimeError(f"a question about {patient_id} ended without an answer")


def _figures(kind: str, answers: Sequence[Answer]) -> Iterator[Measure]:
    steps = {
        "evidence": [answer.timings_ms.evidence for answer in answers],
        "first_sentence": [answer.timings_ms.first_sentence for answer in answers],
        "total": [answer.timings_ms.total for answer in answers],
    }
    for step, seen in steps.items():
        times = [float(value) for value in seen if value is not None]
        if times:
            yield measure(f"answers.{kind}_to_{step}_ms", times, unit="ms")
            yield measure(f"answers.{kind}_to_{step}_p95_ms", [percentile(times, 0.95)], unit="ms")
