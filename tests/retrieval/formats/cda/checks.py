"""What must hold of every document that the reader makes, and the count of what it leaves out."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import NamedTuple

from lxml import etree

from retrieval.composition import ReadDocument, ReadItem, ReadPatient
from retrieval.fact import Media, Moment, Quantity
from retrieval.formats.base import Source
from retrieval.formats.cda import times
from retrieval.formats.cda.attachments import is_attachment
from retrieval.formats.cda.clinical_document import ClinicalDocument
from retrieval.formats.cda.nodes import Node, documents_in, follow, node_of
from retrieval.formats.cda.vocabulary import table
from retrieval.formats.cda.words import amount, unit_words
from retrieval.formats.xml_source import parse

READER = ClinicalDocument()


class Read(NamedTuple):
    """What a source gave."""

    patients: list[ReadPatient]
    documents: list[ReadDocument]

    @property
    def document(self) -> ReadDocument:
        """The only document."""
        (only,) = self.documents
        return only


def read(data: bytes, name: str = "document.xml") -> Read:
    """Read the bytes as a file of that name."""
    items: list[ReadItem] = list(READER.read(Source(name=name, data=data)))
    return Read(
        [item for item in items if isinstance(item, ReadPatient)],
        [item for item in items if isinstance(item, ReadDocument)],
    )


def tree_of(data: bytes) -> Node:
    """The first document of the bytes."""
    return node_of(documents_in(parse(data))[0])


def check_document(document: ReadDocument) -> int:
    """Quotes, details, blocks and paths point where they say; returns how many paths were followed."""
    text, root, paths = document.text, tree_of(document.raw), 0
    for fact in document.facts:
        locator = fact.locator
        assert text[locator.start : locator.end] == locator.quote
        assert locator.quote.strip()
        _same(fact.value, follow(root, locator.path))
        paths += 1
        for detail in fact.details:
            assert detail.text in text[detail.start : detail.end], detail
            assert follow(root, detail.path) is not None
            paths += 1
    assert len({fact.id for fact in document.facts}) == len(document.facts)
    end = 0
    for block in document.blocks:
        assert end <= block.start < block.end <= len(text)
        assert not text[end : block.start].strip(), text[end : block.start]
        assert follow(root, block.path) is not None
        end = block.end
    assert not text[end:].strip()
    return paths


def _same(value: object, raw: object) -> None:
    """The typed value says what the raw value says."""
    assert raw is not None
    if isinstance(value, Quantity) and value.comparator is None:
        assert isinstance(raw, dict)
        assert raw["@value"] == str(value.magnitude) or float(raw["@value"]) == float(value.magnitude)
        assert raw.get("@unit", "") == value.unit
    elif isinstance(value, Moment):
        assert isinstance(raw, dict)
        assert times.iso_of(raw["@value"]) == value.iso
    elif isinstance(value, Media):
        assert isinstance(raw, dict)


class Leaf(NamedTuple):
    """An attribute or a text of the source."""

    node: Node
    name: str
    value: str

    @property
    def keys(self) -> tuple[str, ...]:
        """The ways in which `ignored.toml` may name it, the narrowest first."""
        above = self.node.parent.name if self.node.parent is not None else ""
        own = f"{self.node.name}/{self.name}"
        return (f"{above}/{own}", f"{own}={self.value}", own, f"*/{self.name}={self.value}", f"*/{self.name}")


def leaves(root: Node) -> list[Leaf]:
    """Every attribute and every stretch of text of a document, in order."""
    found = []
    for node in root.walk():
        found += [Leaf(node, f"@{name}", value) for name, value in node.attributes.items() if value.strip()]
        if node.text.strip() and not is_attachment(node):
            found.append(Leaf(node, "#text", node.text))
        if node.tail.strip() and node.parent is not None:
            found.append(Leaf(node, "#tail", node.tail))
    return found


@cache
def ignored() -> dict[str, dict[str, str]]:
    """The administrative fields that are left out, with the reason of each."""
    text = resources.files("retrieval.formats.cda").joinpath("ignored.toml").read_text("utf-8")
    tables: dict[str, dict[str, str]] = tomllib.loads(text)
    return tables


def unaccounted(document: ReadDocument, root: Node) -> tuple[list[str], Counter[str]]:
    """The leaves that neither text nor facts nor the ignored list account for; how many were ignored, by rule."""
    text = flat(document.text)
    said = (*document.facts, document.composition)
    facts = flat(" ".join(each.model_dump_json() for each in said))
    lost, left = [], Counter[str]()
    for leaf in leaves(root):
        rule = rule_of(leaf)
        if any(shown and (shown in text or shown in facts) for shown in shapes_of(leaf)) and not _quiet(rule):
            continue
        if rule:
            left[rule] += 1
        else:
            lost.append(f"{leaf.node.path}/{leaf.name} = {leaf.value[:80]!r}")
    return lost, left


def _quiet(rule: str) -> bool:
    """Structural attributes and whole paths are counted whatever the text holds by chance."""
    return rule.startswith("*/") or rule in ignored()["paths"]


def rule_of(leaf: Leaf) -> str:
    """The line of `ignored.toml` that leaves it out; empty where none does."""
    path = leaf.node.path
    for rule in ignored()["paths"]:
        bare = "/".join(step.partition("[")[0] for step in path.split("/")[2:])
        if bare == rule or bare.startswith(f"{rule}/"):
            return rule
    if leaf.node.name == "code" and leaf.node.get("code") in table_of_modifiers():
        return "code of a statement that is a detail of another"
    if leaf.node.name == "code" and leaf.node.get("code") in table("plain_codes"):
        return "code that says no more than its element"
    return next((key for key in leaf.keys if key in ignored()["attributes"]), "")


def with_marks(data: bytes) -> tuple[bytes, dict[str, str]]:
    """The document with each text, display name, extension and number made unique; where each mark stands."""
    (element,) = documents_in(parse(data))
    root = node_of(element)
    marks: dict[str, str] = {}
    for found, node in zip(_elements(element), root.walk(), strict=True):
        for key, value in list(found.attrib.items()):
            leaf = Leaf(node, f"@{etree.QName(key).localname}", str(value))
            if mark := _mark(leaf, len(marks)):
                found.set(key, mark)
                marks[mark.replace(".", ",")] = f"{node.path}/{leaf.name}"
        if (found.text or "").strip() and not is_attachment(node):
            mark = f"Zq{len(marks)}z"
            found.text = mark
            marks[mark] = f"{node.path}/#text"
    return etree.tostring(element, encoding="utf-8", xml_declaration=True, with_tail=False), marks


def _elements(element: etree._Element) -> Iterator[etree._Element]:
    return (each for each in element.iter() if isinstance(each.tag, str))


_NUMBERS = {"value", "low", "high", "doseQuantity", "numerator", "quantity"}
_NUMBER = re.compile(r"\d{1,5}(\.\d+)?")


def _mark(leaf: Leaf, number: int) -> str:
    """A value that stands nowhere else; empty for what is left as it is."""
    if not leaf.value.strip() or rule_of(leaf):
        return ""
    if leaf.name in ("@displayName", "@extension"):
        return f"Zq{number}z"
    measured = leaf.name == "@value" and leaf.node.name in _NUMBERS and _NUMBER.fullmatch(leaf.value)
    return f"{70_000 + number}.5" if measured else ""


def table_of_modifiers() -> frozenset[str]:
    """The codes of statements that qualify others: the detail's name and label say what they do."""
    return frozenset(table("modifiers"))


def flat(text: str) -> str:
    """White space as one space, accents and case kept."""
    return " ".join(text.split())


def shapes_of(leaf: Leaf) -> tuple[str, ...]:
    """The forms in which a leaf may stand in a text or a fact."""
    value = flat(leaf.value)
    shapes = [value, value.replace(".", ","), times.shown(value), unit_words(value), amount(leaf.node)]
    shapes += [value.partition(":")[2], table("null").get(value, ""), times.iso_of(value) or ""]
    shapes += {"true": ["oui", "true"], "false": ["non", "false"]}.get(value, [])
    if leaf.name == "@nullFlavor":
        word = table("null").get(value, "")
        shapes += [word, f"{word}e"]
    if leaf.name == "@code":
        shapes += [table(name).get(value, "") for name in ("events", "plain_codes", "status_words")]
    if leaf.node.name == "interpretationCode":
        shapes += [table("interpretation_words").get(leaf.node.get("code"), "")]
    if leaf.name == "@negationInd":
        shapes += ["négation", "absent"] if value == "true" else ["present"]
    if leaf.name == "@value" and leaf.node.name in ("period", "width"):
        shapes += [amount(leaf.node), "une fois par"] if value == "1" else []
    if leaf.name == "@unit":
        shapes += [table("period").get(value, "")]
    return tuple(shapes)
