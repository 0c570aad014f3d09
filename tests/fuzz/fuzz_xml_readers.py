"""Fuzzing of the XML readers with atheris: `python tests/fuzz/fuzz_xml_readers.py -max_total_time=180 CORPUS`.

Bytes go to each reader; only InputError may come out, and what is read must point where it says. Not a part of
the test suite: atheris is not a dependency. Install it in an environment of its own.
"""

from __future__ import annotations

import contextlib
import sys

import atheris

with atheris.instrument_imports(include=["retrieval.formats"]):
    from retrieval.composition import ReadDocument
    from retrieval.errors import InputError, UnknownRecord
    from retrieval.formats.base import FORMATS, Format, Source, load_format

    READERS = [load_format(name) for name in ("cda", "openehr-xml", "fhir-xml", "fhir") if name in FORMATS]

NAMES = [
    "section",
    "entry",
    "component",
    "observation",
    "act",
    "organizer",
    "entryRelationship",
    "substanceAdministration",
    "procedure",
    "supply",
    "text",
    "table",
    "tr",
    "td",
    "content",
    "list",
    "item",
    "br",
    "sup",
    "code",
    "value",
    "low",
    "high",
    "effectiveTime",
    "period",
    "event",
    "comp",
    "consumable",
    "manufacturedProduct",
    "manufacturedMaterial",
    "name",
    "originalText",
    "reference",
    "translation",
    "participant",
    "playingEntity",
    "templateId",
    "statusCode",
    "referenceRange",
    "observationRange",
    "interpretationCode",
    "doseQuantity",
    "routeCode",
    "title",
    "id",
    "structuredBody",
    "nonXMLBody",
    "author",
    "assignedAuthor",
    "recordTarget",
    "patientRole",
    "patient",
    "given",
    "family",
    "addr",
    "telecom",
]
ATTRIBUTES = [
    "code",
    "displayName",
    "value",
    "unit",
    "nullFlavor",
    "moodCode",
    "typeCode",
    "ID",
    "negationInd",
    "type",
    "root",
    "extension",
]
ATTRIBUTES += [
    "representation",
    "mediaType",
    "rowspan",
    "colspan",
    "inclusive",
    "qualifier",
    "operator",
    "codeSystem",
]
VALUES = [
    "UNK",
    "NA",
    "INT",
    "EVN",
    "PQ",
    "CD",
    "IVL_PQ",
    "IVL_TS",
    "PIVL_TS",
    "RTO",
    "BL",
    "1",
    "2.5",
    "20240131",
    "#a",
    "a",
    "true",
    "B64",
    "mg",
    "RSON",
    "MFST",
    "COMP",
    "BR",
]
VALUES += [
    "1.3.6.1.4.1.19376.1.5.3.1.4.6",
    "48765-2",
    "10160-0",
    "SEV",
    "application/pdf",
    "text/plain",
    "é 🩺",
    "",
]


def fuzz(data: bytes) -> None:
    """Read the bytes, and a document grown from them, with every XML reader.

    Raises AssertionError where a quote or a path is wrong.
    """
    source = Source(name="fuzz.xml", data=data)
    for reader in READERS:
        reader.recognises(source)
        _read(reader, source)
    grown = _grown(atheris.FuzzedDataProvider(data))
    for reader in READERS[:1]:
        _read(reader, Source(name="grown.xml", data=grown))


def _grown(given: atheris.FuzzedDataProvider) -> bytes:
    """A well-formed clinical document whose elements the bytes choose."""
    inner = "".join(_element(given, 0) for _ in range(3))
    return (
        '<ClinicalDocument xmlns="urn:hl7-org:v3"><component><structuredBody><component><section>'
        f"{inner}</section></component></structuredBody></component>{_element(given, 0)}</ClinicalDocument>"
    ).encode("utf-8", "ignore")


def _element(given: atheris.FuzzedDataProvider, depth: int) -> str:
    name = given.PickValueInList(NAMES)
    attributes = {
        given.PickValueInList(ATTRIBUTES): given.PickValueInList(VALUES)
        for _ in range(given.ConsumeIntInRange(0, 3))
    }
    shown = "".join(f' {key}="{value}"' for key, value in attributes.items())
    count = given.ConsumeIntInRange(0, 4) if depth < 12 and given.remaining_bytes() else 0
    inner = "".join(_element(given, depth + 1) for _ in range(count))
    return f"<{name}{shown}>{given.PickValueInList(VALUES)}{inner}</{name}>"


def _read(reader: Format, source: Source) -> None:
    with contextlib.suppress(InputError):
        for item in reader.read(source):
            if isinstance(item, ReadDocument):
                _check(reader, item)


def _check(reader: Format, document: ReadDocument) -> None:
    for fact in document.facts[:20]:
        locator = fact.locator
        assert document.text[locator.start : locator.end] == locator.quote
        try:
            reader.resolve(document.raw, locator.path)
        except UnknownRecord as error:
            raise AssertionError(f"{locator.path} leads nowhere") from error


if __name__ == "__main__":
    atheris.Setup(sys.argv, fuzz)
    atheris.Fuzz()
