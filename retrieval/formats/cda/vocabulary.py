"""The words of `vocabulary.toml` and the reasons of `ignored.toml`."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from typing import Any, cast

from retrieval.composition import CompositionKind
from retrieval.fact import DetailName, FactKind


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("vocabulary.toml").read_text("utf-8"))


def table(name: str) -> dict[str, str]:
    """One table of the vocabulary."""
    return cast(dict[str, str], _tables()[name])


def word(name: str, key: str, fallback: str = "") -> str:
    """The word for `key` in a table, else the fallback."""
    return table(name).get(key, fallback)


def element_label(name: str) -> str:
    """The French name of an element; a name that is not known is shown as it is."""
    return word("elements", name, name)


def document_kind(code: str) -> CompositionKind:
    """The kind of a document by its LOINC code."""
    return cast(CompositionKind, word("documents", code, "other"))


def section_kind(code: str) -> FactKind | None:
    """The kind of the facts of a section by its LOINC code."""
    return cast(FactKind, found) if (found := word("sections", code)) else None


def template_kind(root: str) -> FactKind | None:
    """The kind of a statement by its template."""
    return cast(FactKind, found) if (found := word("templates", root)) else None


def modifier(code: str) -> tuple[DetailName, str] | None:
    """What a nested statement says about the one that holds it: the detail's name and its French label."""
    found = _tables()["modifiers"].get(code)
    return (cast(DetailName, found[0]), found[1]) if found else None


def element_detail(name: str) -> DetailName:
    """The detail that a child element of a statement is."""
    return cast(DetailName, word("details", name, "other"))


@cache
def _absent() -> re.Pattern[str]:
    return re.compile("|".join(_tables()["absence"]["words"]), re.IGNORECASE)


def says_absent(code: str, words: str) -> bool:
    """Whether a coded value states that there is none (`Absence d'allergie connue`)."""
    return code in _tables()["absence"]["codes"] or _absent().match(words.strip()) is not None
