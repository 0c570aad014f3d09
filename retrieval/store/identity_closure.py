"""Which descriptions could touch one another: what `identity_matching.partition` must see together."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select, tuple_

from retrieval.composition import Patient
from retrieval.identity_matching import Decision
from retrieval.identity_traits import agreement, traits_of
from retrieval.store import schema

MOST_BEARERS = 64
"""An identifier that more descriptions bear than this tells nobody apart: software wrote it."""
_MOST_PATIENTS_OF_A_DAY = 500


def closure(connection: Connection, identities: Iterable[int]) -> list[Row[Any]]:
    """Every description that shares a patient, an id, an identifier or a decision with some others, by way of
    any number of steps; and those of the same traits that bear another INS. In order of arrival.
    """
    found: dict[int, Row[Any]] = {}
    fresh = _rows(connection, schema.identities.c.id.in_(list(identities)))
    decisions = decisions_held(connection)
    while fresh:
        found.update({row.id: row for row in fresh})
        near = [
            *_by_name(connection, fresh),
            *_by_identifier(connection, fresh),
            *_by_decision(connection, fresh, decisions),
            *_of_one_day(connection, fresh),
        ]
        fresh = list({row.id: row for row in near if row.id not in found}.values())
    return [found[number] for number in sorted(found)]


def decisions_held(connection: Connection) -> tuple[Decision, ...]:
    """What people decided, in order."""
    table = schema.identity_decisions
    columns = (table.c.id, table.c.kind, table.c.first, table.c.second)
    return tuple(
        Decision(
            id=row.id, kind=row.kind, first=tuple(json.loads(row.first)), second=tuple(json.loads(row.second))
        )
        for row in connection.execute(select(*columns).order_by(table.c.id))
    )


def _rows(connection: Connection, condition: Any) -> list[Row[Any]]:
    return list(connection.execute(select(schema.identities).where(condition)))


def _by_name(connection: Connection, rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    table = schema.identities.c
    names = {name for row in rows for name in (row.hint, row.claim, row.own_id) if name}
    patients = {row.patient_id for row in rows}
    return _rows(
        connection,
        or_(
            table.hint.in_(names),
            table.claim.in_(names),
            table.own_id.in_(names),
            table.patient_id.in_(patients),
        ),
    )


def _by_identifier(connection: Connection, rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    keys = schema.identity_keys.c
    mine = select(keys.system, keys.value).where(keys.identity.in_([row.id for row in rows]))
    pairs = [tuple(row) for row in connection.execute(mine)]
    if not pairs:
        return []
    same = tuple_(keys.system, keys.value)
    busy = (
        select(keys.system, keys.value)
        .where(same.in_(pairs))
        .group_by(keys.system, keys.value)
        .having(func.count() > MOST_BEARERS)
    )
    hubs = {tuple(row) for row in connection.execute(busy)}
    kept = [pair for pair in pairs if pair not in hubs]
    if not kept:
        return []
    bearers = select(keys.identity).where(same.in_(kept))
    return _rows(connection, schema.identities.c.id.in_(bearers))


def _by_decision(
    connection: Connection, rows: Sequence[Row[Any]], decisions: Sequence[Decision]
) -> list[Row[Any]]:
    mine = {name for row in rows for name in (row.key, f"id:{row.hint}", f"id:{row.claim}")}
    keys = {
        key
        for decision in decisions
        if mine & {*decision.first, *decision.second}
        for key in (*decision.first, *decision.second)
        if not key.startswith("id:")
    }
    return _rows(connection, schema.identities.c.key.in_(keys)) if keys else []


def _of_one_day(connection: Connection, rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Those born the same day, of agreeing traits, each with an INS: they may be one person with two."""
    table, keys = schema.identities.c, schema.identity_keys.c
    national = select(keys.identity).where(keys.national)
    mine = [row.id for row in rows if row.birth_day]
    if not mine:
        return []
    with_ins = set(connection.execute(national.where(keys.identity.in_(mine))).scalars())
    found: list[Row[Any]] = []
    for row in rows:
        if row.id in with_ins:
            born = (table.birth_day == row.birth_day) & table.id.in_(national) & (table.id != row.id)
            traits = traits_of(Patient.model_validate_json(row.data))
            found.extend(
                other
                for other in _rows(connection, born)[:_MOST_PATIENTS_OF_A_DAY]
                if agreement(traits, traits_of(Patient.model_validate_json(other.data))) == "agree"
            )
    return found
