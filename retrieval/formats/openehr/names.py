"""The name of a LOCATABLE."""

from __future__ import annotations

from retrieval.formats.tree import Node, text_of, value_at


def name_of(node: Node) -> str:
    """The name of a LOCATABLE (`name/value`), or an empty text."""
    name = node.get("name")
    return value_at(name, "value") if isinstance(name, dict) else text_of(name)
