"""Dates: a sentence may be vaguer than what it cites about a day, never sharper and never different."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.answering.verify.reading import Statement
from assistant.answering.verify.verdict import NOT_APPLICABLE, PASSED, Outcome
from retrieval.folding import fold
from retrieval.terminology.dates import DateMention, date_supports


def check_dates(sentence: Statement, sources: Sequence[Statement]) -> Outcome:
    """Fail with `date_not_in_source` when a date is in no cited text and is no date of a cited item."""
    if not sentence.dates:
        return NOT_APPLICABLE
    known = [day for source in sources for day in (*source.dates, *source.days)]
    if all(
        supported(mention, known) or _dated_words(mention, sentence, sources) for mention in sentence.dates
    ):
        return PASSED
    return Outcome(passed=False, reason="date_not_in_source")


def _dated_words(mention: DateMention, sentence: Statement, sources: Sequence[Statement]) -> bool:
    """`toux depuis 3 semaines` of an old document holds only in a sentence that gives that document's day."""
    if not mention.relative:
        return False
    absolute = [day for day in sentence.dates if not day.relative]
    return any(
        fold(mention.text) in source.folded and any(date_supports(day, stated) for stated in absolute)
        for source in sources
        for day in source.days
    )


def supported(mention: DateMention, known: Sequence[DateMention]) -> bool:
    """Whether one of the `known` dates says at least what `mention` says."""
    return any(date_supports(day, mention) for day in known)
