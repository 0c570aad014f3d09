"""How long a clinician waits: time to evidence, to the first checked sentence, to the whole answer."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
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


async def bench_answers(settings: Settings, *, patients: int) -> Iterator[Measure]:
    """Return times in milliseconds, as the answers themselves report them, over questions of a fresh seed.

    Fact questions run with the model switched off, narrative ones with it; the first of each kind is not
    counted, since it loads the encoder or starts the model.
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
    return [*_figures("facts", quick[1:]), *_figures("narrative", slow[1:])]


async def _one(services: Services, principal: Principal, item: Question, *, use_model: bool) -> Answer:
    request = AnswerRequest(question=item.text, use_model=use_model, purpose="care")
    async for event in ask(services, principal, item.patient_id, request):
        if isinstance(event, FinishedEvent):
            return event.answer
    raise RuntimeError(f"question {item.id} ended without an answer")


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
