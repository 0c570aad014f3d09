"""The format `fhir-json`: a resource, a Bundle, an array, or one resource per line (bulk export)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from retrieval.composition import ReadItem, Rejection
from retrieval.errors import InputError, NotAccepted, NotWellFormed, UnknownRecord
from retrieval.formats.base import Source
from retrieval.formats.fhir.document import items_of
from retrieval.formats.fhir.parts import held_in
from retrieval.formats.fhir.paths import follow
from retrieval.formats.json_slices import Steps, slices
from retrieval.formats.json_source import decode, load, load_text
from retrieval.formats.tree import MAX_BYTES, check_size, value_at

MEDIA_TYPE = "application/fhir+json"
_HEAD = 65_536


class ResourceJson:
    """Reads FHIR R4 and R4B JSON."""

    name = "fhir-json"

    def __init__(self, *, limit: int = MAX_BYTES) -> None:
        self._limit = limit

    def recognises(self, source: Source) -> bool:
        """True for JSON with a `resourceType` near its start that is not an openEHR document."""
        head = source.data[:_HEAD].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
        return (
            head.startswith((b"{", b"[")) and b'"resourceType"' in head and b'"archetype_node_id"' not in head
        )

    def read(self, source: Source) -> Iterator[ReadItem]:
        """Yield each person and document. Raises InputError when nothing in the source can be read."""
        check_size(source.data, self._limit)
        text = decode(source.data)
        try:
            loaded = load_text(text)
        except NotWellFormed:
            if not _by_line(text):
                raise
            yield from _read_lines(source, text)
            return
        held = held_in(loaded.tree)

        def raws(wanted: list[Steps]) -> dict[Steps, bytes]:
            if wanted == [()]:
                return {(): source.data}
            found = slices(text, wanted) if wanted else {}
            return {steps: raw.encode("utf-8", "replace") for steps, raw in found.items()}

        yield from items_of(held, source, raws, media_type=MEDIA_TYPE, warnings=loaded.warnings)

    def resolve(self, raw: bytes, path: str) -> object:
        """The raw value at a path of the resource in `raw`. Raises UnknownRecord."""
        try:
            return follow(load(raw).tree, path)
        except InputError as error:
            raise UnknownRecord(f"the stored record cannot be read: {error.reason}") from None


def _by_line(text: str) -> bool:
    first = next((line for line in text.split("\n") if line.strip()), "").strip()
    if not (first.startswith("{") and first.endswith("}")):
        return False
    try:
        load_text(first)
    except InputError:
        return False
    return True


def _read_lines(source: Source, text: str) -> Iterator[ReadItem]:
    """All lines are one source, so that references go from line to line; a bad line is a Rejection."""
    trees: list[Any] = []
    lines: list[str] = []
    bad = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            tree = load_text(line).tree
            if not value_at(tree, "resourceType"):
                raise NotAccepted("not FHIR: no resource with a resourceType")
            trees.append(tree)
            lines.append(line.strip())
        except InputError as error:
            bad.append(Rejection(file=source.name, place=f"line {number}", reason=error.reason))
    if not trees:
        raise NotAccepted("no line holds a FHIR resource")

    def raws(wanted: list[Steps]) -> dict[Steps, bytes]:
        found: dict[Steps, bytes] = {}
        for steps in wanted:
            place, inner = int(steps[0]), steps[1:]
            piece = slices(lines[place], [inner]).get(inner, "") if inner else lines[place]
            found[steps] = piece.encode("utf-8", "replace")
        return found

    yield from items_of(held_in(trees), source, raws, media_type=MEDIA_TYPE)
    yield from bad
