"""The record store: the truth that everything else can be rebuilt from.

Every read of a patient's data takes a Scope and begins with its patient; masked records are left out.
The calls without a Scope are the owner's: writing, upkeep, counts. `aparte` gives a Scope to nobody but
access control.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from retrieval.composition import Composition, Patient, ReadDocument
from retrieval.errors import UnknownRecord
from retrieval.fact import Fact
from retrieval.passage import Passage
from retrieval.scope import Filters, Scope
from retrieval.store import bookkeeping, people, quarantine, reading, writing
from retrieval.store.connection import Database, open_database
from retrieval.store.values import (
    CurrentText,
    DatedPassage,
    FileState,
    IndexWork,
    PutOutcome,
    Quarantined,
    SourceState,
    Statistics,
    StoredDocument,
    StoredRejection,
    UnreadRecord,
)

NO_FILTERS = Filters()


def open_store(folder: Path) -> RecordStore:
    """Open the record store of a data folder, making it where there is none.

    Raises StoreError when it is damaged or made by a newer version, StoreLocked when it is busy.
    """
    return RecordStore(open_database(folder))


class RecordStore:
    """Compositions and their versions, facts, passages and people. Safe to use from several threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def close(self) -> None:
        """Close the store; may be called twice."""
        self._database.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes of this thread inside the block become durable together, or not at all."""
        with self._database.writing():
            yield

    # Writing

    def put_patient(self, patient: Patient) -> tuple[str, ...]:
        """Add a patient or merge into the one held: what is not empty wins.

        Returns a warning for each part of the identity that changed; the words themselves are not in it.
        """
        with self._database.writing() as connection:
            return people.put_patient(connection, patient)

    def put(self, document: ReadDocument, *, patient_id: str, passages: Sequence[Passage]) -> PutOutcome:
        """Store one version of one record, its facts and passages, and the index work, all or nothing.

        The same version twice is `unchanged`. A version older than the one held is kept (`older`), so that
        citations resolve, and is never shown as current. A version with status `deleted` empties what came
        before. A record held for another patient is never moved: the document goes to quarantine
        (`quarantined`). A patient who is not held yet is added by id alone.

        Raises NotAccepted when a known version arrives with another content.
        """
        with self._database.writing() as connection:
            return writing.put_document(connection, document, patient_id=patient_id, passages=passages)

    def quarantine(self, document: ReadDocument, *, reason: str, claimed: str | None = None) -> None:
        """Keep a document apart, out of reach of every answer. `claimed` is whose it was said to be."""
        with self._database.writing() as connection:
            quarantine.put_quarantine(connection, document, reason=reason, claimed=claimed)

    def quarantined(self) -> tuple[Quarantined, ...]:
        """All documents in quarantine, oldest first."""
        with self._database.reading() as connection:
            return quarantine.quarantined(connection)

    def quarantined_document(self, quarantine_id: str) -> ReadDocument:
        """A document in quarantine, whole. Storing it with `put` takes it out. Raises UnknownRecord."""
        with self._database.reading() as connection:
            return quarantine.quarantined_document(connection, quarantine_id)

    def delete_record(self, record_id: str) -> None:
        """Erase a record and all its versions, here at once and in the index with the next index work.

        Raises UnknownRecord.
        """
        with self._database.writing() as connection:
            people.delete_record(connection, record_id)
        self._database.checkpoint()

    def purge_patient(self, patient_id: str) -> None:
        """Erase a patient with all that is held for them; the index follows. Raises UnknownRecord."""
        with self._database.writing() as connection:
            people.purge_patient(connection, patient_id)
        self._database.checkpoint()

    # Reading: people

    def patients(self, *, find: str = "", allowed: Collection[str] | None = None) -> tuple[Patient, ...]:
        """Patients in order of name. `find`: words of name, birth date (`dd/mm/yyyy` or ISO) or identifier,
        in any case and without accents; all must match. `allowed`: the only ids to return; None is all.
        """
        with self._database.reading() as connection:
            return people.list_patients(connection, find=find, allowed=allowed)

    def patient(self, scope: Scope) -> Patient:
        """The Scope's patient. Raises UnknownRecord."""
        with self._database.reading() as connection:
            found = people.find_patient(connection, scope.patient_id)
        if found is None:
            raise UnknownRecord(reading.PATIENT_UNKNOWN)
        return found

    # Reading: the record. All raise UnknownRecord when the Scope's patient is not held.

    def compositions(
        self, scope: Scope, *, filters: Filters = NO_FILTERS, include_withdrawn: bool = False
    ) -> tuple[Composition, ...]:
        """Current versions, newest first; deleted and entered-in-error ones only when asked for."""
        with self._database.reading() as connection:
            reading.check_patient(connection, scope)
            return reading.compositions(connection, scope, filters=filters, withdrawn=include_withdrawn)

    def facts(
        self,
        scope: Scope,
        *,
        filters: Filters = NO_FILTERS,
        kinds: Sequence[str] = (),
        include_withdrawn: bool = False,
    ) -> tuple[Fact, ...]:
        """Facts of current versions, newest first; entered-in-error ones only when asked for.

        `kinds` are kinds of fact; `filters.kinds` keeps a fact by its own kind or by that of its document.
        A fact with no time of its own has that of its document.
        """
        with self._database.reading() as connection:
            reading.check_patient(connection, scope)
            return reading.facts(connection, scope, filters=filters, kinds=kinds, withdrawn=include_withdrawn)

    def passages(
        self, scope: Scope, *, filters: Filters = NO_FILTERS, ids: Sequence[str] | None = None
    ) -> tuple[Passage, ...]:
        """Passages of current versions, newest document first; `ids` keeps only those."""
        with self._database.reading() as connection:
            reading.check_patient(connection, scope)
            return reading.passages(connection, scope, filters=filters, ids=ids)

    def unindexed_passages(self, scope: Scope, *, filters: Filters = NO_FILTERS) -> tuple[DatedPassage, ...]:
        """Passages whose index write still waits, so that a search can look at them itself."""
        with self._database.reading() as connection:
            return reading.unindexed_passages(connection, scope, filters=filters)

    def texts(self, scope: Scope, *, filters: Filters = NO_FILTERS) -> Iterator[CurrentText]:
        """The rendered text of every current document, newest first."""
        with self._database.reading() as connection:
            reading.check_patient(connection, scope)
            yield from reading.current_texts(connection, scope, filters=filters)

    def document(
        self, scope: Scope, record_id: str, *, version: str | None = None, text_version: str | None = None
    ) -> StoredDocument:
        """One version of one record, the current one by default; old versions and old renderings resolve.

        Raises UnknownRecord when there is none in this Scope.
        """
        with self._database.reading() as connection:
            return reading.document(connection, scope, record_id, version=version, text_version=text_version)

    def unread(self, scope: Scope) -> tuple[UnreadRecord, ...]:
        """What of this record nobody can search: masked, without text, or rejected on arrival."""
        with self._database.reading() as connection:
            reading.check_patient(connection, scope)
            return reading.unread(connection, scope)

    def source_states(self, scope: Scope) -> tuple[SourceState, ...]:
        """The systems that this record comes from, and when each was last read."""
        with self._database.reading() as connection:
            reading.check_patient(connection, scope)
            return reading.source_states(connection, scope)

    def count_documents(self, scope: Scope, *, filters: Filters = NO_FILTERS) -> int:
        """How many current documents a read with these filters covers."""
        with self._database.reading() as connection:
            reading.check_patient(connection, scope)
            return reading.count_documents(connection, scope, filters=filters)

    def statistics(self) -> Statistics:
        """Counts over the whole store."""
        with self._database.reading() as connection:
            return bookkeeping.statistics(connection)

    # Sources: what ingestion and connectors remember

    def file_state(self, path: str) -> FileState | None:
        """What was last read from a file, None when it never was."""
        with self._database.reading() as connection:
            return bookkeeping.file_state(connection, path)

    def file_patients(self, path: str) -> frozenset[str]:
        """The patients whose records were last read from a file."""
        with self._database.reading() as connection:
            return bookkeeping.file_patients(connection, path)

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
