"""S1: questions on one record, answered right or not, by stratum; how often prose is answered at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eval.cases.case import Capability, Case, Observation, Output
from eval.suites.base import World
from eval.suites.record_cases import candidates, place
from eval.suites.record_draw import draw
from eval.suites.record_scoring import NOT_A_RECORD, answer_of, answered, judged, observe, unscored
from eval.synthetic.truth import Value

SHARES = {
    "structured/critical": 0.23,
    "structured/other": 0.15,
    "narrative/critical": 0.05,
    "narrative/other": 0.40,
    "joined/critical": 0.10,
    "joined/other": 0.07,
}
"""Of the cases: 45 % from prose alone, 17 % from two documents, 38 % where a mistake could hurt."""

WEIGHTS = {"dose": 4, "allergy": 4, "value": 4, "history": 4, "trend": 2, "date": 2, "list": 2}
"""How often a family is asked against the others of its stratum."""


class RecordQA(Value):
    """The suite; see the module."""

    id: str = "S1"
    title: str = "Questions sur un dossier"
    capability: Capability = "ask"
    answers_of: str | None = None

    def cases(self, world: World, *, wanted: int) -> tuple[Case, ...]:
        """Questions with gold from the truth, shares by stratum and criticality, spread over patients."""
        return draw(candidates(self.id, world), wanted, place=place, shares=SHARES, weights=WEIGHTS)

    def score(self, cases: Sequence[Case], outputs: Mapping[str, Output]) -> list[Observation]:
        """`correct` for every case; `covered` (answered at all) where prose must be read."""
        found: list[Observation] = []
        for case in cases:
            told, answer = judged(case, outputs), answer_of(case, outputs)
            why = NOT_A_RECORD if told is None else told.unscored
            if told is None or why is not None:
                found.append(unscored(case, "correct", why or NOT_A_RECORD, suite=self.id))
                continue
            note = "; ".join(told.faults)
            found.append(observe(case, "correct", float(told.right), suite=self.id, answer=answer, note=note))
            if case.strata.get("stratum") in ("narrative", "joined"):
                covered = float(answered(answer))
                found.append(observe(case, "covered", covered, suite=self.id, answer=answer))
        return found


def suite() -> RecordQA:
    """S1."""
    return RecordQA()
