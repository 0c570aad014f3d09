"""Access control: the only maker of a Scope. Whatever is not granted is refused.

A patient whom the person may not see looks exactly like one who does not exist.
"""

from __future__ import annotations

from typing import Protocol

from assistant.errors import Forbidden, NotFound
from assistant.people.accounts import EVERY_PATIENT, Accounts
from assistant.people.principal import Permission, Principal
from retrieval.scope import Scope

NO_SUCH_PATIENT = "no such patient; aparte patients (or the patient list) shows those you may open"


class Identities(Protocol):
    """Who is who: the record store. A patient may answer to several ids since descriptions were joined."""

    def current_id(self, patient_id: str) -> str:
        """The patient whom an id stands for now."""
        ...

    def ids_of(self, patient_id: str) -> frozenset[str]:
        """Every id that stands for one patient."""
        ...


def require(principal: Principal, permission: Permission) -> None:
    """Raise Forbidden unless a role of the person holds the permission."""
    if not principal.may(permission):
        raise Forbidden("your role does not allow this")


def scope_for(
    principal: Principal,
    patient_id: str,
    purpose: str,
    *,
    accounts: Accounts,
    identities: Identities | None = None,
) -> Scope:
    """The right to read one patient's record, or an error.

    Needs a role that may read records, a purpose that the role allows, and a care relationship, under any id
    that stands for the patient; the Scope has the present one.
    Raises Forbidden for the first two and NotFound for the last.
    """
    require(principal, "read_record")
    if purpose not in principal.purposes():
        allowed = ", ".join(sorted(principal.purposes())) or "none"
        raise Forbidden(f"your role does not allow this purpose; allowed: {allowed}")
    if not cares_for(principal, patient_id, accounts=accounts, identities=identities):
        raise NotFound(NO_SUCH_PATIENT)
    current = patient_id if identities is None else identities.current_id(patient_id)
    return Scope(principal_id=principal.id, patient_id=current, purpose=purpose)


def cares_for(
    principal: Principal, patient_id: str, *, accounts: Accounts, identities: Identities | None = None
) -> bool:
    """Whether there is a care relationship, under any id that stands for the patient."""
    cared_for = accounts.cared_for(principal.id)
    if EVERY_PATIENT in cared_for:
        return True
    return bool(cared_for & ({patient_id} if identities is None else identities.ids_of(patient_id)))


def require_writing(
    principal: Principal,
    patient_id: str | None,
    *,
    accounts: Accounts,
    identities: Identities,
) -> None:
    """Raise unless the person may bring documents into this patient's record; None is whomever sources name.

    A role that may write every record needs no care relationship, any other does. Raises Forbidden, and
    NotFound for a patient whom the person may not see.
    """
    require(principal, "write_record")
    if principal.may("write_every_record") or EVERY_PATIENT in accounts.cared_for(principal.id):
        return
    if patient_id is None:
        raise Forbidden("say whose record it is: your role brings documents into records that you may open")
    if not cares_for(principal, patient_id, accounts=accounts, identities=identities):
        raise NotFound(NO_SUCH_PATIENT)


def usual_purpose(principal: Principal) -> str:
    """The purpose of a reading that names none: care where the role allows it."""
    purposes = principal.purposes()
    return "care" if "care" in purposes else next(iter(sorted(purposes)), "care")


def visible_patients(principal: Principal, *, accounts: Accounts) -> frozenset[str] | None:
    """The ids of the patients whom the person may find; None for all. Raises Forbidden."""
    require(principal, "read_record")
    cared_for = accounts.cared_for(principal.id)
    return None if EVERY_PATIENT in cared_for else cared_for
