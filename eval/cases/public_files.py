"""Files of public sets: found under a folder, known by their sha256, read whole within a limit."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import tomllib
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from eval.errors import CaseFileError

MAX_BYTES = 64 * 1024 * 1024
MAX_ROWS = 100_000
PINS = "pins.toml"


def known(name: str) -> Mapping[str, Any]:
    """What is known of a set: `licence`, `source`, `language`, `files` (each with its accepted sha256)."""
    listed = tomllib.loads(resources.files("eval.cases").joinpath("public.toml").read_text("utf-8"))
    if name not in listed:
        raise CaseFileError(f"{name}: no such public set; there are {', '.join(sorted(listed))}")
    entry: Mapping[str, Any] = listed[name]
    return entry


def read_listed(bench: Path, name: str, file: str) -> str:
    """The text of `bench/name/file`, whose sha256 must be listed for it.

    Listed in the package's `public.toml` or in `bench/pins.toml`, where a site names its own copies in the
    same shape. Raises CaseFileError when the file is missing, too large, or another one.
    """
    accepted = [*known(name)["files"].get(file, ()), *_pinned(bench, name, file)]
    path = bench / name / file
    raw = _bytes(path, f"put the set {name} ({known(name)['source']}) in this folder, or leave its suite out")
    found = hashlib.sha256(raw).hexdigest()
    if found not in accepted:
        raise CaseFileError(
            f"{path}: sha256 {found} is not a listed one; fetch the listed version or, if this copy is "
            f"meant, list it in {bench / PINS} under [{name}.files]"
        )
    return _text(raw, path)


def read_given(path: Path, name: str, *, sha256: str | None) -> str:
    """The text of a file of a set that cannot ship; its sha256 is the caller's, or in `pins.toml` beside it.

    Raises CaseFileError when no sha256 is given, or the file is missing, too large, or another one.
    """
    accepted = [sha256.lower()] if sha256 else _pinned(path.parent, name, path.name)
    raw = _bytes(path, f"this project cannot ship {name} ({known(name)['source']}): name your own copy")
    found = hashlib.sha256(raw).hexdigest()
    if not accepted:
        raise CaseFileError(
            f"{path}: give the sha256 that this copy of {name} must have, or list it in {path.parent / PINS}"
        )
    if found not in accepted:
        raise CaseFileError(f"{path}: sha256 {found}, expected {accepted[0]}; name the right copy of {name}")
    return _text(raw, path)


def _pinned(folder: Path, name: str, file: str) -> list[str]:
    path = folder / PINS
    if not path.is_file():
        return []
    try:
        listed = tomllib.loads(_text(_bytes(path, "make it readable"), path))
    except tomllib.TOMLDecodeError as error:
        raise CaseFileError(f"{path}: this is not TOML; write it as public.toml of the package") from error
    files = listed.get(name, {}).get("files", {}) if isinstance(listed.get(name, {}), dict) else {}
    pinned = files.get(file, []) if isinstance(files, dict) else []
    return [str(item).lower() for item in (pinned if isinstance(pinned, list) else [pinned])]


def _bytes(path: Path, advice: str) -> bytes:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise CaseFileError(f"{path}: {size} bytes, {MAX_BYTES} at most")
        return path.read_bytes()
    except OSError as error:
        raise CaseFileError(f"{path}: cannot be read; {advice}") from error


def _text(raw: bytes, path: Path) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CaseFileError(f"{path}: this is not UTF-8") from error


def rows(text: str, place: str, *, columns: tuple[str, ...]) -> Iterator[dict[str, str]]:
    """The rows of a CSV with a header that has at least these columns, every missing cell as ``."""
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    missing = [name for name in columns if name not in (reader.fieldnames or ())]
    if missing:
        raise CaseFileError(f"{place}: there is no column {missing[0]!r}")
    try:
        for number, row in enumerate(reader, start=1):
            if number > MAX_ROWS:
                raise CaseFileError(f"{place}: more than {MAX_ROWS} rows")
            yield {name: row.get(name) or "" for name in columns}
    except csv.Error as error:
        raise CaseFileError(f"{place}, line {reader.line_num}: this is not a CSV row") from error


def lines(text: str, place: str) -> Iterator[str]:
    """The first cell of each row of a CSV without header."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for number, row in enumerate(reader, start=1):
            if number > MAX_ROWS:
                raise CaseFileError(f"{place}: more than {MAX_ROWS} rows")
            if row and row[0].strip():
                yield row[0].strip()
    except csv.Error as error:
        raise CaseFileError(f"{place}, line {reader.line_num}: this is not a CSV row") from error


def json_value(text: str, place: str) -> Any:
    """One JSON value. Raises CaseFileError with the line."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise CaseFileError(f"{place}, line {error.lineno}: this is not JSON") from error
    except RecursionError as error:
        raise CaseFileError(f"{place}: nested too deeply") from error
