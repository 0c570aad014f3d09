"""What the scorers of the suites on one record share: observations, strata, what counts as no answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eval.cases.case import Case, Observation, Output
from eval.cases.gold import RecordGold
from eval.metrics.value_match import Judgement, judge

NOT_A_RECORD = "the gold of this case is not about a record"


def answer_of(case: Case, outputs: Mapping[str, Output]) -> Mapping[str, Any] | None:
    """The contract's JSON that came back for a case; None for an error, or when nothing came back."""
    output = outputs.get(case.id)
    return None if output is None or output.error is not None else output.answer


def answered(answer: Mapping[str, Any] | None) -> bool:
    """Whether it says anything about the record: neither abstention, question back, refusal nor error."""
    return answer is not None and answer.get("status") == "answered"


def observe(
    case: Case, measure: str, value: float, *, suite: str, answer: Mapping[str, Any] | None, note: str = ""
) -> Observation:
    """One observation of a case, under its strata and the mode of its answer."""
    mode = "none" if answer is None else str(answer.get("mode") or "none")
    return Observation(
        suite=suite,
        case_id=case.id,
        measure=measure,
        value=value,
        cluster=case.patient_id or case.id,
        strata={**case.strata, "mode": mode},
        note=note,
    )


def unscored(case: Case, measure: str, reason: str, *, suite: str) -> Observation:
    """The scorer itself could not tell."""
    return Observation(
        suite=suite,
        case_id=case.id,
        measure=measure,
        value=None,
        cluster=case.patient_id or case.id,
        strata=case.strata,
        unscored=reason,
    )


def record_gold(case: Case) -> RecordGold | None:
    """The gold of a case on one record; None when it has another kind, which cannot be scored here."""
    return case.gold if isinstance(case.gold, RecordGold) else None


def judged(case: Case, outputs: Mapping[str, Output]) -> Judgement | None:
    """The judgement of what came back; an error or nothing is judged as the status `error`.

    None when the gold of the case is of another kind.
    """
    gold = record_gold(case)
    if gold is None:
        return None
    answer = answer_of(case, outputs)
    if answer is None:
        return Judgement(right=False, status="error", faults=("no answer",))
    return judge(gold, answer)
