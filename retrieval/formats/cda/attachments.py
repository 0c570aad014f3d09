"""Attachments in base64: a text or a PDF is read page by page, anything else is named as not read."""

from __future__ import annotations

import base64
import binascii

from retrieval.composition import NO_TEXT_LAYER
from retrieval.errors import InputError
from retrieval.fact import Media
from retrieval.formats.cda.context import Context
from retrieval.formats.cda.nodes import Node

MAX_BASE64 = 60_000_000
_PDF = b"%PDF-"


def attachments_in(node: Node) -> list[Node]:
    """The elements below that hold encoded bytes."""
    return [each for each in node.walk() if is_attachment(each)]


def is_attachment(node: Node) -> bool:
    """Whether the text of an element is bytes in base64."""
    return node.get("representation").upper() == "B64" and bool(node.text.strip())


def write_attachment(node: Node, context: Context, trail: tuple[str, ...], *, barcode: bool = False) -> None:
    """Write what an attachment is, as a fact, and its text where it has one.

    A page without a text layer is a line and a warning, so that an answer can name it. `barcode`: a picture
    that repeats the document's own data, which nobody needs to read.
    """
    media = node.get("mediaType") or "application/octet-stream"
    context.sheet.block(trail, node.path)
    try:
        data = _bytes_of(node)
        pages = _pages(data, media)
    except InputError as error:
        _describe(node, context, f"{media}, illisible", media, size=None)
        context.sheet.warn(f"{NO_TEXT_LAYER}: an attachment ({media}) could not be read: {error.reason}")
        return
    if pages is None:
        _describe(node, context, f"{media}, {len(data)} octets, contenu non lu", media, size=len(data))
        if not barcode:
            context.sheet.warn(f"{NO_TEXT_LAYER}: an attachment ({media}) has no text that can be read")
        return
    count = f"{len(pages)} page{'s' if len(pages) > 1 else ''}"
    _describe(node, context, f"{media}, {count}", media, size=len(data))
    for number, text in enumerate(pages, start=1):
        _page(node, context, trail, number, text)


def _describe(node: Node, context: Context, text: str, media: str, *, size: int | None) -> None:
    said = context.sheet.say("Pièce jointe", text)
    value = Media(media_type=media, size_bytes=size)
    context.sheet.fact("generic", value, node.path, said.line, label="Pièce jointe")


def _page(node: Node, context: Context, trail: tuple[str, ...], number: int, text: str) -> None:
    if text.strip():
        context.sheet.prose(text, node.path, heading=(*trail, f"Page {number}"), page=number)
        return
    unread = f"Page {number} : sans texte lisible, non lue"
    context.sheet.prose(unread, node.path, heading=(*trail, f"Page {number}"), page=number)
    context.sheet.warn(f"{NO_TEXT_LAYER}: page {number} of the attached PDF has no text layer")


def _bytes_of(node: Node) -> bytes:
    text = "".join(node.text.split())
    if len(text) > MAX_BASE64:
        raise InputError("the attachment is too large")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise InputError("the attachment is not valid base64") from None


def _pages(data: bytes, media: str) -> tuple[str, ...] | None:
    if data[:1024].find(_PDF) >= 0 or media == "application/pdf":
        from retrieval.formats.text.pdf import pages_of

        return pages_of(data)
    if media.startswith("text/plain"):
        return (_text(data),)
    return None


def _text(data: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding).replace("\r\n", "\n").replace("\r", "\n").strip("\n")
        except UnicodeDecodeError:
            continue
    return data.decode("iso-8859-1")
