"""openEHR paths: one predicate rule to write them, one function to follow them.

`/content[openEHR-EHR-OBSERVATION.pulse.v2]/data[at0001]/events[at0002]/data[at0003]/items[at0004]/value`

A predicate is the node id where it is unique among its siblings; with `and name/value='...'` where that makes
it unique; else followed by the 1-based position among the siblings that share the node id (`[at0002][3]`).
Items that have no node id are addressed by position alone (`[2]`).
"""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

from retrieval.errors import UnknownRecord
from retrieval.formats.openehr.names import name_of
from retrieval.formats.tree import Node, text_of

_STEP = re.compile(
    r"/(?P<attribute>[^/\[\]]+)"
    r"(?:\[(?P<id>[^\]\[,'\s]+)"
    r"(?:\s+and\s+name/value='(?P<name>[^']*)'|,\s*'(?P<short>[^']*)')?"
    r"(?:,\s*(?P<comma>\d+))?\])?"
    r"(?:\[(?P<position>\d+)\])?"
)


MAX_NAME = 200


class Step(NamedTuple):
    """One step of a path: attribute, node id ("" for none), name (None for any), position (0 for none)."""

    attribute: str
    node_id: str
    name: str | None
    position: int


def predicates(siblings: list[Node]) -> list[str]:
    """The predicate of each sibling of one multi-valued attribute, in order."""
    ids = [text_of(node.get("archetype_node_id")) for node in siblings]
    if len(siblings) == 1:
        return [f"[{ids[0]}]" if _plain(ids[0]) else "[1]"]
    count = Counter(ids)
    named = Counter(
        (node_id, name_of(node)) for node_id, node in zip(ids, siblings, strict=True) if count[node_id] > 1
    )
    seen: Counter[str] = Counter()
    found = []
    for place, (node_id, node) in enumerate(zip(ids, siblings, strict=True), start=1):
        seen[node_id] += 1
        if not _plain(node_id):
            found.append(f"[{place}]")
        elif count[node_id] == 1:
            found.append(f"[{node_id}]")
        elif named[(node_id, name_of(node))] == 1 and _nameable(name_of(node)):
            found.append(f"[{node_id} and name/value='{name_of(node)}']")
        else:
            found.append(f"[{node_id}][{seen[node_id]}]")
    return found


def single(node: Node) -> str:
    """The predicate of a node that is alone in its attribute: its node id, or nothing."""
    node_id = text_of(node.get("archetype_node_id"))
    return f"[{node_id}]" if _plain(node_id) else ""


def _nameable(name: str) -> bool:
    """Each path below holds the name again, so a very long one is left to the position."""
    return "'" not in name and len(name) <= MAX_NAME


def _plain(node_id: str) -> bool:
    return bool(node_id) and not node_id.isdigit() and not re.search(r"[\]\[,'\s/]", node_id)


def parse(path: str) -> list[Step]:
    """Split a path into steps; raises UnknownRecord when it is not an openEHR path."""
    steps, at = [], 0
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None:
            raise UnknownRecord(f"not an openEHR path: {path!r} at character {at}")
        node_id, position = match["id"] or "", int(match["position"] or match["comma"] or 0)
        if node_id.isdigit():
            node_id, position = "", int(node_id)
        name = match["name"] if match["name"] is not None else match["short"]
        steps.append(Step(match["attribute"], node_id, name, position))
        at = match.end()
    return steps


def follow(root: Node, path: str) -> object:
    """The raw value at `path` below `root`; `/` and the empty path are the root. Raises UnknownRecord."""
    current: object = root
    for step in parse("" if path == "/" else path):
        if not isinstance(current, dict) or step.attribute not in current:
            raise UnknownRecord(f"nothing stands at {path!r} ({step.attribute})")
        current = _chosen(current[step.attribute], step, path)
    return current


def _chosen(value: object, step: Step, path: str) -> object:
    if not step.node_id and not step.position:
        return value
    children = value if isinstance(value, list) else [value]
    if step.node_id:
        children = [
            child
            for child in children
            if isinstance(child, dict)
            and text_of(child.get("archetype_node_id")) == step.node_id
            and (step.name is None or name_of(child) == step.name)
        ]
    place = max(step.position, 1)
    if len(children) < place:
        raise UnknownRecord(f"nothing stands at {path!r} ({step.attribute}[{step.node_id or step.position}])")
    found: object = children[place - 1]
    return found
