"""Predictors that know nothing of medicine: a checker that does not beat them proves nothing.

Word overlap alone reaches an AUROC of .70 to .74 against physicians' labels, in print and on K-QA.
"""

from __future__ import annotations

import re

from eval.calibration.checkers import Score
from eval.metrics.dates import dates_in
from eval.metrics.numbers import numbers_in
from eval.metrics.plain import plain

_WORD = re.compile(r"[^\W_]+")
_FRENCH = ("ne", "n", "pas", "aucun", "aucune", "sans", "ni", "jamais", "non", "absence", "plus")
_ENGLISH = ("no", "not", "without", "never", "none")
_NEGATIONS = frozenset((*_FRENCH, *_ENGLISH))
_LONGEST = 60.0


def word_overlap() -> Score:
    """The share of the sentence's words, each once, that stand in the source; numbers are words too."""

    def score(sentence: str, source: str) -> float:
        words = set(_WORD.findall(plain(sentence)))
        return len(words & set(_WORD.findall(plain(source)))) / len(words) if words else 0.0

    return score


def sentence_length() -> Score:
    """Shorter sentences claim less: one at no word, zero from sixty words on."""

    def score(sentence: str, source: str) -> float:  # noqa: ARG001 - a checker's shape
        return max(0.0, 1.0 - len(_WORD.findall(plain(sentence))) / _LONGEST)

    return score


def negation_count() -> Score:
    """One over one plus the negation words of the sentence that are more than the source has."""

    def score(sentence: str, source: str) -> float:
        here, there = (
            sum(word in _NEGATIONS for word in _WORD.findall(plain(text))) for text in (sentence, source)
        )
        return 1.0 / (1.0 + (max(0, here - there) if there else here))

    return score


def number_mismatch() -> Score:
    """The share of the sentence's numbers and dates that stand in the source, units apart; one if none."""

    def score(sentence: str, source: str) -> float:
        here: list[object] = [one.value for one in numbers_in(sentence)] + [
            one.iso for one in dates_in(sentence)
        ]
        there = {one.value for one in numbers_in(source)} | {one.iso for one in dates_in(source)}
        return sum(one in there for one in here) / len(here) if here else 1.0

    return score


def constant() -> Score:
    """Always supported: what every figure must be read against."""

    def score(sentence: str, source: str) -> float:  # noqa: ARG001 - a checker's shape
        return 1.0

    return score
