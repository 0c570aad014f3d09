"""Reads inside one Scope. Each query begins with the Scope's patient and leaves out its masked records."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, FromClause, Row, Select, func, or_, select

from retrieval.composition import Block, Composition
from retrieval.errors import UnknownRecord
from retrieval.fact import Fact
from retrieval.passage import Passage
from retrieval.scope import Filters, Scope
from retrieval.store import schema
from retrieval.store.parsed import composition_of, fact_of, passage_of
from retrieval.store.values import CurrentText, DatedPassage, SourceState, StoredDocument, UnreadRecord

PATIENT_UNKNOWN = "no such patient, or not one that this person may see"
DOCUMENT_UNKNOWN = "no such document in this patient's record, or not one that this person may see"


def check_patient(connection: Connection, scope: Scope) -> None:
    """Raise UnknownRecord when the Scope's patient is not held."""
    query = select(schema.patients.c.id).where(schema.patients.c.id == scope.patient_id)
    if connection.execute(query).first() is None:
        raise UnknownRecord(PATIENT_UNKNOWN)


def in_scope(query: Select[Any], table: FromClause, scope: Scope, *, withdrawn: bool = False) -> Select[Any]:
    """Bind a query to the Scope's patient, without masked records nor, unless asked, withdrawn ones."""
    query = query.where(table.c.patient_id == scope.patient_id)
    if scope.masked_records:
        query = query.where(table.c.record_id.notin_(sorted(scope.masked_records)))
    return query if withdrawn else query.where(~table.c.withdrawn)


def narrowed(query: Select[Any], table: FromClause, filters: Filters) -> Select[Any]:
    """Apply what the asker narrows down to. A row with no date lies outside every period."""
    if filters.from_date is not None:
        query = query.where(table.c.last_day >= filters.from_date)
    if filters.to_date is not None:
        query = query.where(table.c.first_day <= filters.to_date)
    if filters.kinds:
        names = ("kind", "document_kind") if "document_kind" in table.c else ("kind",)
        query = query.where(or_(*(table.c[name].in_(filters.kinds) for name in names)))
    if filters.sources:
        query = query.where(table.c.system.in_(filters.sources))
    return query


def compositions(
    connection: Connection, scope: Scope, *, filters: Filters, withdrawn: bool
) -> tuple[Composition, ...]:
    """Current versions, newest first."""
    table = schema.versions
    query = in_scope(select(table.c.composition), table, scope, withdrawn=withdrawn).where(table.c.current)
    query = narrowed(query, table, filters).order_by(table.c.sort.desc(), table.c.id.desc())
    return tuple(composition_of(data) for data in connection.execute(query).scalars())


def facts(
    connection: Connection, scope: Scope, *, filters: Filters, kinds: Sequence[str], withdrawn: bool
) -> tuple[Fact, ...]:
    """Facts of current versions, newest first, those of one moment in the order of the document."""
    table = schema.facts
    query = narrowed(in_scope(select(table.c.data), table, scope, withdrawn=withdrawn), table, filters)
    if kinds:
        query = query.where(table.c.kind.in_(tuple(kinds)))
    query = query.order_by(table.c.sort.desc(), table.c.id)
    return tuple(fact_of(data) for data in connection.execute(query).scalars())


def passages(
    connection: Connection, scope: Scope, *, filters: Filters, ids: Sequence[str] | None = None
) -> tuple[Passage, ...]:
    """Passages of current versions, newest document first, in order of text."""
    table = schema.passages
    query = narrowed(in_scope(select(table.c.data), table, scope), table, filters)
    if ids is not None:
        query = query.where(table.c.id.in_(list(ids)))
    query = query.order_by(table.c.sort.desc(), table.c.version_id.desc(), table.c.place)
    return tuple(passage_of(data) for data in connection.execute(query).scalars())


DATED = tuple(schema.passages.c[name] for name in ("patient_id", "first_day", "last_day", "data"))
"""The columns that `dated` reads."""


def dated(row: Row[Any, *tuple[Any, ...]]) -> DatedPassage:
    """A row of passages as the index takes it."""
    passage = passage_of(row.data)
    days = {"first_day": row.first_day, "last_day": row.last_day}
    return DatedPassage(patient_id=row.patient_id, passage=passage, **days)


def unindexed_passages(connection: Connection, scope: Scope, *, filters: Filters) -> tuple[DatedPassage, ...]:
    """Passages of records whose index write still waits in the outbox."""
    table = schema.passages
    waiting = select(schema.outbox.c.record_id).where(schema.outbox.c.patient_id == scope.patient_id)
    query = narrowed(in_scope(select(*DATED), table, scope), table, filters)
    query = query.where(table.c.record_id.in_(waiting)).order_by(table.c.version_id, table.c.place)
    return tuple(dated(row) for row in connection.execute(query))


def current_texts(connection: Connection, scope: Scope, *, filters: Filters) -> Iterator[CurrentText]:
    """The rendered text of each current document, newest first."""
    table, text = schema.versions, schema.texts
    join = table.join(text, (text.c.version_id == table.c.id) & (text.c.text_version == table.c.text_version))
    columns = (table.c.composition, text.c.text, text.c.text_version, text.c.blocks)
    query = in_scope(select(*columns).select_from(join), table, scope).where(table.c.current)
    query = narrowed(query, table, filters).order_by(table.c.sort.desc(), table.c.id.desc())
    for row in connection.execute(query):
        yield CurrentText(
            composition=composition_of(row.composition),
            text=row.text,
            text_version=row.text_version,
            blocks=read_blocks(row.blocks),
        )


def read_blocks(data: str) -> tuple[Block, ...]:
    """Blocks from their JSON array."""
    return tuple(Block.model_validate(item) for item in json.loads(data))


def document(
    connection: Connection, scope: Scope, record_id: str, *, version: str | None, text_version: str | None
) -> StoredDocument:
    """One version of one record, by default the current one in its latest rendering."""
    table, text = schema.versions, schema.texts
    query = in_scope(select(table), table, scope, withdrawn=True).where(table.c.record_id == record_id)
    query = query.where(table.c.current if version is None else table.c.version == version)
    row = connection.execute(query).first()
    if row is None:
        raise UnknownRecord(DOCUMENT_UNKNOWN)
    wanted = text_version or row.text_version
    query = select(text).where(text.c.version_id == row.id, text.c.text_version == wanted)
    rendered = connection.execute(query).first()
    if rendered is None:
        raise UnknownRecord(f"the document was never rendered as {wanted}")
    return StoredDocument(
        composition=composition_of(row.composition),
        raw=zlib.decompress(row.raw) if row.codec == "zlib" else row.raw,
        media_type=row.media_type,
        text=rendered.text,
        text_version=rendered.text_version,
        blocks=read_blocks(rendered.blocks),
        current=row.current,
    )


def unread(connection: Connection, scope: Scope) -> tuple[UnreadRecord, ...]:
    """Documents of the patient that could not be read, or that this person may not see."""
    held = select(schema.records.c.record_id).where(schema.records.c.patient_id == scope.patient_id)
    theirs = frozenset(connection.execute(held).scalars())
    found = [UnreadRecord(record_id=name, reason="masked") for name in sorted(scope.masked_records & theirs)]
    table = schema.versions
    query = in_scope(select(table.c.record_id), table, scope).where(table.c.current, table.c.blank)
    blank = connection.execute(query.order_by(table.c.record_id)).scalars()
    found.extend(UnreadRecord(record_id=name, reason="no_text_layer") for name in blank)
    refused = schema.rejections.c
    # a rejection keeps the id under which it was noted, which still stands for its patient
    names = select(schema.identities.c.own_id).where(schema.identities.c.patient_id == scope.patient_id)
    query = select(refused.record_id, refused.place, refused.reason).where(
        (refused.patient_id == scope.patient_id) | refused.patient_id.in_(names)
    )
    for row in connection.execute(query.order_by(refused.id)):
        if row.record_id not in scope.masked_records:
            detail = f"{row.place}: {row.reason}" if row.place else row.reason
            found.append(UnreadRecord(record_id=row.record_id, reason="rejected", detail=detail))
    return tuple(found)


def source_states(connection: Connection, scope: Scope) -> tuple[SourceState, ...]:
    """The systems that the patient's readable documents come from, and when each was last read."""
    table, state = schema.versions, schema.sources
    query = in_scope(select(table.c.system).distinct(), table, scope, withdrawn=True).where(table.c.current)
    systems = connection.execute(query.order_by(table.c.system)).scalars().all()
    known = {row.system: row for row in connection.execute(select(state).where(state.c.system.in_(systems)))}
    return tuple(
        SourceState.model_validate(known[name]._asdict()) if name in known else SourceState(system=name)
        for name in systems
    )


def count_documents(connection: Connection, scope: Scope, *, filters: Filters) -> int:
    """How many current documents a read with these filters covers."""
    table = schema.versions
    query = in_scope(select(func.count()).select_from(table), table, scope).where(table.c.current)
    return int(connection.execute(narrowed(query, table, filters)).scalar_one())
