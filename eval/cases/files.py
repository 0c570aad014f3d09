"""Case files: JSON Lines, one case a line, known by their sha256. A site's own cases come in this way."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from eval.cases.case import Case
from eval.errors import CaseFileError

MAX_BYTES = 64 * 1024 * 1024
MAX_LINE = 1024 * 1024


def dump(cases: Iterable[Case]) -> bytes:
    """The cases as JSON Lines, UTF-8, in the given order; the same cases give the same bytes."""
    return b"".join(case.model_dump_json().encode() + b"\n" for case in cases)


def digest(cases: Iterable[Case]) -> str:
    """The sha256 of the case file that these cases make: what a run is bound to and a report prints."""
    return hashlib.sha256(dump(cases)).hexdigest()


def read_cases(path: Path) -> tuple[Case, ...]:
    """The cases of a file. Raises CaseFileError with file and line for anything that is not right."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise CaseFileError(f"{path}: cannot be read; name an existing case file") from error
    if size > MAX_BYTES:
        raise CaseFileError(f"{path}: {size} bytes, {MAX_BYTES} at most; cut the file in two")
    found: dict[str, Case] = {}
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            case = _case(path, number, line)
            if case.id in found:
                raise CaseFileError(f"{path}, line {number}: the id {case.id} is used twice")
            found[case.id] = case
    if not found:
        raise CaseFileError(f"{path}: there is no case in this file")
    return tuple(found.values())


def _case(path: Path, number: int, line: bytes) -> Case:
    if len(line) > MAX_LINE:
        raise CaseFileError(f"{path}, line {number}: longer than {MAX_LINE} bytes")
    try:
        return Case.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the line"
        raise CaseFileError(f"{path}, line {number}, {place}: {first['msg']}") from error
