"""A document Bundle: its Composition, its sections, the resources that they name, then all others."""

from __future__ import annotations

from retrieval.formats.fhir import words
from retrieval.formats.fhir.ignored import reason_of_type, says_only_who
from retrieval.formats.fhir.links import Links
from retrieval.formats.fhir.narrative import text_of as narrative_text
from retrieval.formats.fhir.paths import At, nodes_under
from retrieval.formats.fhir.statements import write_resource
from retrieval.formats.fhir.vocabulary import label_of
from retrieval.formats.fhir.writing import Writing, write_extensions, write_members
from retrieval.formats.sheet import Sheet
from retrieval.formats.tree import Node, node_of, value_at

_APART = {"section", "text", "title"}
_MAX_SECTIONS = 20


class _Rest:
    """The entries of a Bundle and which of them are written."""

    def __init__(self, bundle: Node) -> None:
        self.places: dict[int, At] = {}
        self.left: dict[int, At] = {}
        for entry in nodes_under(bundle, "entry", "Bundle"):
            for at in nodes_under(entry.value, "resource", entry.path):
                self.places[id(at.value)] = at
                self.left[id(at.value)] = at

    def take(self, resource: Node | None) -> At | None:
        """The place of a resource that is not written yet."""
        return self.left.pop(id(resource), None) if resource is not None else None


def write_bundle(bundle: Node, head: Node, title: str, sheet: Sheet, links: Links) -> None:
    """Write the whole document. Raises TooLarge."""
    rest = _Rest(bundle)
    at = rest.take(head)
    path = at.path if at is not None else "Bundle"
    writing = Writing(sheet, links, (title,), head, path)
    sheet.block((title,), path)
    sheet.heading(title, path, trail=(title,))
    write_members({key: value for key, value in head.items() if key not in _APART}, path, writing, 0)
    _write_narrative(head, path, (title,), sheet)
    for section in nodes_under(head, "section", path):
        _write_section(section, (title,), writing, rest, 0)
    others = [at for at in rest.left.values() if _is_read(at.value)]
    for each in others:
        inner = Writing(sheet, links, (title, "Autres éléments"), each.value, each.path)
        write_resource(each.value, each.path, inner)


def _is_read(resource: Node) -> bool:
    kind = value_at(resource, "resourceType")
    return not says_only_who(resource) if kind == "Patient" else not reason_of_type(kind)


def _write_section(at: At, trail: tuple[str, ...], writing: Writing, rest: _Rest, depth: int) -> None:
    node = at.value
    if depth > _MAX_SECTIONS:
        writing.sheet.warn(f"sections nested deeper than {_MAX_SECTIONS} levels are not read: {at.path}")
        return
    title = value_at(node, "title") or words.concept(node_of(node.get("code"))) or label_of("section")
    inner = (*trail, title)
    sheet = writing.sheet
    sheet.block(inner, at.path)
    sheet.heading(title, at.path, trail=inner)
    own = Writing(sheet, writing.links, inner, writing.resource, at.path)
    own.written.update(each.path for each in nodes_under(node, "entry", at.path))
    for code in nodes_under(node, "code", at.path):
        own.written.add(code.path)
        write_extensions(code.value, code.path, own, 1)
    write_members({key: value for key, value in node.items() if key not in _APART}, at.path, own, 0)
    _write_narrative(node, at.path, inner, sheet)
    for entry in nodes_under(node, "entry", at.path):
        _write_entry(entry, inner, own, rest)
    for below in nodes_under(node, "section", at.path):
        _write_section(below, inner, writing, rest, depth + 1)


def _write_entry(entry: At, trail: tuple[str, ...], writing: Writing, rest: _Rest) -> None:
    target = writing.links.find(value_at(entry.value, "reference"), writing.resource)
    place = rest.take(target)
    if place is not None and _is_read(place.value):
        inner = Writing(writing.sheet, writing.links, trail, place.value, place.path)
        write_resource(place.value, place.path, inner)
        return
    writing.say(label_of("entry"), writing.links.name_of(entry.value, writing.resource), 0)
    if target is None:
        writing.sheet.warn(f"a reference leads to nothing in this source: {entry.path}")


def _write_narrative(node: Node, path: str, trail: tuple[str, ...], sheet: Sheet) -> None:
    text = narrative_text(value_at(node, "text", "div"))
    if text:
        sheet.prose(text, f"{path}.text.div", heading=trail)
