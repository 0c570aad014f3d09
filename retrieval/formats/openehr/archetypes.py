"""The rules of `archetypes.toml`: which archetype states which kind of fact."""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from importlib import resources
from typing import Literal

from pydantic import Field

from retrieval.fact import Certainty, DetailName, FactKind, Subject
from retrieval.frozen import Frozen

_ARCHETYPE = re.compile(r"\A[A-Za-z]+-[A-Za-z]+-(?P<kind>[A-Z_]+)\.(?P<concept>[^\s]+?)(?:\.v\d\S*)?\Z")

MAX_ARCHETYPE_ID = 500
"""Characters; a longer one is no archetype id. What a source writes is remembered, so it is bounded."""

Scope = Literal["entry", "event", "activity", "cluster", "element"]


class Rule(Frozen):
    """One statement pattern; the fields are explained at the top of `archetypes.toml`."""

    archetype: str
    scope: Scope
    kind: FactKind | None = None
    at: str | None = None
    line: bool = False
    quote_line: bool = False
    label: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()
    plain_label: tuple[str, ...] = ()
    prose: bool = False
    value: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    value_first: bool = False
    unit: tuple[str, ...] = ()
    loinc: dict[str, str] = Field(default_factory=dict)
    status: tuple[str, ...] = ()
    status_codes: dict[str, str] = Field(default_factory=dict)
    default_status: str | None = None
    certainty: tuple[str, ...] = ()
    certainty_codes: dict[str, Certainty] = Field(default_factory=dict)
    fixed_certainty: Certainty | None = None
    subject: Subject | None = None
    effective: tuple[str, ...] = ()
    effective_end: tuple[str, ...] = ()
    effective_planned: tuple[str, ...] = ()
    effective_only_if_missing: bool = False
    details: dict[DetailName, tuple[str, ...]] = Field(default_factory=dict)
    vaccine: bool = False


@cache
def _rules() -> dict[str, tuple[Rule, ...]]:
    text = resources.files(__package__).joinpath("archetypes.toml").read_text("utf-8")
    found: dict[str, tuple[Rule, ...]] = {}
    for raw in tomllib.loads(text)["rule"]:
        rule = Rule.model_validate(raw)
        found[rule.archetype] = (*found.get(rule.archetype, ()), rule)
    return found


def concept_of(archetype_id: str) -> str:
    """`openEHR-EHR-OBSERVATION.pulse.v2` -> `OBSERVATION.pulse`; empty when it is no archetype id."""
    return _concept(archetype_id) if len(archetype_id) <= MAX_ARCHETYPE_ID else ""


@lru_cache(maxsize=4096)
def _concept(archetype_id: str) -> str:
    match = _ARCHETYPE.match(archetype_id)
    return f"{match['kind']}.{match['concept']}" if match else ""


@lru_cache(maxsize=4096)
def rules_for(concept: str) -> tuple[Rule, ...]:
    """The rules of an archetype, or of the archetype that it specialises (`a-b` specialises `a`)."""
    while concept:
        if concept in _rules():
            return _rules()[concept]
        concept = concept.rpartition("-")[0]
    return ()


def base_code(code: str) -> str:
    """The at-code that a specialised one refines: `at0004.1` -> `at0004`."""
    return code.partition(".")[0]


def specialises(concept: str, archetype: str) -> bool:
    """Whether `concept` is `archetype` or one that specialises it."""
    return concept == archetype or concept.startswith(f"{archetype}-")
