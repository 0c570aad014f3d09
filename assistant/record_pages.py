"""What readers of records are shown: the values of the HTTP interface and of the command line's JSON."""

from __future__ import annotations

from assistant.answering.answer import Answer, Coverage
from assistant.audit.trail import Trace
from assistant.trends import Trend
from retrieval.composition import Block, Composition, PatientIdentifier
from retrieval.fact import Fact
from retrieval.frozen import Frozen


class PatientRow(Frozen):
    """A person in a list."""

    id: str
    name: str
    birth_date: str | None
    sex: str
    identity_status: str
    birth_name: str = ""
    identifiers: tuple[PatientIdentifier, ...] = ()


class PatientList(Frozen):
    """The people whom the reader may find, in order of name."""

    patients: tuple[PatientRow, ...]


class PatientPage(PatientRow):
    """A person, with what is held of them."""

    family_name: str
    given_names: str
    coverage: Coverage


class TimelineEntry(Frozen):
    """A document on the timeline."""

    record_id: str
    version: str
    system: str
    kind: str
    title: str
    effective: str | None
    effective_end: str | None
    status: str
    author: str
    facility: str


class Timeline(Frozen):
    """The documents of a record, newest first; those entered in error or deleted are not among them."""

    entries: tuple[TimelineEntry, ...]


class FactList(Frozen):
    """Facts, newest first."""

    facts: tuple[Fact, ...]


class DocumentPage(Frozen):
    """One version of a document. Offsets of `blocks` count code points of `text`."""

    composition: Composition
    text: str
    text_version: str
    blocks: tuple[Block, ...]
    current: bool
    current_version: str | None
    media_type: str


class RawDocument(Frozen):
    """The stored bytes of one version."""

    data: bytes
    media_type: str
    record_id: str


class TrendList(Frozen):
    """Series that can be drawn."""

    trends: tuple[Trend, ...]


class TracePage(Frozen):
    """An answer with what only evaluators and auditors may see."""

    answer: Answer
    trace: Trace
