"""Which elements and resource types are left out of the text, by `ignored.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

from retrieval.formats.tree import Node


@cache
def tables() -> dict[str, dict[str, str]]:
    """Name -> reason, in each table of `ignored.toml`."""
    text = resources.files(__package__).joinpath("ignored.toml").read_text("utf-8")
    found: dict[str, dict[str, str]] = tomllib.loads(text)
    return found


_NOTHING = {"resourceType", "id", "meta", "implicitRules", "language"}
_ANYWHERE = ("resourceType", "id", "meta", "implicitRules", "linkId")
_AT_THE_TOP = ("subject", "patient", "beneficiary")


def is_left_out(key: str, *, top: bool) -> bool:
    """Whether an element is left out wherever it stands, or at the top of a resource."""
    return key in _ANYWHERE or (top and key in _AT_THE_TOP)


def without_identity(resource: Node) -> Node:
    """A Patient without the identity and the contact data, which never go into the text."""
    return {key: value for key, value in resource.items() if key not in tables()["identity"]}


def says_only_who(resource: Node) -> bool:
    """Whether a Patient says nothing beyond the identity."""
    return set(without_identity(resource)) <= _NOTHING


def reason_of_type(kind: str) -> str:
    """Why a resource type is no document of a record; empty for one that is."""
    return tables()["types"].get(kind, "")
