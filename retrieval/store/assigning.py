"""Taking a document out of quarantine into a record, and whose a held record is."""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection, select

from retrieval.composition import ReadDocument
from retrieval.errors import NotAccepted, UnknownRecord
from retrieval.passages import passages_of
from retrieval.store import schema
from retrieval.store.people import current_id, find_patient
from retrieval.store.quarantine import assigned_to, note_assigned, quarantined_document, take_out
from retrieval.store.values import Whose
from retrieval.store.writing import HELD_FOR_ANOTHER, PutResult, put_document


def assign(connection: Connection, quarantine_id: str, patient_id: str) -> PutResult:
    """See `RecordStore.assign_quarantined`; what is raised leaves everything as it was."""
    step = connection.begin_nested()
    try:
        result = _assign(connection, quarantine_id, patient_id)
    except BaseException:
        step.rollback()
        raise
    step.commit()
    return result


def _assign(connection: Connection, quarantine_id: str, patient_id: str) -> PutResult:
    wanted = current_id(connection, patient_id)
    before = assigned_to(connection, quarantine_id)
    try:
        document = quarantined_document(connection, quarantine_id)
    except UnknownRecord:
        if before is None:
            raise
        if current_id(connection, before) != wanted:
            raise NotAccepted("the document was assigned to another patient already") from None
        return PutResult("unchanged", wanted, ())
    if find_patient(connection, wanted) is None:
        raise UnknownRecord("no such patient in the store: bring the patient in first")
    result = put_document(connection, document, whose=Whose(claim=patient_id), passages=passages_of(document))
    if result.outcome == "quarantined":
        raise NotAccepted(HELD_FOR_ANOTHER)
    record_id = document.composition.record_id
    take_out(connection, quarantine_id)
    note_assigned(connection, quarantine_id, record_id=record_id, patient_id=patient_id)
    return result


def held_identity(connection: Connection, document: ReadDocument) -> int | None:
    """See `RecordStore.held_identity`."""
    records, versions = schema.records, schema.versions
    join = records.join(versions, versions.c.record_id == records.c.record_id)
    query = (
        select(records.c.identity)
        .select_from(join)
        .where(
            records.c.record_id == document.composition.record_id,
            versions.c.version == document.composition.version,
            versions.c.raw_sha256 == hashlib.sha256(document.raw).hexdigest(),
        )
    )
    return connection.execute(query).scalar_one_or_none()


def record_identity(connection: Connection, record_id: str) -> int | None:
    """See `RecordStore.record_identity`."""
    query = select(schema.records.c.identity).where(schema.records.c.record_id == record_id)
    return connection.execute(query).scalar_one_or_none()
