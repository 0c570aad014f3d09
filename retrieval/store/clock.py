"""The clock of the record store."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> str:
    """The present moment, UTC, ISO 8601, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
