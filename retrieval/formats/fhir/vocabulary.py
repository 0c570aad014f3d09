"""The words and tables of the reader: `vocabulary.toml`, `resources.toml`, `posology.toml`."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from typing import Any

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@cache
def _file(name: str) -> dict[str, Any]:
    text = resources.files(__package__).joinpath(name).read_text("utf-8")
    return tomllib.loads(text)


def table(name: str) -> dict[str, str]:
    """A table of `vocabulary.toml`, by element name or code."""
    found: dict[str, str] = _file("vocabulary.toml")[name]
    return found


def posology(name: str) -> dict[str, Any]:
    """A table of `posology.toml`."""
    found: dict[str, Any] = _file("posology.toml")[name]
    return found


@cache
def resource(kind: str) -> dict[str, Any]:
    """What `resources.toml` says of a resource type; an empty table for a type that it does not name."""
    found: dict[str, Any] = _file("resources.toml").get(kind, {})
    return found


def label_of(name: str) -> str:
    """The French label of an element; its own name in words where the table has none."""
    bare = name.lstrip("_")
    known = table("labels").get(bare)
    if known:
        return known
    stem = next((stem for stem in table("choices") if bare.startswith(stem)), "")
    if stem and bare[len(stem) : len(stem) + 1].isupper():
        return table("choices")[stem]
    return _WORD.sub(" ", bare).capitalize()


def said(code: str) -> str:
    """A code of FHIR's own value sets in French; empty where the table has none."""
    return table("codes").get(code, "")
