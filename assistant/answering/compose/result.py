"""What facts alone can answer, before citations are numbered."""

from __future__ import annotations

from typing import NamedTuple

from assistant.answering.answer import Reason, Status
from retrieval.composition import Composition
from retrieval.fact import Fact
from retrieval.frozen import Frozen


class FactSentence(NamedTuple):
    """A sentence and the facts that it rests on, in the order of the sentence; never without one."""

    text: str
    facts: tuple[Fact, ...]


class FactConflict(Frozen):
    """Facts of different sources that disagree about one concept: shown side by side, never resolved."""

    concept: str
    text: str
    facts: tuple[Fact, ...]


class FactsAnswer(Frozen):
    """An answer from facts.

    `status` is `answered` with sentences, or `abstained` with `not_in_record` when no fact is about what is
    asked: then only an exhaustive scan may say that it is absent. `complete` is False when narrative text
    must still be read: the facts hold no reason, the topic is mostly told in prose, or nothing was found.
    `premise_corrected` tells that the question assumed what a cited fact contradicts. `newer` are documents,
    newer than what is answered, that mention the concept without a fact about it.
    """

    sentences: tuple[FactSentence, ...] = ()
    status: Status = "answered"
    reason: Reason | None = None
    premise_corrected: bool = False
    conflicts: tuple[FactConflict, ...] = ()
    settled: bool = False
    complete: bool = True
    newer: tuple[Composition, ...] = ()


NOTHING = FactsAnswer(status="abstained", reason="not_in_record", complete=False)
"""No fact is about what is asked."""
