"""Which files an ingest run reads, and to whom a manifest says that they belong.

Folders are walked in sorted order; hidden files are skipped; a symbolic link that leaves its folder is
refused. A manifest is CSV with the columns `path` and `patient_id`, paths relative to the manifest, never out
of its folder. A row that is wrong is rejected with its line; the file that it names is then not read, since
whose it is is in doubt.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from retrieval.composition import Rejection
from retrieval.errors import InputError, NotAccepted, NotWellFormed, TooLarge
from retrieval.formats.sidecar import SUFFIX as SIDECAR
from retrieval.identity import PATIENT_ID_RULE, is_patient_id

MAX_MANIFEST_BYTES = 64 * 1024 * 1024
MAX_FILES = 2_000_000
COLUMNS = ("path", "patient_id")
NOT_A_DOCUMENT = "metadata without the file that it is about: it is not a document"
LEAVES = "a symbolic link that leaves the folder is not followed"


class SourceFile(NamedTuple):
    """A file to read: where it is, how reports name it, and whose it is when a manifest says so.

    `sidecar` is the file of metadata that stands beside it (`letter.pdf.meta.json`), if one does.
    """

    path: Path
    shown: str
    patient_id: str | None = None
    sidecar: Path | None = None


class Found(NamedTuple):
    """The files of a run in order, and what could not be one."""

    files: tuple[SourceFile, ...]
    rejected: tuple[Rejection, ...]


class Manifest(NamedTuple):
    """What one or several manifests say: file -> patient, files in doubt, rejected rows, their own paths."""

    patients: dict[Path, str]
    doubtful: frozenset[Path]
    rejected: tuple[Rejection, ...]
    own: frozenset[Path]


def find_files(paths: Sequence[Path], *, manifest: Manifest) -> Found:
    """List the files of `paths` (with none, those that the manifest names), each once, in order."""
    files: dict[Path, SourceFile] = {}
    rejected: list[Rejection] = []
    entries = paths or sorted(manifest.patients)
    for item in (each for path in entries for each in _walk(path)):
        if isinstance(item, Rejection):
            rejected.append(item)
            continue
        real = _resolved(item.path)
        if real is None:
            rejected.append(Rejection(file=item.shown, reason="the path is not one"))
            continue
        if real in manifest.own or real in files:
            continue
        if real in manifest.doubtful:
            reason = "not read: what the manifest says of this file is wrong or contradicts itself"
            rejected.append(Rejection(file=item.shown, reason=reason))
            continue
        files[real] = item._replace(path=real, patient_id=manifest.patients.get(real))
        if len(files) > MAX_FILES:
            raise TooLarge(f"more than {MAX_FILES} files: ingest the folder in parts")
    return Found(tuple(files.values()), tuple(rejected))


def _walk(path: Path) -> Iterator[SourceFile | Rejection]:
    if _is_folder(path):
        yield from _folder(path)
    elif _is_file(path):
        yield from _file(path, None)
    else:
        yield Rejection(file=printable(path), reason="no such file or folder")


def _folder(root: Path) -> Iterator[SourceFile | Rejection]:
    inside = root.resolve()
    problems: list[Rejection] = []

    def unreadable(error: OSError) -> None:
        problems.append(
            Rejection(
                file=printable(Path(error.filename)), reason="the folder cannot be opened: check its rights"
            )
        )

    for folder, names, files in os.walk(root, onerror=unreadable):
        yield from problems
        problems.clear()
        names[:] = sorted(name for name in names if not name.startswith("."))
        for name in list(names):
            link = Path(folder, name)
            if link.is_symlink() and _leaves(link, inside):
                yield Rejection(file=printable(link), reason=LEAVES)
        for name in sorted(name for name in files if not name.startswith(".")):
            if name.endswith(SIDECAR) and name.removesuffix(SIDECAR) in files:
                continue  # read with the file that it is about
            yield from _file(Path(folder, name), inside)
    yield from problems


def _file(path: Path, inside: Path | None) -> Iterator[SourceFile | Rejection]:
    """One file; `inside` is the folder that no link may leave, None for a file that was named itself."""
    sidecar = path.with_name(path.name + SIDECAR)
    links = (sidecar,) if inside is None else (path, sidecar)
    if any(link.is_symlink() and _leaves(link, inside or path.parent.resolve()) for link in links):
        yield Rejection(file=printable(path), reason=LEAVES)
    elif path.name.endswith(SIDECAR):
        yield Rejection(file=printable(path), reason=NOT_A_DOCUMENT)
    elif _is_file(path):  # no pipe, socket or device
        yield SourceFile(path, printable(path), sidecar=sidecar if _is_file(sidecar) else None)
    elif path.is_symlink():
        yield Rejection(file=printable(path), reason="a symbolic link to nothing")


def printable(path: Path) -> str:
    """How reports and the store name a path: as it is, with bytes that are not UTF-8 as `\\xE9`."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _resolved(path: Path) -> Path | None:
    """The real path; None for a loop of links and for what no path can be."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):
        return None


def _leaves(link: Path, inside: Path) -> bool:
    real = _resolved(link)
    return real is not None and not real.is_relative_to(inside)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that is too long, a folder that cannot be entered
        return False


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def read_manifests(paths: Sequence[Path]) -> Manifest:
    """Read manifests as one. Raises InputError when one is not a manifest at all; wrong rows are rejected."""
    claims: dict[Path, set[str]] = {}
    named: dict[Path, str] = {}
    rejected: list[Rejection] = []
    doubtful: set[Path] = set()
    for manifest in paths:
        for line, row in _rows(manifest):
            place = f"line {line}"
            try:
                path = _target(manifest, row)
                patient_id = _patient(row)
            except _WrongRow as wrong:
                rejected.append(Rejection(file=printable(manifest), place=place, reason=wrong.reason))
                doubtful.update(() if wrong.path is None else (wrong.path,))
                continue
            claims.setdefault(path, set()).add(patient_id)
            named.setdefault(path, f"{manifest}, {place}")
    for path, patients in claims.items():
        if len(patients) > 1:
            doubtful.add(path)
            reason = f"the manifest gives this file to {len(patients)} patients"
            rejected.append(Rejection(file=printable(path), place=named[path], reason=reason))
    certain = {path: min(patients) for path, patients in claims.items() if path not in doubtful}
    return Manifest(
        certain, frozenset(doubtful), tuple(rejected), frozenset(path.resolve() for path in paths)
    )


class _WrongRow(Exception):
    def __init__(self, reason: str, *, path: Path | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path = path


def _rows(manifest: Path) -> Iterator[tuple[int, dict[str, str | None]]]:
    try:
        with manifest.open("rb") as file:
            data = file.read(MAX_MANIFEST_BYTES + 1)
    except OSError as error:
        raise InputError(
            f"the manifest {manifest} cannot be opened: check its path and its rights"
        ) from error
    if len(data) > MAX_MANIFEST_BYTES:
        raise TooLarge(f"the manifest {manifest} is over {MAX_MANIFEST_BYTES // 2**20} MB: divide it")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotWellFormed(f"the manifest {manifest} is not UTF-8: save it as CSV UTF-8") from error
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise NotAccepted(
                f"the manifest {manifest} has no column {' nor '.join(missing)}", place="line 1"
            )
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise NotWellFormed(f"the manifest {manifest} is not CSV", place=f"line {reader.line_num}") from error


def _target(manifest: Path, row: dict[str, str | None]) -> Path:
    name = (row.get("path") or "").strip()
    if not name:
        raise _WrongRow("the path is empty")
    folder = manifest.parent.resolve()
    path = _resolved(folder / name)
    if path is None:
        raise _WrongRow("the path is not one")
    if not path.is_relative_to(folder):
        raise _WrongRow("the path leaves the manifest's folder", path=path)
    if not _is_file(path):
        raise _WrongRow(f"no such file: {name}")
    return path


def _patient(row: dict[str, str | None]) -> str:
    patient_id = (row.get("patient_id") or "").strip()
    if not is_patient_id(patient_id):
        raise _WrongRow(PATIENT_ID_RULE)
    return patient_id
