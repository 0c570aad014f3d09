"""Every element of a resource as lines of text, with what they say as details of the main statement."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import cast

from retrieval.errors import TooLarge
from retrieval.fact import Code, Coded, Detail, DetailName, Media, Moment, Value
from retrieval.formats import french
from retrieval.formats.fhir import posology, words
from retrieval.formats.fhir.attachments import attached, write_pages
from retrieval.formats.fhir.ignored import is_left_out
from retrieval.formats.fhir.links import Links
from retrieval.formats.fhir.narrative import text_of as narrative_text
from retrieval.formats.fhir.paths import At, choice, nodes_under, under
from retrieval.formats.fhir.posology_words import Part
from retrieval.formats.fhir.vocabulary import label_of, said, table
from retrieval.formats.sheet import Sheet
from retrieval.formats.tree import Node, node_of, nodes_of, number_of, text_of, value_at
from retrieval.formats.writer import Span, Statement

_MOMENT = re.compile(r"\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?)?)?\Z")
_MAX_INDENT = 40
_REPEATS = ("generated", "extensions")
DOSAGES = ("dosageInstruction", "dosage")


@dataclass(slots=True)
class Writing:
    """The document in the making and what the current resource has said so far."""

    sheet: Sheet
    links: Links
    trail: tuple[str, ...]
    resource: Node
    path: str
    details: list[Detail] = field(default_factory=list)
    written: set[str] = field(default_factory=set)

    def say(self, name: str, value: str, indent: int, tail: str = "") -> Statement:
        """Write one line inside the resource's block."""
        self.sheet.writer.resume_block(self.trail, self.path)
        return self.sheet.say(name, value, indent=indent, tail=tail)

    def add(self, key: str, label: str, text: str, path: str, span: Span, value: Value | None) -> None:
        """Keep a detail of the resource's main statement."""
        name = cast(DetailName, table("details").get(key, "other"))
        self.details.append(
            Detail(name=name, label=label, text=text, value=value, path=path, start=span.start, end=span.end)
        )


def write_members(node: Node, path: str, writing: Writing, indent: int) -> None:
    """Write every element of a node that is not left out or written already. Raises TooLarge."""
    if indent > _MAX_INDENT:
        raise TooLarge(f"nested deeper than {_MAX_INDENT} levels")
    for key in node:
        if is_left_out(key, top=path == writing.path) or (path == writing.path and key == "contained"):
            continue
        if key == "text" and path == writing.path and "div" in node_of(node[key]):
            continue
        dosages = [at for at in nodes_under(node, key, path) if at.path not in writing.written]
        if key in DOSAGES and nodes_under(node, key, path):
            write_dosages(dosages, writing, indent)
            continue
        for at in under(node, key, path):
            if at.path not in writing.written:
                write_value(key, label_of(key), at, writing, indent)


def write_value(key: str, label: str, at: At, writing: Writing, indent: int) -> None:
    """Write one value under its label."""
    if isinstance(at.value, dict):
        _write_node(key, label, at, writing, indent)
    elif isinstance(at.value, list):
        for place, item in enumerate(at.value):
            write_value(key, label, At(item, f"{at.path}[{place}]"), writing, indent)
    elif text_of(at.value).strip():
        _write_scalar(key, label, at, writing, indent)


def _write_scalar(key: str, label: str, at: At, writing: Writing, indent: int) -> None:
    raw = text_of(at.value).strip()
    text, value = (raw, None) if key in table("verbatim") else _scalar(key, raw, at.value)
    if key == "reference" and writing.links.find(raw, writing.resource) is not None:
        return
    statement = writing.say(label, text, indent)
    if value is not None or key in table("details"):
        writing.add(key, label, text, at.path, statement.value, value)


def _scalar(key: str, raw: str, value: object) -> tuple[str, Value | None]:
    if _MOMENT.match(raw) and ("-" in raw):
        return french.moment(raw), Moment(iso=raw)
    if isinstance(value, bool) or raw in ("true", "false"):
        return said(raw), None
    if said(raw):
        return said(raw), Coded(text=said(raw), code=Code(system="", code=raw))
    is_number = not isinstance(value, str) or (key in table("decimals") and number_of(value) is not None)
    return (words.number(value) if is_number else raw), None


def _write_node(key: str, label: str, at: At, writing: Writing, indent: int) -> None:
    node, shape = cast(Node, at.value), words.shape_of(at.value)
    if key in ("extension", "modifierExtension"):
        _write_extension(at, writing, indent, modifier=key == "modifierExtension")
    elif key.startswith("_"):
        write_extensions(node, at.path, writing, indent)
    elif shape == "Narrative" or "div" in node:
        write_narrative(at, writing)
    elif shape == "Attachment":
        write_attachment(label, at, writing, indent)
    elif shape == "Reference" and not (set(node) <= {"display"}):
        _write_reference(key, label, at, writing, indent)
    elif shape in words.WORDS:
        _write_words(key, label, shape, at, writing, indent)
    elif shape != "Empty":
        _heading(label, writing, indent)
        write_members(node, at.path, writing, indent + 1)
    else:
        write_extensions(node, at.path, writing, indent)


def _heading(label: str, writing: Writing, indent: int) -> None:
    writing.sheet.heading(label, writing.path, trail=writing.trail, indent=indent)


def _write_words(key: str, label: str, shape: str, at: At, writing: Writing, indent: int) -> None:
    node = cast(Node, at.value)
    text = words.WORDS[shape](node)
    if text:
        statement = writing.say(label, text, indent)
        keep_value(key, label, shape, at, writing, statement.value, text)
    write_extensions(node, at.path, writing, indent + 1)


def keep_value(key: str, label: str, shape: str, at: At, writing: Writing, span: Span, text: str) -> None:
    """Keep what a data type says as details: each coding of a concept, a quantity, the ends of a period."""
    node = cast(Node, at.value)
    if shape in ("Concept", "Coding"):
        holders = nodes_under(node, "coding", at.path) or [at]
        for holder in holders:
            code = next(iter(words.codes_of(holder.value)), None)
            writing.add(key, label, text, holder.path, span, Coded(text=text, code=code))
    elif shape == "Quantity":
        writing.add(key, label, text, at.path, span, words.quantity_value(node))
    elif shape == "Period":
        for name, detail in (("start", "onsetDateTime"), ("end", "abatementDateTime")):
            iso = value_at(node, name)
            if iso:
                shown = french.moment(iso)
                writing.add(detail, label, shown, f"{at.path}.{name}", span, Moment(iso=iso))


def _write_reference(key: str, label: str, at: At, writing: Writing, indent: int) -> None:
    node = cast(Node, at.value)
    name = writing.links.name_of(node, writing.resource)
    if not name:
        return
    statement = writing.say(label, name, indent)
    writing.add(key, label, name, at.path, statement.value, None)
    check_reference(node, at.path, writing)
    number = words.identifier(node_of(node.get("identifier")))
    if number and number != name:
        writing.say("Identifiant", number, indent + 1)
    write_extensions(node, at.path, writing, indent + 1)


def check_reference(node: Node, path: str, writing: Writing) -> None:
    """Warn of a reference that leads nowhere in this source."""
    reference = value_at(node, "reference")
    if not reference:
        return
    found = writing.links.find(reference, writing.resource)
    if found is None:
        writing.sheet.warn(f"a reference leads to nothing in this source: {path}")
    elif reference.startswith("#") and found not in nodes_of(writing.resource.get("contained")):
        writing.sheet.warn(f"a reference with # leads out of its resource: {path}")


def write_extensions(node: Node, path: str, writing: Writing, indent: int) -> None:
    """Write the extensions inside a data type, at any depth. Raises TooLarge."""
    if indent > _MAX_INDENT:
        raise TooLarge(f"nested deeper than {_MAX_INDENT} levels")
    for key, value in node.items():
        if key in ("extension", "modifierExtension"):
            for at in nodes_under(node, key, path):
                _write_extension(at, writing, indent, modifier=key == "modifierExtension")
        elif isinstance(value, dict | list):
            for at in nodes_under(node, key, path):
                write_extensions(at.value, at.path, writing, indent)


def _write_extension(at: At, writing: Writing, indent: int, *, modifier: bool) -> None:
    node = cast(Node, at.value)
    label = label_of(value_at(node, "url").rstrip("/").rpartition("/")[2] or "Extension")
    if modifier:
        writing.sheet.warn(f"an extension changes the sense of what it stands in: {at.path}")
        label = f"Attention, {label}"
    key = choice(node, "value")
    if key:
        for value in under(node, key, at.path):
            write_value(key, label, value, writing, indent)
        write_extensions({key: node.get(f"_{key}")}, at.path, writing, indent)
    inner = nodes_under(node, "extension", at.path)
    if inner and indent <= _MAX_INDENT:
        if not key:
            _heading(label, writing, indent)
        for each in inner:
            _write_extension(each, writing, indent + 1, modifier=False)
    elif indent > _MAX_INDENT:
        raise TooLarge(f"nested deeper than {_MAX_INDENT} levels")


def write_narrative(at: At, writing: Writing) -> None:
    """Write the narrative of a resource in a block of its own.

    One that says to be generated repeats the elements: it can be searched, but no fact is read from it.
    """
    text = narrative_text(value_at(at.value, "div"))
    if not text:
        return
    if value_at(at.value, "status") not in _REPEATS:
        writing.sheet.prose(text, f"{at.path}.div", heading=writing.trail)
        return
    writing.sheet.block(writing.trail, f"{at.path}.div")
    writing.sheet.writer.line(text)
    writing.sheet.writer.end_block()


def write_attachment(label: str, at: At, writing: Writing, indent: int) -> None:
    """Write what an attachment is, what else is said of it, and its text where it has one."""
    node = cast(Node, at.value)
    found = attached(node)
    title = value_at(node, "title")
    statement = writing.say(label, f"{title + ', ' if title else ''}{found.words}", indent)
    value = Media(media_type=found.media_type, uri=value_at(node, "url"), size_bytes=found.size)
    writing.add("content", label, found.media_type, at.path, statement.value, value)
    rest = {key: each for key, each in node.items() if key not in ("data", "title", "contentType", "size")}
    if "url" in rest:
        writing.say("Adresse", text_of(rest.pop("url")), indent + 1)
    write_members(rest, at.path, writing, indent + 1)
    held = writing.links.find(value_at(node, "url"), writing.resource)
    if held is not None and found.why:  # the content stands in a Binary, which is a document of its own
        return
    write_pages(found, f"{at.path}.data" if found.pages else at.path, writing.trail, writing.sheet)


def write_dosages(dosages: list[At], writing: Writing, indent: int) -> None:
    """Write each Dosage as one sentence of French, its parts as details."""
    ordered = posology.in_order(dosages)
    for place, at in enumerate(ordered):
        parts = posology.parts_of(at.value, at.path)
        label = posology.step_label(ordered, place)
        if parts:
            statement = writing.say(label, posology.sentence(parts), indent)
            keep_parts(parts, writing, statement.value.start)
        write_extensions(at.value, at.path, writing, indent + 1)


def keep_parts(parts: list[Part], writing: Writing, start: int) -> None:
    """Keep the parts of a sentence that starts at `start` as details with their own spans."""
    for place, part in enumerate(parts):
        start += len(part.join) if place else 0
        end = start + len(part.text)
        writing.details.append(
            Detail(
                name=part.name,
                label=part.label,
                text=part.text,
                value=part.value,
                path=part.path,
                start=start,
                end=end,
            )
        )
        start = end
