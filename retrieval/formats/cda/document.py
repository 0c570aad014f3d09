"""One clinical document: header, sections with their narrative and entries, attachments."""

from __future__ import annotations

from retrieval.composition import ReadDocument
from retrieval.formats.base import Source
from retrieval.formats.cda.attachments import attachments_in, write_attachment
from retrieval.formats.cda.context import Context, Place
from retrieval.formats.cda.header import composition_of, ids_of, write_header
from retrieval.formats.cda.meaning import section_kind_of
from retrieval.formats.cda.narrative import anchors, text_of
from retrieval.formats.cda.nodes import Node
from retrieval.formats.cda.statements import write_entry
from retrieval.formats.cda.vocabulary import element_label
from retrieval.formats.cda.words import Anchors, words
from retrieval.formats.sheet import Sheet

MEDIA_TYPE = "application/xml"
TEXT_VERSION = "cda@v1"
_BARCODES = {"57723-9"}
_SECTION = {"templateId", "id", "code", "title", "text", "entry", "component", "languageCode"}


def read_document(document: Node, source: Source, raw: bytes, place: str) -> ReadDocument:
    """The document with its text and facts. Raises InputError."""
    sheet = Sheet()
    ids = ids_of(document, source, raw, place)
    composition = composition_of(document, ids)
    context = Context(sheet, _anchors(document), composition.effective)
    write_header(document, sheet, context.anchors, composition)
    trail = (composition.title,)
    for part in document.all("component"):
        for body in part.children:
            _write_body(body, context, trail)
    return sheet.finish(composition, raw=raw, media_type=MEDIA_TYPE, text_version=TEXT_VERSION)


def _anchors(document: Node) -> Anchors:
    found: dict[str, Node] = {}
    for node in document.walk():
        if node.name == "text" and node.parent is not None and node.parent.name == "section":
            for name, place in anchors(node).items():
                found.setdefault(name, place)
    return Anchors(found)


def _write_body(body: Node, context: Context, trail: tuple[str, ...]) -> None:
    if body.name == "structuredBody":
        for part in body.all("component"):
            for section in part.all("section"):
                _write_section(section, context, trail)
    elif body.name == "nonXMLBody":
        found = attachments_in(body)
        for node in found:
            write_attachment(node, context, trail)
        for text in (each for each in body.all("text") if each not in found):
            said = text_of(text) or words(text, context.anchors)
            if said:
                context.sheet.prose(said, text.path, heading=trail)


def _write_section(section: Node, context: Context, trail: tuple[str, ...]) -> None:
    title = _title(section)
    inner = (*trail, title) if title else trail
    sheet = context.sheet
    if title:
        sheet.block(inner, section.path)
        sheet.heading(title, section.path, trail=inner)
    narrative = section.child("text")
    text = text_of(narrative) if narrative is not None else ""
    if narrative is not None and text:
        sheet.writer.begin_prose(inner, narrative.path)
        sheet.writer.line(text)
        sheet.writer.end_block()
    _write_rest(section, context, inner)
    barcode = (code := section.child("code")) is not None and code.get("code") in _BARCODES
    for entry in section.all("entry"):
        _write_entry(entry, context, Place(trail=inner, section=section_kind_of(section)), barcode=barcode)
    for part in section.all("component"):
        for below in part.all("section"):
            _write_section(below, context, inner)


def _title(section: Node) -> str:
    title, code = section.child("title"), section.child("code")
    words_of_title = text_of(title) if title is not None else ""
    return " ".join(words_of_title.split()) or (code.get("displayName") if code is not None else "")


def _write_rest(section: Node, context: Context, trail: tuple[str, ...]) -> None:
    """What else a section states: authors, informants, subject, confidentiality."""
    rest = [each for each in section.children if each.name not in _SECTION]
    said = [(element_label(each.name), words(each, context.anchors)) for each in rest]
    if any(text for _, text in said):
        context.sheet.block(trail, section.path)
        for name, text in said:
            if text:
                context.sheet.say(name, text)


def _write_entry(entry: Node, context: Context, place: Place, *, barcode: bool) -> None:
    context.sheet.block(place.trail, entry.path)
    for node in entry.children:
        if node.name not in ("templateId", "observationMedia"):
            write_entry(node, context, place)
    for node in attachments_in(entry):
        write_attachment(node, context, place.trail, barcode=barcode)
    context.sheet.writer.end_block()
