"""The reference model as data: the declared type and multiplicity of each attribute, in reading order."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import NamedTuple

PRIMITIVES = frozenset({"String", "Boolean", "Integer", "Real"})


class Attribute(NamedTuple):
    """One attribute of a class: its name, declared type, and whether it holds many."""

    name: str
    type: str
    many: bool


@cache
def classes() -> dict[str, dict[str, Attribute]]:
    """Every class of `reference_model.toml` with its own and inherited attributes, in order."""
    raw = tomllib.loads(resources.files(__package__).joinpath("reference_model.toml").read_text("utf-8"))
    return {name: _attributes(raw, name) for name in raw}


def _attributes(raw: dict[str, dict[str, str]], name: str) -> dict[str, Attribute]:
    own = dict(raw[name])
    parent = own.pop("is", None)
    found = {} if parent is None else dict(_attributes(raw, parent))
    for attribute, declared in own.items():
        found[attribute] = Attribute(attribute, declared.rstrip("*"), declared.endswith("*"))
    return found


def attribute(owner: str, name: str) -> Attribute | None:
    """The declaration of `name` in class `owner`; None when either is unknown."""
    return classes().get(owner, {}).get(name)


def actual_type(stated: object, declared: str) -> str:
    """The class of a node: what it states where the reference model knows it, else what is declared.

    `DV_INTERVAL<DV_QUANTITY>` is `DV_INTERVAL`; a namespace prefix is dropped. A stated name that is
    unknown is kept only when nothing better is declared, so that a misspelt `CODE_PRASE` still reads.
    """
    if not isinstance(stated, str) or not stated:
        return declared
    name = stated.partition("<")[0].rpartition(":")[2].strip()
    if name in classes() or not classes().get(declared):
        return name
    return declared
