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
from retrieval.store import assigning, bookkeeping, people, quarantine, reading, writing
from retrieval.store.connection import Database, open_database
from retrieval.store.freshness import Freshness
from retrieval.store.identity_calls import IdentityCalls
from retrieval.store.parsed import forget
from retrieval.store.upkeep import Upkeep
from retrieval.store.values import (
    CurrentText,
    DatedPassage,
    PutOutcome,
    Quarantined,
    SourceState,
    Statistics,
    StoredDocument,
    UnreadRecord,
    Whose,
)
from retrieval.store.writing import PutResult

NO_FILTERS = Filters()


def open_store(folder: Path, *, freshness: Freshness | None = None) -> RecordStore:
    """Open the record store of a data folder, making it where there is none; an older one is upgraded.

    Raises StoreError when it is damaged, made by a newer version or without the secret of its site,
    StoreLocked when it is busy.
    """
    database, secret = open_database(folder)
    return RecordStore(database, secret=secret, freshness=freshness)


class RecordStore(Upkeep, IdentityCalls):
    """Compositions and their versions, facts, passages and people. Safe to use from several threads."""

    def __init__(self, database: Database, *, secret: bytes, freshness: Freshness | None = None) -> None:
        self._database = database
        self._secret = secret
        self._freshness = freshness or Freshness()

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
        """Add a patient under an id that was decided, or merge into the one held: what is not empty wins.

        Returns a warning for each part of the identity that changed, and for each patient who may be the
        same; the words themselves are not in it.
        """
        return self.identify(patient, Whose(claim=patient.id)).warnings

    def put(
        self,
        document: ReadDocument,
        *,
        patient_id: str | None = None,
        whose: Whose | None = None,
        passages: Sequence[Passage],
    ) -> PutOutcome:
        """As `put_for`, when only the outcome matters; `patient_id` is a patient who was decided."""
        return self.put_for(document, whose or Whose(claim=patient_id), passages=passages).outcome

    def put_for(self, document: ReadDocument, whose: Whose, *, passages: Sequence[Passage]) -> PutResult:
        """Store one version of one record, its facts and passages, and the index work, all or nothing.

        The same version twice is `unchanged`. A version older than the one held is kept (`older`), so that
        citations resolve, and is never shown as current. A version with status `deleted` empties what came
        before. A record held for another patient is never moved: the document goes to quarantine
        (`quarantined`). A patient who is not held yet is added by id alone.

        Raises NotAccepted when a known version arrives with another content.
        """
        with self._database.writing() as connection:
            return writing.put_document(connection, document, whose=whose, passages=passages)

    def quarantine(self, document: ReadDocument, *, reason: str, claimed: str | None = None) -> None:
        """Keep a document apart, out of reach of every answer. `claimed` is whose it was said to be."""
        hint = document.composition.patient_hint
        owner = claimed or (self.opaque_id(hint) if hint else None)
        with self._database.writing() as connection:
            quarantine.put_quarantine(connection, document, reason=reason, claimed=owner)

    def assign_quarantined(self, quarantine_id: str, patient_id: str) -> PutResult:
        """Store a document in quarantine as if it had arrived for this patient; again, it is `unchanged`.

        Raises UnknownRecord when there is no such document, NotAccepted when it went to somebody else, when
        its record is held for another patient, or when its version is held with another content.
        """
        with self._database.writing() as connection:
            return assigning.assign(connection, quarantine_id, patient_id)

    def discard_quarantined(self, quarantine_id: str) -> None:
        """Erase a document in quarantine. Raises UnknownRecord."""
        with self._database.writing() as connection:
            quarantine.discard_quarantined(connection, quarantine_id)

    def held_identity(self, document: ReadDocument) -> int | None:
        """The description that a record belongs to, where this version is held with this very content: a
        person said whose it is, though the source does not. None otherwise."""
        with self._database.reading() as connection:
            return assigning.held_identity(connection, document)

    def record_identity(self, record_id: str) -> int | None:
        """The description that a record belongs to; None when the record is not held."""
        with self._database.reading() as connection:
            return assigning.record_identity(connection, record_id)

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
        forget()

    def purge_patient(self, patient_id: str) -> None:
        """Erase a patient with all that is held for them; the index follows. Raises UnknownRecord."""
        with self._database.writing() as connection:
            people.purge_patient(connection, patient_id)
        forget()

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
        """The systems that this record comes from, when each was last read, and whether it is late."""
        with self._database.reading() as connection:
            reading.check_patient(connection, scope)
            return self._freshness.judged(reading.source_states(connection, scope))

    def count_documents(self, scope: Scope, *, filters: Filters = NO_FILTERS) -> int:
        """How many current documents a read with these filters covers."""
        with self._database.reading() as connection:
            reading.check_patient(connection, scope)
            return reading.count_documents(connection, scope, filters=filters)

    def statistics(self) -> Statistics:
        """Counts over the whole store."""
        with self._database.reading() as connection:
            return bookkeeping.statistics(connection)
