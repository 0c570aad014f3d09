"""What the store knows about its sources and its index: files, rejections, runs, waiting index work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import Connection, delete, func, insert, literal, select, update

from retrieval.store import schema
from retrieval.store.clock import now
from retrieval.store.reading import DATED, dated
from retrieval.store.values import (
    DatedPassage,
    FileState,
    IndexWork,
    SourceState,
    Statistics,
    StoredRejection,
)

RunState = Literal["done", "interrupted", "failed"]


def file_state(connection: Connection, path: str) -> FileState | None:
    """What was last read from a file, None when it never was."""
    row = connection.execute(select(schema.files).where(schema.files.c.path == path)).first()
    return None if row is None else FileState.model_validate(row._asdict())


def file_patients(connection: Connection, path: str) -> frozenset[str]:
    """The patients whose records were last read from a file; documents in quarantine have none."""
    held, records = schema.file_records, schema.records
    join = held.join(records, held.c.record_id == records.c.record_id)
    query = select(records.c.patient_id).select_from(join).where(held.c.path == path).distinct()
    return frozenset(connection.execute(query).scalars())


def file_systems(connection: Connection, path: str) -> frozenset[str]:
    """The source systems of the records that were last read from a file."""
    held, versions = schema.file_records, schema.versions
    join = held.join(versions, held.c.record_id == versions.c.record_id)
    query = select(versions.c.system).select_from(join).where(held.c.path == path, versions.c.current)
    return frozenset(connection.execute(query.distinct()).scalars())


def put_file_state(connection: Connection, state: FileState, *, records: dict[str, str]) -> None:
    """Note what a file held; `records` maps its record ids to their patients."""
    forget_file(connection, state.path)
    connection.execute(insert(schema.files).values(**state.model_dump()))
    rows = [{"path": state.path, "record_id": name, "patient_id": owner} for name, owner in records.items()]
    if rows:
        connection.execute(insert(schema.file_records), rows)


def forget_file(connection: Connection, path: str) -> None:
    """Forget what a file held, so that the next run reads it again."""
    connection.execute(delete(schema.files).where(schema.files.c.path == path))


def replace_rejections(connection: Connection, path: str, rejected: Sequence[StoredRejection]) -> None:
    """Set the rejections of one source; none when it now reads well."""
    connection.execute(delete(schema.rejections).where(schema.rejections.c.path == path))
    if rejected:
        arrived = now()
        connection.execute(
            insert(schema.rejections), [{**item.model_dump(), "arrived": arrived} for item in rejected]
        )


def rejections(connection: Connection, path: str | None) -> tuple[StoredRejection, ...]:
    """Rejections of one source, or of all."""
    table = schema.rejections
    names = ("path", "record_id", "patient_id", "file", "place", "reason")
    query = select(*(table.c[name] for name in names)).order_by(table.c.id)
    if path is not None:
        query = query.where(table.c.path == path)
    return tuple(StoredRejection.model_validate(row._asdict()) for row in connection.execute(query))


def begin_run(connection: Connection) -> tuple[int, str | None]:
    """Open a run; also return when the last one began, if it did not end."""
    table = schema.runs
    last = connection.execute(select(table).order_by(table.c.id.desc()).limit(1)).first()
    unfinished = last.started if last is not None and last.state in {"running", "interrupted"} else None
    connection.execute(update(table).where(table.c.state == "running").values(state="interrupted"))
    result = connection.execute(insert(table).values(started=now(), state="running", report="{}"))
    return int(result.inserted_primary_key[0]), unfinished  # type: ignore[index]


def end_run(connection: Connection, run_id: int, *, state: RunState, report: str) -> None:
    """Close a run with its report."""
    table = schema.runs
    values = {"state": state, "finished": now(), "report": report}
    connection.execute(update(table).where(table.c.id == run_id).values(**values))


def mark_source(connection: Connection, system: str, *, succeeded: bool, cursor: str | None) -> None:
    """Note that a source was read just now; `cursor` None keeps the mark that is there."""
    table, moment = schema.sources, now()
    values: dict[str, Any] = {"last_attempt": moment}
    if succeeded:
        values["last_success"] = moment
    if cursor is not None:
        values["cursor"] = cursor
    if connection.execute(update(table).where(table.c.system == system).values(**values)).rowcount == 0:
        connection.execute(insert(table).values(system=system, **values))


def source_state(connection: Connection, system: str) -> SourceState:
    """When a source was last read and where its connector stopped."""
    row = connection.execute(select(schema.sources).where(schema.sources.c.system == system)).first()
    return SourceState(system=system) if row is None else SourceState.model_validate(row._asdict())


def statistics(connection: Connection) -> Statistics:
    """Counts over the whole store."""
    tables = {
        "patients": schema.patients,
        "records": schema.records,
        "versions": schema.versions,
        "facts": schema.facts,
        "passages": schema.passages,
        "quarantined": schema.quarantine,
        "rejected": schema.rejections,
        "pending": schema.outbox,
    }
    counts = {
        name: int(connection.execute(select(func.count()).select_from(table)).scalar_one())
        for name, table in tables.items()
    }
    return Statistics(**counts)


def index_work(connection: Connection, limit: int) -> tuple[IndexWork, ...]:
    """The first waiting index writes, in order."""
    query = select(schema.outbox).order_by(schema.outbox.c.id).limit(limit)
    return tuple(IndexWork.model_validate(row._asdict()) for row in connection.execute(query))


def index_work_done(connection: Connection, ids: Sequence[int]) -> None:
    """Strike index writes that the index has acknowledged."""
    connection.execute(delete(schema.outbox).where(schema.outbox.c.id.in_(list(ids))))


def renew_index_work(connection: Connection) -> int:
    """Ask for the whole index to be emptied and made again; return how many records that is."""
    connection.execute(delete(schema.outbox))
    connection.execute(
        insert(schema.outbox).values(action="clear", record_id="", version=None, patient_id="")
    )
    table = schema.versions.c
    held = select(literal("record"), table.record_id, table.version, table.patient_id).where(table.current)
    names = ["action", "record_id", "version", "patient_id"]
    return int(connection.execute(insert(schema.outbox).from_select(names, held.order_by(table.id))).rowcount)


def wanted_in_index(connection: Connection, record_ids: Sequence[str]) -> dict[str, list[DatedPassage]]:
    """For each record, the passages that the index must hold; none where it must hold nothing."""
    wanted: dict[str, list[DatedPassage]] = {name: [] for name in record_ids}
    table = schema.passages.c
    query = select(*DATED, table.record_id).where(table.record_id.in_(list(record_ids)), ~table.withdrawn)
    for row in connection.execute(query.order_by(table.version_id, table.place)):
        wanted[row.record_id].append(dated(row))
    return wanted


def count_wanted_in_index(connection: Connection) -> int:
    """How many passages a complete index holds."""
    table = schema.passages
    return int(
        connection.execute(select(func.count()).select_from(table).where(~table.c.withdrawn)).scalar_one()
    )
