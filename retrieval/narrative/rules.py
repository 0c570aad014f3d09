"""The rules of the reading of prose, from `rules.toml`: data that a clinician can review."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from retrieval.fact import FactKind

Patterns = dict[str, re.Pattern[str]]


class Subject(NamedTuple):
    """A subject told by whole phrases (tobacco, blood group); what denies it, what leaves it open."""

    label: str
    kind: FactKind
    pattern: re.Pattern[str]
    absent: re.Pattern[str] | None
    open: re.Pattern[str] | None


class Rules(NamedTuple):
    """Compiled patterns over folded text, by their name in the file."""

    roles: Patterns
    clause: Patterns
    medication: Patterns
    allergy: Patterns
    device: Patterns
    act: Patterns
    subjects: tuple[Subject, ...]
    general: frozenset[str]
    never_forms: frozenset[str]
    never_concepts: frozenset[str]


@lru_cache(maxsize=1)
def rules() -> Rules:
    """The rules shipped with the package."""
    data = tomllib.loads(files("retrieval.narrative").joinpath("rules.toml").read_text(encoding="utf-8"))
    general = frozenset(data["act"].pop("general"))
    subjects = tuple(
        Subject(
            row["label"],
            row["kind"],
            re.compile(row["pattern"]),
            re.compile(row["absent"]) if row["absent"] else None,
            re.compile(row["open"]) if row["open"] else None,
        )
        for row in data["subjects"].values()
    )
    return Rules(
        roles=_compiled(data["roles"]),
        clause=_compiled(data["clause"]),
        medication=_compiled(data["medication"]),
        allergy=_compiled(data["allergy"]),
        device=_compiled(data["device"]),
        act=_compiled(data["act"]),
        subjects=subjects,
        general=general,
        never_forms=frozenset(data["never"]["forms"]),
        never_concepts=frozenset(data["never"]["concepts"]),
    )


def _compiled(table: dict[str, str]) -> Patterns:
    return {name: re.compile(pattern) for name, pattern in table.items()}
