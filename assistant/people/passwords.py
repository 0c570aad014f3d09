"""Passwords: argon2id, at least twelve characters. The one file that imports argon2."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from assistant.errors import BadRequest

_SHORTEST = 12
_LONGEST = 256


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobody() -> str:
    return _hasher().hash("the hash that an unknown name is compared with")


def hash_password(password: str) -> str:
    """The argon2id hash of a new password. Raises BadRequest when it is too short or too long."""
    if not _SHORTEST <= len(password) <= _LONGEST:
        raise BadRequest(f"a password has {_SHORTEST} to {_LONGEST} characters")
    return _hasher().hash(password)


def verify_password(digest: str | None, password: str) -> bool:
    """Whether the password is the right one; as slow for a missing hash as for a wrong password."""
    try:
        _hasher().verify(digest or _nobody(), password[:_LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return digest is not None
