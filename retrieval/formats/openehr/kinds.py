"""The kind of a document, by the patterns of `kinds.toml`."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from functools import cache
from importlib import resources
from typing import Any, cast

from retrieval.composition import CompositionKind
from retrieval.formats.openehr.archetypes import concept_of
from retrieval.formats.openehr.names import name_of
from retrieval.formats.openehr.state import Group
from retrieval.formats.tree import Node, value_at


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("kinds.toml").read_text("utf-8"))


def folded(text: str) -> str:
    """Lower case, without accents, underscores as spaces."""
    plain = unicodedata.normalize("NFD", text.casefold().replace("_", " "))
    return "".join(char for char in plain if not unicodedata.combining(char))


@cache
def _title_patterns() -> tuple[tuple[CompositionKind, re.Pattern[str]], ...]:
    return tuple(
        (row["kind"], re.compile(r"\b(?:" + "|".join(map(re.escape, row["words"])) + ")"))
        for row in _tables()["title"]
    )


def kind_of(node: Node, archetype: str, groups: list[Group]) -> CompositionKind:
    """By archetype, then title, then what most entries are, then template, else `other`."""
    lowered = archetype.lower()
    for row in _tables()["archetype"]:
        if any(word in lowered for word in row["words"]):
            return cast(CompositionKind, row["kind"])
    concept = concept_of(archetype)
    fallback = _tables()["fallback"].get(concept)
    found = _by_title(name_of(node)) or _by_entries(groups, whole=fallback is not None)
    template = value_at(node, "archetype_details", "template_id", "value")
    return found or fallback or _by_title(template) or "other"


def _by_title(title: str) -> CompositionKind | None:
    words = folded(title)
    return next((kind for kind, pattern in _title_patterns() if pattern.search(words)), None)


def _by_entries(groups: list[Group], *, whole: bool) -> CompositionKind | None:
    """What at least half of the entries are; all of them where the archetype is that of an encounter."""
    entries = [group for group in groups if not group.root.startswith("COMPOSITION.")]
    kinds = _tables()["entries"]
    count = Counter(kinds[_base(group.root)] for group in entries if _base(group.root) in kinds)
    if not count:
        return None
    kind, number = count.most_common(1)[0]
    enough = number == len(entries) if whole else number * 2 >= len(entries)
    return cast(CompositionKind, kind) if enough else None


def _base(root: str) -> str:
    return root.partition("-")[0]
