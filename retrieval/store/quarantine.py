"""Quarantine: documents whose patient could not be settled, kept whole and out of reach of every answer."""

from __future__ import annotations

import hashlib
import zlib

from sqlalchemy import Connection, delete, insert, select

from retrieval.composition import ReadDocument
from retrieval.errors import UnknownRecord
from retrieval.identity import opaque_id
from retrieval.store import schema
from retrieval.store.clock import now
from retrieval.store.values import Quarantined


def put_quarantine(
    connection: Connection, document: ReadDocument, *, reason: str, claimed: str | None
) -> None:
    """Keep a document apart; the same one again, claimed for the same patient, replaces the reason."""
    composition = document.composition
    hint = composition.patient_hint
    owner = claimed or (opaque_id(hint) if hint else None)
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


def leave_quarantine(connection: Connection, document: ReadDocument, *, patient_id: str) -> None:
    """Take a document out of quarantine, unless it was claimed for someone else."""
    table = schema.quarantine.c
    same = (table.record_id == document.composition.record_id) & (
        table.raw_sha256 == hashlib.sha256(document.raw).hexdigest()
    )
    unclaimed = table.claimed.is_(None) | (table.claimed == patient_id)
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


def _with_empty_raw(data: bytes) -> bytes:
    """Raw bytes are kept apart, as bytes: JSON could not hold those that are not UTF-8."""
    return b'{"raw":"",' + data.removeprefix(b"{")
