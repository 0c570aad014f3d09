"""The safety rule: for which questions every positive statement must be shown first."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any

from assistant.answering.understanding import Understanding
from retrieval.terminology.concept import Concept
from retrieval.terminology.lexicon import Lexicon


@lru_cache(maxsize=1)
def _rule() -> dict[str, Any]:
    resource = files("assistant.answering") / "safety.toml"
    table: dict[str, Any] = tomllib.loads(resource.read_text(encoding="utf-8"))["safety"]
    return table


def is_safety_concept(concept: Concept, *, lexicon: Lexicon) -> bool:
    """Whether the safety rule holds: named in safety.toml, or a member or special kind of one named."""
    rule = _rule()
    if concept.kind in rule["kinds"]:
        return True
    return any(concept.key in lexicon.family(lexicon.concept(key)) for key in rule["concepts"])


def safety_concepts(asked: Understanding, *, lexicon: Lexicon) -> tuple[Concept, ...]:
    """The concepts of a question for which prose must be scanned too, even when facts answer.

    A drug or class asked together with allergy is one of them.
    """
    about_allergy = any(concept.key == "topic:allergy" for concept in asked.concepts)
    return tuple(
        concept
        for concept in asked.concepts
        if is_safety_concept(concept, lexicon=lexicon)
        or (about_allergy and concept.kind in ("drug", "drug_class", "allergy"))
    )
