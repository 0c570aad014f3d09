"""One file of an ingest run: read it, settle whose it is, store all of it or none."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata

from retrieval.composition import ReadDocument, ReadItem, ReadPatient, Rejection
from retrieval.errors import InputError, NotAccepted, TooLarge
from retrieval.formats.base import Format, Source
from retrieval.frozen import Frozen
from retrieval.identity import opaque_id
from retrieval.passages import passages_of
from retrieval.records import RecordStore
from retrieval.sources import SourceFile, printable
from retrieval.store.values import FileState, StoredRejection

UNKNOWN_PATIENT = "whose document this is is not known: give --patient, a manifest, or a source that says so"
SEVERAL_PATIENTS = "the source names several patients, so one patient cannot be given to all of it"


class Limits(Frozen):
    """What one file may hold; more is refused before it is read into memory."""

    max_file_bytes: int = 50 * 1024 * 1024
    max_documents: int = 200_000


@dataclass
class Outcome:
    """What came of one file. `records` and `apart` (quarantine) map record ids to their patients."""

    read: int = 0
    unchanged: int = 0
    replaced: int = 0
    facts: int = 0
    passages: int = 0
    quarantined: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    patients: set[str] = field(default_factory=set)
    systems: set[str] = field(default_factory=set)
    records: dict[str, str] = field(default_factory=dict)
    apart: dict[str, str] = field(default_factory=dict)


class _DryRun(Exception):
    pass


def reading_version() -> str:
    """What read a file: after an upgrade, files that have not changed are read again."""
    try:
        return metadata.version("aparte")
    except metadata.PackageNotFoundError:
        return "source"


def rejected_record_id(path: str) -> str:
    """The id under which coverage names a file that could not be read."""
    return "file-" + hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()[:24]


class Reader:
    """Reads files into one store."""

    def __init__(
        self,
        store: RecordStore,
        *,
        formats: Mapping[str, Format],
        forced: bool = False,
        system: str = "file",
        limits: Limits | None = None,
    ) -> None:
        """Read with the first of `formats` that recognises a file; `forced` takes the first unasked."""
        self._store = store
        self._formats = formats
        self._forced = forced
        self._system = system
        self._limits = limits or Limits()
        self._reading = f"{reading_version()} {','.join(formats)} {system}"

    def read(self, file: SourceFile, *, patient_id: str | None, again: bool, keep: bool) -> Outcome:
        """Read one file. `patient_id` is whose it is when that was decided outside the file; without `keep`
        nothing stays written. Raises StoreError; whatever is wrong with the file is in the outcome.
        """
        path = printable(file.path)
        try:
            data = self._bytes(file)
            digest = hashlib.sha256(data).hexdigest()
            reading = f"{self._reading} {patient_id or ''}"
            known = None if again else self._store.file_state(path)
            if known is not None and known.sha256 == digest and known.reading == reading:
                return self._unchanged(known)
            items = self._items(file, data)
        except InputError as error:
            rejection = Rejection(file=file.shown, place=error.place, reason=error.reason)
            return self._refused(path, rejection, patient_id=patient_id, keep=keep)
        state = FileState(
            path=path, system=self._system, sha256=digest, reading=reading, documents=0, quarantined=0
        )
        try:
            with self._store.transaction():
                outcome = self._put(file, items, patient_id=patient_id)
                self._remember(state, outcome, patient_id=patient_id)
                if not keep:
                    raise _DryRun
        except _DryRun:
            pass
        return outcome

    def _bytes(self, file: SourceFile) -> bytes:
        limit = self._limits.max_file_bytes
        too_large = TooLarge(f"the file is over {limit / 2**20:.0f} MB")
        try:
            with file.path.open("rb") as stream:
                if os.fstat(stream.fileno()).st_size > limit:
                    raise too_large
                data = stream.read(limit + 1)
        except OSError as error:
            raise InputError("the file cannot be opened: check its rights") from error
        if len(data) > limit:
            raise too_large
        return data

    def _items(self, file: SourceFile, data: bytes) -> list[ReadItem]:
        source = Source(name=file.shown, data=data, system=self._system, record_hint=printable(file.path))
        if not data.strip():
            raise NotAccepted("the file is empty")
        items: list[ReadItem] = []
        try:
            for item in self._format_of(source).read(source):
                items.append(item)
                if len(items) > self._limits.max_documents:
                    raise TooLarge(f"the file holds more than {self._limits.max_documents} documents")
        except InputError:
            raise
        except RecursionError as error:
            raise TooLarge("the document is nested too deeply") from error
        except Exception as error:  # a reader's defect must not stop the other files
            reason = f"the reader failed on this file ({type(error).__name__}); please report it"
            raise InputError(reason) from error
        return items

    def _format_of(self, source: Source) -> Format:
        for each in self._formats.values():
            if self._forced or each.recognises(source):
                return each
        raise NotAccepted("no format recognises this file")

    def _unchanged(self, known: FileState) -> Outcome:
        outcome = Outcome(unchanged=known.documents, quarantined=known.quarantined)
        outcome.systems.add(known.system)
        outcome.rejected = [
            Rejection(file=item.file, place=item.place, reason=item.reason)
            for item in self._store.rejections(known.path)
        ]
        return outcome

    def _refused(self, path: str, rejection: Rejection, *, patient_id: str | None, keep: bool) -> Outcome:
        if keep:
            with self._store.transaction():
                patient_id = patient_id or self._known_owner(path)
                self._store.forget_file(path)
                self._note_rejections(path, [rejection], patient_id=patient_id)
        return Outcome(rejected=[rejection])

    def _known_owner(self, path: str) -> str | None:
        """Whose records a file last held: their coverage must say that it can no longer be read."""
        noted = (item.patient_id for item in self._store.rejections(path) if item.patient_id)
        return _only(self._store.file_patients(path) | frozenset(noted))

    def _put(self, file: SourceFile, items: Sequence[ReadItem], *, patient_id: str | None) -> Outcome:
        outcome = Outcome()
        named = _named_patients(items)
        several = patient_id is not None and len(named) > 1
        for item in items:
            if isinstance(item, Rejection):
                outcome.rejected.append(item.model_copy(update={"file": item.file or file.shown}))
            elif several and isinstance(item, ReadDocument):
                self._quarantine(item, SEVERAL_PATIENTS, outcome)
            elif isinstance(item, ReadPatient):
                own = opaque_id(item.patient.id) if item.patient.id else _only(named)
                self._put_patient(file, item, outcome, patient_id=None if several else patient_id or own)
            else:
                self._put_document(file, item, outcome, patient_id=patient_id)
        return outcome

    def _put_patient(
        self, file: SourceFile, item: ReadPatient, outcome: Outcome, *, patient_id: str | None
    ) -> None:
        if patient_id is None:
            reason = "identity data, and which patient it is about is not settled"
            outcome.rejected.append(Rejection(file=file.shown, reason=reason))
            return
        person = item.patient.model_copy(update={"id": patient_id})
        outcome.warnings.extend(self._store.put_patient(person))
        outcome.patients.add(patient_id)

    def _put_document(
        self, file: SourceFile, document: ReadDocument, outcome: Outcome, *, patient_id: str | None
    ) -> None:
        composition = document.composition
        outcome.systems.add(composition.system)
        owner = patient_id or (opaque_id(composition.patient_hint) if composition.patient_hint else None)
        if owner is None:
            self._quarantine(document, UNKNOWN_PATIENT, outcome)
            return
        passages = passages_of(document)
        try:
            result = self._store.put(document, patient_id=owner, passages=passages)
        except NotAccepted as error:
            place = composition.record_id
            outcome.rejected.append(Rejection(file=file.shown, place=place, reason=error.reason))
            return
        if result == "quarantined":
            outcome.quarantined += 1
            outcome.apart[composition.record_id] = owner
            return
        outcome.records[composition.record_id] = owner
        if result == "unchanged":
            outcome.unchanged += 1
            return
        outcome.read += result != "replaced"
        outcome.replaced += result == "replaced"
        outcome.patients.add(owner)
        outcome.facts += len(document.facts) if result != "older" else 0
        outcome.passages += len(passages) if result != "older" else 0
        outcome.warnings.extend(f"{file.shown}: {warning}" for warning in document.warnings)

    def _quarantine(self, document: ReadDocument, reason: str, outcome: Outcome) -> None:
        self._store.quarantine(document, reason=reason)
        outcome.quarantined += 1
        hint = document.composition.patient_hint
        outcome.apart[document.composition.record_id] = opaque_id(hint) if hint else ""

    def _remember(self, state: FileState, outcome: Outcome, *, patient_id: str | None) -> None:
        documents = outcome.read + outcome.replaced + outcome.unchanged
        counted = {"documents": documents, "quarantined": outcome.quarantined}
        self._store.put_file_state(
            state.model_copy(update=counted), records={**outcome.apart, **outcome.records}
        )
        owner = patient_id or _only(frozenset(outcome.records.values()))
        self._note_rejections(state.path, outcome.rejected, patient_id=owner)

    def _note_rejections(self, path: str, rejected: Sequence[Rejection], *, patient_id: str | None) -> None:
        record_id = rejected_record_id(path)
        kept = [
            StoredRejection(path=path, record_id=record_id, patient_id=patient_id, **item.model_dump())
            for item in rejected
        ]
        self._store.replace_rejections(path, kept)


def _named_patients(items: Sequence[ReadItem]) -> frozenset[str]:
    """The patients that a source itself names."""
    documents = (item.composition.patient_hint for item in items if isinstance(item, ReadDocument))
    people = (item.patient.id for item in items if isinstance(item, ReadPatient))
    return frozenset(opaque_id(name) for name in (*documents, *people) if name)


def _only(names: frozenset[str]) -> str | None:
    return next(iter(names)) if len(names) == 1 else None
