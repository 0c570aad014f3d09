"""One owner of the data folder: a lock that the kernel releases when the process ends, however it ends.

Whoever does not get it learns who has it and, when that is a service, at which address to go through it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from retrieval.errors import StoreError, StoreLocked
from retrieval.frozen import Frozen

LOCK_FILE = "owner.lock"
_MAX_BYTES = 4096


class Owner(Frozen):
    """The process that owns a data folder; `address` is where its service listens, None for a command."""

    pid: int
    address: str | None = None


class NotOwner(StoreLocked):
    """Another process owns the data folder; `owner` says which, None when it could not be read."""

    def __init__(self, message: str, *, owner: Owner | None) -> None:
        super().__init__(message)
        self.owner = owner


class Ownership:
    """The lock while it is held."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def publish(self, address: str | None) -> None:
        """Say at which address the owner's service now listens (None: at none)."""
        data = Owner(pid=os.getpid(), address=address).model_dump_json().encode("utf-8")
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, data, 0)
        os.fsync(self._descriptor)


@contextmanager
def acquire(folder: Path, *, address: str | None = None) -> Iterator[Ownership]:
    """Own the data folder for the time of the block; it is made where it is missing.

    Raises NotOwner at once when another process (or another holder in this one) has it.
    """
    descriptor = _open(folder)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise _refusal(folder, _read(descriptor)) from error
        ownership = Ownership(descriptor)
        ownership.publish(address)
        yield ownership
    finally:
        os.close(descriptor)  # which releases the lock


def owner_of(folder: Path) -> Owner | None:
    """Who owns the data folder now, None when nobody does."""
    try:
        descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(descriptor) or Owner(pid=0)
    finally:
        os.close(descriptor)
    return None


def _open(folder: Path) -> int:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(folder / LOCK_FILE, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(
            f"the data folder {folder} cannot be written: check that it exists and its rights"
        ) from error


def _read(descriptor: int) -> Owner | None:
    try:
        return Owner.model_validate_json(os.pread(descriptor, _MAX_BYTES, 0))
    except (OSError, ValidationError):
        return None


def _refusal(folder: Path, owner: Owner | None) -> NotOwner:
    who = f"process {owner.pid}" if owner is not None and owner.pid else "another process"
    if owner is not None and owner.address:
        text = f"{who} serves the data folder {folder} at {owner.address}: go through it, or stop it"
    else:
        text = f"{who} is using the data folder {folder}: wait until it ends, or stop it"
    return NotOwner(text, owner=owner)
