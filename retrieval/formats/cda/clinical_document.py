"""The format `cda`: a CDA R2 document, alone in its file or inside a stylesheet that shows it."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from retrieval.composition import ReadItem, ReadPatient, Rejection
from retrieval.errors import InputError, UnknownRecord
from retrieval.formats.base import Source
from retrieval.formats.cda.document import read_document
from retrieval.formats.cda.identity import patient_of
from retrieval.formats.cda.nodes import documents_in, follow, node_of
from retrieval.formats.tree import MAX_BYTES
from retrieval.formats.xml_source import parse

_HEAD = 4_096
_MARKS = (b"ClinicalDocument",)
_NAMESPACE = b"urn:hl7-org:v3"
_STYLESHEET = b"http://www.w3.org/1999/XSL/Transform"


class ClinicalDocument:
    """Reads HL7 v3 ClinicalDocument. A stylesheet around one is never run, and nothing of it is read."""

    name = "cda"

    def __init__(self, *, limit: int = MAX_BYTES) -> None:
        self._limit = limit

    def recognises(self, source: Source) -> bool:
        """True for XML whose first element is a ClinicalDocument, or a stylesheet that holds one."""
        head = source.data[:_HEAD].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
        if not head.startswith(b"<"):
            return False
        if _STYLESHEET in head:
            body = (
                source.data.replace(b"\x00", b"")
                if source.data[:2] in (b"\xff\xfe", b"\xfe\xff")
                else source.data
            )
            return b"ClinicalDocument" in body and _NAMESPACE in body
        return b"ClinicalDocument" in head and _NAMESPACE in head

    def read(self, source: Source) -> Iterator[ReadItem]:
        """Yield the person and the document of each ClinicalDocument. Raises InputError."""
        found = documents_in(parse(source.data, self._limit))
        for number, element in enumerate(found, start=1):
            place = f"ClinicalDocument[{number}]" if len(found) > 1 else ""
            raw = source.data if len(found) == 1 else _bytes_of(element)
            try:
                document = node_of(element)
                item = read_document(document, source, raw, place)
            except InputError as error:
                if len(found) == 1:
                    raise
                yield Rejection(file=source.name, place=place, reason=error.reason)
                continue
            patient = patient_of(document)
            if patient is not None:
                yield ReadPatient(patient=patient)
            yield item

    def resolve(self, raw: bytes, path: str) -> object:
        """The element or attribute at a path of the document in `raw`. Raises UnknownRecord."""
        try:
            return follow(node_of(documents_in(parse(raw, self._limit))[0]), path)
        except InputError as error:
            raise UnknownRecord(f"the stored record cannot be read: {error.reason}") from None


def _bytes_of(element: etree._Element) -> bytes:
    return etree.tostring(element, encoding="utf-8", xml_declaration=True, with_tail=False)
