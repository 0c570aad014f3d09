"""What a person may read of records: every function checks access and writes the trail before it returns.

The HTTP routes and the command line both come through here, so that there is one door.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from assistant.answering.answer import Answer, Coverage, SourceState, Unread
from assistant.answering.extracted import filled
from assistant.errors import BadRequest, Forbidden, NotFound
from assistant.people.access import NO_SUCH_PATIENT, require, scope_for, usual_purpose, visible_patients
from assistant.people.principal import Principal
from assistant.record_pages import (
    DocumentPage,
    FactList,
    PatientList,
    PatientPage,
    PatientRow,
    RawDocument,
    Timeline,
    TimelineEntry,
    TracePage,
    TrendList,
)
from assistant.trends import trends
from retrieval.composition import Patient
from retrieval.errors import UnknownRecord
from retrieval.frozen import Frozen
from retrieval.scope import Filters, Scope
from retrieval.terminology.conversions import measured_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assistant.services import Services

_LONGEST_FIND = 200
_LONGEST_ID = 200


class ReadingOf(Frozen):
    """Which patient is read, and for what. Without a purpose, the usual one of the role."""

    patient_id: str
    purpose: str | None = None


def enter(services: Services, principal: Principal, reading: ReadingOf) -> Scope:
    """The Scope of a reading; a refusal is written to the trail before it is raised."""
    purpose = reading.purpose or usual_purpose(principal)
    try:
        if len(reading.patient_id) > _LONGEST_ID:
            raise NotFound(NO_SUCH_PATIENT)
        scope = scope_for(
            principal, reading.patient_id, purpose, accounts=services.accounts, identities=services.store
        )
        with _as_not_found():
            services.store.patient(scope)
    except (Forbidden, NotFound):
        services.trail.record(
            "access_refused",
            actor=principal.id,
            patient_id=reading.patient_id[:_LONGEST_ID],
            detail={"purpose": purpose[:40]},
        )
        raise
    return scope


@contextmanager
def _as_not_found() -> Iterator[None]:
    try:
        yield
    except UnknownRecord as error:
        raise NotFound(NO_SUCH_PATIENT) from error


def _note(services: Services, scope: Scope, kind: str, **detail: Any) -> None:
    services.trail.record(
        kind,
        actor=scope.principal_id,
        patient_id=scope.patient_id,
        detail={"purpose": scope.purpose, **detail},
    )


def find_patients(services: Services, principal: Principal, *, find: str = "") -> PatientList:
    """The people whom the reader may open, narrowed by words of a name, a birth date or an identifier."""
    if len(find) > _LONGEST_FIND:
        raise BadRequest(f"a search has at most {_LONGEST_FIND} characters")
    allowed = visible_patients(principal, accounts=services.accounts)
    found = services.store.patients(find=find, allowed=allowed)
    services.trail.record(
        "patients_listed", actor=principal.id, detail={"found": len(found), "searched": bool(find)}
    )
    return PatientList(patients=tuple(_row(patient) for patient in found))


def open_patient(services: Services, principal: Principal, reading: ReadingOf) -> PatientPage:
    """The banner of a patient, with what the record covers."""
    scope = enter(services, principal, reading)
    _note(services, scope, "patient_opened")
    patient = services.store.patient(scope)
    return PatientPage(
        **_row(patient).model_dump(),
        family_name=patient.family_name,
        given_names=patient.given_names,
        coverage=coverage(services, scope),
    )


def coverage(services: Services, scope: Scope) -> Coverage:
    """What is held of a patient, and what of it cannot be read."""
    held = services.store.compositions(scope)
    days = sorted(item.effective[:10] for item in held if item.effective)
    return Coverage(
        documents=len(held),
        kinds=tuple(sorted({item.kind for item in held})),
        **{"from": days[0] if days else None},
        to=days[-1] if days else None,
        sources=tuple(
            SourceState(system=state.system, last_success=state.last_success, stale=state.stale)
            for state in services.store.source_states(scope)
        ),
        unread=tuple(
            Unread(record_id=item.record_id, reason=item.reason) for item in services.store.unread(scope)
        ),
    )


def timeline(
    services: Services,
    principal: Principal,
    reading: ReadingOf,
    *,
    kinds: Sequence[str] = (),
    since: str | None = None,
) -> Timeline:
    """The documents of a record."""
    scope = enter(services, principal, reading)
    _note(services, scope, "timeline_read")
    filters = Filters(from_date=since, kinds=tuple(kinds))
    held = services.store.compositions(scope, filters=filters)
    shared = set(TimelineEntry.model_fields)
    return Timeline(entries=tuple(TimelineEntry(**item.model_dump(include=shared)) for item in held))


def facts(
    services: Services,
    principal: Principal,
    reading: ReadingOf,
    *,
    kinds: Sequence[str] = (),
    since: str | None = None,
) -> FactList:
    """The facts of a record, of some kinds or of all."""
    scope = enter(services, principal, reading)
    _note(services, scope, "facts_read", kinds=[str(kind)[:30] for kind in kinds])
    return FactList(facts=services.store.facts(scope, filters=Filters(from_date=since), kinds=tuple(kinds)))


def document(
    services: Services,
    principal: Principal,
    reading: ReadingOf,
    record_id: str,
    *,
    version: str | None = None,
) -> DocumentPage:
    """One version of a document, by default the current one."""
    scope = enter(services, principal, reading)
    found = services.store.document(scope, record_id, version=version)
    _note(services, scope, "document_read", record_id=record_id, version=found.composition.version)
    return DocumentPage(
        composition=found.composition,
        text=found.text,
        text_version=found.text_version,
        blocks=found.blocks,
        current=found.current,
        current_version=found.composition.version
        if found.current
        else current_version(services, scope, record_id),
        media_type=found.media_type,
    )


def raw_document(
    services: Services,
    principal: Principal,
    reading: ReadingOf,
    record_id: str,
    *,
    version: str | None = None,
) -> RawDocument:
    """The bytes of one version as they came."""
    scope = enter(services, principal, reading)
    found = services.store.document(scope, record_id, version=version)
    _note(services, scope, "document_downloaded", record_id=record_id, version=found.composition.version)
    return RawDocument(data=found.raw, media_type=found.media_type, record_id=record_id)


def current_version(services: Services, scope: Scope, record_id: str) -> str | None:
    """The current version of a record; None when it was deleted or withdrawn."""
    try:
        found = services.store.document(scope, record_id)
    except UnknownRecord:
        return None
    withdrawn = found.composition.status in {"deleted", "entered_in_error"}
    return None if withdrawn else found.composition.version


def trend_list(
    services: Services, principal: Principal, reading: ReadingOf, *, code: str | None = None
) -> TrendList:
    """Every series of a record, or those that a code names."""
    scope = enter(services, principal, reading)
    _note(services, scope, "trends_read", code=code)
    measured: tuple[Literal["laboratory"], Literal["vital_sign"]] = ("laboratory", "vital_sign")
    facts = filled(services.store.facts(scope, kinds=measured), lexicon=services.lexicon())
    found = trends(facts, code=code, measure_of=lambda fact: measured_by(fact, services.lexicon()))
    if code is not None and not found:
        raise NotFound("nothing is measured under that code in this record")
    return TrendList(trends=found)


def kept_answer(services: Services, principal: Principal, answer_id: str) -> Answer:
    """An answer given earlier; `stale` when a cited document has changed or gone since."""
    kept = services.trail.kept(answer_id)
    if kept is None:
        require(principal, "read_record")
        raise NotFound("no such answer")
    scope = _enter_for_answer(services, principal, kept.patient_id)
    _note(services, scope, "answer_read", answer_id=answer_id)
    cited = {(item.locator.record_id, item.locator.version) for item in kept.answer.evidence}
    stale = any(current_version(services, scope, record) != version for record, version in sorted(cited))
    return kept.answer.model_copy(update={"stale": stale})


def _enter_for_answer(services: Services, principal: Principal, patient_id: str) -> Scope:
    """As `enter`; an answer about somebody else looks like one that was never given."""
    try:
        return enter(services, principal, ReadingOf(patient_id=patient_id))
    except NotFound as error:
        raise NotFound("no such answer") from error


def trace(services: Services, principal: Principal, answer_id: str) -> TracePage:
    """An answer's trace: what the model was given, what it wrote, what was withheld."""
    require(principal, "read_trace")
    kept = services.trail.kept(answer_id)
    if kept is None:
        raise NotFound("no such answer")
    if not principal.may("read_audit"):
        _enter_for_answer(services, principal, kept.patient_id)
    services.trail.record(
        "trace_read", actor=principal.id, patient_id=kept.patient_id, detail={"answer_id": answer_id}
    )
    return TracePage(answer=kept.answer, trace=kept.trace)


def _row(patient: Patient) -> PatientRow:
    return PatientRow(
        id=patient.id,
        name=patient.name or " ".join(part for part in (patient.family_name, patient.given_names) if part),
        birth_date=patient.birth_date,
        sex=patient.sex,
        identity_status=patient.identity_status,
        birth_name=patient.birth_name,
        identifiers=patient.identifiers,
    )
