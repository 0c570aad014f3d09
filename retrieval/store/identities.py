"""What sources said of people, and the patients that follow from it.

Each distinct description is a row of `identities`, and each record belongs to one. Whenever a description
or a decision is new, the descriptions that it could touch are divided again by
`identity_matching.partition`, and records follow their description to its patient, the index through the
outbox. So nothing is ever lost by a merge: taking the reason away divides the records again as they were.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from retrieval.composition import Patient
from retrieval.identity_matching import Clash, Description, partition
from retrieval.identity_traits import Keys, keys_of, traits_of
from retrieval.moments import span_of
from retrieval.store import schema
from retrieval.store.clock import now
from retrieval.store.identity_closure import MOST_BEARERS, closure, decisions_held
from retrieval.store.merging import merge
from retrieval.store.people import current_id
from retrieval.store.rows import add_index_work, patient_columns
from retrieval.store.values import Identified, Whose

_ID_LENGTH = 128


class Held(NamedTuple):
    """A description of the store, as `partition` takes it, with what the store knows beside."""

    description: Description
    id: int
    own_id: str
    patient_id: str
    stated: int
    patient: Patient


def identify(connection: Connection, patient: Patient, whose: Whose) -> Identified:
    """Hold a description and return its patient; the same one again adds its identifiers and nothing else."""
    if whose.identity is not None:
        row = connection.execute(_by_id(whose.identity)).one()
        return Identified(identity=row.id, patient_id=row.patient_id)
    identity, changed = _hold(connection, patient, whose)
    if changed:
        return _settled(connection, identity, patient)
    return Identified(identity=identity, patient_id=_row_of(connection, identity).patient_id)


def hold(connection: Connection, patient: Patient, whose: Whose) -> int:
    """Hold a description without dividing anything again: the caller settles."""
    return _hold(connection, patient, whose)[0]


def _hold(connection: Connection, patient: Patient, whose: Whose) -> tuple[int, bool]:
    key, table = description_key(patient, whose), schema.identities
    row = connection.execute(select(table).where(table.c.key == key)).first()
    if row is None:
        return _insert(connection, patient, whose, key=key), True
    if patient == Patient(id=patient.id):  # a document that names its patient and says no more
        return row.id, False
    held = Patient.model_validate_json(row.data)
    merged, _ = merge(held, patient.model_copy(update={"id": held.id}))
    if merged == held:
        return row.id, False
    values = {"data": merged.model_dump_json(), "stated": _next_stated(connection)}
    connection.execute(update(table).where(table.c.id == row.id).values(**values))
    _put_keys(connection, row.id, merged)
    return row.id, True


def description_key(patient: Patient, whose: Whose) -> str:
    """What makes a description the same as an earlier one: whose it is, its traits and its INS."""
    parts = (whose.claim or "", whose.hint, tuple(traits_of(patient)), sorted(keys_of(patient).ins))
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _settled(connection: Connection, identity: int, patient: Patient) -> Identified:
    row = _row_of(connection, identity)
    shown = _shown(connection, current_id(connection, row.claim or row.hint))
    clashes = settle(connection, [identity])
    row = _row_of(connection, identity)
    warnings: list[str] = []
    if shown is not None and row.patient_id == shown.id:
        warnings.extend(merge(shown, patient.model_copy(update={"id": shown.id}))[1])
    for first, second, kinds in clashes:
        if row.patient_id in {first, second}:
            other = second if first == row.patient_id else first
            warnings.append(
                f"patients {row.patient_id} and {other} may be one, and are kept apart ({kinds}): "
                "`aparte identities list` shows them, a person decides"
            )
    return Identified(identity=identity, patient_id=row.patient_id, warnings=tuple(warnings))


def _by_id(identity: int) -> Any:
    return select(schema.identities).where(schema.identities.c.id == identity)


def _row_of(connection: Connection, identity: int) -> Row[Any]:
    return connection.execute(_by_id(identity)).one()


def _shown(connection: Connection, patient_id: str) -> Patient | None:
    data = connection.execute(
        select(schema.patients.c.data).where(schema.patients.c.id == patient_id)
    ).scalar_one_or_none()
    return None if data is None else Patient.model_validate_json(data)


def _next_stated(connection: Connection) -> int:
    return (
        int(connection.execute(select(func.coalesce(func.max(schema.identities.c.stated), 0))).scalar_one())
        + 1
    )


def _insert(connection: Connection, patient: Patient, whose: Whose, *, key: str) -> int:
    own_id = _free_id(connection, whose.claim or whose.hint, key)
    span = span_of(patient.birth_date)
    values = {
        "key": key,
        "own_id": own_id,
        "patient_id": own_id,
        "hint": whose.hint,
        "claim": whose.claim,
        "stated": _next_stated(connection),
        "birth_day": span.first_day if span is not None and span.precision >= 3 else None,
        "data": patient.model_copy(update={"id": own_id}).model_dump_json(),
    }
    result = connection.execute(insert(schema.identities).values(**values))
    identity = int(result.inserted_primary_key[0])  # type: ignore[index]
    _put_keys(connection, identity, patient)
    return identity


def _free_id(connection: Connection, base: str, key: str) -> str:
    """The id of a description's patient when it stands alone: the source's own, unless that is taken."""
    table = schema.identities.c
    taken = connection.execute(select(table.id).where(table.own_id == base)).first() is not None
    alias = schema.patient_aliases.c.alias
    taken = taken or connection.execute(select(alias).where(alias == base)).first() is not None
    return f"{base[: _ID_LENGTH - 13]}~{key[:12]}" if taken else base


def _put_keys(connection: Connection, identity: int, patient: Patient) -> None:
    table, keys = schema.identity_keys, keys_of(patient)
    connection.execute(delete(table).where(table.c.identity == identity))
    rows = [
        {"identity": identity, "system": system, "value": value, "national": (system, value) in keys.ins}
        for system, value in sorted(keys.strong | keys.weak)
    ]
    if rows:
        connection.execute(insert(table), rows)


def settle(connection: Connection, identities: Iterable[int]) -> list[tuple[str, str, str]]:
    """Divide again all that some descriptions could touch; move records and index work accordingly.

    Returns the conflicts that are now open among them: two patient ids and the kinds, with commas between.
    """
    held = [_held(row) for row in closure(connection, identities)]
    if not held:
        return []
    found = partition(_without_hubs(held), decisions_held(connection))
    by_key = {each.description.key: each for each in held}
    groups = [[by_key[key] for key in group] for group in found.groups]
    _give_claimed_ids(connection, groups)
    names = [_group_id(group) for group in groups]
    former = {each.patient_id for each in held}
    _apply(connection, groups, names, former=former)
    return _note_conflicts(connection, names, found.clashes, former=former)


def _held(row: Row[Any]) -> Held:
    patient = Patient.model_validate_json(row.data)
    description = Description(
        key=row.key, hint=row.hint, traits=traits_of(patient), keys=keys_of(patient), claim=row.claim
    )
    return Held(description, row.id, row.own_id, row.patient_id, row.stated, patient)


def _without_hubs(held: Sequence[Held]) -> list[Description]:
    bearers: dict[tuple[str, str], int] = {}
    for each in held:
        for key in each.description.keys.strong | each.description.keys.weak:
            bearers[key] = bearers.get(key, 0) + 1
    hubs = frozenset(key for key, count in bearers.items() if count > MOST_BEARERS)
    if not hubs:
        return [each.description for each in held]
    return [
        each.description._replace(keys=Keys(*(part - hubs for part in each.description.keys)))
        for each in held
    ]


def _give_claimed_ids(connection: Connection, groups: list[list[Held]]) -> None:
    """A claimed id belongs to its claim: another description that bore it first takes one of its own."""
    table = schema.identities
    for n, group in enumerate(groups):
        claim = next((each.description.claim for each in group if each.description.claim), None)
        if claim is None or any(each.own_id == claim for each in group):
            continue
        for m, other in enumerate(groups):
            for place, each in enumerate(other):
                if each.own_id == claim:
                    moved = f"{claim[: _ID_LENGTH - 13]}~{each.description.key[:12]}"
                    connection.execute(update(table).where(table.c.id == each.id).values(own_id=moved))
                    groups[m][place] = each._replace(own_id=moved)
        place = next(i for i, each in enumerate(group) if each.description.claim == claim)
        connection.execute(update(table).where(table.c.id == group[place].id).values(own_id=claim))
        groups[n][place] = group[place]._replace(own_id=claim)


def _group_id(group: Sequence[Held]) -> str:
    """The id of a patient: that of the description that came first."""
    return min(group, key=lambda each: each.id).own_id


def _apply(
    connection: Connection, groups: Sequence[Sequence[Held]], names: Sequence[str], *, former: set[str]
) -> None:
    for group, name in zip(groups, names, strict=True):
        _put_patient_row(connection, name, group)
        moving = [each.id for each in group if each.patient_id != name]
        if moving:
            table = schema.identities
            connection.execute(update(table).where(table.c.id.in_(moving)).values(patient_id=name))
        _move_records(connection, [each.id for each in group], name)
    gone = former - set(names)
    if gone:
        connection.execute(delete(schema.patients).where(schema.patients.c.id.in_(gone)))


def _put_patient_row(connection: Connection, name: str, group: Sequence[Held]) -> None:
    shown = Patient(id=name)
    for each in sorted(group, key=lambda each: each.stated):
        shown, _ = merge(shown, each.patient.model_copy(update={"id": name}))
    table, values = schema.patients, patient_columns(shown)
    if connection.execute(update(table).where(table.c.id == name).values(**values)).rowcount == 0:
        connection.execute(insert(table).values(**values))
    identifiers = schema.patient_identifiers
    connection.execute(delete(identifiers).where(identifiers.c.patient_id == name))
    rows = [{"patient_id": name, **item.model_dump()} for item in shown.identifiers]
    if rows:
        connection.execute(insert(identifiers), rows)


def _move_records(connection: Connection, identities: Sequence[int], name: str) -> None:
    """Bring the records of some descriptions to their patient, with all that is held of them."""
    records, versions = schema.records, schema.versions
    query = select(records.c.record_id).where(
        records.c.identity.in_(list(identities)), records.c.patient_id != name
    )
    for record_id in connection.execute(query).scalars().all():
        connection.execute(update(records).where(records.c.record_id == record_id).values(patient_id=name))
        ids = select(versions.c.id).where(versions.c.record_id == record_id)
        for table in (schema.facts, schema.passages):
            connection.execute(update(table).where(table.c.version_id.in_(ids)).values(patient_id=name))
        connection.execute(update(versions).where(versions.c.record_id == record_id).values(patient_id=name))
        add_index_work(connection, record_id, None, patient_id=name)


def _note_conflicts(
    connection: Connection, names: Sequence[str], clashes: Sequence[Clash], *, former: set[str]
) -> list[tuple[str, str, str]]:
    table, touched = schema.identity_conflicts, list(former | set(names))
    known = {
        (row.first, row.second): row.found
        for row in connection.execute(select(table).where(table.c.first.in_(touched)))
    }
    connection.execute(delete(table).where(table.c.first.in_(touched) | table.c.second.in_(touched)))
    found = []
    for clash in clashes:
        first, second = sorted((names[clash.first], names[clash.second]))
        found.append((first, second, ",".join(clash.kinds)))
    rows = [
        {"first": first, "second": second, "kinds": kinds, "found": known.get((first, second), now())}
        for first, second, kinds in sorted(found)
    ]
    if rows:
        connection.execute(insert(table), rows)
    return sorted(found)
