"""Laterality: a side in a sentence stands beside the same noun in a text it cites."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from assistant.answering.verify.reading import Statement
from assistant.answering.verify.support import same_word
from assistant.answering.verify.verdict import NOT_APPLICABLE, PASSED, Outcome
from assistant.answering.verify.vocabulary import vocabulary

_NEAR = 3
_ENGLISH = frozenset({"left", "right"})


class Sided(NamedTuple):
    """A side and the nouns beside it."""

    side: str
    nouns: tuple[str, ...]


def check_laterality(sentence: Statement, sources: Sequence[Statement]) -> Outcome:
    """Fail with `laterality_mismatch` when no cited text puts the same side on the same thing."""
    stated = _sided(sentence)
    if not stated:
        return NOT_APPLICABLE
    known = [sided for source in sources for sided in _sided(source)]
    known += [
        Sided(_side(d.text), tuple(_nouns(s)))
        for s in sources
        if s.fact
        for d in s.fact.details
        if _side(d.text)
    ]
    if all(any(_agrees(here, there) for there in known) for here in stated):
        return PASSED
    return Outcome(passed=False, reason="laterality_mismatch")


def _sided(statement: Statement) -> list[Sided]:
    """French puts the side after its noun, English before: the nearest words there are its nouns."""
    found = []
    for place, word in enumerate(statement.words):
        side = _side(word.text)
        if side:
            near = statement.words[place + 1 : place + 1 + _NEAR] if word.text in _ENGLISH else (
                statement.words[max(0, place - _NEAR) : place][::-1]
            )  # fmt: skip
            found.append(Sided(side, tuple(other.text for other in near if not _side(other.text))))
    return found


def _nouns(statement: Statement) -> list[str]:
    return [word.text for word in statement.words]


def _side(word: str) -> str:
    return next((side for side, pattern in vocabulary().sides.items() if pattern.search(word.lower())), "")


def _agrees(here: Sided, there: Sided) -> bool:
    if here.side != there.side:
        return False
    if not here.nouns or not there.nouns:
        return True
    return any(same_word(here.nouns[0], noun) for noun in there.nouns)
