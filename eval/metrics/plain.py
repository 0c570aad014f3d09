"""Text as scorers compare it, and whether it says a term. French first; English is compared the same way."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

_MARKS = str.maketrans(
    {"’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae"}
    | dict.fromkeys("‐‑‒–—−", "-")
)
_JOINT = re.compile(r"(?<=\w)[\s-]+(?=\w)|\s+")
_PLURAL_FROM = 4
"""Shorter words are often abbreviations, whose last letter is part of the name."""


@lru_cache(maxsize=16384)
def plain(text: str) -> str:
    """NFKC, lower case, no accents, nothing invisible, straight apostrophes and dashes, single spaces."""
    straight = unicodedata.normalize("NFKC", text.translate(_MARKS)).translate(_MARKS)
    parts = unicodedata.normalize("NFD", straight.lower())
    kept = "".join(c for c in parts if not unicodedata.combining(c) and unicodedata.category(c) != "Cf")
    return " ".join(unicodedata.normalize("NFC", kept).split())


def says_term(text: str, form: str) -> bool:
    """Whether the words of `form` stand in `text`, whole, in order, plural or singular.

    `8` is not said by `18`, `8,5` or `0,8`; `NT-proBNP` is said by `NT proBNP`. An empty form is never said.
    """
    return next(term_spans(plain(text), form), None) is not None


def term_spans(told: str, form: str) -> Iterator[tuple[int, int]]:
    """Where `form` stands in `told`, which is already `plain`."""
    pattern = _pattern(plain(form))
    return ((found.start(), found.end()) for found in pattern.finditer(told)) if pattern else iter(())


@lru_cache(maxsize=4096)
def _pattern(form: str) -> re.Pattern[str] | None:
    words = [word for word in _JOINT.split(form) if word]
    if not words:
        return None
    body = r"[\s-]+".join(_word(word) for word in words)
    before = r"(?<!\w)(?<!\d[.,])" if words[0][0].isdigit() else r"(?<!\w)"
    after = r"(?!\w)(?![.,]\d)" if words[-1][-1].isdigit() else r"(?!\w)"
    return re.compile(f"{before}{body}{after}")


def _word(word: str) -> str:
    if len(word) < _PLURAL_FROM or not word.isalpha():
        return re.escape(word)
    for plural, singular in (("aux", "al"), ("al", "aux")):
        if word.endswith(plural):
            return f"{re.escape(word.removesuffix(plural))}(?:{plural}|{singular}|{plural}s|{plural}x)"
    return f"{re.escape(word[:-1] if word[-1] in 'sx' else word)}[sx]?"
