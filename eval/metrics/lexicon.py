"""The word lists of the scorers, from lexicon.toml."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files


@lru_cache(maxsize=1)
def _lists() -> dict[str, list[str]]:
    lists: dict[str, list[str]] = tomllib.loads(
        (files("eval.metrics") / "lexicon.toml").read_text(encoding="utf-8")
    )
    return lists


def words(name: str) -> tuple[str, ...]:
    """The entries of one list, in order. Raises KeyError for a list that is not there."""
    return tuple(_lists()[name])


def any_of(name: str) -> str:
    """One list as a non-capturing group of a regular expression."""
    return f"(?:{'|'.join(words(name))})"
