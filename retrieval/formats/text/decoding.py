"""Bytes to text for plain text: UTF-8, UTF-16, else the old encoding that reads most like French.

A letter of an old system is Windows-1252 or ISO-8859-15, or comes from DOS (850) or an old Macintosh. Those
decode any bytes, so the one is taken whose characters beyond ASCII are letters of French words.
"""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from retrieval.errors import NotWellFormed

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_OLD = (
    ("cp1252", "Windows-1252"),
    ("iso-8859-15", "ISO-8859-15"),
    ("cp850", "DOS 850"),
    ("mac_roman", "Mac Roman"),
)
"""In order of preference between equals."""
_IN_WORDS = re.compile(r"(?<=[A-Za-z])[éèêëàâäîïôöùûüçœæ]|[éèêëàâäîïôöùûüçœæÉÈÊÀÂÎÔŒÇ](?=[a-zéèêëàâîïôûç])")
_AT_HOME = re.compile(r"[«»’‘“”–—…•€°µ²³±×½¼§\xa0éèêëàâäîïôöùûüçœæÉÈÊËÀÂÄÎÏÔÖÙÛÜÇŒÆ\u202f\u2009≤≥]")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SAMPLE = 200_000
_MAX_CONTROL_SHARE = 0.01


class Decoded(NamedTuple):
    """A text with `\\n` line ends, and what is to be said about how it was read."""

    text: str
    warnings: tuple[str, ...]


def decode(data: bytes) -> Decoded:
    """Decode plain text. Raises NotWellFormed for what is not text.

    A control character shows as U+FFFD and is never left out: two numbers must not run together.
    """
    text, warnings = _text(data)
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
    found = len(_CONTROL.findall(text))
    if found > max(2, _MAX_CONTROL_SHARE * len(text)):
        raise NotWellFormed("binary data, not text")
    if found:
        warnings = (*warnings, f"{found} control characters are shown as U+FFFD")
        text = _CONTROL.sub("\ufffd", text)
    return Decoded(text, warnings)


def _text(data: bytes) -> tuple[str, tuple[str, ...]]:
    encoding = next((name for mark, name in _BOMS if data.startswith(mark)), None) or _wide(data)
    if encoding is None and b"\x00" in data:
        raise NotWellFormed("binary data, not text: it holds null characters")
    try:
        return data.decode(encoding or "utf-8"), ()
    except UnicodeDecodeError:
        if encoding is not None:
            raise NotWellFormed(f"the text is damaged: it is not whole {encoding.upper()}") from None
    name, shown = max(_OLD, key=lambda each: _french(data, each[0]))
    warning = f"the text is not UTF-8; it was read as {shown}, by the French letters that this gives"
    return data.decode(name, errors="replace"), (warning,)


def _wide(data: bytes) -> str | None:
    """UTF-16 without a mark: Latin letters leave every other byte null."""
    sample = data[:2000]
    half = len(sample) // 2
    if half < 4:
        return None
    if sample[1::2].count(0) > 0.8 * half and sample[::2].count(0) == 0:
        return "utf-16-le"
    if sample[::2].count(0) > 0.8 * half and sample[1::2].count(0) == 0:
        return "utf-16-be"
    return None


def _french(data: bytes, encoding: str) -> int:
    """How much the characters beyond ASCII look like French text; the strange count against it."""
    text = data[:_SAMPLE].decode(encoding, errors="replace")
    beyond = len(_BEYOND_ASCII.findall(text))
    return 2 * len(_IN_WORDS.findall(text)) + 3 * len(_AT_HOME.findall(text)) - 3 * beyond
