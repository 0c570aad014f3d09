"""Units: what a letter is made of in order (lines, paragraphs, table rows), and the paths that lead to them.

A path is `stem[n]` or, for several that follow one another, `stem[n-m]`: `line[12]`, `page[3]/line[2-9]`,
`paragraph[4-7]`, `table[2]/row[1]`; inside a row, `table[2]/row[1]/cell[3]`. Numbers count from 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from retrieval.errors import UnknownRecord

_PATH = re.compile(r"(?P<stem>(?:[a-z]+\[\d{1,7}\]/)*[a-z]+)\[(?P<first>\d{1,7})(?:-(?P<last>\d{1,7}))?\]")
_CELL = re.compile(r"(?P<row>.+)/cell\[(?P<cell>\d{1,5})\]")


class Unit(NamedTuple):
    """One line, paragraph or row: its text, the stem and number of its path, its page, its cells if a row.

    `recognised` is true where the text was read from an image.
    """

    text: str
    stem: str
    number: int
    page: int | None = None
    cells: tuple[str, ...] = ()
    recognised: bool = False


def lines_as_units(text: str, stem: str, *, page: int | None = None, recognised: bool = False) -> list[Unit]:
    """The lines of a text, ended by `\\n`, as units; blank ones too, so that none moves the others."""
    return [
        Unit(line, stem, number, page, recognised=recognised)
        for number, line in enumerate(text.split("\n"), start=1)
    ]


def path_of(units: Sequence[Unit]) -> str:
    """The path of units that follow one another under one stem."""
    first, last = units[0], units[-1]
    span = f"{first.number}" if first.number == last.number else f"{first.number}-{last.number}"
    return f"{first.stem}[{span}]"


def resolve_units(units: Iterable[Unit], path: str) -> str:
    """The text that a path leads to. Raises UnknownRecord."""
    nothing = UnknownRecord("no such place in the document")
    cell = _CELL.fullmatch(path)
    match = _PATH.fullmatch(cell["row"] if cell else path)
    if match is None:
        raise nothing
    first = int(match["first"])
    last = int(match["last"] or first)
    found = [unit for unit in units if unit.stem == match["stem"] and first <= unit.number <= last]
    if not found or len(found) != last - first + 1:
        raise nothing
    if cell is None:
        return "\n".join(unit.text for unit in found)
    number = int(cell["cell"])
    if not 1 <= number <= len(found[0].cells):
        raise nothing
    return found[0].cells[number - 1]
