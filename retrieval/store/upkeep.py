"""The part of the record store that ingestion, connectors and the index work with."""

from __future__ import annotations

from collections.abc import Sequence

from retrieval.store import bookkeeping
from retrieval.store.connection import Database
from retrieval.store.values import DatedPassage, FileState, IndexWork, SourceState, StoredRejection


class Upkeep:
    """What is known of sources and of waiting index work; the owner's calls, without a Scope."""

    _database: Database

    # Sources: what ingestion and connectors remember

    def file_state(self, path: str) -> FileState | None:
        """What was last read from a file, None when it never was."""
        with self._database.reading() as connection:
            return bookkeeping.file_state(connection, path)

    def file_patients(self, path: str) -> frozenset[str]:
        """The patients whose records were last read from a file."""
        with self._database.reading() as connection:
            return bookkeeping.file_patients(connection, path)

    def file_systems(self, path: str) -> frozenset[str]:
        """The source systems of the records that were last read from a file."""
        with self._database.reading() as connection:
            return bookkeeping.file_systems(connection, path)

    def put_file_state(self, state: FileState, *, records: dict[str, str]) -> None:
        """Note what a file held; `records` maps its record ids to their patients."""
        with self._database.writing() as connection:
            bookkeeping.put_file_state(connection, state, records=records)

    def forget_file(self, path: str) -> None:
        """Forget what a file held, so that the next run reads it again."""
        with self._database.writing() as connection:
            bookkeeping.forget_file(connection, path)

    def replace_rejections(self, path: str, rejected: Sequence[StoredRejection]) -> None:
        """Set the rejections of one source; none when it now reads well."""
        with self._database.writing() as connection:
            bookkeeping.replace_rejections(connection, path, rejected)

    def rejections(self, path: str | None = None) -> tuple[StoredRejection, ...]:
        """Rejections of one source, or of all."""
        with self._database.reading() as connection:
            return bookkeeping.rejections(connection, path)

    def begin_run(self) -> tuple[int, str | None]:
        """Open an ingest run; also return when the last one began, if it did not end."""
        with self._database.writing() as connection:
            return bookkeeping.begin_run(connection)

    def end_run(self, run_id: int, *, state: bookkeeping.RunState, report: str) -> None:
        """Close an ingest run with its report as JSON."""
        with self._database.writing() as connection:
            bookkeeping.end_run(connection, run_id, state=state, report=report)

    def mark_source(self, system: str, *, succeeded: bool, cursor: str | None = None) -> None:
        """Note that a source was read just now; `cursor` is the connector's mark of where it stopped."""
        with self._database.writing() as connection:
            bookkeeping.mark_source(connection, system, succeeded=succeeded, cursor=cursor)

    def source_state(self, system: str) -> SourceState:
        """When a source was last read and where its connector stopped."""
        with self._database.reading() as connection:
            return bookkeeping.source_state(connection, system)

    # Index work: the outbox, applied by `retrieval.outbox`

    def index_work(self, limit: int) -> tuple[IndexWork, ...]:
        """The first waiting index writes, in order."""
        with self._database.reading() as connection:
            return bookkeeping.index_work(connection, limit)

    def index_work_done(self, ids: Sequence[int]) -> None:
        """Strike index writes that the index has acknowledged."""
        with self._database.writing() as connection:
            bookkeeping.index_work_done(connection, ids)

    def renew_index_work(self) -> int:
        """Ask for the whole index to be made again; return how many records that is."""
        with self._database.writing() as connection:
            return bookkeeping.renew_index_work(connection)

    def wanted_in_index(self, record_ids: Sequence[str]) -> dict[str, list[DatedPassage]]:
        """For each record, the passages that the index must hold."""
        with self._database.reading() as connection:
            return bookkeeping.wanted_in_index(connection, record_ids)

    def count_wanted_in_index(self) -> int:
        """How many passages a complete index holds."""
        with self._database.reading() as connection:
            return bookkeeping.count_wanted_in_index(connection)
