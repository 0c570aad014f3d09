"""Hardened XML for every format: bytes to elements.

No document type, entity, DTD or network: a document type is refused before the parser sees the bytes.
Comments and processing instructions are left out.
"""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from retrieval.errors import NotWellFormed, TooLarge, UnsafeInput
from retrieval.formats.json_source import place_of
from retrieval.formats.tree import MAX_BYTES, check_size

_DECLARATION = re.compile(r"\A<\?xml\s[^>]*?\?>")
_ENCODING = re.compile(rb"\A\s*<\?xml\s[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_PROLOG = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_ENCODINGS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "iso-8859-1": "iso-8859-1",
    "latin-1": "iso-8859-1",
    "iso-8859-15": "iso-8859-15",
    "windows-1252": "windows-1252",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
}


def decode(data: bytes) -> str:
    """The text of an XML document, by byte order mark or declared encoding; a few encodings only."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif data.startswith(b"\xef\xbb\xbf"):
        encoding = "utf-8-sig"
    elif data[:1] == b"\x00" or data[1:2] == b"\x00":
        encoding = "utf-16-be" if data[:1] == b"\x00" else "utf-16-le"
    else:
        match = _ENCODING.match(data[:400])
        declared = match[1].decode("ascii").lower() if match else "utf-8"
        if declared not in _ENCODINGS:
            raise NotWellFormed(f"the encoding {declared} is not accepted; save the file as UTF-8")
        encoding = _ENCODINGS[declared]
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(encoding, errors="replace")
        reason = f"the text is not {encoding.upper()}; save it as UTF-8 (is it Latin-1?)"
        raise NotWellFormed(reason, place=place_of(before, len(before))) from None


def parse(data: bytes, limit: int = MAX_BYTES) -> etree._Element:
    """Parse hardened. Raises TooLarge, UnsafeInput or NotWellFormed, with the place."""
    check_size(data, limit)
    text = decode(data)
    if not text.strip():
        raise NotWellFormed("the file is empty")
    _refuse_document_type(text)
    body = _DECLARATION.sub(lambda match: "\n" * match[0].count("\n"), text, count=1)
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(body.encode("utf-8", errors="surrogatepass"), parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        reason = (error.msg or "not well formed").rpartition(", line ")[0] or "not well formed"
        if "depth" in reason.lower() or "huge" in reason.lower() or "too long" in reason.lower():
            raise TooLarge(f"over a limit of the XML parser: {reason}") from None
        raise NotWellFormed(f"not XML: {reason}", place=f"line {line}, column {column}") from None
    document: Any = root.getroottree().docinfo
    if document.doctype:
        raise UnsafeInput("a document type (DOCTYPE) is not accepted")
    return root


def _refuse_document_type(text: str) -> None:
    at = 1 if text.startswith("\ufeff") else 0
    while match := _PROLOG.match(text, at):
        at = match.end()
    if text.startswith("<!", at):
        raise UnsafeInput("a document type (DOCTYPE) or entity is not accepted", place=place_of(text, at))
