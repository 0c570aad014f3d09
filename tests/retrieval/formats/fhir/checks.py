"""What must hold of every document that the reader makes, and the count of what it leaves out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from decimal import Decimal
from typing import Any, NamedTuple

from retrieval.composition import ReadDocument, ReadItem, ReadPatient, Rejection
from retrieval.fact import Moment, Quantity
from retrieval.formats import french
from retrieval.formats.base import Source
from retrieval.formats.fhir.ignored import tables
from retrieval.formats.fhir.narrative import text_of as narrative_text
from retrieval.formats.fhir.paths import follow
from retrieval.formats.fhir.posology_words import clock
from retrieval.formats.fhir.resource_json import ResourceJson
from retrieval.formats.fhir.resource_xml import ResourceXml
from retrieval.formats.fhir.vocabulary import posology, said, table
from retrieval.formats.fhir.words import UCUM
from retrieval.formats.fhir.xml_tree import tree_of as xml_tree
from retrieval.formats.json_source import load
from retrieval.formats.tree import Node, nodes_of, number_of, text_of, value_at
from retrieval.formats.xml_source import parse

JSON = ResourceJson()
XML = ResourceXml()
_OF_CODES = ("absent", "uninformed", "interpretation_words", "interpretation")
_OF_POSOLOGY = ("when", "short", "after", "days", "abbreviations", "dose_types", "written")
_DECIDED = re.compile(r"timing\.repeat\.(frequency|period|count|offset)(\[|\Z)")


class Read(NamedTuple):
    """What a source gave."""

    patients: list[ReadPatient]
    documents: list[ReadDocument]
    rejected: list[Rejection]

    @property
    def document(self) -> ReadDocument:
        """The only document."""
        (only,) = self.documents
        return only


def read(data: bytes, name: str = "dossier.json") -> Read:
    """Read the bytes as a file of that name, by the format that recognises them."""
    source = Source(name=name, data=data)
    reader = JSON if JSON.recognises(source) else XML
    items: list[ReadItem] = list(reader.read(source))
    return Read(
        [item for item in items if isinstance(item, ReadPatient)],
        [item for item in items if isinstance(item, ReadDocument)],
        [item for item in items if isinstance(item, Rejection)],
    )


def tree_of(document: ReadDocument) -> Node:
    """The resource or Bundle of a document, from its stored bytes."""
    if document.media_type.endswith("xml"):
        return xml_tree(parse(document.raw))
    found: Node = load(document.raw).tree
    return found


def check_document(document: ReadDocument) -> int:
    """Quotes, details, blocks and paths point where they say; returns how many paths were followed."""
    text, tree, paths = document.text, tree_of(document), 0
    for fact in document.facts:
        locator = fact.locator
        assert text[locator.start : locator.end] == locator.quote
        assert locator.quote.strip()
        _same(fact.value, follow(tree, locator.path))
        paths += 1
        for detail in fact.details:
            assert detail.text in text[detail.start : detail.end], detail
            _same(detail.value, follow(tree, detail.path))
            paths += 1
    assert len({fact.id for fact in document.facts}) == len(document.facts)
    end = 0
    for block in document.blocks:
        assert end <= block.start < block.end <= len(text)
        assert not text[end : block.start].strip(), text[end : block.start]
        assert follow(tree, block.path) is not None
        end = block.end
    assert not text[end:].strip()
    return paths


def _same(value: object, raw: object) -> None:
    """The typed value says what the raw value says."""
    assert raw is not None
    if isinstance(value, Quantity):
        assert isinstance(raw, dict)
        assert number_of(raw["value"]) == value.magnitude
        assert value.unit in (text_of(raw.get("code")), text_of(raw.get("unit")))
        assert raw.get("comparator") == value.comparator
    elif isinstance(value, Moment):
        assert value.iso == text_of(raw).strip()


class Leaf(NamedTuple):
    """A primitive value of the source: its steps, the nodes above it, and its text."""

    steps: tuple[str | int, ...]
    above: tuple[Node, ...]
    value: str

    @property
    def names(self) -> tuple[str, ...]:
        """The element names of its path."""
        return tuple(step for step in self.steps if isinstance(step, str))

    @property
    def path(self) -> str:
        """Its path, without positions."""
        return ".".join(self.names)


def leaves(tree: Node) -> list[Leaf]:
    """Every primitive value of a resource, in order."""
    return [
        Leaf(steps, above, text)
        for steps, above, value in _walk(tree, (), ())
        if (text := flat(text_of(value)))
    ]


def _walk(
    value: Any, steps: tuple[str | int, ...], above: tuple[Node, ...]
) -> Iterator[tuple[tuple[str | int, ...], tuple[Node, ...], Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _walk(inner, (*steps, key), (*above, value))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _walk(inner, (*steps, place), above)
    else:
        yield steps, above, value


def unaccounted(document: ReadDocument, tree: Node) -> tuple[list[str], Counter[str]]:
    """The leaves that neither text nor facts nor the ignored list account for; how many were ignored, by rule."""
    text = flat(document.text)
    told = flat(" ".join(each.model_dump_json() for each in (*document.facts, document.composition)))
    lost, left = [], Counter[str]()
    found: dict[str, bool] = {"": False}

    def stands(shape: str) -> bool:
        if shape not in found:
            found[shape] = shape in text or shape in told
        return found[shape]

    for leaf in leaves(tree):
        rule = rule_of(leaf)
        if rule:
            left[rule] += 1
        elif not any(stands(shape) for shape in shapes_of(leaf)):
            lost.append(f"{leaf.path} = {leaf.value[:80]!r}")
    return lost, left


def rule_of(leaf: Leaf) -> str:
    """The line of `ignored.toml` that leaves it out; empty where none does."""
    rules, names = tables(), leaf.names
    kinds = [
        (depth, kind) for depth, each in enumerate(leaf.above) if (kind := value_at(each, "resourceType"))
    ]
    left = next((kind for _, kind in kinds if kind in rules["types"]), "")
    top, kind = kinds[-1]
    own, name = names[top:], names[-1]  # from the resource that holds the leaf
    if left or name == "resourceType":
        return f"types {left}"
    found = next((table for table in ("elements", *_TABLES.get(kind, ())) if own[0] in rules[table]), "")
    if found and (found != "elements" or own[0] == "meta" or len(own) == 1):
        return f"{found} {own[0]}"
    if kind == "Bundle" and own[0] == "entry" and own[1] in rules["bundle"]:
        return f"bundle {own[1]}"
    if own[0] in _HOLDERS:
        return f"patient {own[0]}"
    return f"elements {name}" if name in rules["elements"] else _part_of(leaf, kind)


_TABLES = {"Bundle": ("bundle",), "Patient": ("identity",)}
_HOLDERS = ("subject", "patient", "beneficiary")


def _part_of(leaf: Leaf, kind: str) -> str:
    """The rule of a data type that leaves a leaf out."""
    name, node = leaf.names[-1], leaf.above[-1]
    if name == "status" and "div" in node:
        return "parts Narrative.status"
    if name == "type" and ("reference" in node or "identifier" in node):
        return "parts Reference.type"
    inside = len(leaf.names) > 1 and leaf.names[-2] in ("numerator", "denominator", "low", "high")
    if name == "code" and "value" in node and node.get("unit") and (inside or node.get("system") != UCUM):
        return "parts Quantity.code"
    if name == "use" and ("family" in node or "given" in node):
        return "parts HumanName.use"
    if name in ("code", "display") and _is_no_fact(leaf, kind):
        return f"parts Concept.{name}"
    return ""


def _is_no_fact(leaf: Leaf, kind: str) -> bool:
    """Whether the resource of a leaf states no fact of its own, so that the words alone are kept."""
    resource = next(each for each in reversed(leaf.above) if value_at(each, "resourceType") == kind)
    groups = "hasMember" in resource and not any(name.startswith("value") for name in resource)
    return kind in ("Composition", "Patient", "DiagnosticReport") or (kind == "Observation" and groups)


def flat(text: str) -> str:
    """White space as one space, accents and case kept."""
    return " ".join(text.split())


def shapes_of(leaf: Leaf) -> tuple[str, ...]:
    """The forms in which a leaf may stand in a text or a fact."""
    value, name = leaf.value, leaf.names[-1]
    if name == "div":
        return (flat(narrative_text(value)),)
    if name == "data":
        return ("octets",)
    shapes = [value, value.replace(".", ","), french.moment(value), french.unit(value), said(value)]
    shapes += [french.extended(value) or "", value.removeprefix("urn:uuid:"), f"urn:oid:{value}"]
    shapes += [table(each).get(value, "") for each in _OF_CODES]
    shapes += [_listed(posology(each).get(value, "")) for each in _OF_POSOLOGY]
    number = number_of(value)
    shapes += [french.number(number), str(number)] if number is not None else []
    shapes += [clock(value)] if re.fullmatch(r"\d\d:\d\d(:\d\d)?", value) else []
    if name in ("periodUnit", "durationUnit", "code", "unit"):
        shapes += posology("units").get(value, [])[:2]
        shapes += [value.lower(), posology("plurals").get(value.lower(), "")]
        shapes += [posology("written").get(value.lower(), "")]
    if name == "asNeededBoolean":
        shapes += ["si besoin" if value == "true" else "systématiquement"]
    if name in ("code", "display", "text"):
        shapes += _said_of(leaf)
    if _DECIDED.search(leaf.path) and number == Decimal(1):
        shapes += ["par ", "toutes les", "tous les", "1 fois"]
    return tuple(shapes)


def _said_of(leaf: Leaf) -> list[str]:
    """What is shown instead of the words of a concept: French for the codes of FHIR, IPS and SNOMED CT."""
    found = []
    for node in leaf.above[-2:]:
        for each in [node, *nodes_of(node.get("coding"))]:
            code = value_at(each, "code")
            found += [said(code), posology("dose_types").get(code, "")]
            found += [table(name).get(code, "") for name in _OF_CODES]
    return found


def _listed(value: Any) -> str:
    return value if isinstance(value, str) else ""


_MARKED = frozenset(["text", "display", "title", "description", "valueString", "comment", "conclusion"])


def with_marks(tree: Node) -> tuple[Node, dict[str, str]]:
    """A copy with each text, display and measured number made unique; where each mark stands."""
    copy: Node = deepcopy(tree)
    marks: dict[str, str] = {}
    for leaf in leaves(copy):
        holder: Any = copy
        for step in leaf.steps[:-1]:
            holder = holder[step]
        last: Any = leaf.steps[-1]
        if rule_of(leaf):
            continue
        if leaf.names[-1] in _MARKED and isinstance(holder[last], str):
            holder[last] = mark = f"Zq{len(marks)}z"
        elif leaf.names[-1] == "value" and isinstance(holder[last], Decimal | int):
            holder[last] = Decimal(f"{70_000 + len(marks)}.5")
            mark = f"{70_000 + len(marks)},5"
        else:
            continue
        marks[mark] = leaf.path
    return copy, marks
