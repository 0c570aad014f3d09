"""What the first lines of a letter say of it: its title, its kind, its date. What is in doubt is left out."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from pathlib import PurePath
from typing import NamedTuple, cast

from retrieval.composition import CompositionKind
from retrieval.folding import fold
from retrieval.terminology.dates import find_dates

FIRST_LINES = 15
"""Lines with text that count as the head of a letter."""
LONGEST_TITLE = 100
_TOWN = re.compile(r"(?:[A-ZÀ-ÖØ-Ý][\w'’-]{0,40}|à)(?:\s[\w'’-]{1,40}){0,5}\s?,\s?le")
_LABEL = re.compile(
    r"date(?: (?:du document|de redaction|de l'examen|de consultation|du compte[ -]rendu))? ?:?"
)
_AFTER = re.compile(r"[\s.,;)]*(?:à\s*\d{1,2}\s*[h:]\s*\d{0,2})?[\s.,;)]*")


class Heading(NamedTuple):
    """What the head of a letter says; `date` is an ISO day, None where there is no date or more than one."""

    title: str
    kind: CompositionKind
    date: str | None


def heading_of_letter(lines: Sequence[str], *, name: str) -> Heading:
    """Read the head of a letter. `name` is the file's: its title when no line of the head is one.

    A date counts when its line holds nothing but it, a town, the word « Date », or the document's title
    (« Lyon, le 12/03/2025 »), and when all such lines give the same day.
    """
    head = [line.strip() for line in lines if line.strip()][:FIRST_LINES]
    title, kind = _title(head)
    days = {day for line in head if (day := _dated(line))}
    stem = PurePath(name).stem.strip()
    return Heading(title or stem or "Document", kind, days.pop() if len(days) == 1 else None)


def _title(head: Sequence[str]) -> tuple[str, CompositionKind]:
    for line in head:
        kind = _kind_of(line)
        if kind is not None:
            return line.strip(" :#*_-"), kind
    first = head[0].strip(" :#*_-") if head else ""
    return (first if 3 < len(first) <= LONGEST_TITLE else ""), "other"


def _kind_of(line: str) -> CompositionKind | None:
    folded = fold(line).strip(" :#*_-")
    if len(folded) > LONGEST_TITLE:
        return None
    return next((kind for words, kind in _titles() if re.match(re.escape(words) + r"(?!\w)", folded)), None)


@cache
def _titles() -> tuple[tuple[str, CompositionKind], ...]:
    """Folded words and kinds, the longest first."""
    text = resources.files(__package__).joinpath("document_titles.toml").read_text("utf-8")
    kinds: dict[str, list[str]] = tomllib.loads(text)["kinds"]
    found = [(fold(words), cast(CompositionKind, kind)) for kind, titles in kinds.items() for words in titles]
    return tuple(sorted(found, key=lambda each: -len(each[0])))


def _dated(line: str) -> str | None:
    """The day of a line that is a date and little else; None for any other line."""
    if len(line) > LONGEST_TITLE:
        return None
    dates = find_dates(line)
    if len(dates) != 1 or dates[0].precision != "day" or not _AFTER.fullmatch(line[dates[0].end :]):
        return None
    before = line[: dates[0].start].strip(" ,:#*_-")
    folded = fold(before)
    said = (
        not before
        or folded in {"le", "fait le", "date"}
        or _LABEL.fullmatch(folded)
        or _TOWN.fullmatch(before)
    )
    titled = _kind_of(line) is not None and folded.split()[-1:] in (["du"], ["le"])
    return dates[0].iso if said or titled else None
