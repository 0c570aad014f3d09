"""Whether scores mean what they say: Brier 1950, expected calibration error (Naeini 2015), AUROC."""

from __future__ import annotations

from collections.abc import Sequence

from sklearn.metrics import roc_auc_score


def brier(scores: Sequence[float], truths: Sequence[bool]) -> float:
    """The mean square between probability and outcome: 0 is best, 0.25 is a coin. ValueError as in `ece`."""
    _check(scores, truths)
    return sum((score - truth) ** 2 for score, truth in zip(scores, truths, strict=True)) / len(scores)


def ece(scores: Sequence[float], truths: Sequence[bool], *, bins: int = 10) -> float:
    """Mean distance between confidence and accuracy over bins of equal width, weighted by their size.

    ValueError for none, for lengths that differ, or for a score outside 0 to 1.
    """
    _check(scores, truths)
    total = 0.0
    members: dict[int, list[tuple[float, bool]]] = {}
    for score, truth in zip(scores, truths, strict=True):
        members.setdefault(min(int(score * bins), bins - 1), []).append((score, truth))
    for _, group in sorted(members.items()):
        total += abs(sum(score for score, _ in group) - sum(truth for _, truth in group))
    return total / len(scores)


def auroc(scores: Sequence[float], truths: Sequence[bool]) -> float:
    """The chance that a true one scores above a false one, ties half. ValueError unless both kinds occur."""
    if len(scores) != len(truths) or len(set(truths)) < 2:
        raise ValueError("true and false ones are both needed, one score each")
    return float(roc_auc_score(list(truths), list(scores)))


def _check(scores: Sequence[float], truths: Sequence[bool]) -> None:
    if not scores or len(scores) != len(truths):
        raise ValueError("at least one score is needed, and one truth for each")
    if any(not 0 <= score <= 1 for score in scores):
        raise ValueError("scores are probabilities, between 0 and 1")
