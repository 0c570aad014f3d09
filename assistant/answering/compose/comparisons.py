"""Two values side by side: entry and exit, two days, before and after an event, the last and the previous."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from assistant.answering.compose import anchors, stays
from assistant.answering.compose.measures import Point, measures, points, told_point
from assistant.answering.compose.record import Record, order_of_day
from assistant.answering.compose.result import FactsAnswer, FactSentence
from assistant.answering.compose.trends import told_direction
from retrieval.terminology.concept import Concept
from retrieval.terminology.dates import find_dates


class _Sides(NamedTuple):
    before: Point | None
    after: Point | None


def answer(measured: Sequence[Concept], record: Record) -> FactsAnswer | None:
    """Both values of each measure, and the way between them where the numbers bear a word.

    None where the question compares nothing, or does not say what with. One side that the record lacks leaves
    the answer incomplete: nothing is compared then.
    """
    if "compare" not in record.hints:
        return None
    sentences: list[FactSentence] = []
    complete = True
    for concept in [each for one in measured for each in measures(one, record)]:
        sides = _sides(points(concept, record), record)
        if sides is None:
            return None
        shown = [point for point in sides if point is not None]
        complete = complete and len(shown) == len(sides)
        if len(shown) == len(sides):
            sentences += told_direction(concept, shown, record)
        sentences += [told_point(concept, point, record) for point in shown]
    return FactsAnswer(sentences=tuple(sentences), complete=complete) if sentences else None


def _sides(found: Sequence[Point], record: Record) -> _Sides | None:
    days = [mention.first.isoformat() for mention in find_dates(record.asked.question, anchor=record.today)]
    if len(days) > 1:
        return _Sides(_on(found, min(days)), _on(found, max(days)))
    if anchors.asks("entry", record) and anchors.asks("exit", record):
        return _of_stay(found, record)
    if "around" in record.hints:
        return _around(found, record)
    if "previous" in record.hints and len(found) > 1:
        return _Sides(found[-2], found[-1])
    return None


def _on(found: Sequence[Point], day: str) -> Point | None:
    """The last result of that day: no other day may stand for one that is named."""
    return next((point for point in reversed(found) if order_of_day(point.effective) == day), None)


def _of_stay(found: Sequence[Point], record: Record) -> _Sides | None:
    known = stays.stays(record)
    if not known:
        return None
    stay = known[0] if anchors.asks("first_stay", record) else known[-1]
    inside = [point for point in found if stays.covers_day(stay, order_of_day(point.effective))]
    if not inside:
        return _Sides(None, None)
    return _Sides(inside[0], inside[-1] if len(inside) > 1 else None)


def _around(found: Sequence[Point], record: Record) -> _Sides | None:
    anchor = anchors.anchor_of(record)
    if anchor is None:
        return None
    end = order_of_day(anchor.stay.end) if anchor.stay else anchor.day
    before = [point for point in found if order_of_day(point.effective) < anchor.day]
    after = [point for point in found if order_of_day(point.effective) > (end or anchor.day)]
    return _Sides(before[-1] if before else None, after[0] if after else None)
