"""The tree that JSON and XML sources are read into, and safe access to it.

A node is a dict with the attribute names of the source's model as keys; a missing attribute is an absent
key. Numbers are `int` or `Decimal`, so that the digits of the source are kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from retrieval.errors import TooLarge

Node = dict[str, Any]

MAX_BYTES = 50_000_000
MAX_DEPTH = 200
MAX_NODES = 2_000_000
MAX_DIGITS = 60
_NUMBER = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?\s*\Z")


def check_size(data: bytes, limit: int = MAX_BYTES) -> None:
    """Raise TooLarge when `data` is longer than `limit` bytes. Called before any parsing."""
    if len(data) > limit:
        raise TooLarge(f"{len(data):,} bytes; the limit is {limit:,} bytes for one source")


def check_shape(tree: object) -> None:
    """Raise TooLarge when the tree is deeper than MAX_DEPTH or has more than MAX_NODES containers."""
    level: list[object] = [tree]
    count = 0
    for _ in range(MAX_DEPTH):
        count += len(level)
        if count > MAX_NODES:
            raise TooLarge(f"more than {MAX_NODES:,} nodes")
        level = [child for node in level for child in _containers(node)]
        if not level:
            return
    raise TooLarge(f"nested deeper than {MAX_DEPTH} levels")


def _containers(node: object) -> Iterator[object]:
    if isinstance(node, dict):
        node = node.values()
    for child in node if isinstance(node, Iterable) and not isinstance(node, str) else ():
        if isinstance(child, dict | list):
            yield child


def text_of(value: object) -> str:
    """A scalar as text: strings as they are, numbers with the digits of the source, else empty."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | Decimal) else ""


def number_of(value: object) -> Decimal | None:
    """A number, or a text that is exactly a number, as Decimal; None otherwise (NaN included)."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | Decimal):
        return Decimal(value)
    if isinstance(value, str) and len(value) <= MAX_DIGITS and _NUMBER.match(value):
        return Decimal(value.strip())
    return None


def flag_of(value: object) -> bool | None:
    """A boolean, or the words true, false, 1, 0; None otherwise."""
    if isinstance(value, bool):
        return value
    return {"true": True, "1": True, "false": False, "0": False}.get(text_of(value).strip().lower())


def node_of(value: object) -> Node:
    """`value` when it is a node, else an empty node."""
    return value if isinstance(value, dict) else {}


def nodes_of(value: object) -> list[Node]:
    """The nodes of a list; a single node counts as a list of one."""
    if isinstance(value, dict):
        return [value]
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def value_at(node: object, *names: str) -> str:
    """Follow attribute names down from `node` and return the scalar there as text, or an empty text."""
    for name in names:
        if not isinstance(node, dict):
            return ""
        node = node.get(name)
    return text_of(node)
