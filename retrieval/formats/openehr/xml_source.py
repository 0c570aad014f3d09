"""openEHR XML to the same tree as canonical JSON gives.

`xsi:type` becomes `_type`; where it is absent the type is the one the reference model declares. Namespaces
are ignored: documents exist with the openEHR namespace and with none.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from lxml import etree

from retrieval.formats.json_source import Loaded
from retrieval.formats.openehr.reference_model import PRIMITIVES, actual_type, attribute
from retrieval.formats.tree import MAX_BYTES, Node, check_shape, flag_of, number_of
from retrieval.formats.xml_source import parse

_XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
ROOTS = {
    "composition": "COMPOSITION",
    "version": "ORIGINAL_VERSION",
    "original_version": "ORIGINAL_VERSION",
    "imported_version": "IMPORTED_VERSION",
    "contribution": "CONTRIBUTION",
    "versioned_composition": "VERSIONED_COMPOSITION",
    "ehr": "EHR",
    "ehr_status": "EHR_STATUS",
    "person": "PERSON",
    "folder": "FOLDER",
    "versions": "CONTRIBUTION",
    "compositions": "EHR",
}
"""Local name of a root element -> class; `versions` and `compositions` are bare lists."""


def load(data: bytes, limit: int = MAX_BYTES) -> Loaded:
    """Parse and convert one XML document."""
    return Loaded(to_tree(parse(data, limit)), ())


def to_tree(root: etree._Element) -> Node:
    """The tree of a root element; `_type` is what it states, or what its local name says."""
    local = _local(root)
    kind = actual_type(root.get(_XSI_TYPE), ROOTS.get(local, ""))
    if local == "versions" and _plain_list(root):
        tree: Node = {
            "_type": "CONTRIBUTION",
            "versions": [_node(child, "ORIGINAL_VERSION") for child in root],
        }
    elif local == "compositions":
        tree = {"_type": "EHR", "compositions": [_node(child, "COMPOSITION") for child in root]}
    else:
        tree = _node(root, kind)
    check_shape(tree)
    return tree


def _plain_list(root: etree._Element) -> bool:
    return all(_local(child) in ("version", "versions", "original_version") for child in root)


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname


def _node(element: etree._Element, declared: str) -> Node:
    kind = actual_type(element.get(_XSI_TYPE), declared)
    node: Node = {"_type": kind} if kind else {}
    for key, text in element.attrib.items():
        if not str(key).startswith("{"):
            node[str(key)] = str(text)
    for child in element:
        name = _local(child)
        known = attribute(kind, name)
        value = _value(child, known.type if known else "")
        if known is not None and known.many:
            node.setdefault(name, []).append(value)
        elif name in node:
            earlier = node[name]
            node[name] = [*earlier, value] if isinstance(earlier, list) else [earlier, value]
        else:
            node[name] = value
    return node


def _value(element: etree._Element, declared: str) -> Any:
    text = element.text or ""
    if declared in PRIMITIVES and len(element) == 0:
        return _primitive(text, declared)
    if len(element) == 0 and not declared and element.get(_XSI_TYPE) is None and not element.attrib:
        return text
    return _node(element, declared)


def _primitive(text: str, declared: str) -> str | bool | int | Decimal:
    if declared == "Boolean":
        flag = flag_of(text)
        return text if flag is None else flag
    if declared in ("Real", "Integer"):
        number = number_of(text)
        if number is None:
            return text
        whole = declared == "Integer" and number == number.to_integral_value()
        return int(number) if whole else number
    return text
