"""What people decide about identities: conflicts to look at, same, different, and taking it back."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select

from retrieval.composition import Patient
from retrieval.errors import NotAccepted, UnknownRecord
from retrieval.identity_matching import Description, decision_sides
from retrieval.identity_traits import keys_of, traits_of
from retrieval.store import schema
from retrieval.store.clock import now
from retrieval.store.identities import settle
from retrieval.store.identity_closure import decisions_held
from retrieval.store.people import current_id
from retrieval.store.values import IdentityConflict, IdentityDecision


def conflicts(connection: Connection) -> tuple[IdentityConflict, ...]:
    """Open pairs, oldest first."""
    table = schema.identity_conflicts
    query = select(table).order_by(table.c.found, table.c.first, table.c.second)
    rows = connection.execute(query).all()
    return tuple(
        IdentityConflict(
            first=_patient(connection, row.first),
            second=_patient(connection, row.second),
            kinds=tuple(row.kinds.split(",")),
            found=row.found,
            first_documents=_documents(connection, row.first),
            second_documents=_documents(connection, row.second),
        )
        for row in rows
    )


def count_conflicts(connection: Connection) -> int:
    """How many pairs are open."""
    return int(connection.execute(select(func.count()).select_from(schema.identity_conflicts)).scalar_one())


def _patient(connection: Connection, patient_id: str) -> Patient:
    query = select(schema.patients.c.data).where(schema.patients.c.id == patient_id)
    return Patient.model_validate_json(connection.execute(query).scalar_one())


def _documents(connection: Connection, patient_id: str) -> int:
    table = schema.records
    query = select(func.count()).select_from(table).where(table.c.patient_id == patient_id)
    return int(connection.execute(query).scalar_one())


def decisions(connection: Connection) -> tuple[IdentityDecision, ...]:
    """What was decided, oldest first."""
    table = schema.identity_decisions.c
    columns = [table[name] for name in IdentityDecision.model_fields]
    rows = connection.execute(select(*columns).order_by(table.id))
    return tuple(IdentityDecision.model_validate(row._asdict()) for row in rows)


def decide_same(connection: Connection, first: str, second: str, *, by: str) -> str:
    """See `RecordStore.decide_same`."""
    one, other = current_id(connection, first), current_id(connection, second)
    here, there = _members(connection, one), _members(connection, other)
    if one == other:
        raise NotAccepted("these two ids stand for one patient already")
    _refuse_contradiction(connection, here, there)
    sides = ([row.key for row in here], [row.key for row in there])
    _note(connection, "same", sides, (one, other), by=by)
    settle(connection, [here[0].id, there[0].id])
    return current_id(connection, one)


def decide_different(connection: Connection, first: str, second: str, *, by: str) -> None:
    """See `RecordStore.decide_different`."""
    here, there = _meant(connection, first, second), _meant(connection, second, first)
    if {row.id for row in here} & {row.id for row in there}:
        raise NotAccepted(
            "both ids stand for one description: `aparte identities list --decided` shows what made them one"
        )
    _take_back_same(connection, {row.key for row in here}, {row.key for row in there})
    sides = decision_sides([_description(row) for row in here], [_description(row) for row in there])
    _note(connection, "different", sides, (first, second), by=by)
    settle(connection, [row.id for row in (*here, *there)])


def undo(connection: Connection, number: int) -> None:
    """See `RecordStore.undo_decision`."""
    table = schema.identity_decisions
    row = connection.execute(select(table).where(table.c.id == number)).first()
    if row is None:
        raise UnknownRecord("no such decision; `aparte identities list --decided` shows them")
    connection.execute(delete(table).where(table.c.id == number))
    names = {*json.loads(row.first), *json.loads(row.second)}
    identities = schema.identities.c
    hints = [name.removeprefix("id:") for name in names if name.startswith("id:")]
    touched = select(identities.id).where(
        identities.key.in_(names) | identities.hint.in_(hints) | identities.claim.in_(hints)
    )
    settle(connection, connection.execute(touched).scalars().all())


def _members(connection: Connection, patient_id: str) -> list[Row[Any]]:
    table = schema.identities
    rows = connection.execute(
        select(table).where(table.c.patient_id == patient_id).order_by(table.c.id)
    ).all()
    if not rows:
        raise UnknownRecord("no such patient in the store")
    return list(rows)


def _meant(connection: Connection, name: str, other: str) -> list[Row[Any]]:
    """The descriptions that an id means: all of its patient, or, where the other id stands for the same
    patient, those that bore the id before they were brought together."""
    current = current_id(connection, name)
    rows = _members(connection, current)
    if current_id(connection, other) != current:
        return rows
    bearer = next((row for row in rows if row.own_id == name), None)
    if bearer is None:
        raise NotAccepted("one of these ids stands for no description of its own, so it cannot be told apart")
    called = {bearer.hint, bearer.claim} - {"", None}
    return [row for row in rows if row.id == bearer.id or {row.hint, row.claim} & called]


def _description(row: Row[Any]) -> Description:
    patient = Patient.model_validate_json(row.data)
    return Description(row.key, row.hint, traits_of(patient), keys_of(patient), row.claim)


def _refuse_contradiction(connection: Connection, here: list[Row[Any]], there: list[Row[Any]]) -> None:
    one, other = _names(here), _names(there)
    for decision in decisions_held(connection):
        if decision.kind == "different":
            first, second = set(decision.first), set(decision.second)
            if (one & first and other & second) or (one & second and other & first):
                raise NotAccepted(
                    f"decision {decision.id} says that these two are different: "
                    f"take it back first (`aparte identities undo {decision.id}`)"
                )


def _names(rows: list[Row[Any]]) -> set[str]:
    ids = {f"id:{name}" for row in rows for name in (row.hint, row.claim) if name}
    return {row.key for row in rows} | ids


def _take_back_same(connection: Connection, here: set[str], there: set[str]) -> None:
    """A decision that brought the two together no longer holds."""
    table = schema.identity_decisions
    for decision in decisions_held(connection):
        members = {*decision.first, *decision.second}
        if decision.kind == "same" and members & here and members & there:
            connection.execute(delete(table).where(table.c.id == decision.id))


def _note(
    connection: Connection,
    kind: str,
    sides: tuple[Any, Any],
    ids: tuple[str, str],
    *,
    by: str,
) -> None:
    values = {
        "kind": kind,
        "first": json.dumps(list(sides[0])),
        "second": json.dumps(list(sides[1])),
        "first_id": ids[0],
        "second_id": ids[1],
        "decided": now(),
        "decided_by": by,
    }
    connection.execute(insert(schema.identity_decisions).values(**values))
