"""S11: FrenchMedMCQA, multiple-choice questions of the French pharmacy internship examination. Informative.

Labrak and others 2022 (LOUHI, hal-03824241): 3,105 questions with five options, one to five of them right;
this suite asks the 312 questions of the validation part. As the field does, the target is bound to letters:
exactly one when the examination says that one is right, any set of letters otherwise.

Measures, as in the paper and in the scripts of its repository (qanastek/FrenchMedMCQA, BART/Convert*.py), for
the chosen letters P and the right letters R of one question:
  exact_match   1 when P = R, else 0; its mean is the Exact Match Ratio
  hamming       |P and R| / |P or R|; its mean is the paper's Hamming score (not one minus the Hamming loss)
A uniform draw among the allowed sets has an expected exact match of .20 for one right letter and of 1/31
otherwise. The set is public: a model may have seen it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.cases.case import Capability, Case, Observation, Output, Step
from eval.cases.gold import ChoiceGold
from eval.cases.public_files import json_value
from eval.errors import CaseFileError
from eval.suites.base import World
from eval.suites.interleaved import interleaved
from eval.suites.listed_file import read_checked
from eval.synthetic.truth import Value

FOLDER, FILE = "frenchmedmcqa", "dev.json"
SHA256 = ("ddd64d9218561fed1c2dcd59ca13c39380ba92953aff253f39ebeb187a420a32",)
SOURCE = "qanastek/FrenchMedMCQA@4e36a4055245feec3218573c9f6bb1a9ecb1756b, corpus/dev.json (Apache-2.0)"
LETTERS = ("a", "b", "c", "d", "e")
SHARES = {"single": 164 / 312, "multiple": 148 / 312}


class FrenchMedMCQA(Value):
    """The suite; see the module."""

    id: str = "S11"
    title: str = "FrenchMedMCQA : internat de pharmacie"
    capability: Capability = "choose"
    answers_of: str | None = None

    def cases(self, world: World, *, wanted: int) -> tuple[Case, ...]:
        """Questions of the validation part, as many with one right letter as with several in proportion."""
        if world.bench is None:
            raise CaseFileError(f"name the folder of public sets: {self.id} needs {SOURCE}")
        return interleaved(load(world.bench), wanted, stratum="answers", shares=SHARES)

    def score(self, cases: Sequence[Case], outputs: Mapping[str, Output]) -> list[Observation]:
        """`exact_match` and `hamming` of every case; no output, or an error, is 0 of both."""
        return [one for case in cases for one in _observed(case, outputs.get(case.id))]


def suite() -> FrenchMedMCQA:
    """S11."""
    return FrenchMedMCQA()


def exact_match(chosen: Collection[str], right: Collection[str]) -> float:
    """1 when the same letters are chosen, in any order and however often, else 0."""
    return float(set(chosen) == set(right))


def hamming(chosen: Collection[str], right: Collection[str]) -> float:
    """The letters in both over the letters in either; 0 when nothing was chosen."""
    both, either = set(chosen) & set(right), set(chosen) | set(right)
    return len(both) / len(either) if either else 0.0


def load(bench: Path) -> tuple[Case, ...]:
    """The 312 questions, in file order. Raises CaseFileError when the file is missing or is another one."""
    path = bench / FOLDER / FILE
    rows = json_value(read_checked(path, sha256=SHA256, source=SOURCE), path.name)
    return tuple(cases_of(rows, path.name))


def cases_of(rows: Any, place: str) -> Iterator[Case]:
    """The cases of a file of the set. Raises CaseFileError for a row of another shape."""
    if not isinstance(rows, list):
        raise CaseFileError(f"{place}: a list of questions is expected")
    for number, row in enumerate(rows, start=1):
        try:
            yield _case(row)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise CaseFileError(
                f"{place}, question {number}: `id`, `question`, `answers` and `correct_answers` are needed, "
                "and right letters among the options"
            ) from error


def _case(row: Mapping[str, Any]) -> Case:
    options = {
        letter: str(row["answers"][letter]).strip() for letter in LETTERS if row["answers"].get(letter)
    }
    right = tuple(row["correct_answers"])
    if not right or not set(right) <= set(options):
        raise ValueError("letters that are no options")
    return Case(
        id=f"S11-{row['id'][:16]}",
        suite="S11",
        steps=(Step(text=" ".join(str(row["question"]).split())),),
        gold=ChoiceGold(options=options, right=right),
        strata={"answers": "single" if len(right) == 1 else "multiple"},
        needs_model=True,
        origin=f"frenchmedmcqa/{FILE}",
    )


def _observed(case: Case, output: Output | None) -> Iterator[Observation]:
    gold = case.gold
    chosen = output.choices if output is not None and output.error is None else ()
    for measure, of in (("exact_match", exact_match), ("hamming", hamming)):
        known = isinstance(gold, ChoiceGold)
        yield Observation(
            suite=case.suite,
            case_id=case.id,
            measure=measure,
            value=of(chosen, gold.right) if isinstance(gold, ChoiceGold) else None,
            cluster=case.id,
            strata=case.strata,
            unscored=None if known else "the gold of this case is not one of choices",
            note="" if output is not None and output.error is None else "no choice was made",
        )
