"""Folding: text without case, accents, ligatures or typographic quotes, with a way back to the original.

`fold` gives text to compare; `Folded` keeps for each folded character the code point it came from, so that
a match can be cited with the exact offsets of the source.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

_SPECIAL = {
    "œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ø": "o", "Ø": "o", "ł": "l", "Ł": "l", "đ": "d", "Đ": "d",
    "’": "'", "‘": "'", "ʼ": "'", "′": "'", "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-",
    "\u00ad": "", "\u200b": "", "\u200c": "", "\u200d": "", "\u2060": "", "\ufeff": "",
}  # fmt: skip


@lru_cache(maxsize=65536)
def fold_character(character: str) -> str:
    """Return the folded form of one code point: none, one or several characters."""
    parts = unicodedata.normalize("NFKD", character).casefold()
    # casefold can bring back composed letters, so decompose once more
    parts = unicodedata.normalize("NFKD", parts)
    return "".join(_SPECIAL.get(part, part) for part in parts if not unicodedata.combining(part))


class Folded(NamedTuple):
    """A folded text and its way back; `origins` is None where each character kept its place."""

    text: str
    origins: Sequence[int] | None
    length: int

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the original that gave `text[start:end]`, marks that follow it included."""
        if self.origins is None:
            return start, end
        if start >= end:
            here = self.origins[start] if start < len(self.origins) else self.length
            return here, here
        first, last = self.origins[start], self.origins[end - 1]
        after = bisect_left(self.origins, last + 1)
        # what lies between the last letter and the next kept character folded to nothing (combining marks)
        stop = self.origins[after] if after < len(self.origins) else self.length
        return first, stop


class _Table(dict[int, str]):
    """Folded forms by code point, filled as characters are met, for `str.translate`."""

    def __missing__(self, code: int) -> str:
        found = self[code] = fold_character(chr(code))
        return found


@lru_cache(maxsize=1)
def _table() -> _Table:
    return _Table()


def fold(text: str) -> str:
    """Return `text` folded, for comparison only."""
    return text.lower() if text.isascii() else text.translate(_table())


def fold_with_origins(text: str) -> Folded:
    """Return `text` folded, with the way back to its code points."""
    if text.isascii():
        return Folded(text.lower(), None, len(text))
    uneven = [character for character in set(text) if len(fold_character(character)) != 1]
    folded = text.translate(_table())
    if not uneven:
        return Folded(folded, None, len(text))
    origins: list[int] = []
    place = 0
    for match in re.finditer(f"[{re.escape(''.join(uneven))}]", text):
        origins.extend(range(place, match.start()))
        origins.extend([match.start()] * len(fold_character(match[0])))
        place = match.end()
    origins.extend(range(place, len(text)))
    return Folded(folded, origins, len(text))
