"""Judging what a contestant told by the truth: right, wrong, unsupported sentences, wrong numbers."""

from __future__ import annotations

from typing import NamedTuple

from eval.bench.rivals.contestant import Told
from eval.cases.case import Case, Output
from eval.cases.gold import RecordGold, TermGold
from eval.metrics.numeric_fidelity import text_fidelity
from eval.metrics.unsupported import support
from eval.suites.numbers import unquoted
from eval.suites.record_qa import RecordQA
from eval.suites.unanswerable import Unanswerable


class Verdict(NamedTuple):
    """One answer, judged. `silent`: it says nothing of the record, rightly or not."""

    right: bool
    silent: bool
    sentences: int
    unsupported: int
    wrong_numbers: int

    @property
    def wrong(self) -> bool:
        """It says something, and that is not right."""
        return not self.right and not self.silent


def verdict_of(case: Case, told: Told) -> Verdict:
    """Judge by the scorers of the evaluation (S1, S3, S4), and each sentence by its sources.

    A sentence is unsupported when a number or a date in it stands neither in the truth nor in what the
    contestant rests on (what it cites; what it was given, for one that cites nothing), or when fewer than
    half of its content words stand there. Raises TypeError for a case without the gold of a record.
    """
    gold = case.gold
    if not isinstance(gold, RecordGold):
        raise TypeError(f"{case.id}: not a question on a record")
    true = (*gold.all_of, *gold.any_of, *gold.known)
    there = tuple(TermGold(forms=(source,)) for source in told.sources if source.strip())
    judged = [support(each, known=(*true, *there), quotes=told.sources) for each in told.sentences]
    prose = [TermGold(forms=(span.words,)) for span in gold.spans if " " in span.words]
    shown = unquoted(told.answer, gold.own_records)
    numbers = text_fidelity(
        shown, about=(*gold.all_of, *gold.any_of), known=(*gold.known, *prose), ranges=None
    )
    return Verdict(
        right=_right(case, told),
        silent=told.status != "answered",
        sentences=len(told.sentences),
        unsupported=sum(not one.supported for one in judged),
        wrong_numbers=len(numbers.wrong),
    )


def _right(case: Case, told: Told) -> bool:
    outputs = {case.id: Output(case_id=case.id, answers=(told.answer,))}
    if case.suite == "S1":
        return any(
            seen.measure == "correct" and seen.value == 1.0 for seen in RecordQA().score([case], outputs)
        )
    seen = Unanswerable().score([case], outputs)
    return any(one.measure == "reliability_10" and one.value == 1.0 for one in seen)
