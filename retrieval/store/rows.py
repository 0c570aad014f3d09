"""Rows that several writers of the record store make."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, insert

from retrieval.composition import Patient
from retrieval.folding import fold
from retrieval.moments import order_of, span_of
from retrieval.store import schema

ERASED = "aparte_erased"
"""Set in `Connection.info` by what erases: its commit then empties the write-ahead log."""


def note_erased(connection: Connection) -> None:
    """Have the commit of this transaction empty the write-ahead log, so that what is erased is gone."""
    connection.info[ERASED] = True


def add_index_work(connection: Connection, record_id: str, version: str | None, *, patient_id: str) -> None:
    """Note that the index must be brought up to date for one record."""
    values = {"record_id": record_id, "version": version, "patient_id": patient_id}
    connection.execute(insert(schema.outbox).values(action="record", **values))


def patient_columns(patient: Patient) -> dict[str, Any]:
    """Columns of a patient: the value, and the folded words by which people look for it."""
    date = span_of(patient.birth_date)
    day = date.first_day if date and date.precision >= 3 else patient.birth_date or ""
    french = "/".join(reversed(day.split("-")))
    words = (
        patient.name,
        patient.family_name,
        patient.birth_name,
        patient.given_names,
        patient.id,
        day,
        french,
    )
    numbers = tuple(identifier.value for identifier in patient.identifiers)
    search = " ".join(fold(word) for word in (*words, *numbers) if word)
    sort = fold(f"{patient.family_name or patient.name} {patient.given_names}") + order_of(patient.birth_date)
    return {"id": patient.id, "data": patient.model_dump_json(), "search": search, "sort": sort}
