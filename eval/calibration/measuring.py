"""Measuring checkers on the French perturbations of a synthetic hospital and, where it is there, on K-QA."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from eval.calibration.checkers import Checker, load_checker, trivial_names
from eval.calibration.errors_made import pairs_of
from eval.calibration.figures import Admission, Figures, admission, figures
from eval.calibration.k_qa import k_qa
from eval.calibration.pairs import Pair, Scored, half, score_pairs
from eval.calibration.sentences import told_of
from eval.suites.record_draw import digest
from eval.synthetic.generate import generate
from eval.synthetic.options import evaluation_options
from eval.synthetic.truth import Value

TUNING_SEED, REPORT_SEED = 11, 1000


class SetResult(Value):
    """All checkers on one set of pairs. `language` `en` never gates a French release."""

    name: str
    language: str
    pairs: int
    figures: tuple[Figures, ...]
    admissions: tuple[Admission, ...]


class Calibration(Value):
    """What `aparte eval calibrate` prints."""

    seed: int
    patients: int
    held_out: bool
    sets: tuple[SetResult, ...]


def french_pairs(*, seed: int, patients: int, held: bool, per_kind: int) -> tuple[Pair, ...]:
    """The pairs of one half, at most `per_kind` of each kind of error, with the true sentence of every one of
    them.

    Drawn by hash; the supported sentences are those that the errors were made in.
    """
    hospital = generate(seed, patients, options=evaluation_options(open_held_out=held))
    every = half([pair for told in told_of(hospital) for pair in pairs_of(told)], held=held)
    wrong: dict[str, list[Pair]] = {}
    for pair in sorted((one for one in every if not one.supported), key=lambda one: digest(one.id)):
        wrong.setdefault(pair.kind, []).append(pair)
    kept = [pair for found in wrong.values() for pair in found[:per_kind]]
    wanted = {pair.true_id for pair in kept}
    right = [pair for pair in every if pair.supported and pair.true_id in wanted]
    return tuple(sorted((*right, *kept), key=lambda pair: pair.id))


def calibrate(
    names: Sequence[str], *, bench: Path | None, seed: int, patients: int, held: bool, per_kind: int
) -> Calibration:
    """Measure these checkers, and every trivial one beside them. Raises RunError and CaseFileError."""
    wanted = dict.fromkeys([*names, *trivial_names()])
    checkers = [load_checker(name) for name in wanted]
    french = french_pairs(seed=seed, patients=patients, held=held, per_kind=per_kind)
    sets = [measured("perturbations du dossier synthétique", "fr", french, checkers)]
    if bench is not None:
        sets.append(measured("K-QA", "en", k_qa(bench), checkers))
    return Calibration(seed=seed, patients=patients, held_out=held, sets=tuple(sets))


def measured(name: str, language: str, pairs: Sequence[Pair], checkers: Sequence[Checker]) -> SetResult:
    """Every checker on one set, and the admission of those that are not trivial."""
    scored: dict[str, tuple[Scored, ...]] = {one.name: score_pairs(one, pairs) for one in checkers}
    trivial: dict[str, Sequence[Scored]] = {one.name: scored[one.name] for one in checkers if one.trivial}
    return SetResult(
        name=name,
        language=language,
        pairs=len(pairs),
        figures=tuple(figures(one.name, scored[one.name], trivial=one.trivial) for one in checkers),
        admissions=tuple(
            admission(one.name, scored[one.name], trivial) for one in checkers if not one.trivial
        ),
    )
