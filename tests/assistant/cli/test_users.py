"""`aparte users` says what it takes."""

from __future__ import annotations

from assistant.cli import users
from assistant.people.principal import ROLES


def test_help_names_every_role() -> None:
    assert users._ROLES.split(", ") == list(ROLES)
