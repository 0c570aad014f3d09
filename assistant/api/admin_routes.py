"""Accounts and care relationships, for administrators."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from assistant.api.signing import ServicesDep, holder_of
from assistant.people.accounts import Account
from assistant.people.principal import Principal
from retrieval.frozen import Frozen

router = APIRouter(prefix="/api/admin/accounts", tags=["administration"])
Administrator = Annotated[Principal, holder_of("manage_people")]


class NewAccount(Frozen):
    """An account to make."""

    login: str = Field(max_length=64)
    display_name: str = Field(default="", max_length=200)
    roles: tuple[str, ...]
    password: str = Field(max_length=256)


class CareGrant(Frozen):
    """A care relationship to grant; `*` is every patient."""

    patient_id: str = Field(min_length=1, max_length=200)


class Opening(Frozen):
    """Whether an account is open."""

    active: bool


class AccountList(Frozen):
    """All accounts."""

    accounts: tuple[Account, ...]


@router.get("")
def accounts(administrator: Administrator, services: ServicesDep) -> AccountList:  # noqa: ARG001
    """All accounts, without anything secret."""
    return AccountList(accounts=tuple(services.accounts.list()))


@router.post("", status_code=201)
def add(body: NewAccount, administrator: Administrator, services: ServicesDep) -> AccountList:
    """Make an account."""
    made = services.accounts.add(
        body.login, body.roles, password=body.password, display_name=body.display_name
    )
    services.trail.record(
        "account_added", actor=administrator.id, detail={"account": made.id, "roles": sorted(made.roles)}
    )
    return AccountList(accounts=tuple(services.accounts.list()))


@router.post("/{login}/care", status_code=204)
def grant(login: str, body: CareGrant, administrator: Administrator, services: ServicesDep) -> None:
    """Record a care relationship; it is in the trail before it holds."""
    account = services.accounts.by_login(login)
    services.trail.record(
        "care_granted", actor=administrator.id, patient_id=body.patient_id, detail={"account": account.id}
    )
    services.accounts.grant(login, body.patient_id, by=administrator.login)


@router.delete("/{login}/care/{patient_id}", status_code=204)
def revoke(login: str, patient_id: str, administrator: Administrator, services: ServicesDep) -> None:
    """End a care relationship."""
    account = services.accounts.by_login(login)
    services.trail.record(
        "care_ended", actor=administrator.id, patient_id=patient_id, detail={"account": account.id}
    )
    services.accounts.revoke(login, patient_id)


@router.post("/{login}/active", status_code=204)
def set_active(login: str, body: Opening, administrator: Administrator, services: ServicesDep) -> None:
    """Open or close an account; closing ends its sessions."""
    account = services.accounts.by_login(login)
    services.trail.record(
        "account_opened" if body.active else "account_closed",
        actor=administrator.id,
        detail={"account": account.id},
    )
    services.accounts.set_active(login, active=body.active)
