"""The contract of a format, and the lazy registry of those that exist."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Protocol, cast

from retrieval.composition import ReadItem
from retrieval.formats.sidecar import SourceMetadata
from retrieval.frozen import Frozen


class Source(Frozen):
    """The bytes of one source. `name` is shown in messages; `system` names the source system.

    `record_hint` is hashed to a record id when the source has no uid of its own (source name and path).
    `metadata` is what stands beside a file that cannot say what it is (formats with `takes_metadata`).
    """

    name: str
    data: bytes
    system: str = "file"
    record_hint: str = ""
    metadata: SourceMetadata | None = None


class Format(Protocol):
    """One family of sources. Implementations hold no state and never open a file or a socket."""

    name: str

    def recognises(self, source: Source) -> bool:
        """Say whether this format should read the source, from its name and first bytes. Never raises."""
        ...

    def read(self, source: Source) -> Iterator[ReadItem]:
        """Yield all that the source holds. Raises InputError when the source as a whole is unreadable.

        A part that is unreadable is yielded as a Rejection, so that the good parts still go in.
        """
        ...

    def resolve(self, raw: bytes, path: str) -> object:
        """Return the raw value at a Locator's path, from the stored bytes. Raises UnknownRecord."""
        ...


FORMATS: dict[str, str] = {
    "rtf": "retrieval.formats.text.rtf:RichText",
    "fhir-json": "retrieval.formats.fhir.resource_json:ResourceJson",
    "fhir-xml": "retrieval.formats.fhir.resource_xml:ResourceXml",
    "openehr-json": "retrieval.formats.openehr.canonical_json:CanonicalJson",
    "cda": "retrieval.formats.cda.clinical_document:ClinicalDocument",
    "openehr-xml": "retrieval.formats.openehr.canonical_xml:CanonicalXml",
    "pdf": "retrieval.formats.text.paged:PagedFile",
    "docx": "retrieval.formats.text.docx:WordDocument",
    "text": "retrieval.formats.text.plain:PlainText",
}
"""Name -> "module:factory", in the order in which `--format auto` tries them."""


def load_format(name: str) -> Format:
    """Return the format called `name`; raises KeyError for an unknown name."""
    module, _, factory = FORMATS[name].partition(":")
    return cast(Format, getattr(import_module(module), factory)())
