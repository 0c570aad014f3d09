"""From units to a document: blocks by section and page, a narrative fact for each, metadata and ids."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from retrieval.composition import NO_TEXT_LAYER, Composition, ReadDocument
from retrieval.fact import Text
from retrieval.formats.base import Source
from retrieval.formats.sheet import Ids, Sheet, ids_from
from retrieval.formats.sidecar import SourceMetadata
from retrieval.formats.text.heading import Heading, heading_of_letter
from retrieval.formats.text.units import Unit, path_of
from retrieval.formats.writer import Span
from retrieval.sections import heading_of

MAX_BLOCK = 4_000
"""Characters of a block, cut between units, so that a path leads close to what it is about."""
RECOGNISED = "Page {page} : texte reconnu par OCR, à vérifier sur l’original."
UNREAD = "Page {page} : image numérisée, non lue."


class Letter(NamedTuple):
    """What a reader found in a file: its units in order, pages that nobody could read, what is to be said."""

    units: Sequence[Unit]
    media_type: str
    text_version: str
    unread_pages: tuple[int, ...] = ()
    warnings: tuple[str, ...] = ()


class _Run(NamedTuple):
    """Units of one section on one page."""

    units: list[Unit]
    title: str


def document_of(source: Source, letter: Letter) -> ReadDocument:
    """Make the document of one file: the units' text line by line, and a line about each page of image."""
    meta = source.metadata or SourceMetadata()
    heading = heading_of_letter([unit.text for unit in letter.units], name=source.name)
    composition = _composition(source, meta, heading)
    sheet = Sheet(warnings=[*letter.warnings])
    unread = sorted(letter.unread_pages)
    for run in _runs(letter.units):
        page = run.units[0].page
        while unread and page is not None and unread[0] <= page:
            _say_unread(sheet, unread.pop(0))
        _write(sheet, run, title=composition.title)
    for number in unread:
        _say_unread(sheet, number)
    return sheet.finish(
        composition, raw=source.data, media_type=letter.media_type, text_version=letter.text_version
    )


def _composition(source: Source, meta: SourceMetadata, heading: Heading) -> Composition:
    ids = _ids(source, meta)
    return Composition(
        record_id=ids.record_id,
        version=ids.version,
        version_number=ids.number,
        system=ids.system,
        kind=meta.kind or heading.kind,
        title=meta.title or heading.title,
        language=meta.language,
        author=meta.author,
        facility=meta.facility,
        effective=meta.date or heading.date,
        status=meta.status,
        patient_hint=meta.patient_id,
    )


def _ids(source: Source, meta: SourceMetadata) -> Ids:
    """Without a version of its own, a document whose metadata change is another version of it."""
    named = source.model_copy(update={"system": meta.system}) if meta.system else source
    ids = ids_from(named, source.data, uid=meta.record_id, version=meta.version)
    if meta.version or source.metadata is None:
        return ids
    said = meta.model_dump_json(exclude_defaults=True).encode("utf-8")
    return ids._replace(version=hashlib.sha256(source.data + b"\0" + said).hexdigest())


def _runs(units: Sequence[Unit]) -> Iterator[_Run]:
    """Divide at headings, at pages and tables, and at `MAX_BLOCK`; a section goes on over a page."""
    run: list[Unit] = []
    title, length = "", 0
    for unit in units:
        heading = heading_of(unit.text) if "\n" not in unit.text and not unit.cells else None
        other = bool(run) and (unit.stem != run[-1].stem or unit.number != run[-1].number + 1)
        if run and (heading is not None or other or length + len(unit.text) > MAX_BLOCK):
            yield _Run(run, title)
            run, length = [], 0
        title = heading or title
        run.append(unit)
        length += len(unit.text) + 1
    if run:
        yield _Run(run, title)


def _write(sheet: Sheet, run: _Run, *, title: str) -> None:
    first = run.units[0]
    if first.recognised and first.number == 1:
        sheet.prose(RECOGNISED.format(page=first.page), f"page[{first.page}]", page=first.page)
    body = "\n".join(unit.text for unit in run.units)
    if not body.strip():
        sheet.writer.line(body)
        return
    path, heading = path_of(run.units), (run.title,) if run.title else ()
    span = sheet.prose(body, path, heading=heading, page=first.page)
    if len(body) > MAX_BLOCK:
        return
    start = span.start + len(body) - len(body.lstrip())
    sheet.fact(
        "narrative",
        Text(text=body.strip()),
        path,
        Span(start, start + len(body.strip())),
        label=run.title or title,
        heading=heading,
        page=first.page,
        extracted=first.recognised,
    )


def _say_unread(sheet: Sheet, page: int) -> None:
    sheet.prose(UNREAD.format(page=page), f"page[{page}]", page=page)
    sheet.warn(f"page {page}: {NO_TEXT_LAYER}, the page is an image and was not read")
