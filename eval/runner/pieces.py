"""Outputs on disk, in pieces: each is written whole, so that a killed run loses only the piece in hand."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from eval.cases.case import Output
from eval.errors import RunError
from eval.runner.folder import OUTPUTS, write_whole

Phase = Literal["facts", "model"]
PIECE_CASES = 20
PIECE_SECONDS = 60.0
_NAME = re.compile(r"(facts|model)-([0-9]{4,})\.jsonl")


class PieceWriter:
    """Takes outputs of one suite in one phase, and puts them on disk a piece at a time."""

    def __init__(
        self, run: Path, suite: str, phase: Phase, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._folder = run / OUTPUTS / suite
        self._phase = phase
        self._clock = clock
        self._held: list[Output] = []
        self._since = clock()
        self._next = 1 + max((number for _, number in _pieces(self._folder, phase)), default=0)

    def add(self, output: Output) -> None:
        """Take an output; write the piece when it is full or a minute old."""
        if not self._held:
            self._since = self._clock()
        self._held.append(output)
        if len(self._held) >= PIECE_CASES or self._clock() - self._since >= PIECE_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write what is held."""
        if not self._held:
            return
        lines = b"".join(output.model_dump_json().encode() + b"\n" for output in self._held)
        write_whole(self._folder / f"{self._phase}-{self._next:04}.jsonl", lines)
        self._next += 1
        self._held = []


def read_outputs(run: Path, suite: str, phases: Iterable[Phase]) -> dict[str, Output]:
    """The outputs of a suite by case id; a later phase replaces an earlier one.

    Raises RunError when a piece cannot be read: it was written whole, so somebody changed it.
    """
    found: dict[str, Output] = {}
    for phase in phases:
        for path, _ in _pieces(run / OUTPUTS / suite, phase):
            found |= {output.case_id: output for output in _read(path)}
    return found


def count_pieces(run: Path) -> int:
    """How many pieces the run has written."""
    return sum(1 for path in (run / OUTPUTS).glob("*/*.jsonl") if _NAME.fullmatch(path.name))


def last_written(run: Path) -> float:
    """When the last piece was written, in seconds since the epoch; 0 before the first one."""
    return max((path.stat().st_mtime for path in (run / OUTPUTS).glob("*/*.jsonl")), default=0.0)


def _pieces(folder: Path, phase: Phase) -> list[tuple[Path, int]]:
    if not folder.is_dir():
        return []
    matches = [(path, _NAME.fullmatch(path.name)) for path in folder.iterdir()]
    kept = [(path, int(match[2])) for path, match in matches if match and match[1] == phase]
    return sorted(kept, key=lambda item: item[1])


def _read(path: Path) -> list[Output]:
    try:
        return [Output.model_validate_json(line) for line in path.read_bytes().splitlines() if line.strip()]
    except (OSError, ValidationError) as error:
        raise RunError(f"{path} cannot be read: remove this piece, then run again to ask it anew") from error
