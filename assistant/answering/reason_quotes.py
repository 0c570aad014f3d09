"""Why a drug was stopped, where no typed fact says so: the sentence of prose that tells the stop and why.

It names the drug and the stop, says more than these, and stands in a document written around the stop.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from assistant.answering.compose import medications
from assistant.answering.compose.courses import Course, stop_reason
from assistant.answering.compose.record import Record, order_of_day
from assistant.answering.extractive import quotation
from assistant.answering.prose import Quote
from assistant.answering.verify.reading import mentions_in, tainted, words_of
from assistant.answering.verify.vocabulary import vocabulary
from retrieval.clinical_text import split_sentences
from retrieval.folding import fold
from retrieval.passage import Passage
from retrieval.terminology.concept import Concept

_AROUND_DAYS = 120
_LONGEST = 320


class _Found(NamedTuple):
    gap: int
    quote: Quote


def stop_reason_quotes(record: Record, passages: Callable[[], Sequence[Passage]]) -> tuple[Quote, ...]:
    """One sentence for each stopped course of the question whose stop has no typed reason.

    `passages` gives those of the whole record, and is called only where a reason is missing.
    """
    if "why" not in record.asked.intents or "stop" not in record.hints:
        return ()
    drugs = [concept for concept in record.asked.concepts if concept.kind in ("drug", "drug_class")]
    bare = [
        course
        for course in medications.courses_of(drugs, record)
        if course.stopped_on and not stop_reason(course)
    ]
    if not bare:
        return ()
    every = [passage for passage in passages() if passage.narrative]
    found = (_nearest(course, drugs, every, record) for course in bare)
    return tuple(quote for quote in found if quote is not None)


def _nearest(
    course: Course, drugs: Sequence[Concept], passages: Sequence[Passage], record: Record
) -> Quote | None:
    day = order_of_day(course.stopped_on)
    found: list[_Found] = []
    for passage in passages:
        gap = _gap(passage, day)
        if gap > _AROUND_DAYS or tainted(passage.locator.quote):
            continue
        line = _telling_line(passage, drugs, record)
        if line:
            shown = quotation(line, title=passage.title, day=passage.effective, language=record.language)
            found.append(_Found(gap, Quote(shown, line, passage)))
    return min(found, key=lambda each: each.gap).quote if found else None


def _gap(passage: Passage, day: str) -> int:
    written = order_of_day(passage.effective)
    if not written or not day:
        return _AROUND_DAYS + 1
    return abs((date.fromisoformat(written) - date.fromisoformat(day)).days)


def _telling_line(passage: Passage, drugs: Sequence[Concept], record: Record) -> str:
    text = passage.locator.quote
    for start, end in split_sentences(text):
        line = " ".join(text[start:end].split())
        if len(line) <= _LONGEST and _tells_stop(line, drugs, record):
            return line
    return ""


def _tells_stop(line: str, drugs: Sequence[Concept], record: Record) -> bool:
    if vocabulary().temporality["stopped"].search(fold(line)) is None:
        return False
    named = mentions_in(line, record.lexicon)
    asked = {key for drug in drugs for key in (drug.key, *drug.members)}
    if not any(mention.concept.key in asked for mention in named):
        return False
    inside = [(m.start, m.end) for m in named if m.concept.key in asked]
    stopped = vocabulary().temporality["stopped"]
    beside = (w for w in words_of(line) if not any(start <= w.start < end for start, end in inside))
    neutral = vocabulary().neutral
    return any(stopped.fullmatch(word.text) is None and word.text not in neutral for word in beside)
