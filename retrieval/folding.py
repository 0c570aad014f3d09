"""Folding: text without case, accents, ligatures or typographic quotes, with a way back to the original.

`fold` gives text to compare; `Folded` keeps for each folded character the code point it came from, so that
a match can be cited with the exact offsets of the source.
"""

from __future__ import annotations

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
    special = _SPECIAL.get(character)
    if special is not None:
        return special
    parts = unicodedata.normalize("NFKD", character).casefold()
    # casefold can bring back composed letters, so decompose once more
    parts = unicodedata.normalize("NFKD", parts)
    return "".join(part for part in parts if not unicodedata.combining(part))


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


def fold(text: str) -> str:
    """Return `text` folded, for comparison only."""
    return text.lower() if text.isascii() else "".join(map(fold_character, text))


def fold_with_origins(text: str) -> Folded:
    """Return `text` folded, with the way back to its code points."""
    if text.isascii():
        return Folded(text.lower(), None, len(text))
    pieces = [fold_character(character) for character in text]
    folded = "".join(pieces)
    if all(len(fold_character(character)) == 1 for character in set(text)):
        return Folded(folded, None, len(text))
    origins = [place for place, piece in enumerate(pieces) for _ in piece]
    return Folded(folded, origins, len(text))
