"""Principal: the person (or program) who asks, with roles, and what each role may do."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Literal, get_args

from retrieval.frozen import Frozen

Role = Literal["physician", "intern", "nurse", "pharmacist", "evaluator", "administrator", "auditor"]
Permission = Literal[
    "read_record",
    "write_record",
    "write_every_record",
    "settle_identities",
    "read_trace",
    "read_audit",
    "manage_people",
    "purge",
]
ROLES: tuple[Role, ...] = get_args(Role)
PERMISSIONS: tuple[Permission, ...] = get_args(Permission)


class RoleRights(Frozen):
    """One line of the permission table."""

    permissions: frozenset[Permission]
    purposes: frozenset[str]


class Principal(Frozen):
    """An account that has proved who it is. `via` tells how: a session, or the command line."""

    id: str
    login: str
    display_name: str = ""
    roles: frozenset[Role]
    via: Literal["session", "command_line"] = "session"

    def may(self, permission: Permission) -> bool:
        """Whether one of the roles holds the permission."""
        return any(permission in rights()[role].permissions for role in self.roles)

    def purposes(self) -> frozenset[str]:
        """The purposes for which this person may read a record."""
        return frozenset().union(*(rights()[role].purposes for role in self.roles))


@cache
def rights() -> dict[Role, RoleRights]:
    """The permission table, from `permissions.toml`; a role that is missing there may do nothing."""
    text = resources.files("assistant.people").joinpath("permissions.toml").read_text("utf-8")
    rows = tomllib.loads(text)
    empty = RoleRights(permissions=frozenset(), purposes=frozenset())
    return {role: RoleRights.model_validate(rows[role]) if role in rows else empty for role in ROLES}
