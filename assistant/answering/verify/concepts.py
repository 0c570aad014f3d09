"""Which concepts mean each other, and to which concept a number belongs."""

from __future__ import annotations

import re
from collections.abc import Iterable

from assistant.answering.verify.reading import MEASURED, Statement
from retrieval.terminology.concept import Concept, Mention
from retrieval.terminology.units import QuantityMention, unit_group

_OF_AFTER = re.compile(r"\s*(?:de|d['’]|du|of|pour|for)\s*(?:la |l['’]|le )?$", re.IGNORECASE)
_TIME_CODES = frozenset({"s", "min", "h", "d", "wk", "mo", "a", "/wk", "/mo", "/d"})


def names(stated: Concept, source: Iterable[Concept]) -> bool:
    """Whether the source names what is stated: the same concept, or a member of a stated class.

    A source that says only the class (`AVK`) does not name a member (`warfarine`).
    """
    return any(other.key == stated.key or other.key in stated.members for other in source)


def related(asked: Concept, others: Iterable[Concept]) -> bool:
    """Whether any of `others` is about what was asked: the same, a member, or its class."""
    return any(
        other.key == asked.key or other.key in asked.members or asked.key in other.members for other in others
    )


def subject_of(statement: Statement, quantity: QuantityMention) -> tuple[Concept, ...]:
    """Return the measured concepts that a quantity belongs to in its own sentence; empty when none is named.

    `5,4 mmol/L de potassium` names it after; otherwise the nearest measured concept before the number, else
    the first one after it. Durations and rhythms belong to drugs only.
    """
    fitting = [mention for mention in statement.mentions if _fits(mention.concept, quantity)]
    after = [mention for mention in fitting if mention.start >= quantity.end]
    for mention in after:
        if _OF_AFTER.fullmatch(statement.text[quantity.end : mention.start]):
            return _at(after, mention)
    before = [mention for mention in fitting if mention.start < quantity.start]
    if before:
        return _at(before, max(before, key=lambda mention: mention.start))
    return _at(after, min(after, key=lambda mention: mention.start)) if after else ()


def measured(concepts: Iterable[Concept]) -> tuple[Concept, ...]:
    """Those of `concepts` that can have a value or a dose."""
    return tuple(concept for concept in concepts if concept.kind in MEASURED)


def _at(mentions: Iterable[Mention], chosen: Mention) -> tuple[Concept, ...]:
    return tuple(mention.concept for mention in mentions if mention.start == chosen.start)


def _fits(concept: Concept, quantity: QuantityMention) -> bool:
    code = quantity.unit.code if quantity.unit else ""
    if concept.kind in {"drug", "drug_class"}:
        return not code or unit_group(code) in {
            "size",
            "dose",
            "activity",
            "time",
            "vital",
            "mass_concentration",
            "amount",
        }
    if concept.kind in {"analyte", "vital_sign"}:
        return code not in _TIME_CODES
    return False
