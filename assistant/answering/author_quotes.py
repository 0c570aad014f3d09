"""Who signed a document that the question names by its title: the line of its header that says so."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from assistant.answering.compose.record import Record, covers, order_of_day
from assistant.answering.extractive import quotation
from assistant.answering.prose import Quote
from assistant.answering.understand.patterns import flatten
from retrieval.composition import Composition
from retrieval.folding import fold
from retrieval.passage import Passage

_SHORTEST_TITLE = 6


def author_quotes(record: Record, passages: Callable[[], Sequence[Passage]]) -> tuple[Quote, ...]:
    """The line with the author of the document whose whole title stands in the question.

    Of several, those of the day that is asked, else the newest. Empty when none is named, or none has an
    author that its text tells.
    """
    if "who" not in record.asked.intents or "ward" in record.hints:
        return ()
    document = _named(record)
    if document is None or not document.author:
        return ()
    for passage in passages():
        if passage.locator.record_id == document.record_id:
            line = _line_of(document.author, passage.locator.quote)
            if line:
                title, day = passage.title, passage.effective
                return (
                    Quote(quotation(line, title=title, day=day, language=record.language), line, passage),
                )
    return ()


def _named(record: Record) -> Composition | None:
    flat = flatten(record.asked.question)
    period = record.asked.period
    named = [
        item
        for item in record.compositions.values()
        if len(item.title) >= _SHORTEST_TITLE
        and flatten(item.title) in flat
        and (period is None or covers(item.effective, first=period.from_date, last=period.to_date))
    ]
    longest = max((len(item.title) for item in named), default=0)
    named = [item for item in named if len(item.title) == longest]
    return max(named, key=lambda item: order_of_day(item.effective), default=None)


def _line_of(author: str, text: str) -> str:
    name = fold(author).partition(" (")[0]
    lines = (" ".join(line.split()) for line in text.splitlines())
    return next((line for line in lines if name in fold(line)), "")
