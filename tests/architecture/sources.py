"""The product's source files, parsed once for the tests of the architecture."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("assistant", "retrieval", "prompts", "models", "eval")


class Source(NamedTuple):
    """A module of the product. `name` is its path from the root."""

    name: str
    text: str
    tree: ast.Module


@cache
def sources() -> tuple[Source, ...]:
    """Every module of the product."""
    found = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            text = path.read_text("utf-8")
            found.append(Source(path.relative_to(ROOT).as_posix(), text, ast.parse(text)))
    return tuple(found)


def imported(source: Source) -> Iterator[str]:
    """The top-level names that a module imports, wherever in it."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]
