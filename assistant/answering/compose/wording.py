"""Fill the sentences of wording.toml."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any

from assistant.answering.rendering import Language, capital, typography


@lru_cache(maxsize=1)
def _sentences() -> dict[str, dict[str, str]]:
    resource = files("assistant.answering.compose") / "wording.toml"
    table: dict[str, dict[str, str]] = tomllib.loads(resource.read_text(encoding="utf-8"))
    return table


def part(name: str, language: Language, /, **fields: object) -> str:
    """A part of a sentence, as worded in the file. Raises KeyError for a name or field that is not there."""
    return _sentences()[language][name].format(**fields)


def sentence(name: str, language: Language, /, **fields: object) -> str:
    """A whole sentence: capital at the start, French spacing."""
    return capital(typography(part(name, language, **fields), language=language))


@lru_cache(maxsize=1)
def trend_rules() -> dict[str, Any]:
    """The thresholds of trends.toml."""
    resource = files("assistant.answering.compose") / "trends.toml"
    table: dict[str, Any] = tomllib.loads(resource.read_text(encoding="utf-8"))
    return table
