"""How far a long operation on model files is: one value, one callback."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

Step = Literal["download", "join", "assemble", "check"]


class Progress(NamedTuple):
    """How far a fetch is. ``done`` and ``total`` are bytes; downloads through pip are estimated from disk."""

    step: Step
    item: str
    done: int
    total: int


Report = Callable[[Progress], None]
"""What is called with each ``Progress``."""


def silent(_progress: Progress) -> None:
    """A callback that shows nothing."""


def ticker(report: Report, step: Step, item: str, *, total: int, base: int = 0) -> Callable[[int], None]:
    """A function of bytes done (of one item, counted from ``base``) that reports them as ``Progress``."""

    def tick(done: int) -> None:
        report(Progress(step, item, base + done, total))

    return tick
