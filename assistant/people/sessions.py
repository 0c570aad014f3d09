"""Sessions: a random token in a cookie, its sha256 in the database, and a token against forged requests."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy import delete, insert, select, update

from assistant.database import writing
from assistant.errors import NotSignedIn
from assistant.people.accounts import Accounts
from assistant.people.principal import Principal
from assistant.people.tables import SESSIONS

COOKIE = "aparte_session"
CSRF_HEADER = "X-Aparte-CSRF"
_SEEN_EVERY_S = 30.0


class Session(NamedTuple):
    """A session that holds: who, and the token that state-changing requests must carry."""

    principal: Principal
    csrf: str


def csrf_token(token: str) -> str:
    """The anti-forgery token of a session: derived from its secret, so that nothing more is stored."""
    return hmac.new(token.encode(), b"aparte csrf", hashlib.sha256).hexdigest()


def same(left: str, right: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class Sessions:
    """The sessions of one data folder. Times in seconds."""

    def __init__(
        self,
        accounts: Accounts,
        *,
        lifetime_s: float,
        idle_s: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._accounts = accounts
        self._lifetime_s = lifetime_s
        self._idle_s = idle_s
        self._clock = clock

    def open(self, principal: Principal) -> str:
        """Start a session and return its token, which is kept nowhere. Ended ones are cleared away."""
        token = secrets.token_urlsafe(32)
        now = self._clock()
        row = {
            "token_hash": _digest(token),
            "account_id": principal.id,
            "expires_at": now + self._lifetime_s,
            "seen_at": now,
        }
        with writing(self._accounts.engine).begin() as connection:
            connection.execute(
                delete(SESSIONS).where(
                    (SESSIONS.c.expires_at <= now) | (SESSIONS.c.seen_at <= now - self._idle_s)
                )
            )
            connection.execute(insert(SESSIONS).values(**row))
        return token

    def find(self, token: str) -> Session:
        """The session of a token. Raises NotSignedIn when there is none, or it has ended."""
        digest = _digest(token)
        now = self._clock()
        with self._accounts.engine.connect() as connection:
            row = connection.execute(select(SESSIONS).where(SESSIONS.c.token_hash == digest)).first()
        if row is None or row.expires_at <= now or row.seen_at <= now - self._idle_s:
            raise NotSignedIn("sign in first")
        principal = self._accounts.by_id(row.account_id)
        if principal is None:
            raise NotSignedIn("sign in first")
        if now - row.seen_at > _SEEN_EVERY_S:
            with writing(self._accounts.engine).begin() as connection:
                connection.execute(
                    update(SESSIONS).where(SESSIONS.c.token_hash == digest).values(seen_at=now)
                )
        return Session(principal, csrf_token(token))

    def close(self, token: str) -> None:
        """End a session."""
        with writing(self._accounts.engine).begin() as connection:
            connection.execute(delete(SESSIONS).where(SESSIONS.c.token_hash == _digest(token)))
