"""References between resources of one source: what they lead to, and what it is called."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from retrieval.formats import french
from retrieval.formats.fhir import words
from retrieval.formats.fhir.paths import choice
from retrieval.formats.fhir.vocabulary import resource as known
from retrieval.formats.tree import Node, node_of, nodes_of, text_of, value_at

_DEPTH = 4
VERSIONED = re.compile(r"/_history/[^/]*\Z")
"""The end of a reference to one version of a resource."""
_RELATIVE = re.compile(r"(?:\A|/)(?P<type>[A-Z][A-Za-z]+)/(?P<id>[A-Za-z0-9.-]{1,64})\Z")


class Entry(NamedTuple):
    """A resource of the source and the address that its Bundle gives it."""

    resource: Node
    full_url: str


class Links:
    """The resources of one source by every address that a reference may use."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._found: dict[str, Node] = {}
        self._named: dict[str, list[Node]] = {}
        for entry in entries:
            for key in _addresses(entry):
                self._found.setdefault(key, entry.resource)
            if name := value_at(entry.resource, "id"):
                self._named.setdefault(name, []).append(entry.resource)

    def find(self, reference: str, inside: Node | None = None) -> Node | None:
        """The resource that a reference leads to; `inside` is the one whose contained resources count.

        Some sources write `#id` for a resource beside this one: it is found where only one has that id.
        """
        bare = VERSIONED.sub("", reference.strip())
        if bare.startswith("#"):
            held = nodes_of((inside or {}).get("contained"))
            contained = next((each for each in held if value_at(each, "id").lstrip("#") == bare[1:]), None)
            beside = self._named.get(bare[1:], [])
            return contained or (beside[0] if len(beside) == 1 else None)
        relative = _RELATIVE.search(bare)
        return self._found.get(bare) or (
            self._found.get(f"{relative['type']}/{relative['id']}") if relative else None
        )

    def name_of(self, node: Node, inside: Node | None = None, depth: int = 0) -> str:
        """What a Reference shows to a reader: its display, else the name of what it leads to."""
        display = value_at(node, "display").strip()
        if display:
            return display
        reference = value_at(node, "reference")
        target = self.find(reference, inside) if reference else None
        if target is not None and depth < _DEPTH:
            return self.title_of(target, inside, depth + 1)
        number = words.identifier(node_of(node.get("identifier")))
        return number or ("" if target is not None else reference) or value_at(node, "type")

    def title_of(self, resource: Node, inside: Node | None = None, depth: int = 0) -> str:
        """What a resource is called."""
        made = "".join(_people(resource)) or self._built(resource, inside, depth)
        dated = value_at(node_of(resource.get("period")), "start") if _is(resource, "Encounter") else ""
        value = self._value(resource) if _is(resource, "Observation") else ""
        tail = f" du {french.moment(dated)}" if dated else f" : {value}" if value else ""
        return (made or value_at(resource, "resourceType")) + tail

    def _built(self, resource: Node, inside: Node | None, depth: int) -> str:
        if _is(resource, "PractitionerRole"):
            who = self.name_of(node_of(resource.get("practitioner")), inside, depth) if depth < _DEPTH else ""
            roles = [words.concept(each) for each in nodes_of(resource.get("code"))]
            return ", ".join(part for part in (who, *roles) if part)
        for name in known(value_at(resource, "resourceType")).get("name", ()):
            for value in values_at(resource, name.split(".")):
                text = self.shown(value, inside, depth)
                if text:
                    return text
        code = node_of(resource.get("code"))
        return words.concept(code) if code else text_of(resource.get("name") or resource.get("title"))

    def shown(self, value: object, inside: Node | None, depth: int = 0) -> str:
        """A name element in words: a concept, a reference or a text."""
        if not isinstance(value, dict):
            return text_of(value).strip()
        shape = words.shape_of(value)
        if shape == "Reference" and ("reference" in value or "identifier" in value):
            return self.name_of(value, inside, depth)
        writer = words.WORDS.get(shape)
        return writer(value) if writer else words.concept(value)

    @staticmethod
    def _value(resource: Node) -> str:
        value = resource.get(choice(resource, "value"))
        if isinstance(value, dict):
            writer = words.WORDS.get(words.shape_of(value))
            return writer(value) if writer else ""
        return words.number(value) if value is not None else ""


def values_at(node: object, steps: list[str]) -> Iterator[object]:
    """Every value at a chain of element names."""
    if isinstance(node, list):
        for item in node:
            yield from values_at(item, steps)
    elif not steps:
        if node is not None:
            yield node
    elif isinstance(node, dict):
        yield from values_at(node.get(steps[0]), steps[1:])


def _people(resource: Node) -> Iterator[str]:
    if value_at(resource, "resourceType") in ("Practitioner", "Patient", "RelatedPerson", "Person"):
        names = nodes_of(resource.get("name"))
        yield words.name(names[0]) if names else ""
    elif isinstance(resource.get("name"), str):
        yield text_of(resource.get("name"))


def _is(resource: Node, kind: str) -> bool:
    return value_at(resource, "resourceType") == kind


def _addresses(entry: Entry) -> Iterator[str]:
    if entry.full_url:
        yield entry.full_url
    name = value_at(entry.resource, "id")
    if name:
        yield f"{value_at(entry.resource, 'resourceType')}/{name}"
        yield f"urn:uuid:{name}"
