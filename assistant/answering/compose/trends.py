"""How a measure goes over time: a direction only where the numbers bear it, then the series with dates."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from assistant.answering.compose.measures import (
    Extreme,
    Point,
    inside,
    measures,
    name_of,
    points,
    series,
    told_extreme,
    unit_of,
)
from assistant.answering.compose.record import Record
from assistant.answering.compose.result import NOTHING, FactsAnswer, FactSentence
from assistant.answering.compose.wording import sentence, trend_rules
from assistant.answering.rendering import on_date
from retrieval.fact import Quantity
from retrieval.terminology.concept import Concept


def trend(concept: Concept, record: Record) -> FactsAnswer:
    """The direction, only where the numbers bear it, then the series with dates."""
    sentences: list[FactSentence] = []
    for each in measures(concept, record):
        kept = [p for p in inside(points(each, record), record) if p.facts[0].status != "preliminary"]
        if len(kept) == 1:
            point = kept[0]
            told = sentence(
                "one_value",
                record.language,
                label=name_of(each, point.facts[0], record),
                value=point.shown,
                date=on_date(point.effective, language=record.language),
            )
            sentences.append(FactSentence(told, point.facts))
        elif kept:
            sentences += [*told_direction(each, kept, record), *series(each, kept, record)]
    return FactsAnswer(sentences=tuple(sentences)) if sentences else NOTHING


def extreme(concept: Concept, record: Record, *, which: Extreme) -> FactsAnswer:
    """The highest or lowest result of the period, preliminary ones left out; the newest of equal ones.

    Results in several units, or beyond a detection limit, are not compared: the series is told instead.
    """
    sentences: list[FactSentence] = []
    for each in measures(concept, record):
        kept = [p for p in inside(points(each, record), record) if p.facts[0].status != "preliminary"]
        numbers = [_number(point) for point in kept]
        if not kept:
            continue
        if None in numbers or len({unit_of(point) for point in kept}) != 1:
            sentences += series(each, kept, record)
            continue
        known = [number for number in numbers if number is not None]
        wanted = max(known) if which == "highest" else min(known)
        newest = next(p for p, n in zip(reversed(kept), reversed(known), strict=True) if n == wanted)
        sentences.append(told_extreme(which, each, newest, record))
    return FactsAnswer(sentences=tuple(sentences)) if sentences else NOTHING


def told_direction(concept: Concept, kept: Sequence[Point], record: Record) -> list[FactSentence]:
    """The way that two results or more go, oldest first; nothing where they cannot be compared."""
    numbers = [_number(point) for point in kept]
    known = [number for number in numbers if number is not None]
    if len(known) != len(kept) or len({unit_of(point) for point in kept}) != 1 or known[0] == 0:
        return []
    name = direction(known, concept.key)
    low, high = known.index(min(known)), known.index(max(known))
    language = record.language
    first, last = kept[0], kept[-1]
    text = sentence(
        name,
        language,
        label=name_of(concept, kept[0].facts[0], record),
        first=first.shown,
        first_date=on_date(first.effective, language=language),
        last=last.shown,
        last_date=on_date(last.effective, language=language),
        low=kept[low].shown,
        low_date=on_date(kept[low].effective, language=language),
        high=kept[high].shown,
        high_date=on_date(kept[high].effective, language=language),
    )
    cited = (kept[low], kept[high]) if name == "varies" else (first, last)
    return [FactSentence(text, tuple(dict.fromkeys(fact for point in cited for fact in point.facts)))]


def _number(point: Point) -> Decimal | None:
    value = point.facts[0].value
    return value.magnitude if isinstance(value, Quantity) and value.comparator is None else None


def direction(numbers: Sequence[Decimal], key: str) -> Literal["rises", "falls", "steady", "varies"]:
    """The word that a series bears, by the thresholds of trends.toml; two numbers or more, first not zero."""
    rules = trend_rules()
    change = Decimal(str(rules["measures"].get(key, rules["default"]["change"])))
    first, last = numbers[0], numbers[-1]
    spread = max(numbers) - min(numbers)
    if spread < change * abs(first):
        return "steady"
    net = abs(last - first)
    if net >= change * abs(first) and net >= Decimal(str(rules["default"]["net"])) * spread:
        return "rises" if last > first else "falls"
    return "varies"
