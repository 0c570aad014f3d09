"""Sections of a French or English clinical narrative, found by their heading lines.

A heading is a line of its own: a known section title (`section_titles.txt`), a short line in capitals,
or a short line that ends with a colon. A title inside a sentence ("examen clinique normal") is not one, which
is why a rule on lines was kept rather than a matcher of terms (figures in docs/retrieval.md).
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources
from typing import NamedTuple

from retrieval.folding import fold

MAX_HEADING = 80
_MARKS = re.compile(r"^[\s\-–•*#.\d)]+|[\s:：.\-–*_]+$")

_WORD = re.compile(r"[^\W\d_]{4}")
_NOT_IN_TITLES = re.compile(r"[\d\[\]{}<>=|@]")


class Section(NamedTuple):
    """A stretch of text under one heading, whose line is part of it; `title` is empty before the first."""

    start: int
    end: int
    title: str


@lru_cache(maxsize=1)
def section_titles() -> frozenset[str]:
    """The known titles, folded."""
    file = resources.files("retrieval").joinpath("section_titles.txt")
    lines = file.read_text(encoding="utf-8").splitlines()
    return frozenset(fold(line.strip()) for line in lines if line.strip() and not line.startswith("#"))


def heading_of(line: str) -> str | None:
    """Return the title that a line states, or None when it is ordinary text."""
    bare = line.strip()
    if not bare or len(bare) > MAX_HEADING:
        return None
    title = _MARKS.sub("", bare)
    letters = [character for character in title if character.isalpha()]
    if len(letters) < 3:
        return None
    if fold(title) in section_titles():
        return title
    if not _WORD.search(title) or _NOT_IN_TITLES.search(title):
        return None
    if all(character.isupper() for character in letters):
        return title
    return title if bare.endswith(":") and len(title.split()) <= 8 else None


def sections_of(text: str) -> tuple[Section, ...]:
    """Divide a text at its heading lines; the sections cover it from end to end."""
    found: list[Section] = []
    start, title, place = 0, "", 0
    for line in text.splitlines(keepends=True):
        heading = heading_of(line)
        if heading is not None:
            if text[start:place].strip():
                found.append(Section(start, place, title))
                start = place
            title = heading
        place += len(line)
    if start < len(text):
        found.append(Section(start, len(text), title))
    return tuple(found)
