"""Patients of the record store: look up by name, birth date or identifier, old ids, erase."""

from __future__ import annotations

import re
from collections.abc import Collection

from sqlalchemy import Connection, delete, select

from retrieval.composition import Patient
from retrieval.errors import UnknownRecord
from retrieval.folding import fold
from retrieval.store import schema
from retrieval.store.rows import add_index_work, note_erased

_FRENCH_DAY = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")


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
    permitted = None if allowed is None else frozenset(allowed) | _now_called(connection, allowed)
    rows = connection.execute(query)
    return tuple(
        Patient.model_validate_json(row.data) for row in rows if permitted is None or row.id in permitted
    )


def _iso_day(match: re.Match[str]) -> str:
    return f"{match[3]}-{int(match[2]):02d}-{int(match[1]):02d}"


def _now_called(connection: Connection, names: Collection[str]) -> frozenset[str]:
    """The patients whom some ids stand for since descriptions were brought together."""
    wanted = frozenset(names)
    table, aliases = schema.identities.c, schema.patient_aliases.c
    own = connection.execute(select(table.own_id, table.patient_id).where(table.own_id != table.patient_id))
    found = {row.patient_id for row in own if row.own_id in wanted}
    join = schema.patient_aliases.join(schema.identities, aliases.identity == table.id)
    old = connection.execute(select(aliases.alias, table.patient_id).select_from(join))
    return frozenset(found | {row.patient_id for row in old if row.alias in wanted})


def current_id(connection: Connection, patient_id: str) -> str:
    """The patient whom an id stands for now; the id itself where none is held."""
    held = select(schema.patients.c.id).where(schema.patients.c.id == patient_id)
    if connection.execute(held).first() is not None:
        return patient_id
    found = _now_called(connection, [patient_id])
    return next(iter(found)) if len(found) == 1 else patient_id


def ids_of(connection: Connection, patient_id: str) -> frozenset[str]:
    """Every id that stands for one patient, the present one and those of what was brought together."""
    current = current_id(connection, patient_id)
    table, aliases = schema.identities.c, schema.patient_aliases.c
    own = connection.execute(select(table.own_id).where(table.patient_id == current)).scalars()
    join = schema.patient_aliases.join(schema.identities, aliases.identity == table.id)
    old = select(aliases.alias).select_from(join).where(table.patient_id == current)
    return frozenset({current, *own, *connection.execute(old).scalars()})


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
    current = current_id(connection, patient_id)
    if find_patient(connection, current) is None:
        raise UnknownRecord("no such patient in the store")
    names = ids_of(connection, current)
    table = schema.records.c
    held = connection.execute(select(table.record_id).where(table.patient_id == current)).scalars().all()
    theirs = select(schema.file_records.c.path).where(schema.file_records.c.patient_id.in_(names))
    # rejected parts of their files may be theirs: those of nobody go too, and the next run names them again
    rejected = schema.rejections.c
    nobody = rejected.patient_id.is_(None) & rejected.path.in_(theirs)
    mine = rejected.patient_id.in_(names)
    connection.execute(delete(schema.rejections).where(mine | nobody))
    connection.execute(delete(schema.files).where(schema.files.c.path.in_(theirs)))
    _erase_records(connection, list(held), patient_id=current)
    connection.execute(delete(schema.quarantine).where(schema.quarantine.c.claimed.in_(names)))
    _erase_identity(connection, current)
    connection.execute(delete(schema.patients).where(schema.patients.c.id == current))


def _erase_identity(connection: Connection, current: str) -> None:
    conflicts = schema.identity_conflicts
    touched = (conflicts.c.first == current) | (conflicts.c.second == current)
    connection.execute(delete(conflicts).where(touched))
    connection.execute(delete(schema.identities).where(schema.identities.c.patient_id == current))


def _erase_records(connection: Connection, record_ids: list[str], *, patient_id: str) -> None:
    note_erased(connection)
    for record_id in record_ids:
        # what the files table knows of it goes too: it holds paths, and would call the file unchanged
        held = select(schema.file_records.c.path).where(schema.file_records.c.record_id == record_id)
        connection.execute(delete(schema.files).where(schema.files.c.path.in_(held)))
        connection.execute(delete(schema.records).where(schema.records.c.record_id == record_id))
        for table in (schema.quarantine, schema.quarantine_settled):
            connection.execute(delete(table).where(table.c.record_id == record_id))
        add_index_work(connection, record_id, None, patient_id=patient_id)
