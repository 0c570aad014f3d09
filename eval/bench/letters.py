"""Small letters as PDF and DOCX, made in memory: what the benchmarks and the tests of the readers read."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def pdf_of(
    pages: Sequence[Sequence[str]], *, images: Sequence[int] = (), catalog: bytes = b"", content: bytes = b""
) -> bytes:
    """A PDF with the lines of each page in Helvetica (Windows-1252); a page of `images` is drawn.

    `catalog` is added to the document's catalogue as it is; `content` are the operators of every page.
    """
    kids = b" ".join(b"%d 0 R" % (4 + 2 * number) for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R " + catalog + b" >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(pages)),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, lines in enumerate(pages, start=1):
        drawn = b"50 50 200 200 re f" if number in images else content or _drawn(lines)
        packed = zlib.compress(drawn)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % (3 + 2 * number)
        )
        head = b"<< /Length %d /Filter /FlateDecode >>" % len(packed)
        objects.append(b"%s\nstream\n%s\nendstream" % (head, packed))
    return _file(objects)


def _drawn(lines: Sequence[str]) -> bytes:
    shown = [b"BT /F1 10 Tf 40 800 Td 14 TL"]
    for line in lines:
        text = line.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
        shown.append(b"(%s) Tj T*" % text)
    return b"\n".join([*shown, b"ET"]) if lines else b""


def _file(objects: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def docx_of(paragraphs: Sequence[str], *, parts: Mapping[str, bytes] | None = None) -> bytes:
    """A DOCX of plain paragraphs; `parts` are further entries of the archive, or another body."""
    runs = (f'<w:p><w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>' for text in paragraphs)
    entries = {"word/document.xml": word_xml("document", f"<w:body>{''.join(runs)}</w:body>")}
    entries.update(parts or {})
    with io.BytesIO() as buffer:
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in entries.items():
                entry = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
                archive.writestr(entry, content, compress_type=zipfile.ZIP_DEFLATED)
        return buffer.getvalue()


def rtf_of(paragraphs: Sequence[str]) -> bytes:
    """An RTF of plain paragraphs; what is not ASCII stands as a Unicode escape."""
    marked = ("".join(_rtf_sign(sign) for sign in text) for text in paragraphs)
    return ("{\\rtf1\\ansi\\uc1 " + "\\par\n".join(marked) + "}").encode("ascii")


def _rtf_sign(sign: str) -> str:
    if sign in "\\{}":
        return f"\\{sign}"
    return sign if sign.isascii() else f"\\u{ord(sign)}?"


def word_xml(root: str, inside: str) -> bytes:
    """A part of a DOCX: `inside` below the root element, with the prefix `w`."""
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    return f'{head}<w:{root} xmlns:w="{_WORD}">{inside}</w:{root}>'.encode()
