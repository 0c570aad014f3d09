"""The site's secret: it keys the digests that stand for national numbers. Made once, in every backup."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from retrieval.errors import StoreError

FILE_NAME = "identity.key"
_BYTES = 32


def read_secret(folder: Path, *, make: bool) -> bytes:
    """The secret of a data folder; made, mode 0600, where there is none and `make` allows it.

    Raises StoreError when it is missing or not one: patients would be given other ids.
    """
    path = folder / FILE_NAME
    if make and not path.exists():
        _write(path)
    try:
        secret = path.read_bytes()
    except OSError as error:
        raise StoreError(
            f"{FILE_NAME} cannot be read in the data folder: restore it from the backup of the records; "
            "without it, patients known by a national number would not be recognised"
        ) from error
    if len(secret) != _BYTES:
        raise StoreError(f"{FILE_NAME} is damaged: restore it from the backup of the records")
    return secret


def _write(path: Path) -> None:
    """Whole or not at all, and never over one that another process has just made."""
    new = path.with_name(f".{FILE_NAME}.{secrets.token_hex(8)}")
    try:
        handle = os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(new, path)
        except FileExistsError:
            return
        finally:
            new.unlink()
    except OSError as error:
        raise StoreError("the data folder cannot be written: check its disk and its rights") from error
