"""A table as rows of cells: a cell over several rows is written on each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from retrieval.formats.cda.nodes import Node

MAX_COLUMNS = 200
MAX_REPEATED_ROWS = 200
MAX_REPEATED = 300
"""Characters of a cell that are repeated; a longer one is written once and then as a ditto mark."""
_DITTO = "″"


class _Held(NamedTuple):
    left: int
    text: str


def rows_of(table: Node, words: Callable[[Node], str]) -> Iterator[tuple[str, ...]]:
    """The rows in order, empty cells as empty text. Spans are bounded, so that a table cannot grow."""
    held: dict[int, _Held] = {}
    for row in _rows(table):
        cells, below = _filled(row, held, words)
        held = below
        while cells and not cells[-1]:
            cells.pop()
        if any(cells):
            yield tuple(cells)


def _rows(table: Node) -> Iterator[Node]:
    for child in table.children:
        if child.name == "tr":
            yield child
        elif child.name in ("thead", "tbody", "tfoot"):
            yield from _rows(child)


def _filled(
    row: Node, held: dict[int, _Held], words: Callable[[Node], str]
) -> tuple[list[str], dict[int, _Held]]:
    cells: list[str] = []
    below: dict[int, _Held] = {}
    column = 0
    for cell in (each for each in row.children if each.name in ("td", "th")):
        column = _take_held(column, held, cells, below)
        text = words(cell)
        cells.append(text)
        wide = min(_span(cell, "colspan"), MAX_COLUMNS)
        tall = min(_span(cell, "rowspan"), MAX_REPEATED_ROWS)
        if tall > 1 and column < MAX_COLUMNS:
            below[column] = _Held(tall - 1, text if len(text) <= MAX_REPEATED else _DITTO)
        column += wide
    _take_held(column, held, cells, below, last=True)
    return cells, below


def _take_held(
    column: int, held: dict[int, _Held], cells: list[str], below: dict[int, _Held], *, last: bool = False
) -> int:
    """Write the cells of rows above that reach into this one, from `column` on."""
    for place in sorted(held):
        if place == column or (last and place > column):
            above = held[place]
            cells.append(above.text)
            if above.left > 1:
                below[place] = _Held(above.left - 1, above.text)
            column = place + 1
    return column


def _span(cell: Node, name: str) -> int:
    written = cell.get(name)
    return max(int(written[:4]), 1) if written.isdecimal() and written.isascii() else 1
