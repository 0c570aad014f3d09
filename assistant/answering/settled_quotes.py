"""Quotes that code knows to answer, before any search: a section of a report, a reason, who signed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from assistant.answering.author_quotes import author_quotes
from assistant.answering.compose.record import Record
from assistant.answering.prose import Quote
from assistant.answering.reason_quotes import stop_reason_quotes
from assistant.answering.report_sections import section_quotes
from retrieval.passage import Passage


class Settled(NamedTuple):
    """What is quoted; `beside_facts` when facts tell the rest of the answer and stay."""

    quotes: tuple[Quote, ...] = ()
    beside_facts: bool = False


def settled_quotes(record: Record, passages: Callable[[], Sequence[Passage]]) -> Settled:
    """What a section of a stay's report tells, who signed a document, or why a drug was stopped.

    `passages` gives those of the whole record; it is called only by a rule that the question concerns.
    """
    for rule in (section_quotes, author_quotes):
        found = rule(record, passages)
        if found:
            return Settled(found)
    return Settled(stop_reason_quotes(record, passages), beside_facts=True)
