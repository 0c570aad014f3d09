"""The contract of a format, and the lazy registry of those that exist."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Protocol, cast

from retrieval.composition import ReadItem
from retrieval.frozen import Frozen


class Source(Frozen):
    """The bytes of one source. `name` is shown in messages; `system` names the source system.

    `record_hint` is hashed to a record id when the source has no uid of its own (source name and path).
    """

    name: str
    data: bytes
    system: str = "file"
    record_hint: str = ""


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
    "openehr-json": "retrieval.formats.openehr.canonical_json:CanonicalJson",
    "openehr-xml": "retrieval.formats.openehr.canonical_xml:CanonicalXml",
}
"""Name -> "module:factory", in the order in which `--format auto` tries them."""


def load_format(name: str) -> Format:
    """Return the format called `name`; raises KeyError for an unknown name."""
    module, _, factory = FORMATS[name].partition(":")
    return cast(Format, getattr(import_module(module), factory)())
