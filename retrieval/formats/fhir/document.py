"""Documents: one for each clinical resource, one for a document Bundle with its sections."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from retrieval.composition import Composition, ReadDocument, ReadItem, ReadPatient, Rejection
from retrieval.errors import InputError
from retrieval.formats.base import Source
from retrieval.formats.fhir.header import composition_of, ids_of, ids_of_deleted, title_of
from retrieval.formats.fhir.identity import patient_of
from retrieval.formats.fhir.ignored import reason_of_type, says_only_who
from retrieval.formats.fhir.owners import contained_people, named_by, only, patient_hint
from retrieval.formats.fhir.parts import Held, Part, is_document
from retrieval.formats.fhir.sections import write_bundle
from retrieval.formats.fhir.statements import write_resource
from retrieval.formats.fhir.writing import Writing
from retrieval.formats.json_slices import Steps
from retrieval.formats.sheet import Sheet
from retrieval.formats.tree import Node, node_of, nodes_of, value_at

TEXT_VERSION = "fhir@v1"
Raws = Callable[[list[Steps]], dict[Steps, bytes]]
_PLAIN_MEDICATION = {"resourceType", "id", "meta", "code", "status", "text"}
_SHARED = "named by several patients, or by nobody whose record it is"


class _Sorted(NamedTuple):
    """The parts that are documents, whose each is, and how many of each other type are left out and why."""

    wanted: list[Part]
    whose: dict[Steps, str | None]
    left: dict[str, int]


def items_of(
    held: Held, source: Source, raws: Raws, *, media_type: str, warnings: tuple[str, ...] = ()
) -> Iterator[ReadItem]:
    """Yield each person, then each document; a part that cannot be read is a Rejection."""
    people = list(_patients(held))
    yield from people
    found = _sorted(held)
    slices = raws([part.steps for part in found.wanted])
    said = (*warnings, *_left_out(held, found.left))
    for part in found.wanted:
        raw = slices.get(part.steps, b"")
        item = _item(part, found.whose[part.steps], held, source, raw, media_type, said)
        if isinstance(item, ReadDocument):
            said = ()
        yield item
    yield from _deleted(held, source, raws, media_type)
    for steps in held.strays:
        yield Rejection(file=source.name, place=_place(steps), reason="not FHIR: no resourceType")
    if not people and not found.wanted and not held.strays and not held.deletions:
        reason = "; ".join(_left_out(held, found.left)) or "an empty Bundle"
        yield Rejection(file=source.name, reason=f"no document of a patient: {reason}")


def _deleted(held: Held, source: Source, raws: Raws, media_type: str) -> Iterator[ReadItem]:
    """Versions that say that a record was deleted: no text, no facts; whose it is, the store knows."""
    slices = raws([part.steps for part in held.deletions])
    for part in held.deletions:
        raw = slices.get(part.steps, b"")
        ids = ids_of_deleted(part, source, raw)
        if ids is None:
            reason = "a deletion that does not name one resource (Type/id) is not applied"
            yield Rejection(file=source.name, place=_place(part.steps), reason=reason)
            continue
        composition = Composition(
            record_id=ids.record_id,
            version=ids.version,
            system=ids.system,
            kind="other",
            title="Document supprimé",
            status="deleted",
        )
        yield Sheet().finish(composition, raw=raw, media_type=media_type, text_version=TEXT_VERSION)


def _left_out(held: Held, left: dict[str, int]) -> list[str]:
    """What of the source is not read, in words."""
    found = [
        f"{count} {kind} not read: {reason_of_type(kind) or _SHARED}" for kind, count in sorted(left.items())
    ]
    if held.bare:
        found.append(f"{held.bare} entries without a resource")
    return found


def _sorted(held: Held) -> _Sorted:
    users = named_by(held)
    found = _Sorted([], {}, {})
    for part in held.parts:
        kind = value_at(part.resource, "resourceType")
        named = users.get(id(part.resource), frozenset())
        whose = _whose(part, held) or only(named)
        if reason_of_type(kind) or (kind == "Medication" and named and whose is None):
            found.left[kind] = found.left.get(kind, 0) + 1
        elif not _says_no_more(part.resource, named=bool(named)):
            found.wanted.append(part)
            found.whose[part.steps] = whose
    return found


def _whose(part: Part, held: Held) -> str | None:
    if not is_document(part.resource):
        return patient_hint(part.resource, held)
    return patient_hint(_head(part.resource), held)


def _head(bundle: Node) -> Node:
    return node_of(nodes_of(bundle.get("entry"))[0].get("resource"))


def _patients(held: Held) -> Iterator[ReadPatient]:
    seen = set()
    for part in held.parts:
        inside = [node_of(entry.get("resource")) for entry in nodes_of(part.resource.get("entry"))]
        for resource in (part.resource, *inside):
            mine = value_at(resource, "resourceType") == "Patient"
            for each in (*([resource] if mine else []), *contained_people(resource)):
                found = patient_of(each, held.addresses.get(id(each), ""))
                if found not in seen and found.id:
                    seen.add(found)
                    yield ReadPatient(patient=found)


def _says_no_more(resource: Node, *, named: bool) -> bool:
    """A Patient without anything beyond the identity, or a Medication that is a name in a prescription."""
    kind = value_at(resource, "resourceType")
    if kind == "Medication":
        return named and set(resource) <= _PLAIN_MEDICATION
    return kind == "Patient" and says_only_who(resource)


def _place(steps: Steps) -> str:
    return ".".join(str(step) for step in steps)


def _item(
    part: Part,
    whose: str | None,
    held: Held,
    source: Source,
    raw: bytes,
    media_type: str,
    warnings: tuple[str, ...],
) -> ReadDocument | Rejection:
    try:
        return _document(part, whose, held, ids_from=(source, raw), media_type=media_type, warnings=warnings)
    except InputError as error:
        return Rejection(file=source.name, place=error.place or _place(part.steps), reason=error.reason)


def _document(
    part: Part,
    whose: str | None,
    held: Held,
    *,
    ids_from: tuple[Source, bytes],
    media_type: str,
    warnings: tuple[str, ...],
) -> ReadDocument:
    sheet = Sheet(warnings=list(warnings))
    resource, links = part.resource, held.links
    source, raw = ids_from
    if is_document(resource):
        head = _head(resource)
        ids = ids_of(head, part, source, raw)
        composition = composition_of(head, ids, links, title_of(head, ""), whose)
        write_bundle(resource, head, composition.title, sheet, links)
    else:
        kind = value_at(resource, "resourceType")
        name = "" if kind in ("Patient", "Binary") else links.title_of(resource, resource)
        title = title_of(resource, "" if name == kind else name)
        composition = composition_of(resource, ids_of(resource, part, source, raw), links, title, whose)
        writing = Writing(sheet, links, (composition.title,), resource, kind)
        write_resource(writing.resource, kind, writing)
    return sheet.finish(composition, raw=raw, media_type=media_type, text_version=TEXT_VERSION)
