"""Whose a resource is: what it says itself, else whose the resources are that name it."""

from __future__ import annotations

from retrieval.formats.fhir.identity import hint_of
from retrieval.formats.fhir.links import VERSIONED, values_at
from retrieval.formats.fhir.parts import Held
from retrieval.formats.fhir.paths import walk
from retrieval.formats.tree import Node, node_of, nodes_of, value_at

_HOLDERS = (["subject"], ["patient"], ["beneficiary"], ["participant", "actor"], ["individual"])


def contained_people(resource: Node) -> list[Node]:
    """The Patients inside a resource, without their ids, which mean something there alone."""
    return [
        {key: value for key, value in each.items() if key != "id"}
        for each in nodes_of(resource.get("contained"))
        if value_at(each, "resourceType") == "Patient"
    ]


def patient_hint(resource: Node, held: Held) -> str | None:
    """Whose the resource says it is, in the words of `identity.hint_of`; None when it does not say."""
    if value_at(resource, "resourceType") == "Patient":
        return hint_of(resource, held.addresses.get(id(resource), "")) or None
    for steps in _HOLDERS:
        for value in values_at(resource, steps):
            hint = _hint(value, resource, held) if isinstance(value, dict) else None
            if hint:
                return hint
    return None


def _hint(reference: Node, resource: Node, held: Held) -> str | None:
    target = value_at(reference, "reference")
    found = held.links.find(target, resource) if target else None
    if found is not None:
        if value_at(found, "resourceType") != "Patient":
            return None
        if any(found is each for each in nodes_of(resource.get("contained"))):
            return hint_of({**found, "id": ""}) or None
        return hint_of(found, held.addresses.get(id(found), "")) or None
    if target:
        bare = VERSIONED.sub("", target).rpartition("/")[2].removeprefix("urn:uuid:")
        is_patient = "Patient/" in target or target.startswith("urn:uuid:")
        return bare if is_patient else None
    identifier = node_of(reference.get("identifier"))
    value = value_at(identifier, "value")
    return f"{value_at(identifier, 'system').removeprefix('urn:oid:')}|{value}" if value else None


def named_by(held: Held) -> dict[int, frozenset[str]]:
    """The patients of the resources that name each resource, by the identity of its node."""
    found: dict[int, set[str]] = {}
    for part in held.parts:
        own = patient_hint(part.resource, held) or ""
        for node in walk(part.resource):
            address = value_at(node, "reference") or value_at(node, "url")
            target = held.links.find(address, part.resource) if address else None
            if target is not None and target is not part.resource:
                found.setdefault(id(target), set()).add(own)
    return {key: frozenset(each) for key, each in found.items()}


def only(hints: frozenset[str]) -> str | None:
    """The only patient among them; None when there are several, or one that is not known."""
    return next(iter(hints)) or None if len(hints) == 1 else None
