"""The words of the rendered text and the codes of the support terminology, read from `vocabulary.toml`."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from typing import Any, cast


@cache
def _tables() -> dict[str, Any]:
    text = resources.files(__package__).joinpath("vocabulary.toml").read_text("utf-8")
    return tomllib.loads(text)


def label(key: str) -> str:
    """The French label of a reference-model attribute."""
    return cast(str, _tables()["labels"][key])


def table(name: str) -> dict[str, str]:
    """A table code -> word (`normal_status`, `null_flavour`, `setting`, `state`, `units` ...)."""
    return cast(dict[str, str], _tables()[name])


@cache
def _by_word(name: str) -> dict[str, str]:
    return {word: meaning for meaning, words in _tables()[name].items() for word in words}


def meaning(name: str, *words: str) -> str | None:
    """What a word or code of the source means in table `name` (`certainty` ...); the first that is known."""
    known = _by_word(name)
    return next((known[word.strip().lower()] for word in words if word.strip().lower() in known), None)


@cache
def plain_event_names() -> frozenset[str]:
    """Event names that say nothing, in lower case."""
    return frozenset(_tables()["events"]["plain"])


def is_relative(code: str, words: str) -> bool:
    """Whether a subject relationship is a relative of the patient."""
    return code in _tables()["subject"]["family"] or _relatives().search(words.lower()) is not None


@cache
def _relatives() -> re.Pattern[str]:
    """The words of relatives, whole or after `grand` and `step`: `personne` holds `son` and is none."""
    words = "|".join(map(re.escape, _tables()["subject"]["family_words"]))
    return re.compile(
        rf"\b(?:grand|gro(?:ß|ss)|step|half|foster|beau|belle|demi)?[- ]?(?:{words})(?:e?s|e)?\b"
    )
