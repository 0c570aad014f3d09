"""What one file may hold, and what came of reading it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from importlib import metadata

from retrieval.composition import Rejection
from retrieval.frozen import Frozen


class Limits(Frozen):
    """What one file may hold; more is refused before it is read into memory."""

    max_file_bytes: int = 50 * 1024 * 1024
    max_documents: int = 200_000


@dataclass
class Outcome:
    """What came of one file. `records` and `apart` (quarantine) map record ids to their patients.

    `conflicts`, of a dry run only, are the identities that would be open.
    """

    read: int = 0
    unchanged: int = 0
    replaced: int = 0
    facts: int = 0
    passages: int = 0
    quarantined: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    patients: set[str] = field(default_factory=set)
    systems: set[str] = field(default_factory=set)
    records: dict[str, str] = field(default_factory=dict)
    apart: dict[str, str] = field(default_factory=dict)
    conflicts: int = 0


def reading_version() -> str:
    """What read a file: after an upgrade, files that have not changed are read again."""
    try:
        return metadata.version("aparte")
    except metadata.PackageNotFoundError:
        return "source"


def rejected_record_id(path: str) -> str:
    """The id under which coverage names a file that could not be read."""
    return "file-" + hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()[:24]
