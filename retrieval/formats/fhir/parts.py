"""The resources that a source holds, each with its place in the source."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from retrieval.errors import NotAccepted, TooLarge
from retrieval.formats.fhir.links import Entry, Links
from retrieval.formats.json_slices import Steps
from retrieval.formats.tree import Node, node_of, nodes_of, value_at

_MAX_NESTED = 8


class Part(NamedTuple):
    """A resource that may be a document, the address its Bundle gives it, and where it stands."""

    resource: Node
    full_url: str
    steps: Steps


class Held(NamedTuple):
    """What a source holds: its parts, and all its resources for references.

    `strays` are the places where a resource should stand and none does; `deletions` are the entries that
    delete, `bare` counts those that hold neither a resource nor a deletion.
    """

    parts: list[Part]
    links: Links
    addresses: dict[int, str]
    strays: list[Steps]
    deletions: tuple[Part, ...] = ()
    bare: int = 0


def held_in(tree: Any) -> Held:
    """Everything that a parsed source holds. Raises NotAccepted when it is not FHIR, TooLarge."""
    found = list(_parts(tree, "", (), 0))
    parts = [part for part in found if value_at(part.resource, "resourceType")]
    if not parts and not _is_bundle(tree):
        raise NotAccepted("not FHIR: no resource with a resourceType")
    entries = [entry for part in parts for entry in _entries(part)]
    empty = [part for part in found if _is_entry(part)]
    deletions = tuple(part for part in empty if value_at(part.resource, "request", "method") == "DELETE")
    return Held(
        parts,
        Links(entries),
        {id(entry.resource): entry.full_url for entry in entries},
        [part.steps for part in found if not value_at(part.resource, "resourceType") and not _is_entry(part)],
        deletions,
        len(empty) - len(deletions),
    )


def _is_bundle(tree: Any) -> bool:
    return isinstance(tree, dict) and value_at(tree, "resourceType") == "Bundle"


def _is_entry(part: Part) -> bool:
    """Whether a part is an entry of a Bundle without a resource."""
    return bool(part.steps) and part.steps[-1] != "resource" and "entry" in part.steps


def is_document(resource: Node) -> bool:
    """Whether a Bundle is one document: of that type, or with a Composition first."""
    entries = nodes_of(resource.get("entry"))
    first = entries[0].get("resource") if entries else None
    led = isinstance(first, dict) and value_at(first, "resourceType") == "Composition"
    return _is_bundle(resource) and led and value_at(resource, "type") in ("document", "")


def _parts(tree: Any, full_url: str, steps: Steps, depth: int) -> Iterator[Part]:
    if depth > _MAX_NESTED:
        raise TooLarge(f"Bundles nested deeper than {_MAX_NESTED} levels")
    if isinstance(tree, list):
        for place, item in enumerate(tree):
            yield from _parts(item, "", (*steps, place), depth + 1)
        return
    if not isinstance(tree, dict) or not _is_bundle(tree) or is_document(tree):
        yield Part(tree if isinstance(tree, dict) else {}, full_url, steps)
        return
    entries = tree.get("entry")
    for place, entry in enumerate(entries if isinstance(entries, list) else nodes_of(entries)):
        here = (*steps, "entry", place) if isinstance(entries, list) else (*steps, "entry")
        if not isinstance(entry, dict) or entry.get("resource") is None:
            yield Part(_without_type(entry), value_at(entry, "fullUrl"), here)
            continue
        yield from _parts(entry["resource"], value_at(entry, "fullUrl"), (*here, "resource"), depth + 1)


def _without_type(entry: Any) -> Node:
    return {key: each for key, each in node_of(entry).items() if key != "resourceType"}


def _entries(part: Part) -> Iterator[Entry]:
    yield Entry(part.resource, part.full_url)
    if _is_bundle(part.resource):
        for entry in nodes_of(part.resource.get("entry")):
            resource = entry.get("resource")
            if isinstance(resource, dict):
                yield Entry(resource, value_at(entry, "fullUrl"))
