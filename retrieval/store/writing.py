"""Writes of one document, inside one transaction: version, text, facts, passages and index work together."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, delete, insert, select, update

from retrieval.composition import NO_TEXT_LAYER, Block, Composition, Patient, ReadDocument
from retrieval.errors import NotAccepted
from retrieval.fact import Fact
from retrieval.folding import fold
from retrieval.moments import Span, span_of
from retrieval.passage import Passage
from retrieval.store import schema
from retrieval.store.clock import now
from retrieval.store.identities import identify
from retrieval.store.quarantine import leave_quarantine, put_quarantine
from retrieval.store.rows import add_index_work, note_erased
from retrieval.store.values import PutOutcome, Whose

WITHDRAWN = ("entered_in_error", "deleted")
COMPRESS_OVER_BYTES = 512


class _Dates(NamedTuple):
    first_day: str | None
    last_day: str | None
    sort: str


def blocks_json(blocks: Sequence[Block]) -> str:
    """Blocks as a JSON array."""
    return "[" + ",".join(block.model_dump_json() for block in blocks) + "]"


HELD_FOR_ANOTHER = "the record is already held for another patient; it was not moved"


def put_document(
    connection: Connection, document: ReadDocument, *, whose: Whose, passages: Sequence[Passage]
) -> PutResult:
    """Store one version of one record; see `RecordStore.put`."""
    composition = document.composition
    step = connection.begin_nested()  # a patient who turns out not to be the owner is not added
    found = identify(connection, Patient(id=""), whose)
    owner = _owner(connection, composition.record_id)
    if owner is not None and owner != found.patient_id:
        step.rollback()
        claimed = whose.claim or found.patient_id
        put_quarantine(connection, document, reason=HELD_FOR_ANOTHER, claimed=claimed)
        return PutResult("quarantined", claimed, ())
    step.commit()
    patient_id = found.patient_id
    if owner is None:
        row = {"record_id": composition.record_id, "patient_id": patient_id, "system": composition.system}
        connection.execute(insert(schema.records).values(**row, arrived=now(), identity=found.identity))
    outcome = _put_version(connection, document, patient_id=patient_id, passages=passages)
    # last: what is refused stays there
    names = {patient_id, whose.hint, whose.claim or ""} - {""}
    leave_quarantine(connection, document, patient_ids=names)
    return PutResult(outcome, patient_id, found.warnings)


class PutResult(NamedTuple):
    """What a put did, whose it then is, and what is to be said of that patient's identity."""

    outcome: PutOutcome
    patient_id: str
    warnings: tuple[str, ...]


def _put_version(
    connection: Connection, document: ReadDocument, *, patient_id: str, passages: Sequence[Passage]
) -> PutOutcome:
    composition = document.composition
    same = _version_row(connection, composition.record_id, composition.version)
    if same is not None:
        return _put_again(connection, document, same=same, passages=passages)
    current = _current_row(connection, composition.record_id)
    if current is not None and _is_older(composition, current):
        if current.status != "deleted":  # what the source deleted is not brought back
            _insert_version(connection, document, patient_id=patient_id, current=False)
        return "older"
    if current is not None:
        _step_down(connection, current, erase=composition.status == "deleted")
    version_id = _insert_version(connection, document, patient_id=patient_id, current=True)
    _insert_contents(connection, document, version_id=version_id, patient_id=patient_id, passages=passages)
    add_index_work(connection, composition.record_id, composition.version, patient_id=patient_id)
    return "read" if current is None else "replaced"


def _owner(connection: Connection, record_id: str) -> str | None:
    query = select(schema.records.c.patient_id).where(schema.records.c.record_id == record_id)
    return connection.execute(query).scalar_one_or_none()


def _version_row(connection: Connection, record_id: str, version: str) -> Row[Any, *tuple[Any, ...]] | None:
    table = schema.versions.c
    query = select(table.id, table.current, table.raw_sha256, table.text_version, table.patient_id).where(
        table.record_id == record_id, table.version == version
    )
    return connection.execute(query).first()


def _current_row(connection: Connection, record_id: str) -> Row[Any, *tuple[Any, ...]] | None:
    table = schema.versions.c
    columns = (table.id, table.version, table.version_number, table.committed, table.status, table.patient_id)
    query = select(*columns, table.record_id).where(table.record_id == record_id, table.current)
    return connection.execute(query).first()


def _is_older(composition: Composition, current: Row[Any, *tuple[Any, ...]]) -> bool:
    """By number where both have one that differs, else by time of commit, else by arrival (so: not older)."""
    mine, theirs = composition.version_number, current.version_number
    if mine is not None and theirs is not None and mine != theirs:
        return bool(mine < theirs)
    earlier, later = span_of(composition.committed), span_of(current.committed)
    return earlier is not None and later is not None and earlier.begins < later.begins


def _put_again(
    connection: Connection,
    document: ReadDocument,
    *,
    same: Row[Any, *tuple[Any, ...]],
    passages: Sequence[Passage],
) -> PutOutcome:
    """The version is known: nothing to do, a new rendering of it to add, or other facts found in it."""
    query = select(schema.texts.c.text).where(
        schema.texts.c.version_id == same.id, schema.texts.c.text_version == document.text_version
    )
    text = connection.execute(query).scalar_one_or_none()
    same_raw = same.raw_sha256 == hashlib.sha256(document.raw).hexdigest()
    if text == document.text and (
        not (same_raw and same.current) or _same_contents(connection, same.id, document, passages)
    ):
        return "unchanged"
    if text not in (None, document.text) or not same_raw:
        raise NotAccepted(
            f"version {document.composition.version} of record {document.composition.record_id} is held with "
            "another content: a version never changes, the source must number the change as a new version"
        )
    if text is None:
        _insert_text(connection, document, version_id=same.id)
    connection.execute(
        update(schema.versions).where(schema.versions.c.id == same.id).values(**_columns(document))
    )
    if not same.current:
        return "unchanged"
    _delete_contents(connection, same.id)
    _insert_contents(connection, document, version_id=same.id, patient_id=same.patient_id, passages=passages)
    composition = document.composition
    add_index_work(connection, composition.record_id, composition.version, patient_id=same.patient_id)
    return "replaced"


def _same_contents(
    connection: Connection, version_id: int, document: ReadDocument, passages: Sequence[Passage]
) -> bool:
    """Whether a version holds these very facts and passages: a later reader may find others."""
    pairs = ((schema.facts, document.facts), (schema.passages, passages))
    return all(
        sorted(connection.execute(select(table.c.data).where(table.c.version_id == version_id)).scalars())
        == sorted(each.model_dump_json() for each in found)
        for table, found in pairs
    )


def _step_down(connection: Connection, current: Row[Any, *tuple[Any, ...]], *, erase: bool) -> None:
    """Make the current version an old one; a deletion by the source empties all that came before."""
    if erase:
        note_erased(connection)
        condition = schema.versions.c.record_id == current.record_id
        connection.execute(delete(schema.versions).where(condition))
    else:
        connection.execute(
            update(schema.versions).where(schema.versions.c.id == current.id).values(current=False)
        )
        _delete_contents(connection, current.id)


def _delete_contents(connection: Connection, version_id: int) -> None:
    for table in (schema.facts, schema.passages):
        connection.execute(delete(table).where(table.c.version_id == version_id))


def _dates(effective: str | None, end: str | None, fallback: Span | None) -> _Dates:
    span = span_of(effective) or fallback
    if span is None:
        return _Dates(None, None, "")
    last = span_of(end)
    return _Dates(span.first_day, max(last.last_day, span.last_day) if last else span.last_day, span.order)


def _columns(document: ReadDocument) -> dict[str, Any]:
    """Columns of a version that the reader decides, so a new rendering may change them."""
    composition = document.composition
    fallback = span_of(composition.committed)
    return {
        **_dates(composition.effective, composition.effective_end, fallback)._asdict(),
        "withdrawn": composition.status in WITHDRAWN,
        "system": composition.system,
        "kind": composition.kind,
        "status": composition.status,
        "text_version": document.text_version,
        "blank": _has_unread_pages(document),
        "composition": composition.model_dump_json(),
    }


def _has_unread_pages(document: ReadDocument) -> bool:
    """Whether a part of the document, or all of it, is an image that nobody read."""
    return not document.text.strip() or any(NO_TEXT_LAYER in warning for warning in document.warnings)


def _insert_version(connection: Connection, document: ReadDocument, *, patient_id: str, current: bool) -> int:
    composition, raw = document.composition, document.raw
    packed = zlib.compress(raw, 6) if len(raw) > COMPRESS_OVER_BYTES else raw
    codec, kept = ("zlib", packed) if len(packed) < len(raw) else ("plain", raw)
    values = {
        "record_id": composition.record_id,
        "patient_id": patient_id,
        "version": composition.version,
        "version_number": composition.version_number,
        "committed": composition.committed,
        "arrived": now(),
        "current": current,
        "media_type": document.media_type,
        "codec": codec,
        "raw": kept,
        "raw_sha256": hashlib.sha256(raw).hexdigest(),
    }
    result = connection.execute(insert(schema.versions).values(**values, **_columns(document)))
    version_id = int(result.inserted_primary_key[0])  # type: ignore[index]
    _insert_text(connection, document, version_id=version_id)
    return version_id


def _insert_text(connection: Connection, document: ReadDocument, *, version_id: int) -> None:
    values = {
        "version_id": version_id,
        "text_version": document.text_version,
        "text": document.text,
        "blocks": blocks_json(document.blocks),
        "warnings": "\n".join(document.warnings),
    }
    connection.execute(insert(schema.texts).values(**values))


def _insert_contents(
    connection: Connection,
    document: ReadDocument,
    *,
    version_id: int,
    patient_id: str,
    passages: Sequence[Passage],
) -> None:
    composition = document.composition
    span = span_of(composition.effective) or span_of(composition.committed)
    shared = {
        "version_id": version_id,
        "patient_id": patient_id,
        "record_id": composition.record_id,
        "system": composition.system,
    }
    withdrawn = composition.status in WITHDRAWN
    rows = [_fact_row(fact, span=span, kind=composition.kind, withdrawn=withdrawn) for fact in document.facts]
    if rows:
        connection.execute(insert(schema.facts), [{**shared, **row} for row in rows])
    if passages:
        dates = _dates(composition.effective, composition.effective_end, span)._asdict()
        rows = [{**shared, **dates, **_passage_row(passage), "withdrawn": withdrawn} for passage in passages]
        connection.execute(insert(schema.passages), rows)


def _fact_row(fact: Fact, *, span: Span | None, kind: str, withdrawn: bool) -> dict[str, Any]:
    return {
        **_dates(fact.effective, fact.effective_end, span)._asdict(),
        "document_kind": kind,
        "kind": fact.kind,
        "label": fold(fact.label),
        "codes": "".join(f"|{code.code}" for code in fact.codes) + "|",
        "withdrawn": withdrawn or fact.status == "entered_in_error",
        "data": fact.model_dump_json(),
    }


def _passage_row(passage: Passage) -> dict[str, Any]:
    return {
        "id": passage.id,
        "kind": passage.kind,
        "place": passage.locator.start,
        "data": passage.model_dump_json(),
    }
