"""Patients of the record store: merge on arrival, look up by name, birth date or identifier, erase."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from retrieval.composition import Patient, PatientIdentifier
from retrieval.errors import UnknownRecord
from retrieval.folding import fold
from retrieval.store import schema
from retrieval.store.writing import add_index_work, patient_columns

_FRENCH_DAY = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")
_WARNED = ("name", "family_name", "birth_name", "given_names", "birth_date", "sex")
_EMPTY = {"", None, "unknown", "provisional"}


def put_patient(connection: Connection, patient: Patient) -> tuple[str, ...]:
    """Merge a patient into the store; see `RecordStore.put_patient`."""
    known = find_patient(connection, patient.id)
    if known is None:
        connection.execute(insert(schema.patients).values(**patient_columns(patient)))
        _put_identifiers(connection, patient)
        return ()
    merged, warnings = merge(known, patient)
    if merged != known:
        table = schema.patients
        connection.execute(update(table).where(table.c.id == patient.id).values(**patient_columns(merged)))
        _put_identifiers(connection, merged)
    return warnings


def merge(known: Patient, arrived: Patient) -> tuple[Patient, tuple[str, ...]]:
    """Return both as one: what the new one says wins, identifiers add up, changed identity is named."""
    changes: dict[str, Any] = {}
    warnings: list[str] = []
    for name in (*_WARNED, "identity_status"):
        old, new = getattr(known, name), getattr(arrived, name)
        if new in _EMPTY or new == old:
            continue
        changes[name] = new
        if old not in _EMPTY and name in _WARNED and fold(str(old)) != fold(str(new)):
            warnings.append(f"patient {known.id}: the {name.replace('_', ' ')} differs from the one held")
    identifiers = {(item.system, item.value): item for item in known.identifiers}
    for item in arrived.identifiers:
        before = identifiers.get((item.system, item.value))
        identifiers[item.system, item.value] = before if before and item.status is None else item
    changes["identifiers"] = tuple(identifiers.values())
    return known.model_copy(update=changes), tuple(warnings)


def _put_identifiers(connection: Connection, patient: Patient) -> None:
    table = schema.patient_identifiers
    connection.execute(delete(table).where(table.c.patient_id == patient.id))
    unique: dict[tuple[str, str], PatientIdentifier] = {(i.system, i.value): i for i in patient.identifiers}
    rows = [{"patient_id": patient.id, **item.model_dump()} for item in unique.values()]
    if rows:
        connection.execute(insert(table), rows)


def find_patient(connection: Connection, patient_id: str) -> Patient | None:
    """Return the patient called `patient_id`, or None."""
    query = select(schema.patients.c.data).where(schema.patients.c.id == patient_id)
    data = connection.execute(query).scalar_one_or_none()
    return None if data is None else Patient.model_validate_json(data)


def list_patients(
    connection: Connection, *, find: str, allowed: Collection[str] | None
) -> tuple[Patient, ...]:
    """Patients whose words contain every word of `find`, in order of name; see `RecordStore.patients`."""
    table = schema.patients.c
    query = select(table.id, table.data).order_by(table.sort, table.id)
    for word in fold(_FRENCH_DAY.sub(_iso_day, find)).split():
        query = query.where(table.search.contains(word, autoescape=True))
    permitted = None if allowed is None else frozenset(allowed)
    rows = connection.execute(query)
    return tuple(
        Patient.model_validate_json(row.data) for row in rows if permitted is None or row.id in permitted
    )


def _iso_day(match: re.Match[str]) -> str:
    return f"{match[3]}-{int(match[2]):02d}-{int(match[1]):02d}"


def delete_record(connection: Connection, record_id: str) -> None:
    """Erase one record, every version; the index follows through the outbox."""
    table = schema.records.c
    patient_id = connection.execute(
        select(table.patient_id).where(table.record_id == record_id)
    ).scalar_one_or_none()
    if patient_id is None:
        raise UnknownRecord("no such record in the store")
    _erase_records(connection, [record_id], patient_id=patient_id)


def purge_patient(connection: Connection, patient_id: str) -> None:
    """Erase a patient and all that is held for them; the index follows through the outbox."""
    if find_patient(connection, patient_id) is None:
        raise UnknownRecord("no such patient in the store")
    table = schema.records.c
    held = connection.execute(select(table.record_id).where(table.patient_id == patient_id)).scalars().all()
    theirs = select(schema.file_records.c.path).where(schema.file_records.c.patient_id == patient_id)
    # rejected parts of their files may be theirs: those of nobody go too, and the next run names them again
    rejected = schema.rejections.c
    nobody = rejected.patient_id.is_(None) & rejected.path.in_(theirs)
    mine = rejected.patient_id == patient_id
    connection.execute(delete(schema.rejections).where(mine | nobody))
    connection.execute(delete(schema.files).where(schema.files.c.path.in_(theirs)))
    _erase_records(connection, list(held), patient_id=patient_id)
    connection.execute(delete(schema.quarantine).where(schema.quarantine.c.claimed == patient_id))
    connection.execute(delete(schema.patients).where(schema.patients.c.id == patient_id))


def _erase_records(connection: Connection, record_ids: list[str], *, patient_id: str) -> None:
    for record_id in record_ids:
        # what the files table knows of it goes too: it holds paths, and would call the file unchanged
        held = select(schema.file_records.c.path).where(schema.file_records.c.record_id == record_id)
        connection.execute(delete(schema.files).where(schema.files.c.path.in_(held)))
        connection.execute(delete(schema.records).where(schema.records.c.record_id == record_id))
        connection.execute(delete(schema.quarantine).where(schema.quarantine.c.record_id == record_id))
        add_index_work(connection, record_id, None, patient_id=patient_id)
