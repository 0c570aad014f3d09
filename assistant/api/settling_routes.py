"""Identities and quarantine, for administrators."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from assistant import settling
from assistant.api.signing import ServicesDep, holder_of
from assistant.people.principal import Principal
from assistant.settling import Decided, IdentityList, QuarantinedPage, QuarantineList
from retrieval.frozen import Frozen

router = APIRouter(prefix="/api/admin", tags=["administration"])
Settler = Annotated[Principal, holder_of("settle_identities")]
_Id = Annotated[str, Field(min_length=1, max_length=200)]


class Pair(Frozen):
    """Two patients, by any id that stands for them."""

    first: _Id
    second: _Id


class Assignment(Frozen):
    """Whose a document is."""

    patient_id: _Id


@router.get("/identities")
def identities(settler: Settler, services: ServicesDep) -> IdentityList:
    """Pairs of patients who may be one, and what was decided."""
    return settling.identities(services, settler)


@router.post("/identities/same")
def same(body: Pair, settler: Settler, services: ServicesDep) -> Decided:
    """Two patients are one: the records come together under one id, and the other keeps answering."""
    return settling.decide(services, settler, "same", first=body.first, second=body.second)


@router.post("/identities/different")
def different(body: Pair, settler: Settler, services: ServicesDep) -> Decided:
    """Two patients are two: the records stay apart, or divide, and it is not asked again."""
    return settling.decide(services, settler, "different", first=body.first, second=body.second)


@router.delete("/identities/decisions/{number}")
def undo(number: int, settler: Settler, services: ServicesDep) -> Decided:
    """Take a decision back."""
    return settling.undo(services, settler, number)


@router.get("/quarantine")
def quarantine(settler: Settler, services: ServicesDep) -> QuarantineList:
    """Documents whose patient is not settled."""
    return settling.quarantine(services, settler)


@router.get("/quarantine/{quarantine_id}")
def quarantined(quarantine_id: str, settler: Settler, services: ServicesDep) -> QuarantinedPage:
    """One of them, with the beginning of its text."""
    return settling.quarantined(services, settler, quarantine_id)


@router.post("/quarantine/{quarantine_id}/assign")
def assign(quarantine_id: str, body: Assignment, settler: Settler, services: ServicesDep) -> Decided:
    """Put a document into a patient's record."""
    return settling.assign(services, settler, quarantine_id, patient_id=body.patient_id)


@router.delete("/quarantine/{quarantine_id}")
def discard(quarantine_id: str, settler: Settler, services: ServicesDep) -> Decided:
    """Erase a document in quarantine."""
    return settling.discard(services, settler, quarantine_id)
