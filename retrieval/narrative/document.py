"""From a document to the same document with the facts that its prose states."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from retrieval.composition import Block, ReadDocument
from retrieval.fact import Detail, Fact
from retrieval.formats.origin import Origin, fact_id, locator_of
from retrieval.formats.writer import Span
from retrieval.moments import span_of
from retrieval.narrative.draft import Draft
from retrieval.narrative.measures import measures
from retrieval.narrative.medications import medications
from retrieval.narrative.rules import rules
from retrieval.narrative.sentence import read_sentence, stretches
from retrieval.narrative.statements import acts, allergies, devices, problems
from retrieval.narrative.subjects import subjects
from retrieval.terminology.lexicon import Lexicon, load_lexicon

_REPORTS = frozenset({"laboratory", "vital_signs"})
"""Kinds of documents that are results of one day: a measure without a date of its own has the document's."""
MAX_FACTS = 2000
"""Of one document: more would be a table that is no prose, and the rest stays readable text."""


class _Context(NamedTuple):
    """Of the document: where its facts come from, its day, whether it is a report of results, and what its
    words are looked up in."""

    origin: Origin
    day: date | None
    report: bool
    lexicon: Lexicon


def with_narrative_facts(document: ReadDocument, *, lexicon: Lexicon | None = None) -> ReadDocument:
    """Return the document with the facts of its French narrative blocks added, marked `extracted`.

    Pure and deterministic; facts already there are kept as they are. Documents in another language are
    returned unchanged. Without a lexicon, words are those of the shipped one.
    """
    language = document.composition.language.lower()
    if language and not language.startswith("fr"):
        return document
    found: dict[tuple[object, ...], Fact] = {}
    context = _context(document, lexicon or _shipped())
    blocks = (block for block in document.blocks if block.narrative)
    stated = (each for block in blocks for each in _facts(block, context))
    for said, fact in stated:
        found.setdefault(said, fact)
        if len(found) >= MAX_FACTS:
            break
    if not found:
        return document
    facts = sorted((*document.facts, *found.values()), key=lambda each: each.locator.start)
    return document.model_copy(update={"facts": tuple(facts)})


def _context(document: ReadDocument, lexicon: Lexicon) -> _Context:
    composition = document.composition
    origin = Origin(
        system=composition.system,
        record_id=composition.record_id,
        version=composition.version,
        text_version=document.text_version,
        text=document.text,
        effective=composition.effective,
        title=composition.title,
    )
    day = _day(composition.effective or composition.committed)
    return _Context(origin, day, composition.kind in _REPORTS, lexicon)


def _facts(block: Block, context: _Context) -> Iterator[tuple[tuple[object, ...], Fact]]:
    origin = context.origin
    text = origin.text[block.start : block.end]
    for stretch in stretches(text, heading=block.heading[-1] if block.heading else ""):
        for draft in _drafts(text[stretch.start : stretch.end], stretch.role, context):
            said = (*draft._replace(span=(0, 0), parts=()),)
            yield said, _fact(draft, block, block.start + stretch.start, origin=origin)


def _drafts(text: str, role: str, context: _Context) -> tuple[Draft, ...]:
    lexicon = context.lexicon
    sentence = read_sentence(text, role, context.day, lexicon=lexicon)
    if rules().clause["other_person"].search(sentence.folded):
        return ()
    return (
        *problems(sentence),
        *allergies(sentence),
        *medications(sentence),
        *measures(sentence, lexicon=lexicon, of_document=context.report),
        *devices(sentence),
        *acts(sentence),
        *subjects(sentence),
    )


@lru_cache(maxsize=1)
def _shipped() -> Lexicon:
    return load_lexicon()


def _fact(draft: Draft, block: Block, offset: int, *, origin: Origin) -> Fact:
    span = Span(offset + draft.span[0], offset + draft.span[1])
    place = f"{block.path}#{span.start}:{span.end}:{draft.key}:{draft.status or ''}:{draft.value}"
    return Fact(
        id=fact_id(origin, place, f"extracted {draft.kind}"),
        kind=draft.kind,
        label=draft.label,
        value=draft.value,
        effective=draft.effective or (origin.effective if draft.of_document else None),
        status=draft.status,
        reference_range=draft.reference_range,
        certainty=draft.certainty,
        subject=draft.subject,
        details=tuple(
            Detail(
                name=part.name,
                label=part.label,
                text=origin.text[offset + part.span[0] : offset + part.span[1]],
                value=part.value,
                path=block.path,
                start=offset + part.span[0],
                end=offset + part.span[1],
            )
            for part in draft.parts
        ),
        heading=block.heading,
        extracted=True,
        locator=locator_of(origin, block.path, span, block.page),
    )


def _day(iso: str | None) -> date | None:
    span = span_of(iso)
    if span is None or span.first_day != span.last_day:
        return None
    return date.fromisoformat(span.first_day)
