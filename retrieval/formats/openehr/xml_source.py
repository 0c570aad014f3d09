"""Bytes to tree for XML: hardened parsing, then the same tree as canonical JSON gives.

No document type, entity, DTD or network: a document type is refused before the parser sees the bytes.
`xsi:type` becomes `_type`; where it is absent the type is the one the reference model declares. Namespaces
are ignored: documents exist with the openEHR namespace and with none.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from lxml import etree

from retrieval.errors import NotWellFormed, TooLarge, UnsafeInput
from retrieval.formats.openehr.json_source import Loaded, place_of
from retrieval.formats.openehr.reference_model import PRIMITIVES, actual_type, attribute
from retrieval.formats.openehr.tree import MAX_BYTES, Node, check_shape, check_size, flag_of, number_of

_XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_DECLARATION = re.compile(r"\A<\?xml\s[^>]*?\?>")
_ENCODING = re.compile(rb"\A\s*<\?xml\s[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_PROLOG = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_ENCODINGS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "iso-8859-1": "iso-8859-1",
    "latin-1": "iso-8859-1",
    "iso-8859-15": "iso-8859-15",
    "windows-1252": "windows-1252",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
}
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


def decode(data: bytes) -> str:
    """The text of an XML document, by byte order mark or declared encoding; a few encodings only."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif data.startswith(b"\xef\xbb\xbf"):
        encoding = "utf-8-sig"
    elif data[:1] == b"\x00" or data[1:2] == b"\x00":
        encoding = "utf-16-be" if data[:1] == b"\x00" else "utf-16-le"
    else:
        match = _ENCODING.match(data[:400])
        declared = match[1].decode("ascii").lower() if match else "utf-8"
        if declared not in _ENCODINGS:
            raise NotWellFormed(f"the encoding {declared} is not accepted; save the file as UTF-8")
        encoding = _ENCODINGS[declared]
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(encoding, errors="replace")
        reason = f"the text is not {encoding.upper()}; save it as UTF-8 (is it Latin-1?)"
        raise NotWellFormed(reason, place=place_of(before, len(before))) from None


def parse(data: bytes, limit: int = MAX_BYTES) -> etree._Element:
    """Parse hardened. Raises TooLarge, UnsafeInput or NotWellFormed, with the place."""
    check_size(data, limit)
    text = decode(data)
    if not text.strip():
        raise NotWellFormed("the file is empty")
    _refuse_document_type(text)
    body = _DECLARATION.sub(lambda match: "\n" * match[0].count("\n"), text, count=1)
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(body.encode("utf-8", errors="surrogatepass"), parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        reason = (error.msg or "not well formed").rpartition(", line ")[0] or "not well formed"
        if "depth" in reason.lower() or "huge" in reason.lower() or "too long" in reason.lower():
            raise TooLarge(f"over a limit of the XML parser: {reason}") from None
        raise NotWellFormed(f"not XML: {reason}", place=f"line {line}, column {column}") from None
    document: Any = root.getroottree().docinfo
    if document.doctype:
        raise UnsafeInput("a document type (DOCTYPE) is not accepted")
    return root


def _refuse_document_type(text: str) -> None:
    at = 1 if text.startswith("\ufeff") else 0
    while match := _PROLOG.match(text, at):
        at = match.end()
    if text.startswith("<!", at):
        raise UnsafeInput("a document type (DOCTYPE) or entity is not accepted", place=place_of(text, at))


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
