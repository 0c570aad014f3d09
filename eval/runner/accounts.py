"""The accounts of a run: who each role of a case stands for, and the rights that it really has.

A role is a name of the table below. `physician:pat-1a2b3c4d` (any role) is an account of that role that
cares for this one patient only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError

from assistant.errors import NotFound
from assistant.owner import write_private
from assistant.people.accounts import EVERY_PATIENT, new_password
from assistant.people.principal import Role
from assistant.services import Services
from eval.cases.case import Case
from eval.errors import RunError

ACCOUNTS_FILE = "accounts.json"
LOADER = "physician"


class RoleAccount(NamedTuple):
    """The role that an account holds, and whether it cares for every patient or for none."""

    role: Role
    every_patient: bool


ROLES: dict[str, RoleAccount] = {
    "physician": RoleAccount("physician", every_patient=True),
    "intern": RoleAccount("intern", every_patient=True),
    "nurse": RoleAccount("nurse", every_patient=True),
    "pharmacist": RoleAccount("pharmacist", every_patient=True),
    "evaluator": RoleAccount("evaluator", every_patient=True),
    "administrator": RoleAccount("administrator", every_patient=False),
    "auditor": RoleAccount("auditor", every_patient=False),
    "stranger": RoleAccount("physician", every_patient=False),
}
"""`stranger` is a clinician without any care relationship."""


def login_of(account: str) -> str:
    """The login under which an account of a case signs in."""
    return f"eval.{account.replace(':', '.')}"


def accounts_of(cases: Iterable[Case]) -> tuple[str, ...]:
    """The accounts that these cases ask under, and the one that loads. RunError for one that is unknown."""
    used = {step.account for case in cases for step in case.steps} | {LOADER}
    unknown = sorted(name for name in used if name.partition(":")[0] not in ROLES)
    if unknown:
        raise RunError(f"no account is called {unknown[0]}; there are: {', '.join(ROLES)} (or ROLE:PATIENT)")
    return tuple(sorted(used))


def make_accounts(services: Services, accounts: Iterable[str], passwords_file: Path) -> dict[str, str]:
    """Make the accounts that are not there yet, each with its care relationships; returns the passwords."""
    passwords = read_passwords(passwords_file) if passwords_file.exists() else {}
    missing = [name for name in accounts if name not in passwords]
    if missing:
        passwords |= {name: new_password() for name in missing}
        write_private(passwords_file, json.dumps(passwords, indent=1, sort_keys=True))
    for name in accounts:
        _make(services, name, passwords[name])
    return passwords


def read_passwords(path: Path) -> dict[str, str]:
    """Passwords by account, from a JSON object. RunError when it is not one."""
    try:
        return TypeAdapter(dict[str, str]).validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise RunError(f"{path} is not a JSON object of accounts and passwords") from error


class SignIn(NamedTuple):
    """What an account signs in with."""

    login: str
    password: str


def sign_ins(passwords: Mapping[str, str]) -> dict[str, SignIn]:
    """The sign-ins of accounts that `make_accounts` made."""
    return {name: SignIn(login_of(name), password) for name, password in passwords.items()}


def read_sign_ins(path: Path) -> dict[str, SignIn]:
    """Sign-ins of a deployed service: `{"physician": {"login": "...", "password": "..."}, ...}`.

    RunError when the file is not that, or when others than its owner may read it.
    """
    try:
        if path.stat().st_mode & 0o077:
            raise RunError(f"{path} holds passwords and others may read it: chmod 600 {path}")
        rows = TypeAdapter(dict[str, dict[str, str]]).validate_json(path.read_bytes())
        return {name: SignIn(row["login"], row["password"]) for name, row in rows.items()}
    except (OSError, ValidationError, KeyError) as error:
        raise RunError(f"{path} is not a JSON object of accounts, each with login and password") from error


def _make(services: Services, name: str, password: str) -> None:
    kind, _, patient = name.partition(":")
    account, login = ROLES[kind], login_of(name)
    try:
        services.accounts.by_login(login)
    except NotFound:
        made = services.accounts.add(login, [account.role], password=password, display_name=name)
        services.trail.record(
            "account_added", actor="evaluation", detail={"account": made.id, "roles": [account.role]}
        )
    wanted = patient or (EVERY_PATIENT if account.every_patient else "")
    if wanted:
        services.accounts.grant(login, wanted, by="evaluation")
