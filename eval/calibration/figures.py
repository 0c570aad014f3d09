"""What is measured of a checker on labelled pairs, and whether it is admitted.

AUROC: the chance that a supported sentence scores above one that is not, ties half. Intervals are percentile
bootstraps over whole clusters (patients, or questions of K-QA), two-sided 95 %. Recall of a kind of error:
the share of such sentences that the checker's own decision refuses.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import rankdata

from eval.calibration.checkers import SUPPORTED
from eval.calibration.pairs import Scored
from eval.metrics.intervals import Estimate
from eval.synthetic.truth import Value

MARGIN = 0.05
"""By how much a checker must beat the best trivial predictor. Source: the suites' specification of this
project.
"""
DRAWS = 1000
_LOW, _HIGH = 0.025, 0.975


class KindFigure(Value):
    """One kind of error: how many, how many are refused, its AUROC against the sentences it was made in."""

    kind: str
    n: int
    refused: float
    auroc: float


class Figures(Value):
    """One checker on one set of pairs. `accepted`: the share of supported sentences that it lets through."""

    checker: str
    trivial: bool
    n: int
    supported: int
    auroc: Estimate
    accepted: float
    refused: float
    kinds: tuple[KindFigure, ...]


class Admission(Value):
    """A checker against the best trivial predictor, on the same pairs."""

    checker: str
    best_trivial: str
    difference: Estimate
    admitted: bool


def figures(name: str, scored: Sequence[Scored], *, trivial: bool) -> Figures:
    """All figures of one checker. ValueError when the pairs are all supported, or none is."""
    scores, labels, clusters = _arrays(scored)
    right = [one for one in scored if one.pair.supported]
    wrong = [one for one in scored if not one.pair.supported]
    if not right or not wrong:
        raise ValueError("supported and unsupported sentences are both needed")
    value = _auroc(scores, labels)
    drawn = [_auroc(scores[at], labels[at]) for at in _draws(clusters, labels)]
    low, high = (float(bound) for bound in np.quantile(drawn, (_LOW, _HIGH)))
    estimate = Estimate(value=value, low=low, high=high, n=len(scored), method="bootstrap by cluster, 95 %")
    return Figures(
        checker=name,
        trivial=trivial,
        n=len(scored),
        supported=len(right),
        auroc=estimate,
        accepted=sum(one.score >= SUPPORTED for one in right) / len(right),
        refused=sum(one.score < SUPPORTED for one in wrong) / len(wrong),
        kinds=tuple(_kind(kind, scored) for kind in dict.fromkeys(one.pair.kind for one in wrong)),
    )


def admission(name: str, scored: Sequence[Scored], trivial: dict[str, Sequence[Scored]]) -> Admission:
    """Whether a checker beats the best trivial predictor by the margin, and surely beats it at all.

    `trivial` are the trivial predictors' scores of the same pairs, in the same order. ValueError without any.
    """
    if not trivial:
        raise ValueError("there is no trivial predictor to beat")
    scores, labels, clusters = _arrays(scored)
    others = {other: _arrays(told)[0] for other, told in trivial.items()}
    best = max(others, key=lambda other: (_auroc(others[other], labels), other))
    value = _auroc(scores, labels) - _auroc(others[best], labels)
    drawn = [
        _auroc(scores[at], labels[at]) - _auroc(others[best][at], labels[at])
        for at in _draws(clusters, labels)
    ]
    low, high = (float(bound) for bound in np.quantile(drawn, (_LOW, _HIGH)))
    found = Estimate(
        value=value, low=low, high=high, n=len(scored), method="paired bootstrap by cluster, 95 %"
    )
    return Admission(checker=name, best_trivial=best, difference=found, admitted=value >= MARGIN and low > 0)


Numbers = np.ndarray[tuple[int], np.dtype[np.float64]]
Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]
Places = np.ndarray[tuple[int], np.dtype[np.int64]]


def _kind(kind: str, scored: Sequence[Scored]) -> KindFigure:
    """Against the true sentences that these errors were made in; against all true ones where that is not
    known.
    """
    wrong = [one for one in scored if one.pair.kind == kind]
    own = {one.pair.true_id for one in wrong} - {""}
    right = [one for one in scored if one.pair.supported and (not own or one.pair.true_id in own)]
    scores, labels, _ = _arrays([*wrong, *right])
    refused = sum(one.score < SUPPORTED for one in wrong) / len(wrong)
    return KindFigure(kind=kind, n=len(wrong), refused=refused, auroc=_auroc(scores, labels))


def _arrays(scored: Sequence[Scored]) -> tuple[Numbers, Flags, list[str]]:
    scores = np.array([one.score for one in scored], dtype=np.float64)
    labels = np.array([one.pair.supported for one in scored], dtype=np.bool_)
    return scores, labels, [one.pair.cluster for one in scored]


def _auroc(scores: Numbers, labels: Flags) -> float:
    """By ranks (Mann and Whitney)."""
    right = int(labels.sum())
    wrong = len(labels) - right
    ranks = rankdata(scores)
    return float((ranks[labels].sum() - right * (right + 1) / 2) / (right * wrong))


def _draws(clusters: Sequence[str], labels: Flags) -> list[Places]:
    """Draws of whole clusters that hold both labels; one of a single label says nothing: drawn again."""
    members: dict[str, list[int]] = {}
    for place, cluster in enumerate(clusters):
        members.setdefault(cluster, []).append(place)
    groups = [np.array(members[name], dtype=np.int64) for name in sorted(members)]
    generator = np.random.default_rng(0)
    found: list[Places] = []
    for _ in range(20 * DRAWS):
        at: Places = np.concatenate([groups[one] for one in generator.integers(0, len(groups), len(groups))])
        if 0 < int(labels[at].sum()) < len(at):
            found.append(at)
        if len(found) == DRAWS:
            return found
    raise ValueError("the clusters hold one label each: nothing can be drawn")
