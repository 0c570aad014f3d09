"""What a resource means for this product: its kinds, its status, its certainty."""

from __future__ import annotations

from typing import Literal, cast

from retrieval.composition import CompositionKind
from retrieval.fact import Certainty, FactKind
from retrieval.formats.fhir import words
from retrieval.formats.fhir.vocabulary import resource as known
from retrieval.formats.fhir.vocabulary import table
from retrieval.formats.tree import Node, nodes_of, text_of, value_at

State = Literal["final", "preliminary", "amended", "entered_in_error", "deleted"]
_STATUSES = {
    "entered-in-error": "entered_in_error",
    "on-hold": "suspended",
    "cancelled": "stopped",
    "revoked": "stopped",
    "draft": "planned",
    "intended": "planned",
    "proposed": "planned",
    "accepted": "planned",
    "booked": "planned",
    "corrected": "amended",
    "appended": "amended",
    "registered": "preliminary",
    "partial": "preliminary",
    "finished": "completed",
    "fulfilled": "completed",
    "in-progress": "active",
    "arrived": "active",
    "recurrence": "active",
    "relapse": "active",
    "inactive": "resolved",
    "remission": "resolved",
}
_STATES: dict[str, State] = {
    "entered-in-error": "entered_in_error",
    "preliminary": "preliminary",
    "registered": "preliminary",
    "partial": "preliminary",
    "amended": "amended",
    "corrected": "amended",
    "appended": "amended",
}
_SUSPECTED = {"provisional", "differential", "unconfirmed"}
_OBSERVED: dict[str, FactKind] = {
    "laboratory": "laboratory",
    "vital-signs": "vital_sign",
    "social-history": "social_history",
    "imaging": "imaging",
    "procedure": "procedure",
}
_DOCUMENT_OF: dict[FactKind, CompositionKind] = {
    "laboratory": "laboratory",
    "vital_sign": "vital_signs",
    "imaging": "imaging",
    "procedure": "procedure",
}
_REPORTS: dict[str, CompositionKind] = {
    "LAB": "laboratory",
    "HM": "laboratory",
    "CH": "laboratory",
    "MB": "laboratory",
    "laboratory": "laboratory",
    "RAD": "imaging",
    "IMG": "imaging",
    "imaging": "imaging",
}
_DOCUMENTS: dict[str, CompositionKind] = {
    "60591-5": "summary",
    "11502-2": "laboratory",
    "26436-6": "laboratory",
    "18748-4": "imaging",
    "68604-8": "imaging",
    "57833-6": "prescription",
    "57828-6": "prescription",
    "18842-5": "hospital_report",
    "34105-7": "hospital_report",
    "34133-9": "summary",
    "11490-0": "letter",
    "11488-4": "letter",
    "28570-0": "procedure",
    "11504-8": "procedure",
}


def codes_in(value: object) -> list[str]:
    """The codes of a primitive, a concept or a list of concepts."""
    if isinstance(value, str):
        return [value]
    nodes = nodes_of(value)
    return [code.code for node in nodes for code in words.codes_of(node)]


def kind_of(resource: Node) -> CompositionKind:
    """The kind of the document that a resource is."""
    name = value_at(resource, "resourceType")
    if name == "Observation":
        return _DOCUMENT_OF.get(fact_kind(resource), "other")
    if name == "DiagnosticReport":
        return _of(resource.get("category"), _REPORTS, "hospital_report")
    if name == "Composition":
        return _of(resource.get("type"), _DOCUMENTS, "other")
    return cast(CompositionKind, known(name).get("document", "other"))


def _of(value: object, kinds: dict[str, CompositionKind], otherwise: CompositionKind) -> CompositionKind:
    return next((kinds[code] for code in codes_in(value) if code in kinds), otherwise)


def fact_kind(resource: Node) -> FactKind:
    """The kind of a resource's main fact."""
    name = value_at(resource, "resourceType")
    if name == "Observation":
        return next(
            (_OBSERVED[code] for code in codes_in(resource.get("category")) if code in _OBSERVED), "generic"
        )
    if name == "DiagnosticReport" and kind_of(resource) == "imaging":
        return "imaging"
    return cast(FactKind, known(name).get("fact", "generic"))


def source_status(resource: Node) -> str:
    """The status that the source states, in its own code."""
    named = known(value_at(resource, "resourceType")).get("status", "status")
    if "entered-in-error" in codes_in(resource.get("verificationStatus")):
        return "entered-in-error"
    return next(iter(codes_in(resource.get(named))), "")


def status_of(resource: Node) -> str | None:
    """The status of its facts, in the words of `Fact.status`."""
    status = source_status(resource)
    intent = text_of(resource.get("intent"))
    if intent in ("plan", "proposal") and status == "active":
        return "planned"
    return _STATUSES.get(status, status.replace("-", "_")) or None


def state_of(resource: Node) -> State:
    """The status of its document."""
    return _STATES.get(source_status(resource), "final")


def certainty_of(resource: Node, codes: list[str]) -> Certainty:
    """Whether the statement says that something is there."""
    if any(code in table("absent") for code in codes):
        return "absent"
    if any(code in table("uninformed") for code in codes):
        return "unknown"
    checked = codes_in(resource.get("verificationStatus"))
    if "refuted" in checked or source_status(resource) in ("not-done", "not-taken") or _denied(resource):
        return "absent"
    return "suspected" if _SUSPECTED & set(checked) else "present"


def _denied(resource: Node) -> bool:
    return text_of(resource.get("doNotPerform")) == "true"


def french_name(codes: list[str]) -> str:
    """The French words of a code that denies or knows nothing; empty for any other."""
    return next(
        (table(name)[code] for name in ("absent", "uninformed") for code in codes if code in table(name)), ""
    )
