"""One file of a public set, known by its sha256 and never shipped."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from pathlib import Path

from eval.errors import CaseFileError

MAX_BYTES = 64 * 1024 * 1024


def read_checked(path: Path, *, sha256: Collection[str], source: str) -> str:
    """The text of a file whose sha256 is one of those listed.

    `source` says where it can be had. Raises CaseFileError when it is missing, too large, another one, or not
    UTF-8.
    """
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise CaseFileError(f"{path}: {size} bytes, {MAX_BYTES} at most")
        raw = path.read_bytes()
    except OSError as error:
        raise CaseFileError(f"{path}: cannot be read; put {source} there, or leave its suite out") from error
    found = hashlib.sha256(raw).hexdigest()
    if found not in sha256:
        raise CaseFileError(f"{path}: sha256 {found} is not a listed one; fetch {source}")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CaseFileError(f"{path}: this is not UTF-8") from error
