"""Words of a text, singular and folded, with their places: what lexicon entries are compared by."""

from __future__ import annotations

import re
from typing import NamedTuple

from retrieval.folding import fold_with_origins

_TOKEN = re.compile(r"[a-z0-9]+|[+%°]")
_GAP = re.compile(r"\s{0,3}[-'/()]?\s{0,3}")
_INITIAL_GAP = re.compile(r"\.\s?")


class Word(NamedTuple):
    """A word: `form` is folded and singular; `start` and `end` are code points in the source.

    `joined` tells that only a space, hyphen, apostrophe, slash or bracket parts it from the word before.
    """

    form: str
    folded: str
    start: int
    end: int
    joined: bool


def singular(token: str) -> str:
    """Return a folded token without a French or English plural ending; short tokens stay as they are.

    A final `ie` becomes `y`, so that allergie, allergies, allergy and biopsie, biopsy, biopsies meet.
    """
    if len(token) < 5 or token.isdigit():
        return token
    if token.endswith("aux") and len(token) > 6:
        return token[:-2] + "l"
    stem = token[:-1] if token[-1] in "sx" else token
    return stem[:-2] + "y" if stem.endswith("ie") and len(stem) > 5 else stem


def words_of(text: str) -> tuple[Word, ...]:
    """Cut `text` into words, in order."""
    folded = fold_with_origins(text)
    words: list[Word] = []
    before: re.Match[str] | None = None
    for match in _TOKEN.finditer(folded.text):
        gap = folded.text[before.end() : match.start()] if before else ""
        joined = before is not None and _is_joint(gap, before.group())
        token = match.group()
        start, end = folded.span(match.start(), match.end())
        words.append(Word(singular(token), token, start, end, joined))
        before = match
    return tuple(words)


def _is_joint(gap: str, before: str) -> bool:
    if _GAP.fullmatch(gap):
        return True
    return len(before) == 1 and _INITIAL_GAP.fullmatch(gap) is not None


def forms_of(text: str) -> tuple[str, ...]:
    """Return the folded, singular forms of the words of `text`."""
    return tuple(word.form for word in words_of(text))
