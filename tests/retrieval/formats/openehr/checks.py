"""What must hold of every document that a reader makes, whatever it was made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from retrieval.composition import ReadDocument
from retrieval.fact import (
    Boolean,
    Coded,
    Fact,
    Identifier,
    Missing,
    Moment,
    Ordinal,
    Quantity,
    Ratio,
    Text,
    Value,
)
from retrieval.formats.openehr.paths import follow
from retrieval.formats.openehr.precision import magnitude_of
from retrieval.formats.openehr.ranges import written_range
from retrieval.formats.openehr.reference_model import actual_type, attribute
from retrieval.formats.openehr.values import read_value
from retrieval.formats.openehr.vocabulary import table
from retrieval.formats.tree import flag_of, number_of, text_of, value_at

Node = dict[str, Any]

IGNORED = {
    ("COMPOSITION", "category"): "persistent or event: said by the kind of the document",
    (
        "HISTORY",
        "origin",
    ): "the time of each event is written; the origin only where there is one event or none",
    ("TERM_MAPPING", "purpose"): "why a code was mapped; the code itself is in the fact",
    ("DV_DATE_TIME", "accuracy"): "precision of a date",
    ("DV_DATE", "accuracy"): "precision of a date",
    ("DV_TIME", "accuracy"): "precision of a time",
    ("DV_MULTIMEDIA", "thumbnail"): "a smaller copy of the same picture",
    ("PARTY_IDENTIFIED", "identifiers"): "identifiers of professionals",
    ("PARTY_RELATED", "identifiers"): "identifiers of other people",
    ("PARTY_RELATED", "relationship"): "written with the name where the person is shown",
    ("AUDIT_DETAILS", "time_committed"): "in the Composition",
    ("REFERENCE_RANGE", "meaning"): "written with the value",
    ("ITEM_TREE", "name"): "name of a structure",
    ("ITEM_LIST", "name"): "name of a structure",
    ("ITEM_SINGLE", "name"): "name of a structure",
    ("ITEM_TABLE", "name"): "name of a structure",
    ("HISTORY", "name"): "name of a structure",
    ("POINT_EVENT", "name"): "name of an event; written when it says something",
    ("INTERVAL_EVENT", "name"): "name of an event; written when it says something",
    ("ACTIVITY", "name"): "name of an activity; written when there are several",
}
"""Administrative data values that are in neither text nor facts, each with the reason."""


def check_document(document: ReadDocument) -> None:
    """Locators, details and blocks point where they say."""
    text = document.text
    for fact in document.facts:
        locator = fact.locator
        assert text[locator.start : locator.end] == locator.quote
        assert locator.quote.strip()
        assert (locator.record_id, locator.version) == (
            document.composition.record_id,
            document.composition.version,
        )
        assert locator.text_version == document.text_version
        for detail in fact.details:
            assert 0 <= detail.start <= detail.end <= len(text)
            assert detail.text in text[detail.start : detail.end]
    assert len({fact.id for fact in document.facts}) == len(document.facts)
    end = 0
    for block in document.blocks:
        assert end <= block.start < block.end <= len(text)
        end = block.end
    assert all(not piece.strip() for piece in outside(document)), "text outside every block"


def outside(document: ReadDocument) -> Iterator[str]:
    """The stretches of the text that no block covers."""
    at = 0
    for block in document.blocks:
        yield document.text[at : block.start]
        at = block.end
    yield document.text[at:]


def check_paths(document: ReadDocument, root: Node) -> int:
    """Every path of a fact and of a detail finds a raw value that says the same; returns how many."""
    paths = 0
    for fact in document.facts:
        agree(fact, follow(root, fact.locator.path))
        paths += 1
        for detail in fact.details:
            assert detail.value is not None
            same(detail.value, follow(root, detail.path), detail.path)
            paths += 1
    return paths


def agree(fact: Fact, raw: object) -> None:
    same(fact.value, raw, fact.locator.path)


def same(value: Value, raw: object, path: str) -> None:
    """The typed value says what the raw value says."""
    if isinstance(value, Missing):
        assert isinstance(raw, dict), path
        return
    if not isinstance(raw, dict):
        assert isinstance(value, Text), path
        assert value.text == text_of(raw), path
    elif isinstance(value, Quantity):
        assert value.magnitude == number_of(raw["magnitude"]), path
        precise = str(magnitude_of(raw))  # the source's digits, at the precision that it states
        assert str(value.magnitude) in (text_of(raw["magnitude"]).strip(), precise), path
    elif isinstance(value, Coded):
        inner = raw["value"] if isinstance(raw.get("value"), dict) else raw
        inner = inner.get("symbol", inner)
        assert value.text in (inner.get("value"), value_at(inner, "defining_code", "code_string")), path
    elif isinstance(value, Moment):
        assert value.iso == raw["value"], path
    elif isinstance(value, Ratio):
        assert value.numerator == number_of(raw["numerator"]), path
    elif isinstance(value, Ordinal):
        assert value.rank == number_of(raw["value"]), path
    elif isinstance(value, Identifier):
        assert value.id == text_of(raw.get("id")), path
    elif isinstance(value, Boolean):
        assert value.value == flag_of(raw["value"]), path
    elif isinstance(value, Text) and "items" not in raw:
        said = (
            text_of(raw.get(key)) or value_at(raw, key, "value")
            for key in ("value", "magnitude", "code_string", "id")
        )
        assert value.text in (*said, value_at(raw, "hyperlink", "value"), *_shown(raw)), path


def _shown(raw: Node) -> tuple[str, ...]:
    hyperlink = value_at(raw, "hyperlink", "value")
    return (f"{text_of(raw.get('value'))} <{hyperlink}>", f" <{hyperlink}>")


def data_values(node: object, declared: str, path: str) -> Iterator[tuple[str, str, str, Node, Node]]:
    """Every DATA_VALUE below `node`, not those inside another: path, owner class, attribute, value, owner."""
    if not isinstance(node, dict):
        return
    kind = actual_type(node.get("_type"), declared)
    for name, child in node.items():
        known = attribute(kind, name)
        inner = known.type if known else ""
        for number, item in enumerate(child if isinstance(child, list) else [child], start=1):
            if not isinstance(item, dict):
                continue
            where = f"{path}/{name}[{number}]" if isinstance(child, list) else f"{path}/{name}"
            value_kind = actual_type(item.get("_type"), inner)
            if value_kind.startswith("DV_") or (name == "value" and kind == "ELEMENT"):
                yield where, kind, name, item, node
            else:
                yield from data_values(item, inner, where)


def uncovered(document: ReadDocument, root: Node) -> tuple[list[str], Counter[str]]:
    """Data values that neither text nor facts nor the ignored list account for, and how many were ignored."""
    said = {id(follow(root, fact.locator.path)) for fact in document.facts}
    said |= {id(follow(root, detail.path)) for fact in document.facts for detail in fact.details}
    typed = {id(follow(root, fact.locator.path)) for fact in document.facts if fact.kind != "generic"}
    lined = set(_in_one_line(root))
    lost, ignored = [], Counter[str]()
    for path, owner, name, node, parent in data_values(root, "COMPOSITION", ""):
        if id(node) in said or _in_text(node, name, owner, document.text):
            continue
        if (owner, name) in IGNORED or (
            name == "name" and (id(parent) in lined or _names_a_fact(parent, typed))
        ):
            ignored[f"{owner}.{name}"] += 1
        else:
            lost.append(f"{path} ({owner}.{name}) {str(node)[:120]}")
    return lost, ignored


def _in_one_line(node: object) -> Iterator[int]:
    """The elements that rules write together in one line: label, value, unit and status of analytes and doses."""
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for child in children:
        yield from _in_one_line(child)
    if isinstance(node, dict) and "CLUSTER." in str(node.get("archetype_node_id")):
        concept = str(node["archetype_node_id"]).partition("CLUSTER.")[2].partition(".")[0]
        codes = {"laboratory_test_analyte": ("at0024", "at0001", "at0005"), "dosage": ("at0144", "at0145")}
        items = node.get("items") if isinstance(node.get("items"), list) else []
        held = codes.get(concept, ())
        yield from (
            id(item)
            for item in items or []
            if isinstance(item, dict) and str(item.get("archetype_node_id")).partition(".")[0] in held
        )


def _names_a_fact(owner: Node, typed: set[int]) -> bool:
    """Whether a name is that of a measured element or cluster, which the fact's own label replaces.

    An analyte or a dose is one line: the names of its label, value, unit and status are not written.
    """
    inside = owner.get("items") if isinstance(owner.get("items"), list) else [owner]
    return any(
        isinstance(item, dict) and (id(item) in typed or id(item.get("value")) in typed)
        for item in inside or []
    )


def _in_text(node: Node, name: str, owner: str, text: str) -> bool:
    kind = actual_type(node.get("_type"), (attribute(owner, name) or ("", "DV_TEXT", False))[1])
    reading = read_value(node, kind)
    if reading is None:
        return not any(
            text_of(value) for key, value in node.items() if key != "_type" and not isinstance(value, dict)
        )
    words = [reading.text, written_range(node, None) if kind == "DV_INTERVAL" else reading.text]
    number = value_at(node, "defining_code", "code_string")
    for translated in ("setting", "state", "math_function", "mode", "null_flavour"):
        words.append(table(translated).get(number, reading.text))
    return any(word and word in text for word in words)
