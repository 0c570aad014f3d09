"""Attachments in base64: a text or a PDF is read page by page, anything else is named with its size."""

from __future__ import annotations

import base64
import binascii
from typing import NamedTuple

from retrieval.composition import NO_TEXT_LAYER
from retrieval.errors import InputError
from retrieval.formats.fhir.narrative import text_of as html_text
from retrieval.formats.sheet import Sheet
from retrieval.formats.tree import Node, number_of, value_at

MAX_BASE64 = 60_000_000
_TEXTS = ("text/plain", "text/html", "text/markdown", "application/xhtml+xml")
_PDF = "application/pdf"


class Attached(NamedTuple):
    """What an attachment is, and its pages; `why` says why they could not be read."""

    media_type: str
    size: int | None
    pages: tuple[str, ...] = ()
    why: str = ""

    @property
    def words(self) -> str:
        """`application/pdf, 2 pages`, `image/png, 123 octets, contenu non lu`."""
        size = f", {self.size} octets" if self.size is not None else ""
        return f"{self.media_type}{size}{', contenu non lu' if self.why else ''}"


def attached(node: Node) -> Attached:
    """Read an attachment. Never raises: what cannot be read is said to be unread."""
    media = value_at(node, "contentType") or "application/octet-stream"
    stated = number_of(node.get("size"))
    size = int(stated) if stated is not None and 0 <= stated < 10**12 else None
    data = value_at(node, "data")
    if not data:
        return Attached(media, size, why="its content is not in this source")
    if len(data) > MAX_BASE64:
        return Attached(media, size, why="it is too large")
    try:
        content = base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        return Attached(media, size, why="it is not valid base64")
    return _read(content, media)


def _read(content: bytes, media: str) -> Attached:
    kind = media.partition(";")[0].strip().lower()
    if kind == _PDF or content.startswith(b"%PDF-"):
        from retrieval.formats.text.pdf import pages_of

        try:
            return Attached(media, len(content), pages_of(content))
        except InputError as error:
            return Attached(media, len(content), why=error.reason)
    if kind not in _TEXTS:
        return Attached(media, len(content), why="it has no text that can be read")
    text = _decoded(content)
    return Attached(media, len(content), (html_text(text) if "html" in kind else text.strip(),))


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig").replace("\x00", "\ufffd")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace").replace("\x00", "\ufffd")


def write_pages(found: Attached, path: str, trail: tuple[str, ...], sheet: Sheet) -> None:
    """Write the text of each page; a page without text is a line and a warning, so that answers name it."""
    if found.why:
        sheet.warn(f"{NO_TEXT_LAYER}: an attachment ({found.media_type}) was not read, {found.why}: {path}")
    paged = found.media_type.partition(";")[0].strip().lower() not in _TEXTS
    for number, text in enumerate(found.pages, start=1):
        heading = (*trail, f"Page {number}") if paged else trail
        if text.strip():
            sheet.prose(text, path, heading=heading, page=number if paged else None)
            continue
        sheet.prose(f"Page {number} : sans texte lisible, non lue", path, heading=heading, page=number)
        sheet.warn(f"{NO_TEXT_LAYER}: page {number} of an attached PDF has no text layer: {path}")
