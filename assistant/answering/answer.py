"""Answer and Abstention: the objects of the contract, and the events that carry them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from retrieval.frozen import Frozen
from retrieval.locator import Locator

Status = Literal["answered", "abstained", "clarify", "refused", "error"]
Reason = Literal[
    "not_in_record",
    "not_verified",
    "model_unavailable",
    "retrieval_failed",
    "out_of_scope_advice",
    "use_chat",
    "write_request",
    "ambiguous",
]
CHECK_NAMES = (
    "binding",
    "relevance",
    "numbers",
    "units",
    "dates",
    "drugs",
    "negation",
    "laterality",
    "subject",
    "temporality",
)


class Checks(Frozen):
    """The ten checks of one sentence: true, false, or None where a check does not apply."""

    binding: bool | None = None
    relevance: bool | None = None
    numbers: bool | None = None
    units: bool | None = None
    dates: bool | None = None
    drugs: bool | None = None
    negation: bool | None = None
    laterality: bool | None = None
    subject: bool | None = None
    temporality: bool | None = None

    def failed(self) -> tuple[str, ...]:
        """Names of the checks that failed, in contract order."""
        return tuple(name for name in CHECK_NAMES if getattr(self, name) is False)


class Sentence(Frozen):
    """A sentence that passed its checks, with the labels of the evidence it cites."""

    text: str
    citations: tuple[str, ...]
    verdict: Literal["supported"] = "supported"
    checks: Checks


class DroppedSentence(Frozen):
    """Reason and number of sentences withheld. Their text stays in the trace."""

    reason: str
    count: int


class Conflict(Frozen):
    """Two or more sources that disagree: shown side by side, never resolved in silence."""

    concept: str
    text: str
    citations: tuple[str, ...]


class ShownEvidence(Frozen):
    """One numbered evidence item as the reader sees it."""

    id: str
    kind: Literal["fact", "passage"]
    text: str
    effective: str | None = None
    status: str = "final"
    locator: Locator


class SourceState(Frozen):
    """How fresh a source is."""

    system: str
    last_success: str | None = None
    stale: bool = False


class Unread(Frozen):
    """A document in Scope whose content could not be read."""

    record_id: str
    reason: Literal["no_text_layer", "rejected", "masked"]


class Coverage(Frozen):
    """What was searched. `from_` and `to` are the first and last effective days."""

    documents: int
    kinds: tuple[str, ...] = ()
    from_: str | None = Field(default=None, alias="from", serialization_alias="from")
    to: str | None = None
    sources: tuple[SourceState, ...] = ()
    unread: tuple[Unread, ...] = ()


class PatientBanner(Frozen):
    """Who the answer is about, as it must stand on every answer."""

    id: str
    name: str
    birth_date: str | None
    sex: str
    identity_status: str


class Provenance(Frozen):
    """What made the answer, so that it can be explained a year later."""

    model: str | None = None
    model_sha256: str | None = None
    engine: str | None = None
    prompt: str | None = None
    encoder: str | None = None
    index: str | None = None
    code: str


class Timings(Frozen):
    """Milliseconds since the question was received; None where the step did not happen."""

    evidence: int | None = None
    first_sentence: int | None = None
    total: int | None = None


class AnswerRequest(Frozen):
    """A question as the API and the command line receive it."""

    question: str
    language: Literal["fr", "en"] | None = None
    use_model: bool = True
    conversation_id: str | None = None
    purpose: str = "care"
    filters: dict[str, Any] = Field(default_factory=dict)


class Answer(Frozen):
    """An answer or an abstention (`status` tells), exactly as in the contract."""

    id: str
    created_at: str
    question: str
    stale: bool = False
    patient: PatientBanner
    status: Status
    language: Literal["fr", "en"]
    mode: Literal["facts", "model", "mixed"]
    premise_corrected: bool = False
    sentences: tuple[Sentence, ...] = ()
    dropped: tuple[DroppedSentence, ...] = ()
    reason: Reason | None = None
    options: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    coverage: Coverage
    evidence: tuple[ShownEvidence, ...] = ()
    provenance: Provenance
    timings_ms: Timings


class EvidenceEvent(Frozen):
    """First event: the evidence and the coverage, at once."""

    event: Literal["evidence"] = "evidence"
    id: str
    evidence: tuple[ShownEvidence, ...]
    coverage: Coverage


class SentenceEvent(Frozen):
    """A sentence, after its checks."""

    event: Literal["sentence"] = "sentence"
    sentence: Sentence


class DroppedEvent(Frozen):
    """A sentence was withheld: the reason only."""

    event: Literal["dropped"] = "dropped"
    reason: str


class FinishedEvent(Frozen):
    """Last event: the whole Answer."""

    event: Literal["finished"] = "finished"
    answer: Answer


AnswerEvent = EvidenceEvent | SentenceEvent | DroppedEvent | FinishedEvent
