"""What is asked of a thing beside its value: an answer that does not tell that aspect is another answer.

The aspects, how they are asked and by which signs a text tells them are data (`aspects.toml`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from assistant.answering.understand.patterns import flatten
from retrieval.folding import fold


class Aspect(NamedTuple):
    """One aspect: its name, and the patterns of questions that ask for it and of texts that tell it."""

    name: str
    asked: tuple[re.Pattern[str], ...]
    signs: tuple[re.Pattern[str], ...]


def asked_aspects(question: str) -> tuple[Aspect, ...]:
    """The aspects that a question names; usually none."""
    flat = flatten(question)
    return tuple(each for each in _aspects() if any(pattern.search(flat) for pattern in each.asked))


def tells(text: str, aspects: Iterable[Aspect]) -> bool:
    """Whether a text shows a sign of each of the aspects; true when there are none."""
    folded = fold(text)
    return all(any(sign.search(folded) for sign in each.signs) for each in aspects)


@lru_cache(maxsize=1)
def _aspects() -> tuple[Aspect, ...]:
    data = tomllib.loads(files("assistant.answering").joinpath("aspects.toml").read_text(encoding="utf-8"))
    return tuple(
        Aspect(name, tuple(map(re.compile, row["asked"])), tuple(map(re.compile, row["signs"])))
        for name, row in data.items()
    )
