"""Comparison words (élevé, normal, en hausse ...) are recomputed from ranges and series, never believed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal, NamedTuple

from assistant.answering.compose.trends import direction
from assistant.answering.verify.concepts import measured, names, subject_of
from assistant.answering.verify.reading import Statement
from assistant.answering.verify.vocabulary import vocabulary
from retrieval.fact import Fact, Quantity
from retrieval.terminology.concept import Concept

State = Literal["low", "normal", "high", "abnormal"]
_LEVELS: tuple[State, ...] = ("high", "low", "normal", "abnormal")
_TRENDS = ("rising", "falling", "stable")
_DENIED = re.compile(r"(?:pas|non|not|jamais)\s+(?:\w+\s+)?$")
_NAMED = {"rises": "rising", "falls": "falling", "steady": "stable", "varies": "varying"}
_INTERPRETED: dict[str, State] = {
    "low": "low",
    "critical_low": "low",
    "high": "high",
    "critical_high": "high",
    "abnormal": "abnormal",
    "normal": "normal",
}


class Point(NamedTuple):
    """One value of a series: its day and the value."""

    day: str
    value: Decimal


def comparisons_hold(sentence: Statement, sources: Sequence[Statement], asked: Sequence[Concept]) -> bool:
    """Whether every comparison word of the sentence agrees with the values cited for its concept.

    Without a value to compare, the word itself must be in a source that names the concept.
    """
    concepts = measured(mention.concept for mention in sentence.mentions) or measured(asked)
    about = [s for s in sources if not concepts or any(names(c, s.concepts) for c in concepts)]
    words = _words(sentence)
    if not words:
        return True
    states = _states(sentence, about, concepts)
    for name, denied in words:
        if name in _LEVELS and states and concepts:
            if not all(_level_agrees(name, state, denied=denied) for state in states):
                return False
        elif name in _TRENDS and concepts and len(_series(about)) > 1:
            if (_direction(_series(about), concepts) == name) == denied:
                return False
        elif not _said(name, about or list(sources)):
            return False
    return True


def _words(sentence: Statement) -> list[tuple[str, bool]]:
    """The comparison words of a sentence; of two readings of one word, the trend is the longer."""
    folded = sentence.folded
    taken: list[tuple[int, int]] = []
    found = []
    for name in (*_TRENDS, *_LEVELS):
        for match in vocabulary().comparison[name].finditer(folded):
            span = match.span()
            if not any(span[0] < end and start < span[1] for start, end in taken) and not _inside(
                sentence, span
            ):
                taken.append(span)
                found.append((name, _DENIED.search(folded[: span[0]]) is not None))
    return found


def _inside(sentence: Statement, span: tuple[int, int]) -> bool:
    """Whether a word is part of a concept's own name (`normale` in `créatinine normale` is not)."""
    return any(mention.start <= span[0] and span[1] <= mention.end for mention in sentence.mentions)


def _said(name: str, sources: Sequence[Statement]) -> bool:
    pattern = vocabulary().comparison[name]
    return any(pattern.search(source.folded) for source in sources)


def _level_agrees(name: str, state: State, *, denied: bool) -> bool:
    if name == "abnormal" or state == "abnormal":
        agrees = (name != "normal") if state == "abnormal" else (state != "normal")
    else:
        agrees = name == state
    return agrees != denied


def _states(sentence: Statement, about: Sequence[Statement], concepts: Sequence[Concept]) -> list[State]:
    """The level of each value that the sentence speaks of; of every cited value when it names none."""
    stated = {value for quantity in sentence.quantities for value in quantity.number.values}
    found: list[tuple[Decimal, State]] = []
    for source in about:
        if source.fact is not None:
            found += _of_fact(source.fact)
        else:
            found += _of_text(source, concepts)
    chosen = [state for value, state in found if value in stated]
    return chosen or ([state for _, state in found] if not stated else [])


def _of_fact(fact: Fact) -> list[tuple[Decimal, State]]:
    if not isinstance(fact.value, Quantity):
        return []
    value = fact.value.magnitude
    limits = fact.reference_range
    if limits and (limits.low is not None or limits.high is not None):
        return [(value, _level(value, limits.low, limits.high))]
    state = _INTERPRETED.get(fact.interpretation or "")
    return [(value, state)] if state else []


def _of_text(source: Statement, concepts: Sequence[Concept]) -> list[tuple[Decimal, State]]:
    """`5,4 mmol/L (3,5-5,0)`: a value followed by its range."""
    found = []
    for value, limits in zip(source.quantities, source.quantities[1:], strict=False):
        numbers = limits.number
        if len(value.number.values) != 1 or value.number.comparator:
            continue
        if concepts and not any(names(concept, subject_of(source, value)) for concept in concepts):
            continue
        if numbers.form == "range" and not re.search(r"[.;]", source.text[value.end : limits.start]):
            found.append((value.number.values[0], _level(value.number.values[0], *numbers.values)))
        elif numbers.comparator in {"<", "<="} and vocabulary().norm.search(source.folded):
            found.append((value.number.values[0], _level(value.number.values[0], None, numbers.values[0])))
    return found


def _level(value: Decimal, low: Decimal | None, high: Decimal | None) -> State:
    if low is not None and value < low:
        return "low"
    if high is not None and value > high:
        return "high"
    return "normal"


def _series(about: Sequence[Statement]) -> list[Point]:
    points = set()
    for source in about:
        fact = source.fact
        if fact is not None and isinstance(fact.value, Quantity) and fact.effective:
            points.add(Point(fact.effective, fact.value.magnitude))
    return sorted(points)


def _direction(series: Sequence[Point], concepts: Sequence[Concept]) -> str:
    """The word that a series bears, by the same thresholds as composed sentences (`compose/trends.toml`)."""
    key = concepts[0].key if concepts else ""
    return _NAMED[direction([point.value for point in series], key)]
