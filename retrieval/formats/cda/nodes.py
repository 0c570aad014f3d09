"""The elements of a clinical document as plain nodes, their paths, and the way back from a path.

A path is `/ClinicalDocument/component[2]/section/code/@code`: local names, a position where several siblings
share the name, an attribute at the end. Nothing else is understood, so that no stored string is evaluated.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from retrieval.errors import NotAccepted, TooLarge, UnknownRecord

V3 = "urn:hl7-org:v3"
ROOT = "ClinicalDocument"
MAX_DEPTH = 100
MAX_ELEMENTS = 500_000
_STEP = re.compile(
    r"/(?:(?P<name>[A-Za-z_][\w.-]*)(?:\[(?P<position>[1-9]\d{0,6})\])?|@(?P<attribute>[\w.-]+))"
)


@dataclass(slots=True, eq=False)
class Node:
    """An element: local name, attributes by local name (`xsi:type` is `type`), text, children."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    tail: str = ""
    children: list[Node] = field(default_factory=list)
    parent: Node | None = None
    step: str = ""

    def get(self, name: str) -> str:
        """The attribute, trimmed; empty where there is none."""
        return self.attributes.get(name, "").strip()

    def child(self, *names: str) -> Node | None:
        """The first child down the names, or None."""
        node: Node | None = self
        for name in names:
            node = next((each for each in node.children if each.name == name), None) if node else None
        return node

    def all(self, name: str) -> list[Node]:
        """The children with this name."""
        return [each for each in self.children if each.name == name]

    def walk(self) -> Iterator[Node]:
        """The element and all below it, in document order."""
        pending = [self]
        while pending:
            node = pending.pop()
            yield node
            pending.extend(reversed(node.children))

    @property
    def path(self) -> str:
        """Where it stands below the document, with a position where siblings share its name."""
        steps: list[str] = []
        node: Node | None = self
        while node is not None:
            steps.append(node.step)
            node = node.parent
        return "/" + "/".join(reversed(steps))


def documents_in(root: etree._Element) -> list[etree._Element]:
    """The ClinicalDocument elements of the HL7 v3 namespace: the root, or inside another (a stylesheet)."""
    tag = f"{{{V3}}}{ROOT}"
    if root.tag == tag:
        return [root]
    found = [each for each in root.iter(tag) if not any(above.tag == tag for above in each.iterancestors())]
    if not found:
        name = etree.QName(root).localname[:60]
        raise NotAccepted(f"the root element <{name}> holds no HL7 v3 ClinicalDocument")
    return found


def node_of(element: etree._Element) -> Node:
    """The tree of an element. Raises TooLarge over MAX_DEPTH levels or MAX_ELEMENTS elements."""
    top = _bare(element)
    top.step = top.name
    count = 0
    pending = [(element, top, 1)]
    while pending:
        source, node, depth = pending.pop()
        if depth > MAX_DEPTH:
            raise TooLarge(f"nested deeper than {MAX_DEPTH} levels")
        inner = [each for each in source if isinstance(each.tag, str)]
        count += len(inner)
        if count > MAX_ELEMENTS:
            raise TooLarge(f"more than {MAX_ELEMENTS:,} elements")
        node.children = [_bare(each) for each in inner]
        _number(node)
        pending.extend((each, child, depth + 1) for each, child in zip(inner, node.children, strict=True))
    return top


def _bare(element: etree._Element) -> Node:
    return Node(
        name=etree.QName(element).localname,
        attributes={etree.QName(key).localname: str(value) for key, value in element.attrib.items()},
        text=element.text or "",
        tail=element.tail or "",
    )


def _number(parent: Node) -> None:
    total = Counter(child.name for child in parent.children)
    seen: Counter[str] = Counter()
    for child in parent.children:
        seen[child.name] += 1
        child.parent = parent
        child.step = f"{child.name}[{seen[child.name]}]" if total[child.name] > 1 else child.name


def follow(top: Node, path: str) -> object:
    """What stands at a path: an attribute's text, or the element as `value_of` gives it.

    Raises UnknownRecord.
    """
    at, node, first = 0, top, True
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None:
            raise UnknownRecord("not a path of a clinical document")
        at = match.end()
        if match["attribute"]:
            if at != len(path) or match["attribute"] not in node.attributes:
                raise UnknownRecord("nothing stands at this path")
            return node.attributes[match["attribute"]]
        places = [top] if first else node.all(match["name"])
        place = int(match["position"] or 1)
        if place > len(places) or places[place - 1].name != match["name"]:
            raise UnknownRecord("nothing stands at this path")
        node, first = places[place - 1], False
    if first:
        raise UnknownRecord("not a path of a clinical document")
    return value_of(node)


def value_of(node: Node) -> object:
    """An element as a value: its text where it is all there is, else `@attribute`, `#text` and children."""
    if not node.attributes and not node.children:
        return node.text
    value: dict[str, object] = {f"@{name}": text for name, text in node.attributes.items()}
    if node.text.strip():
        value["#text"] = node.text
    for child in node.children:
        value[child.step] = value_of(child)
    return value
