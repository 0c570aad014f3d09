"""The part of a list that is about what was asked: « Allergies : codéine (vomissements), pénicilline ».

In one line that names several things of a kind, what is said of one is not said of another.
"""

from __future__ import annotations

import re

from assistant.answering.understanding import Understanding
from assistant.answering.verify.concepts import related
from assistant.answering.verify.reading import mentions_in, widened
from retrieval.terminology.concept import Concept
from retrieval.terminology.lexicon import Lexicon

_PARTS = re.compile(r"(?:\([^()]*\)|\d,\d|[^,;|()])+")
"""Between commas and their like, not within brackets, and not at a decimal comma."""
_SUBSTANCES = frozenset({"drug", "drug_class", "allergy"})


def part_about(line: str, understanding: Understanding, *, lexicon: Lexicon) -> str:
    """Return the parts of `line` that name an asked concept, where other parts name others of its kind.

    The whole line, where it names none that was asked or nothing else of the kind. A part that names nothing
    of the kind (« le soir ») goes with the part before it.
    """
    asked = [widened(concept, lexicon) for concept in understanding.concepts]
    mentions = mentions_in(line, lexicon)
    kinds = {kind_of(concept) for concept in asked if related(concept, [m.concept for m in mentions])}
    if not kinds:
        return line
    kept, others, taken = [], False, False
    for part in _PARTS.finditer(line):
        here = [m.concept for m in mentions if part.start() <= m.start < part.end()]
        of_kind = [concept for concept in here if kind_of(concept) in kinds]
        if of_kind:
            taken = any(related(concept, of_kind) for concept in asked)
            others = others or not taken
        if taken:
            kept.append(part.group().strip())
    return ", ".join(kept) if kept and others else line


def kind_of(concept: Concept) -> str:
    """The kind of a concept; substances are one, whether given or not tolerated."""
    return "substance" if concept.kind in _SUBSTANCES else concept.kind
