"""`aparte users`: accounts of this data folder. Whoever may write the folder may run these."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from assistant.cli.options import JSON

if TYPE_CHECKING:
    from assistant.audit.sqlite_trail import SqliteTrail
    from assistant.people.accounts import Accounts

_ROLES = "physician, intern, nurse, pharmacist, evaluator, administrator, auditor"
"""As in `assistant.people.principal`, which `--help` need not wait for."""

app = typer.Typer(help="Accounts, care relationships, operating-system users.", no_args_is_help=True)


@contextmanager
def _people() -> Iterator[tuple[Accounts, SqliteTrail, str]]:
    from assistant.audit.sqlite_trail import SqliteTrail
    from assistant.cli.door import read_settings
    from assistant.owner import os_user
    from assistant.people.accounts import Accounts

    settings = read_settings()
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    accounts, trail = Accounts(settings.data), SqliteTrail(settings.data)
    try:
        yield accounts, trail, f"os:{os_user()}"
    finally:
        accounts.close()
        trail.close()


@app.command("add")
def add(
    login: str = typer.Argument(help="Name to sign in with."),
    role: list[str] = typer.Option(..., "--role", help=f"One of {_ROLES}; several allowed."),
    name: str = typer.Option("", "--name", help="Name to show."),
    password_stdin: bool = typer.Option(False, "--password-stdin", help="Read the password from the input."),
    generate: bool = typer.Option(False, "--generate", help="Make a password and print it once."),
) -> None:
    """Make an account."""
    from assistant.people.accounts import new_password

    password = new_password() if generate else _ask_password(password_stdin)
    with _people() as (accounts, trail, actor):
        made = accounts.add(login, role, password=password, display_name=name)
        trail.record("account_added", actor=actor, detail={"account": made.id, "roles": sorted(made.roles)})
    print(f"{made.login}: {', '.join(sorted(made.roles))}" + (f", password {password}" if generate else ""))
    print(f"next: aparte users grant {made.login} PATIENT_ID", file=sys.stderr)


@app.command("list")
def list_accounts(as_json: bool = JSON) -> None:
    """List accounts."""
    with _people() as (accounts, _, _):
        found = accounts.list()
    if as_json:
        from assistant.cli.records import print_json

        print_json({"accounts": [account.model_dump() for account in found]})
        return
    for account in found:
        patients = "every patient" if account.every_patient else f"{account.patients} patients"
        users = f", acts for {', '.join(account.os_users)}" if account.os_users else ""
        closed = "" if account.active else ", closed"
        print(f"{account.login}  {', '.join(account.roles)}  {patients}{users}{closed}")


@app.command("grant")
def grant(
    login: str = typer.Argument(help="Account."),
    patient: str = typer.Argument(help="Patient id; '*' is every patient."),
    end: bool = typer.Option(False, "--end", help="End the care relationship instead."),
) -> None:
    """Record a care relationship: without one, nothing is shown."""
    with _people() as (accounts, trail, actor):
        account = accounts.by_login(login)
        kind = "care_ended" if end else "care_granted"
        trail.record(kind, actor=actor, patient_id=patient, detail={"account": account.id})
        if end:
            accounts.revoke(login, patient)
        else:
            accounts.grant(login, patient, by=actor)
    print(f"{account.login}: {'ended' if end else 'granted'} {patient}")


@app.command("map-os")
def map_os(
    os_name: str = typer.Argument(help="Operating-system user."),
    login: str = typer.Argument(help="Account that its commands act as."),
) -> None:
    """Let an operating-system user's commands act as an account."""
    with _people() as (accounts, trail, actor):
        account = accounts.by_login(login)
        trail.record("os_user_mapped", actor=actor, detail={"account": account.id})
        accounts.map_os_user(os_name, login)
    print(f"{os_name} acts as {account.login}")


@app.command("password")
def password(
    login: str = typer.Argument(help="Account."),
    password_stdin: bool = typer.Option(False, "--password-stdin", help="Read the password from the input."),
) -> None:
    """Change a password; its sessions end and a lock-out is lifted."""
    chosen = _ask_password(password_stdin)
    with _people() as (accounts, trail, actor):
        account = accounts.by_login(login)
        accounts.set_password(login, chosen)
        trail.record("password_changed", actor=actor, detail={"account": account.id})
    print(f"{account.login}: password changed, sessions ended")


@app.command("close")
def close(
    login: str = typer.Argument(help="Account."),
    reopen: bool = typer.Option(False, "--reopen", help="Open it again."),
) -> None:
    """Close an account: it cannot sign in, and its sessions end."""
    with _people() as (accounts, trail, actor):
        account = accounts.by_login(login)
        kind = "account_opened" if reopen else "account_closed"
        trail.record(kind, actor=actor, detail={"account": account.id})
        accounts.set_active(login, active=reopen)
    print(f"{account.login}: {'open' if reopen else 'closed'}")


def _ask_password(from_input: bool) -> str:
    if from_input:
        return sys.stdin.readline().rstrip("\r\n")
    chosen: str = typer.prompt("Password (12 characters at least)", hide_input=True, confirmation_prompt=True)
    return chosen
