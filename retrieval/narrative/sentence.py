"""Sentence: one stretch of prose with what its section is about and the dates and concepts in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from retrieval.clinical_text import Assertion, assert_spans, split_sentences
from retrieval.folding import fold_character
from retrieval.narrative.draft import Span
from retrieval.narrative.rules import rules
from retrieval.sections import MAX_HEADING, heading_of
from retrieval.terminology.concept import Concept
from retrieval.terminology.dates import DateMention, find_dates
from retrieval.terminology.lexicon import Lexicon
from retrieval.terminology.units import QuantityMention, find_quantities

NAMED = "named"
"""Role of what follows a person's name in a line: a measure there may be that person's."""
LONGEST_SENTENCE = 1200
"""A longer stretch without an end is cut at a space: no text is left unread."""
_STATED = frozenset(
    {"problem", "drug", "drug_class", "allergy", "device", "procedure", "imaging", "analyte", "vital_sign"}
)
_MEASURED = frozenset({"analyte", "vital_sign"})
_COUNTED = _MEASURED | {"drug"}
_NO_DOSES = frozenset({"family", "plan", "entry", "allergy"})
"""Roles of sections whose drugs are no treatment that is told with its dose."""
_DIGIT = re.compile(r"\d")
_DATED = re.compile(
    r"\d|\b(?:hier|il y a|aujourd|demain|veille|lendemain|jours?|semaines?|mois|ans?|annees?)\b"
)
"""Without any of these a text names no date (the words that count are those of `terminology.dates`)."""
_LABEL = re.compile(r"^[\s\-–•*]*([^:.;|]{3,60}?)\s*:(?!\d)")
_MARKS = re.compile(r"^[\s\-–•*#.\d)]+|[\s:.\-–*]+$")


class Named(NamedTuple):
    """A concept named once in the sentence, first place."""

    concept: Concept
    span: Span


class Sentence(NamedTuple):
    """`folded` has one character for each code point of `text`, so that spans serve both."""

    text: str
    folded: str
    role: str
    day: date | None
    named: tuple[Named, ...]
    assertions: dict[Span, Assertion]
    dates: tuple[DateMention, ...]
    quantities: tuple[QuantityMention, ...]

    def before(self, span: Span) -> str:
        """The folded words before a span."""
        return self.folded[: span[0]]

    def after(self, span: Span) -> str:
        """The folded words after a span."""
        return self.folded[span[1] :]

    def clause(self, span: Span) -> Span:
        """The clause around a span: between commas, semicolons and full stops."""
        start = max((self.text.rfind(mark, 0, span[0]) for mark in (", ", "; ", ". ", " mais ")), default=-1)
        ends = [place for mark in (", ", ";", ". ") if (place := self.text.find(mark, span[1])) >= 0]
        return start + 1 if start >= 0 else 0, min(ends, default=len(self.text))

    def meant(self, spans: list[Span]) -> tuple[Assertion, ...]:
        """How the sentence means each span: denied, supposed, of a relative."""
        known = [self.assertions[span] for span in spans if span in self.assertions]
        return tuple(known) if len(known) == len(spans) else assert_spans(self.text, spans)


class Stretch(NamedTuple):
    """Where a sentence stands in its block, and the role of its section."""

    start: int
    end: int
    role: str


def role_of(title: str) -> str:
    """What a section of this title is about; empty when its statements need no section to be understood."""
    bare = _MARKS.sub("", _even(title)).strip()
    return next((name for name, pattern in rules().roles.items() if pattern.search(bare)), "")


def stretches(text: str, *, heading: str) -> Iterator[Stretch]:
    """The sentences of a block, headings left out; a label that opens a line (`Allergies :`) counts."""
    role = role_of(heading)
    place = 0
    for line in text.splitlines(keepends=True):
        title = heading_of(line) if len(line) <= MAX_HEADING + 2 else None
        if title is not None:
            role = role_of(title)
        else:
            yield from _of_line(line, place, role)
        place += len(line)


def _of_line(line: str, place: int, role: str) -> Iterator[Stretch]:
    if role == "ignored":
        return
    person = rules().clause["named_person"]
    for start, end in split_sentences(line):
        label = _LABEL.match(line[start:end])
        own = role_of(label[1]) if label else ""
        for first, last in _pieces(line, start, end):
            yield Stretch(place + first, place + last, own or role)
        if not role and person.search(_even(line[start:end])):
            role = NAMED


def _pieces(text: str, start: int, end: int) -> Iterator[Span]:
    while end - start > LONGEST_SENTENCE:
        cut = text.rfind(" ", start + LONGEST_SENTENCE // 2, start + LONGEST_SENTENCE)
        cut = cut if cut > 0 else start + LONGEST_SENTENCE
        yield start, cut
        start = cut
    yield start, end


def read_sentence(text: str, role: str, day: date | None, *, lexicon: Lexicon) -> Sentence:
    """Find what a sentence names. Ambiguous abbreviations name nothing."""
    named: dict[str, Named] = {}
    held, folded = rules(), _even(text)
    for mention in lexicon.mentions(text):
        concept, span = mention.concept, (mention.start, mention.end)
        if concept.kind not in _STATED or concept.key in held.never_concepts:
            continue
        allergen = role == "allergy" or held.allergy["before"].search(folded[: span[0]]) is not None
        if text[slice(*span)] in held.never_forms and not allergen:
            continue
        named.setdefault(concept.key, Named(concept, span))
    kinds = {each.concept.kind for each in named.values()}
    spans = sorted({each.span for each in named.values() if each.concept.kind not in _MEASURED})
    counting = kinds & _MEASURED if role in _NO_DOSES else kinds & _COUNTED
    counted = counting and _DIGIT.search(text) is not None
    return Sentence(
        text=text,
        folded=folded,
        role=role,
        day=day,
        named=tuple(named.values()),
        assertions=dict(zip(spans, assert_spans(text, spans), strict=True)),
        dates=find_dates(text, anchor=day) if named and _DATED.search(folded) else (),
        quantities=find_quantities(text, anchor=day) if counted else (),
    )


def _even(text: str) -> str:
    """Folded, one character for each: of a ligature the first letter, a space for a mark."""
    return "".join(map(_one, text))


@lru_cache(maxsize=4096)
def _one(character: str) -> str:
    return (fold_character(character) or " ")[0]
