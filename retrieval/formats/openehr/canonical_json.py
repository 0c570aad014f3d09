"""The format `openehr-json`: canonical JSON, one document, an envelope, an array, or one per line."""

from __future__ import annotations

from collections.abc import Iterator

from retrieval.composition import ReadItem, Rejection
from retrieval.errors import InputError, NotAccepted, NotWellFormed, UnknownRecord
from retrieval.formats.base import Source
from retrieval.formats.json_slices import slices
from retrieval.formats.json_source import Loaded, decode, load, load_text
from retrieval.formats.openehr.document import Validate, item_of
from retrieval.formats.openehr.envelope import Part, composition_in, parts_of
from retrieval.formats.openehr.paths import follow
from retrieval.formats.openehr.validation import validate as validate_model
from retrieval.formats.tree import MAX_BYTES, check_size

MEDIA_TYPE = "application/json"
_HEAD = 65_536
_NAMES = (".json", ".ndjson", ".jsonl")


class CanonicalJson:
    """Reads openEHR canonical JSON. `validate=False` leaves out the reference-model check (faster)."""

    name = "openehr-json"

    def __init__(self, *, validate: bool = True, limit: int = MAX_BYTES) -> None:
        self._validate: Validate | None = validate_model if validate else None
        self._limit = limit

    def recognises(self, source: Source) -> bool:
        """True for JSON that is not FHIR: by its first bytes, or by its name when they say nothing."""
        head = source.data[:_HEAD].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
        if not head.startswith((b"{", b"[")):
            return source.name.lower().endswith(_NAMES)
        return b'"resourceType"' not in head or b'"archetype_node_id"' in head

    def read(self, source: Source) -> Iterator[ReadItem]:
        """Yield each composition and patient, and a Rejection for each part that cannot be read.

        Raises InputError when nothing in the source can be read.
        """
        check_size(source.data, self._limit)
        text = decode(source.data)
        try:
            loaded = load_text(text)
        except NotWellFormed:
            if not _by_line(source, text):
                raise
            yield from self._read_lines(source, text)
            return
        yield from self._read_tree(source, loaded, text)

    def _read_tree(self, source: Source, loaded: Loaded, text: str) -> Iterator[ReadItem]:
        parts = parts_of(loaded.tree)
        if len(parts) == 1:
            item = self._item(source, loaded, part=parts[0], raw=source.data)
            if isinstance(item, Rejection):
                raise as_error(item)
            yield item
            return
        raws = slices(text, [part.steps for part in parts])
        for part in parts:
            raw = raws.get(part.steps, "").encode("utf-8", "replace")
            yield self._item(source, loaded, part=part, raw=raw)

    def _item(self, source: Source, loaded: Loaded, *, part: Part, raw: bytes) -> ReadItem:
        return item_of(
            part,
            source,
            raw,
            media_type=MEDIA_TYPE,
            warnings=loaded.warnings,
            validate=self._validate,
        )

    def _read_lines(self, source: Source, text: str) -> Iterator[ReadItem]:
        """One JSON text per line; a bad line is a Rejection with its number."""
        number = 0
        for line in text.split("\n"):
            number += 1
            if not line.strip():
                continue
            hint = f"{source.record_hint or source.name}#{number}"
            data = line.strip().encode("utf-8", "replace")
            inner = source.model_copy(update={"data": data, "record_hint": hint})
            try:
                yield from self._read_tree(inner, load_text(line), line)
            except InputError as error:
                inside = error.place.removeprefix("line 1, ")
                place = f"line {number}, {inside}" if inside else f"line {number}"
                yield Rejection(file=source.name, place=place, reason=error.reason)

    def resolve(self, raw: bytes, path: str) -> object:
        """The raw value at an openEHR path of the composition in `raw`. Raises UnknownRecord."""
        try:
            return follow(composition_in(load(raw).tree), path)
        except InputError as error:
            raise UnknownRecord(f"the stored record cannot be read: {error.reason}") from None


def _by_line(source: Source, text: str) -> bool:
    """Whether a text that is not one JSON value is one per line: by its name, or by its first line."""
    if source.name.lower().endswith((".ndjson", ".jsonl")):
        return bool(text.strip())
    first = next((line for line in text.split("\n") if line.strip()), "").strip()
    if not (first.startswith("{") and first.endswith("}")):
        return False
    try:
        load_text(first)
    except InputError:
        return False
    return True


def as_error(item: Rejection) -> InputError:
    """The error of a source whose only part was refused."""
    return NotAccepted(item.reason, place=item.place)
