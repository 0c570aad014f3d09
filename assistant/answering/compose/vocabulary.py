"""Things that the lexicon does not know but the record names: a rare drug, a rare examination."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from assistant.answering.understand import load_patterns
from retrieval.fact import Fact, FactKind
from retrieval.terminology.concept import Concept, ConceptKind
from retrieval.terminology.words import words_of

_KINDS: dict[FactKind, ConceptKind] = {
    "medication": "drug",
    "laboratory": "analyte",
    "vital_sign": "vital_sign",
    "problem": "problem",
    "procedure": "procedure",
    "imaging": "imaging",
    "device": "device",
    "plan": "procedure",
}
_SHORTEST = 5
PREFIX = "record:"


def record_concepts(question: str, facts: Sequence[Fact]) -> tuple[Concept, ...]:
    """Return a concept for each kind of fact whose label the question names by its own words.

    A medication is named by one word of its label; anything else by two words that are at least two thirds of
    the label's long words, or by a label of one word.
    Words below five letters and words of everyday questions do not count.
    """
    asked = _content(question)
    found: dict[tuple[ConceptKind, str], Concept] = {}
    for fact in facts:
        kind = _KINDS.get(fact.kind)
        words = _content(fact.label) if kind else frozenset()
        shared = asked & words
        if kind is None or not shared:
            continue
        if kind == "drug" or _tells(shared, words, fact.label):
            key = f"{PREFIX}{' '.join(sorted(shared))}"
            found[(kind, key)] = Concept(key=key, kind=kind, label=fact.label, words=tuple(sorted(shared)))
    return tuple(found.values())


def names(concept: Concept, fact: Fact) -> bool:
    """Whether a fact's label holds all the words of a concept made here, and is of its kind."""
    return _KINDS.get(fact.kind) == concept.kind and set(concept.words) <= _content(fact.label)


def _tells(shared: frozenset[str], words: frozenset[str], label: str) -> bool:
    return 3 * len(shared) >= 2 * len(words) and (len(shared) > 1 or len(label.split()) == 1)


@lru_cache(maxsize=8192)
def _content(text: str) -> frozenset[str]:
    common = load_patterns().common
    return frozenset(
        word.form for word in words_of(text) if len(word.folded) >= _SHORTEST and word.folded not in common
    )
