"""The audit trail, for auditors."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from assistant.api.signing import ServicesDep, holder_of
from assistant.audit.chain import AuditEvent, Verdict
from assistant.people.principal import Principal
from retrieval.frozen import Frozen

router = APIRouter(prefix="/api/audit", tags=["audit"])
Auditor = Annotated[Principal, holder_of("read_audit")]


class AuditPage(Frozen):
    """Events in order; ask again with `since` set to `next` for those that follow."""

    events: tuple[AuditEvent, ...]
    next: int | None


@router.get("")
def events(
    auditor: Auditor,
    services: ServicesDep,
    patient: Annotated[str | None, Query(max_length=200)] = None,
    since: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> AuditPage:
    """Who did what, when and on whom. Reading the trail is itself in it."""
    services.trail.record("audit_read", actor=auditor.id, patient_id=patient)
    found = services.trail.events(patient_id=patient, since=since, limit=limit)
    return AuditPage(events=tuple(found), next=found[-1].seq if len(found) == limit else None)


@router.get("/verify")
def verify(
    auditor: Auditor,
    services: ServicesDep,
    head: Annotated[str | None, Query(pattern="^[0-9a-f]{64}$")] = None,
) -> Verdict:
    """Whether the chain holds; with `head`, whether a head that was exported is still in it."""
    services.trail.record("audit_verified", actor=auditor.id)
    return services.trail.verify(expected_head=head)
