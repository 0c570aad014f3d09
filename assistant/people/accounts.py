"""Accounts: making them, granting care relationships, checking passwords, locking out."""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from assistant.database import open_database, writing
from assistant.errors import BadRequest, NotFound, NotSignedIn, TooManyRequests
from assistant.people import passwords
from assistant.people.principal import ROLES, Principal, Role
from assistant.people.tables import ACCOUNTS, CARE, FAILURES, METADATA, OS_USERS, SESSIONS
from retrieval.frozen import Frozen

EVERY_PATIENT = "*"
_LOGIN_LIMIT = 64


class Account(Frozen):
    """An account as an administrator sees it."""

    id: str
    login: str
    display_name: str
    roles: tuple[Role, ...]
    active: bool
    os_users: tuple[str, ...] = ()
    patients: int = 0
    every_patient: bool = False


def folded(login: str) -> str:
    """A login as it is stored and compared: trimmed, lower case. Raises BadRequest when unusable."""
    name = login.strip().casefold()
    if not name or len(name) > _LOGIN_LIMIT or not all(c.isalnum() or c in "._-@" for c in name):
        raise BadRequest("a login has 1 to 64 letters, digits, dots, hyphens or underscores")
    return name


class Accounts:
    """The accounts of one data folder. Safe to use from several threads and processes."""

    def __init__(
        self,
        folder: Path,
        *,
        failures: int = 5,
        lockout_s: float = 900.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.engine: Engine = open_database(folder / "people.sqlite", METADATA)
        self._failures = failures
        self._lockout_s = lockout_s
        self._clock = clock

    def close(self) -> None:
        """Close the database."""
        self.engine.dispose()

    def add(
        self,
        login: str,
        roles: Collection[str],
        *,
        password: str | None,
        display_name: str = "",
    ) -> Principal:
        """Make an account. Raises BadRequest when the login is taken or a role is unknown."""
        known = _known_roles(roles)
        row = {
            "id": uuid.uuid4().hex,
            "login": folded(login),
            "display_name": display_name[:200],
            "roles": ",".join(known),
            "password_hash": None if password is None else passwords.hash_password(password),
            "active": 1,
            "created_at": _now(),
        }
        try:
            with writing(self.engine).begin() as connection:
                connection.execute(insert(ACCOUNTS).values(**row))
        except IntegrityError as error:
            raise BadRequest(f"an account is already called {folded(login)}") from error
        return self.by_login(login)

    def set_password(self, login: str, password: str) -> None:
        """Change a password, end the account's sessions and lift the lock-out."""
        principal = self.by_login(login)
        digest = passwords.hash_password(password)
        with writing(self.engine).begin() as connection:
            connection.execute(
                update(ACCOUNTS).where(ACCOUNTS.c.id == principal.id).values(password_hash=digest)
            )
            connection.execute(delete(SESSIONS).where(SESSIONS.c.account_id == principal.id))
            connection.execute(delete(FAILURES).where(FAILURES.c.login == principal.login))

    def set_active(self, login: str, *, active: bool) -> None:
        """Open or close an account; a closed one cannot sign in, and its sessions end for good."""
        principal = self.by_login(login)
        with writing(self.engine).begin() as connection:
            connection.execute(
                update(ACCOUNTS).where(ACCOUNTS.c.id == principal.id).values(active=int(active))
            )
            if not active:
                connection.execute(delete(SESSIONS).where(SESSIONS.c.account_id == principal.id))

    def grant(self, login: str, patient_id: str, *, by: str) -> None:
        """Record a care relationship; `*` for every patient. Twice changes nothing."""
        principal = self.by_login(login)
        row = {"account_id": principal.id, "patient_id": patient_id, "granted_at": _now(), "granted_by": by}
        with writing(self.engine).begin() as connection:
            connection.execute(insert(CARE).prefix_with("OR IGNORE").values(**row))

    def revoke(self, login: str, patient_id: str) -> None:
        """End a care relationship."""
        principal = self.by_login(login)
        with writing(self.engine).begin() as connection:
            connection.execute(
                delete(CARE).where(CARE.c.account_id == principal.id, CARE.c.patient_id == patient_id)
            )

    def cared_for(self, account_id: str) -> frozenset[str]:
        """The patient ids of the account's care relationships; may hold `*`."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(CARE.c.patient_id).where(CARE.c.account_id == account_id))
            return frozenset(row.patient_id for row in rows)

    def forget_patient(self, patient_id: str) -> None:
        """Drop every care relationship with a patient who is erased."""
        with writing(self.engine).begin() as connection:
            connection.execute(delete(CARE).where(CARE.c.patient_id == patient_id))

    def map_os_user(self, os_user: str, login: str) -> None:
        """Let an operating-system user act as an account. Twice changes nothing."""
        principal = self.by_login(login)
        row = {"os_user": os_user, "account_id": principal.id, "mapped_at": _now()}
        with writing(self.engine).begin() as connection:
            connection.execute(insert(OS_USERS).prefix_with("OR IGNORE").values(**row))

    def for_os_user(self, os_user: str, *, login: str | None = None) -> Principal:
        """The account that the command line acts as. Raises NotFound with what to do."""
        query = (
            select(ACCOUNTS)
            .join(OS_USERS, OS_USERS.c.account_id == ACCOUNTS.c.id)
            .where(OS_USERS.c.os_user == os_user, ACCOUNTS.c.active == 1)
            .order_by(OS_USERS.c.mapped_at, ACCOUNTS.c.login)
        )
        if login is not None:
            query = query.where(ACCOUNTS.c.login == folded(login))
        with self.engine.connect() as connection:
            row = connection.execute(query).first()
        if row is None:
            target = f"the account {folded(login)}" if login else "no account"
            raise NotFound(
                f"{target} is {'not ' if login else ''}mapped to the operating-system user {os_user}; "
                f"run: aparte users map-os {os_user} LOGIN"
            )
        return _principal(row, via_command_line=True)

    def by_login(self, login: str) -> Principal:
        """The account of that name, closed or not. Raises NotFound."""
        name = folded(login)
        with self.engine.connect() as connection:
            row = connection.execute(select(ACCOUNTS).where(ACCOUNTS.c.login == name)).first()
        if row is None:
            raise NotFound(f"no account is called {name}; aparte users list shows those that exist")
        return _principal(row)

    def by_id(self, account_id: str) -> Principal | None:
        """The open account of that id, or None."""
        query = select(ACCOUNTS).where(ACCOUNTS.c.id == account_id, ACCOUNTS.c.active == 1)
        with self.engine.connect() as connection:
            row = connection.execute(query).first()
        return None if row is None else _principal(row)

    def list(self) -> Sequence[Account]:
        """All accounts, by login."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(ACCOUNTS).order_by(ACCOUNTS.c.login)).all()
            care = connection.execute(select(CARE.c.account_id, CARE.c.patient_id)).all()
            users = connection.execute(select(OS_USERS.c.account_id, OS_USERS.c.os_user)).all()
        return [
            Account(
                id=row.id,
                login=row.login,
                display_name=row.display_name,
                roles=_stored_roles(row.roles),
                active=bool(row.active),
                os_users=tuple(user.os_user for user in users if user.account_id == row.id),
                patients=sum(c.account_id == row.id and c.patient_id != EVERY_PATIENT for c in care),
                every_patient=any(c.account_id == row.id and c.patient_id == EVERY_PATIENT for c in care),
            )
            for row in rows
        ]

    def check_password(self, login: str, password: str) -> Principal:
        """The account, if the password is right. NotSignedIn if not; TooManyRequests while locked out.

        An unknown name costs as much time, and is locked out, like a known one.
        """
        try:
            name = folded(login)
        except BadRequest:
            name = ""  # no account is called that; every malformed name shares one count
        self._refuse_locked(name)
        with self.engine.connect() as connection:
            row = connection.execute(
                select(ACCOUNTS).where(ACCOUNTS.c.login == name, ACCOUNTS.c.active == 1)
            ).first()
        right = passwords.verify_password(None if row is None else row.password_hash, password)
        if row is None or not right:
            self._count_failure(name)
            raise NotSignedIn("wrong name or password")
        self._refuse_locked(name)  # other guesses may have locked it while this one was being checked
        with writing(self.engine).begin() as connection:
            connection.execute(delete(FAILURES).where(FAILURES.c.login == name))
        return _principal(row)

    def _refuse_locked(self, name: str) -> None:
        with self.engine.connect() as connection:
            row = connection.execute(select(FAILURES).where(FAILURES.c.login == name)).first()
        left = 0.0 if row is None else row.locked_until - self._clock()
        if left > 0:
            raise TooManyRequests("too many wrong passwords; try again later", retry_after_s=int(left) + 1)

    def _count_failure(self, name: str) -> None:
        now = self._clock()
        with writing(self.engine).begin() as connection:
            row = connection.execute(select(FAILURES).where(FAILURES.c.login == name)).first()
            if row is not None and row.locked_until > now:
                return  # a guess that began before the lock-out must not lift it
            count = 1 if row is None else row.tries + 1
            locked = now + self._lockout_s if count >= self._failures else 0.0
            connection.execute(delete(FAILURES).where(FAILURES.c.login == name))
            kept = 0 if locked else count
            connection.execute(insert(FAILURES).values(login=name, tries=kept, locked_until=locked))


def new_password() -> str:
    """A random password that a person can type: four groups of five letters and digits."""
    alphabet = "abcdefghijkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(5)) for _ in range(4))


def _known_roles(roles: Collection[str]) -> tuple[Role, ...]:
    unknown = [role for role in roles if role not in ROLES]
    if unknown or not roles:
        raise BadRequest(f"a role is one of: {', '.join(ROLES)}")
    return tuple(role for role in ROLES if role in roles)


def _stored_roles(text: str) -> tuple[Role, ...]:
    return tuple(role for role in ROLES if role in text.split(","))


def _principal(row: Row[tuple[object, ...]], *, via_command_line: bool = False) -> Principal:
    return Principal(
        id=row.id,
        login=row.login,
        display_name=row.display_name,
        roles=frozenset(_stored_roles(row.roles)),
        via="command_line" if via_command_line else "session",
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
