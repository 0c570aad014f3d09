"""Asking one case of a target: from a case to an Output, whatever happens to the target."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import anyio

from eval.cases.case import Capability, Case, Output
from eval.cases.gold import ChoiceGold, DraftGold
from eval.errors import RunError, TargetError
from eval.runner.pieces import Phase
from eval.targets import Target

UNREACHABLE = "unreachable"
"""Code of a target that is not there at all; a few in a row end the run, which can be taken up again."""
UNREACHABLE_AT_MOST = 5


class Asker:
    """Asks the cases of one suite in one phase. Safe to use from several tasks of one event loop.

    In the phase `facts` every step is asked without the model. `timeout_s` bounds one case.
    """

    def __init__(self, target: Target, *, capability: Capability, phase: Phase, timeout_s: float) -> None:
        self._target = target
        self._capability = capability
        self._phase = phase
        self._timeout_s = timeout_s
        self._unreachable = 0

    async def output_of(self, case: Case) -> Output:
        """What the target gives for the case; its failure is an output with an error code.

        Raises RunError when the target has gone away: then nothing is learnt from asking on.
        """
        started = time.monotonic()
        answers: list[dict[str, Any]] = []
        found: dict[str, Any] = {}
        error: str | None = None
        try:
            with anyio.fail_after(self._timeout_s):
                found = await self._ask(case, answers)
            self._unreachable = 0
        except TimeoutError:
            error = "timeout"
        except TargetError as problem:
            error = problem.code
            self._count(problem)
        seconds = round(time.monotonic() - started, 3)
        return Output(case_id=case.id, answers=tuple(answers), error=error, seconds=seconds, **found)

    def _count(self, problem: TargetError) -> None:
        if problem.code != UNREACHABLE:
            self._unreachable = 0
            return
        self._unreachable += 1
        if self._unreachable >= UNREACHABLE_AT_MOST:
            raise RunError(
                "the target has gone away; nothing of what was answered is lost: "
                "start it, then run the same command again"
            ) from problem

    async def _ask(self, case: Case, answers: list[dict[str, Any]]) -> dict[str, Any]:
        if self._capability == "choose":
            return {"choices": await self._choose(case)}
        if self._capability == "draft":
            return {"draft": await self._draft(case)}
        if self._capability == "identify":
            entities: Sequence[Any] = await self._target.identify(case.question)
            return {"found": tuple(dict(entity) for entity in entities)}
        for step in case.steps:
            asked = step if self._phase == "model" else step.model_copy(update={"use_model": False})
            answers.append(await self._target.ask(asked))
        return {}

    async def _choose(self, case: Case) -> tuple[str, ...]:
        if not isinstance(case.gold, ChoiceGold):
            raise RunError(f"case {case.id}: a suite of choices needs a gold of choices")
        several = case.strata.get("answers") != "single" and len(case.gold.options) > 1
        return await self._target.choose(case.question, case.gold.options, several=several)

    async def _draft(self, case: Case) -> dict[str, Any]:
        if not isinstance(case.gold, DraftGold) or case.patient_id is None:
            raise RunError(f"case {case.id}: a suite of drafts needs a patient and a gold of drafts")
        return await self._target.draft(case.patient_id, case.gold.kind)
