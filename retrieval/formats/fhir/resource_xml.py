"""The format `fhir-xml`: a resource or a Bundle in FHIR's XML."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from retrieval.composition import ReadItem
from retrieval.errors import InputError, UnknownRecord
from retrieval.formats.base import Source
from retrieval.formats.fhir.document import items_of
from retrieval.formats.fhir.parts import held_in
from retrieval.formats.fhir.paths import follow
from retrieval.formats.fhir.xml_tree import NAMESPACE, tree_of
from retrieval.formats.json_slices import Steps
from retrieval.formats.tree import MAX_BYTES, check_shape
from retrieval.formats.xml_source import parse

MEDIA_TYPE = "application/fhir+xml"
_HEAD = 4_096


class ResourceXml:
    """Reads FHIR R4 and R4B XML, by the same tree and the same paths as JSON."""

    name = "fhir-xml"

    def __init__(self, *, limit: int = MAX_BYTES) -> None:
        self._limit = limit

    def recognises(self, source: Source) -> bool:
        """True for XML whose first bytes name the FHIR namespace."""
        head = source.data[:_HEAD].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
        quoted = (f'"{NAMESPACE}"'.encode(), f"'{NAMESPACE}'".encode())
        return head.startswith(b"<") and any(each in head for each in quoted)

    def read(self, source: Source) -> Iterator[ReadItem]:
        """Yield each person and document. Raises InputError when nothing in the source can be read."""
        root = parse(source.data, self._limit)
        tree = tree_of(root)
        check_shape(tree)

        def raws(wanted: list[Steps]) -> dict[Steps, bytes]:
            if wanted == [()]:
                return {(): source.data}
            return {steps: _bytes_at(root, steps) for steps in wanted}

        yield from items_of(held_in(tree), source, raws, media_type=MEDIA_TYPE)

    def resolve(self, raw: bytes, path: str) -> object:
        """The raw value at a path of the resource in `raw`. Raises UnknownRecord."""
        try:
            return follow(tree_of(parse(raw, self._limit)), path)
        except InputError as error:
            raise UnknownRecord(f"the stored record cannot be read: {error.reason}") from None


def _bytes_at(root: etree._Element, steps: Steps) -> bytes:
    """The XML of the resource, or of the entry, at steps into the tree."""
    element, place = root, 0
    while place < len(steps):
        name = steps[place]
        index = steps[place + 1] if place + 1 < len(steps) and isinstance(steps[place + 1], int) else None
        found = element.findall(f"{{{NAMESPACE}}}{name}")
        element = found[int(index) if index is not None else 0]
        place += 1 if index is None else 2
        if name == "resource":
            element = next(child for child in element if isinstance(child.tag, str))
    return etree.tostring(element, encoding="utf-8", xml_declaration=True, with_tail=False)
