"""A question about a stay that a section of its report answers: reason, conclusion, what is to follow.

The section is quoted as it stands. Which question asks for which heading is data (`sections_asked.toml`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from assistant.answering.compose import anchors, stays
from assistant.answering.compose.record import Record, order_of_day
from assistant.answering.extractive import quotation
from assistant.answering.prose import Quote
from assistant.answering.understand.patterns import flatten
from assistant.answering.verify.reading import tainted
from retrieval.clinical_text import split_sentences
from retrieval.composition import Composition
from retrieval.folding import fold
from retrieval.passage import Passage

MOST_STAYS = 3
_LONGEST = 320


class _Section(NamedTuple):
    asked: tuple[re.Pattern[str], ...]
    headings: tuple[str, ...]


class _Rules(NamedTuple):
    sections: tuple[_Section, ...]
    stay: tuple[re.Pattern[str], ...]
    kinds: tuple[str, ...]
    days_after: int


def section_quotes(record: Record, passages: Callable[[], Sequence[Passage]]) -> tuple[Quote, ...]:
    """The asked section of the report of each stay that is meant: of the period, else the last ones.

    `passages` gives those of the whole record, and is called only where the question asks for a section.
    Empty when no stay, no report or no such section is found.
    """
    section = _asked_section(record)
    found = _stays(record) if section else ()
    if section is None or not found:
        return ()
    every = passages()
    quotes = [_of_stay(stay, section, record, every) for stay in found]
    return tuple(quote for quote in quotes if quote is not None)


def _asked_section(record: Record) -> _Section | None:
    rules = _rules()
    flat = flatten(record.asked.question)
    if record.asked.subject == "family" or not any(pattern.search(flat) for pattern in rules.stay):
        return None
    about_else = any(concept.kind != "topic" for concept in record.asked.concepts)
    if about_else and anchors.stops_in_stay(record) is None:
        return None  # about a drug or a result during a stay: not about the stay
    return next((each for each in rules.sections if any(p.search(flat) for p in each.asked)), None)


def _stays(record: Record) -> tuple[stays.Stay, ...]:
    stopped = anchors.stops_in_stay(record)
    if stopped is not None:
        return (stopped[0],)
    found = stays.in_named_ward(record)
    if "last" in record.hints or (record.asked.period and record.asked.period.from_date):
        return found[-1:]
    return found[-MOST_STAYS:]


def _of_stay(
    stay: stays.Stay, section: _Section, record: Record, passages: Sequence[Passage]
) -> Quote | None:
    for document in _reports(stay, record):
        for passage in passages:
            if passage.locator.record_id == document.record_id and _under(passage, section):
                quote = _quote(passage, record)
                if quote is not None:
                    return quote
    return None


def _reports(stay: stays.Stay, record: Record) -> list[Composition]:
    """Documents written during or soon after a stay: the most telling kind first, then the nearest."""
    rules = _rules()
    first = order_of_day(stay.start or stay.end)
    end = order_of_day(stay.end or stay.start)
    if len(end) != len("2024-01-01"):
        return []
    last = (date.fromisoformat(end) + timedelta(days=rules.days_after)).isoformat()
    inside = [
        item
        for item in record.compositions.values()
        if item.kind in rules.kinds and first <= order_of_day(item.effective) <= last
    ]
    near = date.fromisoformat(end).toordinal()
    return sorted(inside, key=lambda item: (rules.kinds.index(item.kind), _distance(item, near)))


def _distance(item: Composition, near: int) -> int:
    return abs(date.fromisoformat(order_of_day(item.effective)).toordinal() - near)


def _under(passage: Passage, section: _Section) -> bool:
    heading = fold(passage.heading[-1]) if passage.heading else ""
    return passage.narrative and heading.startswith(section.headings)


def _quote(passage: Passage, record: Record) -> Quote | None:
    """The first sentences of a section, its heading left out."""
    text = passage.locator.quote
    if tainted(text):
        return None
    lines = [" ".join(text[start:end].split()) for start, end in split_sentences(text)]
    title = fold(passage.heading[-1])
    kept: list[str] = []
    for line in lines:
        if fold(line).rstrip(" :.") == title.rstrip(" :."):
            continue
        if kept and sum(map(len, kept)) + len(line) > _LONGEST:
            break
        kept.append(line)
    if not kept:
        return None
    said = " ".join(kept)
    shown = quotation(said, title=passage.title, day=passage.effective, language=record.language)
    return Quote(shown, said, passage)


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    data = tomllib.loads(
        files("assistant.answering").joinpath("sections_asked.toml").read_text(encoding="utf-8")
    )
    sections = tuple(
        _Section(tuple(re.compile(p) for p in each["asked"]), tuple(each["headings"]))
        for each in data["section"]
    )
    stay = data["stay"]
    return _Rules(
        sections,
        tuple(re.compile(pattern) for pattern in stay["words"]),
        tuple(stay["kinds"]),
        stay["days_after"],
    )
