"""Answering, abstaining and being wrong (S3).

Reliability score RS(c) after Whitehead and others 2022 and EHRSQL (Lee and others 2024): 1 for a right
outcome, which for an unanswerable question is the abstention; 0 for abstaining where an answer was possible;
-c for a wrong answer. RS(c) of a set is the mean, in percent.
"""

from __future__ import annotations

from collections.abc import Sequence

from eval.metrics.value_match import Judgement

_SILENT = frozenset({"abstained", "clarify", "refused"})


def reliability(judgement: Judgement, *, cost: float = 10) -> float:
    """1, 0 or `-cost`. Being silent costs nothing; an error, or anything that is not a status, costs all.

    ValueError for a judgement that could not be scored: that is an observation without value, not a zero.
    """
    _scored(judgement)
    if judgement.right:
        return 1.0
    return 0.0 if judgement.status in _SILENT else -float(cost)


def reliability_score(judgements: Sequence[Judgement], *, cost: float = 10) -> float:
    """RS(cost) of a set in percent, from `-100 * cost` to 100. ValueError for an empty set."""
    if not judgements:
        raise ValueError("the reliability of no answer is not defined")
    return 100 * sum(reliability(one, cost=cost) for one in judgements) / len(judgements)


def wrong_answer(judgement: Judgement) -> float:
    """For a case that should not be answered as asked: 1 when it was answered and not right, or failed."""
    _scored(judgement)
    return 0.0 if judgement.right or judgement.status in _SILENT else 1.0


def over_abstention(judgement: Judgement) -> float:
    """For an answerable case: 1 when nothing was answered, whatever the status, and that was not right."""
    return 1.0 if judgement.status != "answered" and not judgement.right else 0.0


def _scored(judgement: Judgement) -> None:
    if judgement.unscored:
        raise ValueError(f"not scored: {judgement.unscored}")
