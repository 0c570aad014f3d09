"""The Composition of a resource or of a document Bundle: ids, kind, dates, author, whose it is."""

from __future__ import annotations

import hashlib
import re

from retrieval.composition import Composition
from retrieval.formats import french
from retrieval.formats.base import Source
from retrieval.formats.fhir import words
from retrieval.formats.fhir.links import Links, values_at
from retrieval.formats.fhir.meaning import kind_of, state_of
from retrieval.formats.fhir.parts import Part
from retrieval.formats.fhir.statements import times_of
from retrieval.formats.fhir.vocabulary import resource as known
from retrieval.formats.sheet import Ids, ids_from
from retrieval.formats.tree import Node, node_of, value_at

_UUID = re.compile(r"(?:urn:uuid:)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\Z", re.IGNORECASE)
_SINGLE = re.compile(r"(?:https?://[^?#]+/)?[A-Za-z]+/[A-Za-z0-9\-.]{1,64}\Z")
_URI = "urn:ietf:rfc:3986"
_AUTHORS = ("author", "requester", "performer", "recorder", "asserter", "participant")
_PLACES = ("custodian", "serviceProvider", "managingOrganization", "organization")


def ids_of(resource: Node, part: Part, source: Source, raw: bytes) -> Ids:
    """Record and version: the document's identifier, a UUID, an address, a server's id, else digests."""
    version = value_at(resource, "meta", "versionId") or value_at(part.resource, "meta", "versionId")
    place = f"{value_at(resource, 'resourceType')}/{value_at(resource, 'id')}"
    if not value_at(resource, "id"):
        place = ".".join(str(step) for step in part.steps)
    return ids_from(source, raw, uid=_uid(resource, part, source), version=version, place=place)


def ids_of_deleted(entry: Part, source: Source, raw: bytes) -> Ids | None:
    """Record and version that an entry `DELETE Type/id` deletes; None when it names no single resource.

    The same rules as those of the resource itself, of which only the address and the id are known here.
    """
    url = value_at(entry.resource, "request", "url")
    if not entry.full_url and not _SINGLE.match(url):
        return None
    uid = ""
    for text in (entry.full_url, url.rpartition("/")[2]):
        match = _UUID.match(text)
        uid = uid or (match[1].lower() if match else "")
    if not uid and entry.full_url.startswith(("http://", "https://")):
        uid = _digest(entry.full_url)
    elif not uid:
        uid = _digest(url if url.startswith(("http://", "https://")) else f"{source.system}|{url}")
    return ids_from(source, raw, uid=uid)


def _uid(resource: Node, part: Part, source: Source) -> str:
    if resource is not part.resource:
        for node in (resource, part.resource):
            identifier = node.get("identifier")
            stated = identifier[0] if isinstance(identifier, list) and identifier else identifier
            if value_at(stated, "system") == _URI and value_at(stated, "value"):
                return value_at(stated, "value").removeprefix("urn:uuid:").removeprefix("urn:oid:")
    for text in (part.full_url, value_at(part.resource, "id"), value_at(resource, "id")):
        match = _UUID.match(text)
        if match:
            return match[1].lower()
    if part.full_url.startswith(("http://", "https://")):
        return _digest(part.full_url)
    if value_at(part.resource, "id") and value_at(part.resource, "meta", "versionId"):
        # a server numbers its versions, so the id is its own: the same record in every export of it
        kind = value_at(part.resource, "resourceType")
        return _digest(f"{source.system}|{kind}/{value_at(part.resource, 'id')}")
    return ""


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def composition_of(resource: Node, ids: Ids, links: Links, title: str, whose: str | None) -> Composition:
    """The Composition of one document; `whose` is the patient that the source names."""
    start, end = times_of(resource)
    kind = value_at(resource, "resourceType")
    return Composition(
        record_id=ids.record_id,
        version=ids.version,
        version_number=ids.number,
        system=ids.system,
        kind=kind_of(resource),
        title=title,
        archetype=kind,
        language=value_at(resource, "language"),
        author=_first(resource, _AUTHORS, links),
        facility=_first(resource, _PLACES, links),
        effective=start or None,
        effective_end=end or None,
        committed=french.extended(value_at(resource, "meta", "lastUpdated")),
        status=state_of(resource),
        patient_hint=whose,
    )


def title_of(resource: Node, name: str) -> str:
    """`Prescription : paracétamol`; a document has its own title."""
    kind = value_at(resource, "resourceType")
    if kind == "Composition":
        return value_at(resource, "title") or words.concept(node_of(resource.get("type"))) or "Document"
    label = str(known(kind).get("label", ""))
    shown = name[:120]
    return f"{label} : {shown}" if label and shown else label or shown or kind


def _first(resource: Node, names: tuple[str, ...], links: Links) -> str:
    for name in names:
        for value in (*values_at(resource, [name]), *values_at(resource, [name, "actor"])):
            if isinstance(value, dict) and ("reference" in value or "display" in value):
                return links.name_of(value, resource)
    return ""
