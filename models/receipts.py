"""What is known about the files on disk: sizes, times and digests, so that a start does not read gigabytes.

A receipt is a small JSON file ``<name>.receipt.json`` beside a model in the models folder. It says which
files were checked, against what sha256, and their size and modification time then. A file whose size and
time still agree is taken as unchanged; ``aparte models verify`` always reads every byte again.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .catalogue import RelativePath, Sha256
from .errors import UnknownModel

CHUNK_BYTES = 4 * 2**20
MAX_RECEIPT_BYTES = 256 * 1024
SUFFIX = ".receipt.json"


class CheckedFile(BaseModel):
    """One file as it was when its digest was computed. ``path`` is inside the model; ``""`` is the model."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: RelativePath | Literal[""]
    size: int = Field(ge=0)
    mtime_ns: int
    sha256: Sha256


class Receipt(BaseModel):
    """The checked state of one model on this disk. ``target`` is relative to the models folder, or absolute
    for a model that is used where it stands.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    name: str = Field(min_length=1, max_length=200)
    kind: Literal["chat", "encoder"]
    status: Literal["ok", "test", "own"]
    target: str
    source: str
    files: tuple[CheckedFile, ...] = Field(min_length=1, max_length=1000)

    @property
    def sha256(self) -> str:
        """Digest of the weights: of the largest file."""
        return max(self.files, key=lambda file: file.size).sha256

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


def sha256_of(path: Path, *, tick: Callable[[int], None] | None = None) -> str:
    """Digest of a file, read in pieces; ``tick`` gets the bytes read so far."""
    digest = hashlib.sha256()
    done = 0
    with path.open("rb") as file:
        while block := file.read(CHUNK_BYTES):
            digest.update(block)
            done += len(block)
            if tick is not None:
                tick(done)
    return digest.hexdigest()


def checked(path: Path, *, inside: str, sha256: str) -> CheckedFile:
    """Note the present size and time of a file whose digest is known."""
    stat = path.stat()
    return CheckedFile(path=inside, size=stat.st_size, mtime_ns=stat.st_mtime_ns, sha256=sha256)


def files_of(root: Path) -> Iterable[tuple[str, Path]]:
    """A model's files and their paths inside it: the file itself as ``""``, or a folder's, sorted."""
    if root.is_file():
        yield "", root
        return
    for path in sorted(root.rglob("*")):
        if path.is_file():
            yield path.relative_to(root).as_posix(), path


def root_of(folder: Path, receipt: Receipt) -> Path:
    """Where the model of a receipt stands."""
    return folder / receipt.target


def is_intact(folder: Path, receipt: Receipt) -> bool:
    """Whether every file is there with the size and the time it had when it was checked, and no other is."""
    root = root_of(folder, receipt)
    expected = {file.path: (file.size, file.mtime_ns) for file in receipt.files}
    found: dict[str, tuple[int, int]] = {}
    for inside, path in files_of(root) if root.exists() else ():
        stat = path.stat()
        found[inside] = (stat.st_size, stat.st_mtime_ns)
    return found == expected


def receipt_path(folder: Path, name: str) -> Path:
    """Where the receipt of ``name`` is kept."""
    if not name or "/" in name or name.startswith("."):
        raise UnknownModel(f"not a model name: {name!r}")
    return folder / f"{name}{SUFFIX}"


def read_receipt(folder: Path, name: str) -> Receipt | None:
    """The receipt of ``name``; ``None`` if there is none that can be read."""
    path = receipt_path(folder, name)
    try:
        if path.stat().st_size > MAX_RECEIPT_BYTES:
            return None
        return Receipt.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def write_receipt(folder: Path, receipt: Receipt) -> None:
    """Write or replace a receipt, atomically."""
    path = receipt_path(folder, receipt.name)
    temporary = path.with_suffix(".tmp")
    temporary.write_text(receipt.model_dump_json(indent=1) + "\n", encoding="utf-8")
    sync(temporary)
    temporary.replace(path)
    sync(folder)


def sync(path: Path) -> None:
    """Make a file's content, or a folder's list of names, durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
