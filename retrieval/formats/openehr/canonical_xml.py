"""The format `openehr-xml`: canonical XML, one document or a list of versions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from retrieval.composition import ReadItem, Rejection
from retrieval.errors import InputError, NotAccepted, UnknownRecord
from retrieval.formats.base import Source
from retrieval.formats.json_slices import Steps
from retrieval.formats.openehr.document import item_of
from retrieval.formats.openehr.envelope import composition_in, parts_of
from retrieval.formats.openehr.paths import follow
from retrieval.formats.openehr.xml_source import ROOTS, load, to_tree
from retrieval.formats.tree import MAX_BYTES
from retrieval.formats.xml_source import parse

MEDIA_TYPE = "application/xml"
_HEAD = 4_096
_ROOT = re.compile(rb"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)")
_NAMESPACE = b"schemas.openehr.org"
_OTHERS = (b"urn:hl7-org", b"hl7.org/fhir", b"<ClinicalDocument")


class CanonicalXml:
    """Reads openEHR canonical XML, with the openEHR namespace or with none."""

    name = "openehr-xml"

    def __init__(self, *, limit: int = MAX_BYTES) -> None:
        self._limit = limit

    def recognises(self, source: Source) -> bool:
        """True for an openEHR root or namespace; other XML only by name; never CDA or FHIR."""
        head = source.data[:_HEAD].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
        if any(mark in head for mark in _OTHERS):
            return False
        if not head.startswith(b"<"):
            return source.name.lower().endswith((".xml", ".opt", ".oet"))
        root = _ROOT.search(head)
        known = root is not None and root[1].decode("ascii", "replace") in (*ROOTS, "template")
        return known or _NAMESPACE in head or source.name.lower().endswith((".xml", ".opt", ".oet"))

    def read(self, source: Source) -> Iterator[ReadItem]:
        """Yield each composition and patient. Raises InputError when nothing in the source can be read."""
        root = parse(source.data, self._limit)
        refuse_root(root)
        parts = parts_of(to_tree(root))
        seen: dict[Steps, list[etree._Element]] = {}
        for part in parts:
            raw = source.data if len(parts) == 1 else element_bytes(root, part.steps, seen)
            item = item_of(part, source, raw, media_type=MEDIA_TYPE, warnings=(), validate=None)
            if isinstance(item, Rejection) and len(parts) == 1:
                raise NotAccepted(item.reason, place=item.place)
            yield item

    def resolve(self, raw: bytes, path: str) -> object:
        """The value at an openEHR path of the composition in `raw`, in the shape of canonical JSON.

        Raises UnknownRecord.
        """
        try:
            return follow(composition_in(load(raw).tree), path)
        except InputError as error:
            raise UnknownRecord(f"the stored record cannot be read: {error.reason}") from None


def refuse_root(root: etree._Element) -> None:
    """Raise NotAccepted, with the reason, for a root element that is not a document of this format."""
    name = etree.QName(root).localname
    if name == "template":
        raise NotAccepted("an operational template, not a composition")
    if name not in ROOTS:
        raise NotAccepted(f"the root element <{name[:60]}> is not openEHR canonical XML")


def element_bytes(root: etree._Element, steps: Steps, seen: dict[Steps, list[etree._Element]]) -> bytes:
    """The XML of the element that `steps` of the tree lead to; `seen` keeps the lists walked through."""
    element, pending = root, list(steps)
    walked: Steps = ()
    while pending:
        step = pending.pop(0)
        walked = (*walked, step)
        if walked not in seen:
            seen[walked] = _children(element, step)
        place = pending.pop(0) if pending and isinstance(pending[0], int) else 0
        element = seen[walked][int(place)]
        walked = (*walked, place)
    return etree.tostring(element, encoding="utf-8", xml_declaration=True, with_tail=False)


def _children(element: etree._Element, step: str | int) -> list[etree._Element]:
    """The children called `step`; all of them where the element itself bears the name of a bare list."""
    bare = etree.QName(element).localname == step
    return [child for child in element if bare or etree.QName(child).localname == step]
