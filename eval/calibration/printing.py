"""The tables of a calibration, as text."""

from __future__ import annotations

from collections.abc import Iterator

from eval.calibration.figures import MARGIN, Admission, Figures
from eval.calibration.measuring import Calibration, SetResult
from eval.metrics.intervals import Estimate


def table(found: Calibration, *, threshold: float) -> str:
    """Every set: AUROC by checker, recall by kind of error, admission. `threshold` is the checkers' own
    decision.
    """
    half = "held-out" if found.held_out else "tuning"
    lines = [f"seed {found.seed}, {found.patients} patients, {half} wordings, supported from {threshold}"]
    for part in found.sets:
        lines += ["", *_set(part)]
    return "\n".join(lines)


def _set(part: SetResult) -> Iterator[str]:
    apart = "" if part.language == "fr" else ", reported apart: gates no French release"
    yield f"{part.name} ({part.language}), {part.pairs} pairs{apart}"
    yield f"  {'checker':<18} {'AUROC':>22}  accepts true  refuses false"
    for one in sorted(part.figures, key=lambda item: -item.auroc.value):
        yield f"  {one.checker:<18} {_bounded(one.auroc):>22}  {one.accepted:>12.1%}  {one.refused:>13.1%}"
    for one in part.figures:
        if not one.trivial:
            yield from _kinds(one, part)
    yield from (f"  {_admission(one)}" for one in part.admissions)


def _kinds(one: Figures, part: SetResult) -> Iterator[str]:
    best = {
        figure.checker: {kind.kind: kind.auroc for kind in figure.kinds}
        for figure in part.figures
        if figure.trivial
    }
    yield f"  {one.checker}, by kind of error: n, refused, AUROC (best trivial predictor)"
    for kind in one.kinds:
        name, other = max(((name, told[kind.kind]) for name, told in best.items()), key=lambda item: item[1])
        yield f"    {kind.kind:<14} {kind.n:>5}  {kind.refused:>6.1%}  {kind.auroc:.3f}  ({other:.3f} {name})"


def _admission(one: Admission) -> str:
    verdict = "admitted" if one.admitted else "not admitted"
    return (
        f"{one.checker}: {verdict}; {_bounded(one.difference, sign=True)} over {one.best_trivial}, "
        f"needs {MARGIN:+.2f} and a lower bound above 0"
    )


def _bounded(one: Estimate, *, sign: bool = False) -> str:
    form = "+.3f" if sign else ".3f"
    return f"{one.value:{form}} [{one.low:{form}}, {one.high:{form}}]"
