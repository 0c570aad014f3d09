"""Places in a resource: `Bundle.entry[3].resource.valueQuantity.value`, and what stands there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from retrieval.errors import UnknownRecord
from retrieval.formats.tree import Node, text_of

_STEP = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<places>(?:\[\d{1,7}\])*)\Z")
_PLACE = re.compile(r"\[(\d+)\]")


class At(NamedTuple):
    """A value of the source and its path."""

    value: Any
    path: str


def under(node: Node, name: str, path: str) -> list[At]:
    """The values of an element, each with its path: an element that stands once needs no index."""
    value = node.get(name)
    if isinstance(value, list):
        return [At(item, f"{path}.{name}[{place}]") for place, item in enumerate(value)]
    return [] if value is None else [At(value, f"{path}.{name}")]


def nodes_under(node: Node, name: str, path: str) -> list[At]:
    """Those values of an element that are nodes."""
    return [at for at in under(node, name, path) if isinstance(at.value, dict)]


def first(node: Node, name: str, path: str) -> At | None:
    """The first value of an element."""
    return next(iter(under(node, name, path)), None)


def choice(node: Node, stem: str) -> str:
    """The name under which an element of several types stands (`value` -> `valueQuantity`); empty if none."""
    return next(
        (name for name in node if name.startswith(stem) and name[len(stem) : len(stem) + 1].isupper()), ""
    )


def walk(value: object) -> Iterator[Node]:
    """Every node of a tree, the outermost first."""
    level = [value]
    while level:
        current = level.pop()
        if isinstance(current, dict):
            yield current
            level.extend(current.values())
        elif isinstance(current, list):
            level.extend(current)


def follow(tree: object, path: str) -> object:
    """What stands at a path. Raises UnknownRecord."""
    steps = path.split(".")
    if not isinstance(tree, dict) or text_of(tree.get("resourceType")) != steps[0]:
        raise UnknownRecord("the path starts at another resource")
    value: Any = tree
    for step in steps[1:]:
        match = _STEP.match(step)
        value = value.get(match["name"]) if match and isinstance(value, dict) else None
        for place in map(int, _PLACE.findall(match["places"] if match else "")):
            value = value[place] if isinstance(value, list) and place < len(value) else None
        if value is None:
            raise UnknownRecord("nothing stands at this path")
    return value
