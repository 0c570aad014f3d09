"""What a report reads of a run's folder: results, cases, outputs. eval/runner/folder.py has the layout."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from eval.cases.case import Case, Output
from eval.cases.files import read_cases
from eval.errors import RunError
from eval.runner.results import Results
from eval.synthetic.truth import Value

MAX_BYTES = 256 * 1024 * 1024
_PIECE = re.compile(r"(facts|model)-(\d{4,})\.jsonl")


class Asked(Value):
    """The cases and outputs of a run, by case id. Both are empty where the run's questions were erased."""

    cases: dict[str, Case]
    outputs: dict[str, Output]


def read_run(run: Path) -> tuple[Results, Asked]:
    """A run's results and what was asked. RunError when there are no results, or they cannot be read."""
    path = run / "results.json"
    try:
        results = Results.model_validate_json(_bytes(path))
    except FileNotFoundError as error:
        raise RunError(f"{path} is not there: aparte eval run makes it") from error
    except (OSError, ValidationError) as error:
        raise RunError(f"{path} cannot be read as the results of a run") from error
    cases = {case.id: case for file in sorted(run.glob("cases/*.jsonl")) for case in read_cases(file)}
    outputs = {output.case_id: output for file in _pieces(run) for output in _outputs(file)}
    return results, Asked(cases=cases, outputs=outputs)


def _pieces(run: Path) -> Iterator[Path]:
    """Pieces of outputs in the order in which one replaces another: facts, then model."""
    matches = [(path, _PIECE.fullmatch(path.name)) for path in run.glob("outputs/*/*.jsonl")]
    found = [(path.parent.name, match[1], int(match[2]), path) for path, match in matches if match]
    yield from (path for *_, path in sorted(found, key=lambda item: item[:3]))


def _outputs(path: Path) -> list[Output]:
    try:
        return [Output.model_validate_json(line) for line in _bytes(path).splitlines() if line.strip()]
    except (OSError, ValidationError) as error:
        raise RunError(f"{path} cannot be read: run again, and this piece is asked anew") from error


def _bytes(path: Path) -> bytes:
    if path.stat().st_size > MAX_BYTES:
        raise RunError(f"{path} is larger than {MAX_BYTES} bytes: it is not a file of a run")
    return path.read_bytes()
