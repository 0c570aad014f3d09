"""Temporality: stopped is not current, planned is not done, preliminary is not final."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.answering.aspects import asked_aspects
from assistant.answering.understanding import Understanding
from assistant.answering.verify.concepts import names, subject_of
from assistant.answering.verify.reading import Statement
from assistant.answering.verify.verdict import NOT_APPLICABLE, PASSED, Outcome
from assistant.answering.verify.vocabulary import vocabulary

_FAILED = Outcome(passed=False, reason="not_current")
_STATUS = {
    "stopped": "stopped",
    "suspended": "stopped",
    "resolved": "past",
    "planned": "planned",
    "preliminary": "preliminary",
    "entered_in_error": "entered_in_error",
    "active": "current",
}
_SAID_BY = {
    "stopped": ("stopped", "past"),
    "past": ("past", "stopped"),
    "planned": ("planned",),
    "preliminary": ("preliminary",),
    "entered_in_error": ("entered_in_error",),
}
"""Which words of a sentence own up to a state of its source."""


def check_temporality(
    sentence: Statement,
    sources: Sequence[Statement],
    *,
    others: Sequence[Statement] = (),
    understanding: Understanding | None = None,
) -> Outcome:
    """Fail with `not_current` when the sentence hides or invents a state: stopped, planned, preliminary.

    Also when the latest value is asked and another item of the evidence (`others`) gives a newer one.
    """
    if understanding is not None and _outdated(sentence, sources, others, understanding):
        return _FAILED
    about = _about(sentence, sources)
    here = _cues(sentence)
    states = [_states(source) for source in about]
    if not here and not any(states):
        return NOT_APPLICABLE
    for state, words in _SAID_BY.items():
        if states and all(state in held for held in states) and not here.intersection(words):
            return _FAILED
    return _FAILED if _invented(here, states) else PASSED


def _outdated(
    sentence: Statement,
    sources: Sequence[Statement],
    others: Sequence[Statement],
    understanding: Understanding,
) -> bool:
    """Whether the evidence holds a newer value of the asked measure than the one that the sentence gives."""
    asked = [c for c in understanding.concepts if c.kind in {"analyte", "vital_sign"}]
    if not asked or understanding.intents[0] != "latest" or not sentence.quantities:
        return False
    if asked_aspects(understanding.question):
        return False  # the time spent in a target, a duration: not the measure itself
    cited = max((day.last for source in sources for day in source.days), default=None)
    if cited is None:
        return False
    return any(
        day.first > cited
        for other in others
        if not other.dates
        and any(names(concept, subject_of(other, q)) for concept in asked for q in other.quantities)
        for day in other.days
    )


def _invented(here: set[str], states: Sequence[set[str]]) -> bool:
    """Stopped, planned, preliminary or done, with no source that says so."""
    known: set[str] = set().union(*states) if states else set()
    if "done" in here and states and all("planned" in held and "done" not in held for held in states):
        return True
    if "stopped" in here and not known.intersection({"stopped", "past"}):
        return True
    return any(
        state in here and state not in known for state in ("planned", "preliminary", "entered_in_error")
    )


def _about(sentence: Statement, sources: Sequence[Statement]) -> list[Statement]:
    """The sources about the same concepts; a fact is one statement, whatever the lines it was read in."""
    named = [mention.concept for mention in sentence.mentions]
    found = [source for source in sources if any(names(concept, source.concepts) for concept in named)]
    return found or list(sources)


def _cues(statement: Statement) -> set[str]:
    folded = statement.folded
    return {name for name, pattern in vocabulary().temporality.items() if pattern.search(folded)}


def _states(source: Statement) -> set[str]:
    fact = source.fact
    if fact is None:
        return _cues(source) - {"current"} - _weak(source)
    typed = _STATUS.get(fact.status or "")
    if fact.status == "completed":
        typed = "past" if fact.kind == "medication" else "done"
    cues = _cues(source) - {"current", "past"}
    if typed == "current":
        cues -= {"stopped"}
    return (
        cues
        | ({typed} if typed and typed != "current" else set())
        | ({"planned"} if fact.kind == "plan" else set())
    )


def _weak(source: Statement) -> set[str]:
    """Past tenses are how reports are written; only with another sign do they mean that it is over."""
    return {"past"} if source.fact is None else set()
