"""A sentence beside the text that should support it, with its label: what checkers are measured on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

from eval.calibration.checkers import Checker
from eval.synthetic.truth import Value

SUPPORTED_KIND = "supported"


class Pair(Value):
    """One labelled pair. `kind` is `supported` or the error that was made; `cluster` the bootstrap's unit.

    `true_id` is the id of the supported pair that an erroneous one was made from.
    """

    id: str
    sentence: str
    source: str
    supported: bool
    kind: str
    cluster: str
    held: bool
    true_id: str


class Scored(Value):
    """One pair's label with what one checker said of it."""

    pair: Pair
    score: float


def held_half(template: str) -> bool:
    """Whether a wording is of the half that nobody tunes on: by the sha256 of its id. Pure."""
    return sha256(f"calibration/{template}".encode()).digest()[0] % 2 == 1


def score_pairs(checker: Checker, pairs: Iterable[Pair]) -> tuple[Scored, ...]:
    """Every pair scored. ValueError when a score is not between 0 and 1."""
    found = []
    for pair in pairs:
        score = checker.score(pair.sentence, pair.source)
        if not 0 <= score <= 1:
            raise ValueError(f"{checker.name}: a score lies between 0 and 1, not {score}")
        found.append(Scored(pair=pair, score=score))
    return tuple(found)


def half(pairs: Sequence[Pair], *, held: bool) -> tuple[Pair, ...]:
    """The pairs of one half."""
    return tuple(pair for pair in pairs if pair.held == held)
