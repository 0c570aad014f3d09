"""Quarantine: documents whose patient could not be settled, kept whole and out of reach of every answer."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Collection

from sqlalchemy import Connection, delete, insert, select

from retrieval.composition import ReadDocument
from retrieval.errors import UnknownRecord
from retrieval.store import schema
from retrieval.store.clock import now
from retrieval.store.rows import note_erased
from retrieval.store.values import Quarantined


def put_quarantine(
    connection: Connection, document: ReadDocument, *, reason: str, claimed: str | None
) -> None:
    """Keep a document apart; the same one again, claimed for the same patient, replaces the reason."""
    composition, owner = document.composition, claimed
    digest = hashlib.sha256(document.raw).hexdigest()
    name = "\x1f".join((composition.record_id, composition.version, owner or "", digest))
    values = {
        "id": hashlib.sha256(name.encode("utf-8")).hexdigest()[:32],
        "record_id": composition.record_id,
        "version": composition.version,
        "system": composition.system,
        "title": composition.title,
        "claimed": owner,
        "reason": reason,
        "arrived": now(),
        "document": zlib.compress(document.model_dump_json(exclude={"raw"}).encode("utf-8")),
        "raw": zlib.compress(document.raw),
        "raw_sha256": digest,
    }
    connection.execute(delete(schema.quarantine).where(schema.quarantine.c.id == values["id"]))
    connection.execute(insert(schema.quarantine).values(**values))


def leave_quarantine(connection: Connection, document: ReadDocument, *, patient_ids: Collection[str]) -> None:
    """Take a document out of quarantine, unless it was claimed for someone else."""
    table = schema.quarantine.c
    same = (table.record_id == document.composition.record_id) & (
        table.raw_sha256 == hashlib.sha256(document.raw).hexdigest()
    )
    unclaimed = table.claimed.is_(None) | (table.claimed.in_(patient_ids))
    connection.execute(delete(schema.quarantine).where(same & unclaimed))


def quarantined(connection: Connection) -> tuple[Quarantined, ...]:
    """All documents in quarantine, oldest first."""
    table = schema.quarantine.c
    columns = [table[name] for name in Quarantined.model_fields]
    query = select(*columns).order_by(table.arrived, table.record_id, table.id)
    return tuple(Quarantined.model_validate(row._asdict()) for row in connection.execute(query))


def quarantined_document(connection: Connection, quarantine_id: str) -> ReadDocument:
    """A document in quarantine as it was read, for the person who settles whose it is."""
    table = schema.quarantine.c
    row = connection.execute(select(table.document, table.raw).where(table.id == quarantine_id)).first()
    if row is None:
        raise UnknownRecord("no such document in quarantine")
    document = ReadDocument.model_validate_json(_with_empty_raw(zlib.decompress(row.document)))
    return document.model_copy(update={"raw": zlib.decompress(row.raw)})


def note_assigned(connection: Connection, quarantine_id: str, *, record_id: str, patient_id: str) -> None:
    """Remember whose a document became, so that the same decision again is no error."""
    table = schema.quarantine_settled
    connection.execute(delete(table).where(table.c.id == quarantine_id))
    values = {"id": quarantine_id, "record_id": record_id, "patient_id": patient_id, "settled": now()}
    connection.execute(insert(table).values(**values))


def assigned_to(connection: Connection, quarantine_id: str) -> str | None:
    """Whose a document that was in quarantine became; None where nobody said."""
    table = schema.quarantine_settled.c
    return connection.execute(select(table.patient_id).where(table.id == quarantine_id)).scalar_one_or_none()


def discard_quarantined(connection: Connection, quarantine_id: str) -> None:
    """Erase a document in quarantine. Raises UnknownRecord."""
    if not take_out(connection, quarantine_id):
        raise UnknownRecord("no such document in quarantine")


def take_out(connection: Connection, quarantine_id: str) -> bool:
    """Remove a document from quarantine; whether it was there."""
    table = schema.quarantine
    note_erased(connection)
    return connection.execute(delete(table).where(table.c.id == quarantine_id)).rowcount > 0


def _with_empty_raw(data: bytes) -> bytes:
    """Raw bytes are kept apart, as bytes: JSON could not hold those that are not UTF-8."""
    return b'{"raw":"",' + data.removeprefix(b"{")
