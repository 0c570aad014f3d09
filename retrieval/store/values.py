"""What the record store returns beside the shared values."""

from __future__ import annotations

from typing import Literal

from retrieval.composition import Block, Composition, Patient
from retrieval.frozen import Frozen
from retrieval.passage import Passage

PutOutcome = Literal["read", "unchanged", "replaced", "older", "quarantined"]
"""What `put` did: a new record, nothing, a newer version, a stored but not current one, or a refusal."""


class StoredDocument(Frozen):
    """One version of one record as stored: raw bytes and the rendered text that citations point into."""

    composition: Composition
    raw: bytes
    media_type: str
    text: str
    text_version: str
    blocks: tuple[Block, ...]
    current: bool


class CurrentText(Frozen):
    """The rendered text of a current document, for exhaustive scans."""

    composition: Composition
    text: str
    text_version: str
    blocks: tuple[Block, ...]


class UnreadRecord(Frozen):
    """A document of the patient whose content could not be read; `detail` says more to an operator."""

    record_id: str
    reason: Literal["no_text_layer", "rejected", "masked"]
    detail: str = ""


class SourceState(Frozen):
    """When a source system was last read; times are ISO 8601 in UTC, `cursor` is the connector's own mark.

    `stale` when it is behind the schedule of `freshness.Freshness`.
    """

    system: str
    last_attempt: str | None = None
    last_success: str | None = None
    cursor: str | None = None
    stale: bool = False


class Quarantined(Frozen):
    """A document that no answer can rest on, since whose it is could not be settled.

    `claimed` is whose it was said to be, `id` tells it from other documents under the same record id.
    """

    id: str
    record_id: str
    version: str
    system: str
    title: str
    claimed: str | None
    reason: str
    arrived: str


class Statistics(Frozen):
    """Counts over the whole store. `pending` are index writes that wait in the outbox."""

    patients: int
    records: int
    versions: int
    facts: int
    passages: int
    quarantined: int
    rejected: int
    pending: int


class FileState(Frozen):
    """What was last read from a file, by which the next run recognises it unchanged."""

    path: str
    system: str
    sha256: str
    reading: str
    documents: int
    quarantined: int


class StoredRejection(Frozen):
    """Why a file, or a part of it, could not be read. `path` identifies the source, `file` is for people."""

    path: str
    record_id: str
    patient_id: str | None = None
    file: str
    place: str = ""
    reason: str


class DatedPassage(Frozen):
    """A passage with what the index needs beside it: its patient and the days that its document is about."""

    patient_id: str
    first_day: str | None
    last_day: str | None
    passage: Passage


class IndexWork(Frozen):
    """One waiting index write: `record` (bring one record up to date) or `clear` (empty the index first)."""

    id: int
    action: Literal["record", "clear"]
    record_id: str
    version: str | None
    patient_id: str


class Whose(Frozen):
    """Whose a document or a description is: the id by which its source names the patient (`hint`, opaque),
    what `--patient` or a manifest decided (`claim`), and the description that came with it (`identity`).
    """

    hint: str = ""
    claim: str | None = None
    identity: int | None = None


class Identified(Frozen):
    """A description that the store holds: its number, the patient it belongs to, what is to be said of it."""

    identity: int
    patient_id: str
    warnings: tuple[str, ...] = ()


class IdentityConflict(Frozen):
    """Two patients of whom a person must say whether they are one; see `identity_matching.ConflictKind`."""

    first: Patient
    second: Patient
    kinds: tuple[str, ...]
    found: str
    first_documents: int = 0
    second_documents: int = 0


class IdentityDecision(Frozen):
    """What a person decided: `same` or `different`, of which patients, when and by whom."""

    id: int
    kind: Literal["same", "different"]
    first_id: str
    second_id: str
    decided: str
    decided_by: str
