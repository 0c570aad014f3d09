"""Format `rtf`: letters in Rich Text Format, through striprtf.

striprtf leaves out headers, footers and notes, and shows text that was struck out under tracked changes. The
words are therefore prepared first: what is left out by it becomes ordinary text, what was deleted an ignored
group. Pictures, embedded objects and fields are left out and never opened.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from striprtf.striprtf import font_table_group, rtf_to_text

from retrieval.composition import ReadItem
from retrieval.errors import NotAccepted, NotWellFormed, TooLarge
from retrieval.formats.base import Source
from retrieval.formats.text.letter import Letter, document_of
from retrieval.formats.text.units import lines_as_units, resolve_units

MAX_BYTES = 50_000_000
MAX_WORDS = 5_000_000
"""Characters of markup that are left when pictures are taken out."""
MAX_FONTS = 100_000
"""Characters of the table of fonts, which striprtf reads in quadratic time."""
TEXT_VERSION = "rtf@v1"
SIGNATURE = b"{\\rtf"
_HEXADECIMAL = re.compile(rb"(?:[0-9a-fA-F]{2}\s*){256,}")
_LEFT_OUT = re.compile(r"(?<!\\)\\(?:header|footer)[lrf]?(?![a-z]) ?|(?<!\\)\\footnote(?![a-z]) ?")
_DELETED = re.compile(r"(?<!\\)\\deleted(?![a-z0-9])")
_FIELD = re.compile(r"\\fldinst(?=\{)")
_TEXT_BOX = re.compile(r"\\shptxt(?![a-z])")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BLANKS = re.compile(r"\n{3,}")


class RichText:
    """Reads `.rtf` files, known by their first bytes."""

    name = "rtf"
    takes_metadata = True

    def recognises(self, source: Source) -> bool:
        """By the first bytes alone."""
        return source.data.lstrip()[:5] == SIGNATURE

    def read(self, source: Source) -> Iterator[ReadItem]:
        """Yield the one document of the file. Raises InputError."""
        words = _words(source.data)
        boxes = len(_TEXT_BOX.findall(words))
        said = (f"{boxes} text boxes are not read: look at the original",) if boxes else ()
        yield document_of(
            source,
            Letter(
                units=lines_as_units(_text(words), "line"),
                media_type="application/rtf",
                text_version=TEXT_VERSION,
                warnings=said,
            ),
        )

    def resolve(self, raw: bytes, path: str) -> object:
        """The lines of the text at `line[n]` or `line[n-m]`. Raises UnknownRecord."""
        return resolve_units(lines_as_units(_text(_words(raw)), "line"), path)


def _words(data: bytes) -> str:
    """The markup without the bytes of pictures and objects. Raises InputError."""
    if data.lstrip()[:5] != SIGNATURE:
        raise NotAccepted("not RTF: it does not begin with {\\rtf")
    if len(data) > MAX_BYTES:
        raise TooLarge(f"{len(data):,} bytes; the limit is {MAX_BYTES:,} bytes for one RTF file")
    small = _HEXADECIMAL.sub(b"", data)
    if len(small) > MAX_WORDS:
        raise TooLarge(f"more than {MAX_WORDS:,} characters of RTF: divide the file")
    return small.decode("cp1252", "replace")


def _text(words: str) -> str:
    """The text that a reader of the letter sees, lines ended by `\\n`. Raises NotWellFormed."""
    prepared = _LEFT_OUT.sub(r"\\par ", words)
    prepared = _DELETED.sub(r"\\*\\deleted", prepared)
    prepared = _FIELD.sub(r"\\fldinst ", prepared)
    if len(font_table_group(prepared)) > MAX_FONTS:
        raise TooLarge("the RTF has a table of fonts beyond all measure")
    try:
        text = rtf_to_text(prepared, errors="replace")
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError):
        raise NotWellFormed("the RTF is damaged: open it in a word processor and save it again") from None
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # pairs are one character
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _BLANKS.sub("\n\n", _CONTROL.sub("\ufffd", text)).strip("\n")
    if not text.strip():
        raise NotWellFormed("the RTF holds no text")
    return text
