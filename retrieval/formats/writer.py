"""The rendered text in the making: lines, their spans in code points, and the blocks they form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from retrieval.composition import Block
from retrieval.errors import TooLarge

_LONG = 240
MAX_TEXT = 50_000_000
"""Characters of a rendered text: a long heading over many lines would otherwise grow without end."""


class Span(NamedTuple):
    """Code points `start` to `end` of the rendered text."""

    start: int
    end: int


class Statement(NamedTuple):
    """Where one `name : value` line stands: the whole of it, its name, and its value."""

    line: Span
    name: Span
    value: Span


@dataclass(slots=True)
class Writer:
    """Appends lines and remembers where each stands. `length` counts code points."""

    parts: list[str] = field(default_factory=list)
    length: int = 0
    blocks: list[Block] = field(default_factory=list)
    only_headings: bool = False
    _fresh: bool = False
    _open: tuple[int, tuple[str, ...], str, bool] | None = None
    _page: int | None = None

    def write(self, text: str) -> Span:
        """Append `text` as it is. Raises TooLarge."""
        start = self.length
        self.length += len(text)
        if self.length > MAX_TEXT:
            raise TooLarge(f"its text would be longer than {MAX_TEXT:,} characters")
        self.parts.append(text)
        return Span(start, self.length)

    def line(self, text: str, indent: int = 0) -> Span:
        """Append one line; the span leaves out the indentation and the line end."""
        if indent:
            self.write("  " * indent)
        span = self.write(text)
        self.write("\n")
        return span

    def statement(self, name: str, value: str, *, indent: int, tail: str = "") -> Statement:
        """Append `name : value tail`; a value of several lines starts on its own line and stands as it is."""
        self._fresh = False
        if indent:
            self.write("  " * indent)
        title = self.write(name)
        self.write((" :\n" if is_long(value) else " : ") if name else "")
        shown = self.write(value)
        end = self.write(tail).end
        self.write("\n")
        return Statement(Span(title.start, end), title, shown)

    def begin_block(
        self, heading: tuple[str, ...], path: str, *, narrative: bool = False, page: int | None = None
    ) -> None:
        """Close the open block and start another here; `page` of the source counts from 1."""
        self.end_block()
        self._page = page
        self._open = (self.length, heading, path, narrative)
        self._fresh = True

    def begin_prose(self, heading: tuple[str, ...], path: str) -> None:
        """Make the open block one of prose while it holds headings alone; else start a new one here."""
        if self._open is not None and self._fresh:
            self._open = (self._open[0], heading, path, True)
        else:
            self.begin_block(heading, path, narrative=True)

    def end_block(self) -> None:
        """Close the open block before the line end that precedes this place."""
        self.only_headings = False
        if self._open is None:
            return
        start, heading, path, narrative = self._open
        self._open = None
        end = self.length - 1
        if end > start:
            self.blocks.append(
                Block(start=start, end=end, heading=heading, path=path, narrative=narrative, page=self._page)
            )

    def adopt_block(self, heading: tuple[str, ...], path: str) -> bool:
        """Make the open block that of an entry when it holds section headings alone; else do nothing."""
        if self._open is None or not self.only_headings:
            return False
        self._open = (self._open[0], heading, path, False)
        self.only_headings = False
        self._fresh = True
        return True

    def resume_block(self, heading: tuple[str, ...], path: str) -> None:
        """Start a block here unless one is open already."""
        if self._open is None:
            self._open = (self.length, heading, path, False)

    def text(self) -> str:
        """The whole rendered text."""
        return "".join(self.parts)


def is_long(value: str) -> bool:
    """Whether a value is prose that gets its own lines and its own block."""
    return len(value) > _LONG or "\n" in value or "\r" in value
