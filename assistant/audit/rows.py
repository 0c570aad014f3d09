"""Lines of the trail in the database: adding one to the chain, reading one back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from assistant.audit.chain import GENESIS, AuditEvent, canonical, event_hash
from assistant.audit.tables import EVENTS


def append(
    connection: Connection,
    kind: str,
    *,
    actor: str,
    patient_id: str | None,
    detail: dict[str, Any],
    answer_id: str | None = None,
) -> None:
    """Add one event to the chain, inside the caller's transaction."""
    last = connection.execute(
        select(EVENTS.c.seq, EVENTS.c.hash).order_by(EVENTS.c.seq.desc()).limit(1)
    ).first()
    event = AuditEvent(
        seq=1 if last is None else last.seq + 1,
        at=now(),
        kind=kind,
        actor=actor,
        patient_id=patient_id,
        answer_id=answer_id,
        detail=detail,
        previous=GENESIS if last is None else last.hash,
    )
    row = event.model_dump() | {"detail": canonical(detail), "hash": event_hash(event)}
    connection.execute(insert(EVENTS).values(**row))


def event_of(row: Row[Any]) -> AuditEvent:
    """Read a line whatever was done to it: `verify` is to tell of a changed line, not to fail on it."""
    # SQLAlchemy's public name for it; SQLite may hold any type in a column of text
    values = {name: _as_text(held) for name, held in row._mapping.items()}  # noqa: SLF001
    try:
        detail = json.loads(values["detail"] or "")
    except (ValueError, RecursionError):
        detail = None
    if not isinstance(detail, dict):
        detail = {"unreadable": values["detail"]}
    return AuditEvent.model_validate(values | {"detail": detail, "seq": row.seq})


def _as_text(held: object) -> str | None:
    return held if held is None or isinstance(held, str) else repr(held)


def now() -> str:
    """The present instant in UTC, ISO 8601 to the microsecond."""
    return datetime.now(UTC).isoformat(timespec="microseconds")
