"""Bringing a record store of version 1 to the present tables, in place, in one transaction.

Version 1 had no descriptions of people: each patient becomes one. Where its id was the plain digest of what a
source called the patient (an INS, say), the digest is made again with the site's secret; the old id stays as
an alias, so that what cites it still finds the patient.
"""

from __future__ import annotations

import json
import zlib

from sqlalchemy import Connection, delete, insert, inspect, select, text, update

from retrieval.composition import Patient
from retrieval.identity import is_patient_id, opaque_id, plain_digest_id
from retrieval.store import schema
from retrieval.store.identities import hold, settle
from retrieval.store.rows import add_index_work, patient_columns
from retrieval.store.values import Whose


def upgrade(connection: Connection, *, secret: bytes) -> None:
    """Bring the tables and their rows to the present version."""
    schema.metadata.create_all(connection)
    if "identity" not in {column["name"] for column in inspect(connection).get_columns("records")}:
        connection.execute(text("ALTER TABLE records ADD COLUMN identity INTEGER"))
        connection.execute(text("CREATE INDEX ix_records_identity ON records (identity)"))
    held = connection.execute(select(schema.patients.c.data).order_by(schema.patients.c.id)).scalars().all()
    numbers = [_described(connection, Patient.model_validate_json(data), secret=secret) for data in held]
    settle(connection, numbers)
    _claim_again(connection, secret=secret)


def _described(connection: Connection, patient: Patient, *, secret: bytes) -> int:
    """Make a patient a description, under a keyed id where its own is a plain digest; the description."""
    called = _called(connection, patient)
    present = patient.id if called is None else opaque_id(called, secret)
    if present != patient.id:
        _rename(connection, patient, present)
    identity = hold(connection, patient.model_copy(update={"id": present}), Whose(hint=present))
    records = schema.records
    mine = records.c.patient_id == present
    connection.execute(update(records).where(mine).values(identity=identity))
    if present != patient.id:
        connection.execute(insert(schema.patient_aliases).values(alias=patient.id, identity=identity))
    return identity


def _rename(connection: Connection, patient: Patient, present: str) -> None:
    values = patient_columns(patient.model_copy(update={"id": present}))
    connection.execute(insert(schema.patients).values(**values))
    tables = (
        schema.patient_identifiers,
        schema.records,
        schema.versions,
        schema.facts,
        schema.passages,
        schema.file_records,
        schema.rejections,
    )
    for table in tables:
        connection.execute(update(table).where(table.c.patient_id == patient.id).values(patient_id=present))
    connection.execute(delete(schema.patients).where(schema.patients.c.id == patient.id))
    held = select(schema.records.c.record_id).where(schema.records.c.patient_id == present)
    for record_id in connection.execute(held).scalars().all():
        add_index_work(connection, record_id, None, patient_id=present)


def _called(connection: Connection, patient: Patient) -> str | None:
    """What a source called a patient whose id is the plain digest of it, or that very name where it bears an
    INS, which version 1 let pass; None where the id may stay."""
    if not is_patient_id(patient.id):
        return patient.id
    if not patient.id.startswith("p-"):
        return None
    table = schema.versions.c
    said = connection.execute(select(table.composition).where(table.patient_id == patient.id)).scalars()
    hints = [json.loads(composition).get("patient_hint") for composition in said]
    numbers = [item.value for item in patient.identifiers]
    numbers += [f"{item.system}|{item.value}" for item in patient.identifiers]
    return next((name for name in (*hints, *numbers) if name and plain_digest_id(name) == patient.id), None)


def _claim_again(connection: Connection, *, secret: bytes) -> None:
    """Documents in quarantine that name their patient by a digest: the keyed one."""
    table = schema.quarantine
    for row in connection.execute(select(table.c.id, table.c.claimed, table.c.document)).all():
        hint = json.loads(zlib.decompress(row.document))["composition"].get("patient_hint")
        if hint and row.claimed in {hint, plain_digest_id(hint)}:
            claimed = opaque_id(hint, secret)
            connection.execute(update(table).where(table.c.id == row.id).values(claimed=claimed))
