"""The words that the checks look for, read once from `words.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple


class Vocabulary(NamedTuple):
    """`words.toml`, compiled. Patterns match folded text."""

    threshold: float
    silent: frozenset[str]
    neutral: frozenset[str]
    measured: frozenset[str]
    same: dict[str, int]
    sides: dict[str, re.Pattern[str]]
    family: re.Pattern[str]
    temporality: dict[str, re.Pattern[str]]
    comparison: dict[str, re.Pattern[str]]
    norm: re.Pattern[str]
    negation: re.Pattern[str]
    hypothesis: re.Pattern[str]
    framing: frozenset[str]
    frames: re.Pattern[str]
    orders: re.Pattern[str]
    unsafe: re.Pattern[str]


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """Return the compiled vocabulary."""
    data = tomllib.loads(
        files("assistant.answering.verify").joinpath("words.toml").read_text(encoding="utf-8")
    )
    support, unsafe = data["support"], data["unsafe"]
    return Vocabulary(
        threshold=support["threshold"],
        silent=frozenset(support["stop"]),
        neutral=frozenset(support["neutral"]),
        measured=frozenset(support["measured"]),
        same={word: number for number, group in enumerate(support["same"]) for word in group},
        sides={side: words_pattern(words) for side, words in data["sides"].items()},
        family=words_pattern(data["family"]["words"]),
        temporality={name: words_pattern(words) for name, words in data["temporality"].items()},
        comparison={name: words_pattern(words) for name, words in data["comparison"].items()},
        norm=words_pattern(data["norm"]["words"]),
        negation=words_pattern(data["negation"]["words"]),
        hypothesis=words_pattern(data["hypothesis"]["words"]),
        framing=frozenset(data["topics"]["framing"]),
        frames=re.compile("|".join(f"(?:{phrase})" for phrase in data["framing"]["phrases"])),
        orders=re.compile("|".join(f"(?:{pattern})" for pattern in unsafe["orders"])),
        unsafe=re.compile(
            "|".join(f"(?:{pattern})" for pattern in unsafe["sentence"]), re.MULTILINE | re.IGNORECASE
        ),
    )


def words_pattern(words: Sequence[str]) -> re.Pattern[str]:
    """Return a pattern that finds any of `words` whole, the longest first, in folded text."""
    longest_first = sorted(words, key=len, reverse=True)
    bounded = (re.escape(word) + ("" if word.endswith("'") else r"(?![\w-])") for word in longest_first)
    return re.compile(r"(?<![\w-])(?:" + "|".join(bounded) + ")")
