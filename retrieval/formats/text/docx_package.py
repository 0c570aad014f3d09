"""The parts of a DOCX that hold text, out of their ZIP, within limits. Nothing is unpacked to disk.

Macros, embedded files, pictures and external relationships are not opened. A name in the archive is only
compared with the few names that are read, so that a path in it leads nowhere.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib

from lxml import etree

from retrieval.errors import InputError, NotAccepted, NotWellFormed, TooLarge
from retrieval.formats.xml_source import parse

MAX_BYTES = 50_000_000
MAX_PART = 30_000_000
"""Bytes of one part, unpacked."""
MAX_TOTAL = 60_000_000
MAX_ENTRIES = 5_000
BODY = "word/document.xml"
OLE = b"\xd0\xcf\x11\xe0"
_PART = re.compile(r"word/(header|footer|footnotes|endnotes|comments)(\d{0,4})\.xml")


class Part:
    """One part: its kind (`header`, `body`, `footnotes` ...) and its root element."""

    def __init__(self, kind: str, root: etree._Element) -> None:
        """Hold them as they are."""
        self.kind = kind
        self.root = root


def is_docx(data: bytes) -> bool:
    """Whether the bytes are a ZIP archive that names a Word document body."""
    return data.startswith(b"PK\x03\x04") and BODY.encode() in data


def parts_of(data: bytes) -> tuple[Part, ...]:
    """The parts in the order of reading: headers, body, notes, footers, comments. Raises InputError."""
    if data.startswith(OLE):
        raise NotAccepted(
            "an old Word file (.doc), or one with a password: save it as .docx without password"
        )
    if len(data) > MAX_BYTES:
        raise TooLarge(f"{len(data):,} bytes; the limit is {MAX_BYTES:,} bytes for one DOCX")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _read(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError) as error:
        raise NotWellFormed("the DOCX is damaged: its archive cannot be opened") from error


def _read(archive: zipfile.ZipFile) -> tuple[Part, ...]:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise TooLarge(f"{len(entries):,} entries in the archive; the limit is {MAX_ENTRIES:,}")
    named = {entry.filename: entry for entry in entries}
    if len(named) != len(entries):
        raise NotAccepted("the archive holds two entries of one name")
    if BODY not in named:
        raise NotAccepted("not a Word document: the archive has no word/document.xml")
    kinds = {name: match[1] for name in named if (match := _PART.fullmatch(name))}
    order = {"header": 0, "body": 1, "footnotes": 2, "endnotes": 3, "footer": 4, "comments": 5}
    wanted = sorted({**kinds, BODY: "body"}.items(), key=lambda item: (order[item[1]], len(item[0]), item[0]))
    parts: list[Part] = []
    total = 0
    for name, kind in wanted:
        content = _content(archive, named[name])
        total += len(content)
        if total > MAX_TOTAL:
            raise TooLarge(f"the document unpacks to more than {MAX_TOTAL:,} bytes")
        parts.append(Part(kind, _parsed(content, name)))
    return tuple(parts)


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    if entry.flag_bits & 1:
        raise NotAccepted("the DOCX is encrypted: save it again without a password")
    try:
        with archive.open(entry) as stream:
            content = stream.read(MAX_PART + 1)
    except RuntimeError as error:
        raise NotWellFormed("a part of the DOCX cannot be unpacked", place=entry.filename[:80]) from error
    if len(content) > MAX_PART:
        raise TooLarge(f"a part unpacks to more than {MAX_PART:,} bytes", place=entry.filename[:80])
    return content


def _parsed(content: bytes, name: str) -> etree._Element:
    try:
        return parse(content, MAX_PART)
    except InputError as error:
        raise type(error)(error.reason, place=f"{name}, {error.place}".rstrip(", ")) from None
