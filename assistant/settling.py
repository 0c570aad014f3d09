"""Who is one patient, and whose a document in quarantine is: what an administrator sees and decides.

Every look and every decision is in the audit trail before it holds.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from assistant.bringing import bring_index_up, writing_alone
from assistant.errors import BadRequest, NotFound
from assistant.people.access import require
from assistant.people.principal import Principal
from retrieval.errors import NotAccepted, UnknownRecord
from retrieval.frozen import Frozen
from retrieval.store.values import IdentityConflict, IdentityDecision, Quarantined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assistant.services import Services

SHOWN_CHARACTERS = 4000
"""How much of a document in quarantine is shown: enough to see whose it is."""


class IdentityList(Frozen):
    """What is open and what was decided."""

    conflicts: tuple[IdentityConflict, ...]
    decisions: tuple[IdentityDecision, ...]


class QuarantineList(Frozen):
    """Documents whose patient is not settled, oldest first."""

    quarantined: tuple[Quarantined, ...]


class QuarantinedPage(Frozen):
    """A document in quarantine, and the beginning of its text."""

    quarantined: Quarantined
    kind: str
    effective: str | None
    author: str
    facility: str
    text: str
    characters: int


class Decided(Frozen):
    """What came of a decision; `patient_id` is whom it is about now, `notes` are for people."""

    done: str
    patient_id: str | None = None
    notes: tuple[str, ...] = ()


def identities(services: Services, principal: Principal) -> IdentityList:
    """Pairs of patients who may be one, and what was decided."""
    require(principal, "settle_identities")
    found = services.store.identity_conflicts()
    services.trail.record("identities_listed", actor=principal.id, detail={"conflicts": len(found)})
    return IdentityList(conflicts=found, decisions=services.store.identity_decisions())


def decide(
    services: Services, principal: Principal, kind: Literal["same", "different"], *, first: str, second: str
) -> Decided:
    """Two patients are one, or two. Raises NotFound for one who is not held, BadRequest with the reason."""
    require(principal, "settle_identities")
    notes: list[str] = []
    with writing_alone(services), _said():
        for name, other in ((first, second), (second, first)):
            services.trail.record(
                f"identity_{kind}", actor=principal.id, patient_id=name[:200], detail={"other": other[:200]}
            )
        if kind == "same":
            patient_id: str | None = services.store.decide_same(first, second, by=principal.login)
        else:
            services.store.decide_different(first, second, by=principal.login)
            patient_id = None
        bring_index_up(services, notes)
    return Decided(done=kind, patient_id=patient_id, notes=tuple(notes))


def undo(services: Services, principal: Principal, number: int) -> Decided:
    """Take a decision back."""
    require(principal, "settle_identities")
    notes: list[str] = []
    with writing_alone(services), _said():
        services.trail.record("identity_undone", actor=principal.id, detail={"decision": number})
        services.store.undo_decision(number)
        bring_index_up(services, notes)
    return Decided(done="undone", notes=tuple(notes))


def quarantine(services: Services, principal: Principal) -> QuarantineList:
    """Documents whose patient is not settled."""
    require(principal, "settle_identities")
    found = services.store.quarantined()
    services.trail.record("quarantine_listed", actor=principal.id, detail={"documents": len(found)})
    return QuarantineList(quarantined=found)


def quarantined(services: Services, principal: Principal, quarantine_id: str) -> QuarantinedPage:
    """One of them, with the beginning of its text. Raises NotFound."""
    require(principal, "settle_identities")
    with _said():
        document = services.store.quarantined_document(quarantine_id)
    listed = next(item for item in services.store.quarantined() if item.id == quarantine_id)
    services.trail.record("quarantine_read", actor=principal.id, detail={"quarantine_id": quarantine_id})
    composition = document.composition
    return QuarantinedPage(
        quarantined=listed,
        kind=composition.kind,
        effective=composition.effective,
        author=composition.author,
        facility=composition.facility,
        text=document.text[:SHOWN_CHARACTERS],
        characters=len(document.text),
    )


def assign(services: Services, principal: Principal, quarantine_id: str, *, patient_id: str) -> Decided:
    """Put a document into a patient's record, as if it had arrived with it; again changes nothing.

    Raises NotFound when there is no such document or patient, BadRequest with the reason when it may not.
    """
    require(principal, "settle_identities")
    notes: list[str] = []
    with writing_alone(services), _said():
        services.trail.record(
            "quarantine_assigned",
            actor=principal.id,
            patient_id=patient_id[:200],
            detail={"quarantine_id": quarantine_id},
        )
        result = services.store.assign_quarantined(quarantine_id, patient_id)
        bring_index_up(services, notes)
    return Decided(done=result.outcome, patient_id=result.patient_id, notes=(*result.warnings, *notes))


def discard(services: Services, principal: Principal, quarantine_id: str) -> Decided:
    """Erase a document in quarantine. Raises NotFound."""
    require(principal, "settle_identities")
    with writing_alone(services), _said():
        services.trail.record(
            "quarantine_discarded", actor=principal.id, detail={"quarantine_id": quarantine_id}
        )
        services.store.discard_quarantined(quarantine_id)
    return Decided(done="discarded")


@contextmanager
def _said() -> Iterator[None]:
    """What the store refuses is the asker's to mend: the message says how."""
    try:
        yield
    except UnknownRecord as error:
        raise NotFound(str(error)) from error
    except NotAccepted as error:
        raise BadRequest(error.reason) from error
