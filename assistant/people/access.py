"""Access control: the only maker of a Scope. Whatever is not granted is refused.

A patient whom the person may not see looks exactly like one who does not exist.
"""

from __future__ import annotations

from assistant.errors import Forbidden, NotFound
from assistant.people.accounts import EVERY_PATIENT, Accounts
from assistant.people.principal import Permission, Principal
from retrieval.scope import Scope

NO_SUCH_PATIENT = "no such patient; aparte patients (or the patient list) shows those you may open"


def require(principal: Principal, permission: Permission) -> None:
    """Raise Forbidden unless a role of the person holds the permission."""
    if not principal.may(permission):
        raise Forbidden("your role does not allow this")


def scope_for(principal: Principal, patient_id: str, purpose: str, *, accounts: Accounts) -> Scope:
    """The right to read one patient's record, or an error.

    Needs a role that may read records, a purpose that the role allows, and a care relationship.
    Raises Forbidden for the first two and NotFound for the last.
    """
    require(principal, "read_record")
    if purpose not in principal.purposes():
        allowed = ", ".join(sorted(principal.purposes())) or "none"
        raise Forbidden(f"your role does not allow this purpose; allowed: {allowed}")
    cared_for = accounts.cared_for(principal.id)
    if EVERY_PATIENT not in cared_for and patient_id not in cared_for:
        raise NotFound(NO_SUCH_PATIENT)
    return Scope(principal_id=principal.id, patient_id=patient_id, purpose=purpose)


def usual_purpose(principal: Principal) -> str:
    """The purpose of a reading that names none: care where the role allows it."""
    purposes = principal.purposes()
    return "care" if "care" in purposes else next(iter(sorted(purposes)), "care")


def visible_patients(principal: Principal, *, accounts: Accounts) -> frozenset[str] | None:
    """The ids of the patients whom the person may find; None for all. Raises Forbidden."""
    require(principal, "read_record")
    cared_for = accounts.cared_for(principal.id)
    return None if EVERY_PATIENT in cared_for else cared_for
