"""From a document to the passages that search finds.

The rendered text is cut into stretches that touch: together they cover every character that is not blank, and
each keeps its exact offsets. Structured entries are grouped up to `GROUP_CHARACTERS` on line borders, inside
one chapter; narrative is cut at its section headings, then by the text splitter at `NARRATIVE_CHARACTERS`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import NamedTuple

from langchain_text_splitters import RecursiveCharacterTextSplitter

from retrieval.composition import Block, ReadDocument
from retrieval.locator import locate
from retrieval.moments import span_of
from retrieval.passage import Passage
from retrieval.sections import sections_of

GROUP_CHARACTERS = 900
NARRATIVE_CHARACTERS = 500
HEADING_CHARACTERS = 200
_SEPARATORS = ["\n\n", "\n", ". ", " ; ", "; ", ", ", " ", ""]


class _Stretch(NamedTuple):
    start: int
    end: int
    heading: tuple[str, ...]
    path: str
    narrative: bool
    page: int | None = None


def passages_of(document: ReadDocument) -> tuple[Passage, ...]:
    """Return the passages of a document, in order of text; none when it has no text."""
    text = document.text
    stretches = _grouped(_stretches(document))
    return tuple(
        _passage(document, stretch) for stretch in (_trimmed(text, each) for each in stretches) if stretch
    )


def _stretches(document: ReadDocument) -> Iterator[_Stretch]:
    """Cut the text from end to end: blocks, and what stands between them (headings, mostly)."""
    place, last = 0, Block(start=0, end=0, path="")
    for block in sorted(document.blocks, key=lambda each: each.start):
        start, end = max(block.start, place), min(block.end, len(document.text))
        if start - place > HEADING_CHARACTERS:
            yield from _cut(document.text, _Stretch(place, start, block.heading, block.path, narrative=False))
        elif start > place:
            start = place  # a heading goes with what it announces
        if end > start:
            stretch = _Stretch(start, end, block.heading, block.path, block.narrative, block.page)
            yield from _cut(document.text, stretch)
        place, last = max(place, end), block
    if place < len(document.text):
        yield from _cut(
            document.text, _Stretch(place, len(document.text), last.heading, last.path, narrative=False)
        )


def _cut(text: str, stretch: _Stretch) -> Iterator[_Stretch]:
    if stretch.narrative:
        yield from _narrative(text, stretch)
    elif stretch.end - stretch.start <= GROUP_CHARACTERS:
        yield stretch
    else:
        yield from _lines(text, stretch)


def _lines(text: str, stretch: _Stretch) -> Iterator[_Stretch]:
    place = stretch.start
    for line in text[stretch.start : stretch.end].splitlines(keepends=True):
        piece = stretch._replace(start=place, end=place + len(line))
        place += len(line)
        if len(line) <= GROUP_CHARACTERS:
            yield piece
        else:
            yield from _split(text, piece, size=GROUP_CHARACTERS)


def _narrative(text: str, stretch: _Stretch) -> Iterator[_Stretch]:
    for section in sections_of(text[stretch.start : stretch.end]):
        known = section.title and section.title in stretch.heading
        heading = stretch.heading if known or not section.title else (*stretch.heading, section.title)
        piece = stretch._replace(
            start=stretch.start + section.start, end=stretch.start + section.end, heading=heading
        )
        yield from _split(text, piece, size=NARRATIVE_CHARACTERS)


def _split(text: str, stretch: _Stretch, *, size: int) -> Iterator[_Stretch]:
    splitter = RecursiveCharacterTextSplitter(
        chunk_size=size, chunk_overlap=0, add_start_index=True, separators=_SEPARATORS, keep_separator="end"
    )
    body = text[stretch.start : stretch.end]
    for piece in splitter.create_documents([body]):
        start = int(piece.metadata["start_index"])
        end = start + len(piece.page_content)
        if body[start:end] != piece.page_content:
            raise AssertionError("the text splitter returned a piece that is not in the text")
        yield stretch._replace(start=stretch.start + start, end=stretch.start + end)


def _grouped(stretches: Iterator[_Stretch]) -> Iterator[_Stretch]:
    """Join structured stretches that follow one another inside one chapter, up to the size of a group."""
    group: _Stretch | None = None
    for stretch in stretches:
        if group is not None and _joins(group, stretch):
            heading = _shared(group.heading, stretch.heading)
            group = group._replace(end=stretch.end, heading=heading)
            continue
        if group is not None:
            yield group
        group = stretch
    if group is not None:
        yield group


def _joins(group: _Stretch, stretch: _Stretch) -> bool:
    if group.narrative or stretch.narrative or stretch.end - group.start > GROUP_CHARACTERS:
        return False
    return group.heading[:1] == stretch.heading[:1]


def _shared(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    length = next((n for n, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), None)
    return one[: min(len(one), len(other)) if length is None else length]


def _trimmed(text: str, stretch: _Stretch) -> _Stretch | None:
    body = text[stretch.start : stretch.end]
    bare = body.strip()
    if not bare:
        return None
    start = stretch.start + len(body) - len(body.lstrip())
    return stretch._replace(start=start, end=start + len(bare))


def _passage(document: ReadDocument, stretch: _Stretch) -> Passage:
    composition = document.composition
    locator = locate(
        document.text,
        (stretch.start, stretch.end),
        system=composition.system,
        record_id=composition.record_id,
        version=composition.version,
        path=stretch.path,
        text_version=document.text_version,
        page=stretch.page,
    )
    effective = composition.effective or composition.committed
    span = span_of(effective)
    trail = [composition.title, *(part for part in stretch.heading if part != composition.title)]
    first = " > ".join(part for part in trail if part)
    lead = f"{first} ({effective[:10] if effective and span and span.precision >= 3 else effective})"
    lead = lead if effective else first
    return Passage(
        id=passage_id(
            composition.record_id, composition.version, document.text_version, (stretch.start, stretch.end)
        ),
        text=f"{lead}\n{locator.quote}" if lead else locator.quote,
        heading=stretch.heading,
        kind=composition.kind,
        title=composition.title,
        effective=composition.effective,
        status=composition.status,
        narrative=stretch.narrative,
        locator=locator,
    )


def passage_id(record_id: str, version: str, text_version: str, span: tuple[int, int]) -> str:
    """The id of a passage: the same stretch of the same rendering always has the same."""
    parts = "\x1f".join((record_id, version, text_version, str(span[0]), str(span[1])))
    return hashlib.sha256(parts.encode("utf-8")).hexdigest()[:32]
