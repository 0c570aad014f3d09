"""Concept: one thing that questions and records name, with its words."""

from __future__ import annotations

from typing import Literal

from retrieval.fact import Code
from retrieval.frozen import Frozen

ConceptKind = Literal[
    "analyte",
    "vital_sign",
    "drug",
    "drug_class",
    "problem",
    "allergy",
    "procedure",
    "imaging",
    "device",
    "topic",
]


class Concept(Frozen):
    """A reviewed entry of a lexicon.

    `key` is stable and unique (`analyte:potassium`, `drug:furosemide`, `class:anticoagulant`);
    `label` is the French display; `words` are all surface forms (synonyms, abbreviations, brands)
    in both languages; `members` are the keys of a class's members.
    """

    key: str
    kind: ConceptKind
    label: str
    words: tuple[str, ...]
    codes: tuple[Code, ...] = ()
    members: tuple[str, ...] = ()


class Mention(Frozen):
    """Where a text names a concept: code-point offsets in that text."""

    concept: Concept
    start: int
    end: int
