"""One file of an ingest run: read it, settle whose it is, store all of it or none."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from retrieval.composition import ReadDocument, ReadItem, ReadPatient, Rejection
from retrieval.errors import InputError, NotAccepted, TooLarge
from retrieval.formats.base import Format, Source
from retrieval.formats.sidecar import metadata_beside
from retrieval.formats.text.ocr import engine
from retrieval.identity_traits import traits_of
from retrieval.narrative import with_narrative_facts
from retrieval.outcome import Limits, Outcome, reading_version, rejected_record_id
from retrieval.passages import passages_of
from retrieval.records import RecordStore
from retrieval.sources import SourceFile, printable
from retrieval.store.values import FileState, StoredRejection, Whose
from retrieval.terminology.lexicon import Lexicon

UNKNOWN_PATIENT = "whose document this is is not known: give --patient, a manifest, or a source that says so"
NOT_HELD = "a deletion of a record that is not held here: nothing to delete"
SEVERAL_PATIENTS = "the source names several patients, so one patient cannot be given to all of it"


class _DryRun(Exception):
    pass


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
        lexicon: Lexicon | None = None,
    ) -> None:
        """Read with the first of `formats` that recognises a file; `forced` takes the first unasked.

        `lexicon` is what the words of prose are looked up in; the shipped one without.
        """
        self._store = store
        self._formats = formats
        self._forced = forced
        self._system = system
        self._limits = limits or Limits()
        self._lexicon = lexicon
        site = f" lexicons-{lexicon.site}" if lexicon is not None and lexicon.site else ""
        self._reading = f"{reading_version()} {','.join(formats)} {system}{_ocr(formats)}{site}"

    def read(self, file: SourceFile, *, patient_id: str | None, again: bool, keep: bool) -> Outcome:
        """Read one file. `patient_id` is whose it is when that was decided outside the file; without `keep`
        nothing stays written. Raises StoreError; whatever is wrong with the file is in the outcome.
        """
        path = printable(file.path)
        try:
            data = self._bytes(file.path)
            beside = self._bytes(file.sidecar) if file.sidecar else b""
            digest = hashlib.sha256(data + b"\0" + beside if beside else data).hexdigest()
            reading = f"{self._reading} {patient_id or ''}"
            known = None if again else self._store.file_state(path)
            if known is not None and known.sha256 == digest and known.reading == reading:
                return self._unchanged(known)
            items = self._items(file, data, beside=beside, patient_id=patient_id)
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
                outcome.conflicts = 0 if keep else self._store.count_identity_conflicts()
                if not keep:
                    raise _DryRun
        except _DryRun:
            pass
        return outcome

    def _bytes(self, path: Path) -> bytes:
        limit = self._limits.max_file_bytes
        too_large = TooLarge(f"the file is over {limit / 2**20:.0f} MB")
        try:
            with path.open("rb") as stream:
                if os.fstat(stream.fileno()).st_size > limit:
                    raise too_large
                data = stream.read(limit + 1)
        except OSError as error:
            raise InputError("the file cannot be opened: check its rights") from error
        if len(data) > limit:
            raise too_large
        return data

    def _items(
        self, file: SourceFile, data: bytes, *, beside: bytes, patient_id: str | None
    ) -> list[ReadItem]:
        source = Source(name=file.shown, data=data, system=self._system, record_hint=printable(file.path))
        if not data.strip():
            raise NotAccepted("the file is empty")
        reader = self._format_of(source)
        if file.sidecar is not None:
            metadata = metadata_beside(reader, beside, name=file.sidecar.name, patient_id=patient_id)
            source = source.model_copy(update={"metadata": metadata})
        items: list[ReadItem] = []
        try:
            for item in reader.read(source):
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
        outcome.systems.update({known.system}, self._store.file_systems(known.path))
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
        described: dict[str, int] = {}
        several = patient_id is not None and len(named) > 1
        for item in items:
            if isinstance(item, Rejection):
                outcome.rejected.append(item.model_copy(update={"file": item.file or file.shown}))
            elif several and isinstance(item, ReadDocument):
                self._quarantine(file, item, SEVERAL_PATIENTS, outcome)
            elif isinstance(item, ReadPatient):
                hint = item.patient.id or _only(named) or ""
                claim = None if several else patient_id
                self._put_patient(
                    file, item, outcome, hint="" if several else hint, claim=claim, known=described
                )
            else:
                self._put_document(file, item, outcome, claim=patient_id, known=described)
        return outcome

    def _put_patient(
        self,
        file: SourceFile,
        item: ReadPatient,
        outcome: Outcome,
        *,
        hint: str,
        claim: str | None,
        known: dict[str, int],
    ) -> None:
        if not hint and claim is None:
            reason = "identity data, and which patient it is about is not settled"
            outcome.rejected.append(Rejection(file=file.shown, reason=reason))
            return
        whose = Whose(hint=self._store.opaque_id(hint) if hint else "", claim=claim)
        found = self._store.identify(item.patient, whose)
        if hint not in known or traits_of(item.patient):
            known[hint] = found.identity
        outcome.warnings.extend(found.warnings)
        outcome.patients.add(found.patient_id)

    def _put_document(
        self,
        file: SourceFile,
        document: ReadDocument,
        outcome: Outcome,
        *,
        claim: str | None,
        known: Mapping[str, int],
    ) -> None:
        composition = document.composition
        outcome.systems.add(composition.system)
        hint = composition.patient_hint or ""
        if composition.status == "deleted" and not hint and claim is None:
            self._delete(file, document, outcome)
            return
        if not hint and claim is None:
            self._quarantine(file, document, UNKNOWN_PATIENT, outcome)
            return
        name = self._store.opaque_id(hint) if hint else ""
        whose = Whose(hint=name, claim=claim, identity=known.get(hint))
        self._keep(file, document, outcome, whose=whose)

    def _keep(self, file: SourceFile, document: ReadDocument, outcome: Outcome, *, whose: Whose) -> None:
        composition = document.composition
        document = with_narrative_facts(document, lexicon=self._lexicon)
        passages = passages_of(document)
        try:
            put = self._store.put_for(document, whose, passages=passages)
        except NotAccepted as error:
            place = composition.record_id
            outcome.rejected.append(Rejection(file=file.shown, place=place, reason=error.reason))
            return
        result, owner = put.outcome, put.patient_id
        outcome.warnings.extend(put.warnings)
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

    def _delete(self, file: SourceFile, document: ReadDocument, outcome: Outcome) -> None:
        """A deletion names a record and no patient: the record's own, when it is held."""
        identity = self._store.record_identity(document.composition.record_id)
        if identity is None:
            outcome.warnings.append(f"{file.shown}: {NOT_HELD}")
            return
        self._keep(file, document, outcome, whose=Whose(identity=identity))

    def _quarantine(self, file: SourceFile, document: ReadDocument, reason: str, outcome: Outcome) -> None:
        settled = self._store.held_identity(document)
        if settled is not None:  # a person said whose it is
            self._keep(file, document, outcome, whose=Whose(identity=settled))
            return
        self._store.quarantine(document, reason=reason)
        outcome.quarantined += 1
        hint = document.composition.patient_hint
        outcome.apart[document.composition.record_id] = self._store.opaque_id(hint) if hint else ""

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


def _ocr(formats: Mapping[str, Format]) -> str:
    """Which OCR reads scanned pages: once it is installed, files that have not changed are read again."""
    tesseract = engine() if "pdf" in formats else None
    return f" tesseract {tesseract.version}" if tesseract else ""


def _named_patients(items: Sequence[ReadItem]) -> frozenset[str]:
    """The patients that a source itself names."""
    documents = (item.composition.patient_hint for item in items if isinstance(item, ReadDocument))
    people = (item.patient.id for item in items if isinstance(item, ReadPatient))
    return frozenset(name for name in (*documents, *people) if name)


def _only(names: frozenset[str]) -> str | None:
    return next(iter(names)) if len(names) == 1 else None
