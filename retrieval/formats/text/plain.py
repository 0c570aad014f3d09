"""Format `text`: letters and notes in plain text or Markdown, verbatim."""

from __future__ import annotations

from collections.abc import Iterator

from retrieval.composition import ReadItem
from retrieval.errors import InputError, NotAccepted, NotWellFormed, TooLarge
from retrieval.formats.base import Source
from retrieval.formats.text.decoding import Decoded, decode
from retrieval.formats.text.letter import Letter, document_of
from retrieval.formats.text.units import lines_as_units, resolve_units

NAMES = (".txt", ".text", ".md")
MAX_CHARACTERS = 5_000_000
TEXT_VERSION = "text@v1"
_OTHERS = (b"%PDF-", b"{\\rtf", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"<?xml")


class PlainText:
    """Reads files whose name ends in `.txt`, `.text` or `.md` and whose bytes are text."""

    name = "text"
    takes_metadata = True

    def recognises(self, source: Source) -> bool:
        """By the name, and by what the first bytes are not."""
        if not source.name.lower().endswith(NAMES) or source.data.lstrip()[:8].startswith(_OTHERS):
            return False
        try:
            decode(source.data[:2048])
        except InputError:
            return b"\x00" not in source.data[:2048]
        return True

    def read(self, source: Source) -> Iterator[ReadItem]:
        """Yield the one document of the file. Raises InputError."""
        if not source.name.lower().endswith(NAMES):
            raise NotAccepted(f"not named as a text: the name must end in {', '.join(NAMES)}")
        decoded = _decoded(source.data)
        letter = Letter(
            units=lines_as_units(decoded.text.rstrip("\n"), "line"),
            media_type="text/plain",
            text_version=TEXT_VERSION,
            warnings=decoded.warnings,
        )
        yield document_of(source, letter)

    def resolve(self, raw: bytes, path: str) -> object:
        """The lines at `line[n]` or `line[n-m]`. Raises UnknownRecord."""
        return resolve_units(lines_as_units(_decoded(raw).text, "line"), path)


def _decoded(data: bytes) -> Decoded:
    decoded = decode(data)
    if not decoded.text.strip():
        raise NotWellFormed("the file is empty")
    if len(decoded.text) > MAX_CHARACTERS:
        raise TooLarge(f"more than {MAX_CHARACTERS:,} characters of text: divide the file")
    return decoded
