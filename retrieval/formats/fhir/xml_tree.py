"""FHIR XML to the tree that FHIR JSON gives.

Without a schema an element that stands once cannot be told from a list of one: it stands alone, and every
reading function takes both. Numbers and booleans stay texts.
"""

from __future__ import annotations

from typing import Any

from lxml import etree

from retrieval.errors import NotAccepted, TooLarge
from retrieval.formats.tree import MAX_DEPTH, Node

NAMESPACE = "http://hl7.org/fhir"
_XHTML = "{http://www.w3.org/1999/xhtml}div"


def tree_of(element: etree._Element) -> Node:
    """The resource of an element. Raises NotAccepted for an element that is no FHIR resource, TooLarge."""
    if etree.QName(element).namespace != NAMESPACE:
        raise NotAccepted("not FHIR: the first element is not in the namespace http://hl7.org/fhir")
    return {"resourceType": etree.QName(element).localname, **_members(element, 0)}


def _members(element: etree._Element, depth: int) -> Node:
    if depth > MAX_DEPTH:
        raise TooLarge(f"nested deeper than {MAX_DEPTH} levels")
    node: Node = {}
    if element.get("id") is not None:
        node["id"] = element.get("id")
    if element.get("url") is not None:
        node["url"] = element.get("url")
    for child in element:
        if isinstance(child.tag, str):
            _add(node, child, depth)
    return node


def _add(node: Node, child: etree._Element, depth: int) -> None:
    name = etree.QName(child).localname
    if child.tag == _XHTML:
        _put(node, name, etree.tostring(child, encoding="unicode", with_tail=False))
        return
    inner = [each for each in child if isinstance(each.tag, str)]
    if len(inner) == 1 and etree.QName(inner[0]).localname[:1].isupper():
        _put(node, name, tree_of(inner[0]) if depth < MAX_DEPTH else {})
        return
    members = _members(child, depth + 1)
    value = child.get("value")
    if value is None:
        _put(node, name, members)
        return
    _put(node, name, value)
    if members:
        _put(node, f"_{name}", members)


def _put(node: Node, name: str, value: Any) -> None:
    if name not in node:
        node[name] = value
    elif isinstance(node[name], list):
        node[name].append(value)
    else:
        node[name] = [node[name], value]
