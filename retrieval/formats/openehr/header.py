"""What a composition is: its ids, title, author, dates and status."""

from __future__ import annotations

import hashlib
import re
from typing import Literal, cast

from retrieval.composition import Composition
from retrieval.errors import NotAccepted
from retrieval.formats import french
from retrieval.formats.base import Source
from retrieval.formats.openehr.archetypes import concept_of
from retrieval.formats.openehr.envelope import Part
from retrieval.formats.openehr.kinds import kind_of
from retrieval.formats.openehr.names import name_of
from retrieval.formats.openehr.parties import party_words
from retrieval.formats.openehr.state import Group, State
from retrieval.formats.openehr.vocabulary import label, meaning, table
from retrieval.formats.sheet import Ids
from retrieval.formats.tree import Node, node_of, text_of, value_at
from retrieval.moments import order_of

Status = Literal["final", "preliminary", "amended", "entered_in_error", "deleted"]
_UID = re.compile(r"\A[A-Za-z0-9][A-Za-z0-9._-]*(::[A-Za-z0-9][A-Za-z0-9._:-]*::[1-9]\d*)?\Z")
_REQUIRED = ("name", "archetype_node_id", "language", "territory", "category", "composer")
_AMENDMENT = "250"
_REPORT_STATUS = ("at0005", "at0073", "at0007")


def check_required(composition: Node) -> None:
    """Raise NotAccepted naming the attributes of a COMPOSITION that are missing or have the wrong shape."""
    missing = [name for name in _REQUIRED if composition.get(name) in (None, "", {}, [])]
    if missing:
        raise NotAccepted(f"a COMPOSITION without {', '.join(missing)}")
    if not isinstance(composition["name"], dict) or not isinstance(composition["composer"], dict):
        raise NotAccepted("a COMPOSITION whose name or composer is not an object")
    if not isinstance(composition.get("content", []), list):
        raise NotAccepted("a COMPOSITION whose content is not a list", place="/content")
    if not concept_of(archetype_of(composition)).startswith("COMPOSITION."):
        raise NotAccepted("a COMPOSITION without an archetype id (openEHR-EHR-COMPOSITION...)")


def archetype_of(composition: Node) -> str:
    """The archetype id of a composition, from its node id or its archetype details."""
    node_id = text_of(composition.get("archetype_node_id"))
    if concept_of(node_id):
        return node_id
    return value_at(composition, "archetype_details", "archetype_id", "value")


def ids_of(part: Part, source: Source, raw: bytes) -> tuple[Ids, tuple[str, ...]]:
    """Record and version ids: the uid where there is a usable one, else digests of source and content."""
    uid = value_at(part.version, "uid", "value") or value_at(part.node, "uid", "value")
    digest = hashlib.sha256(raw).hexdigest()
    if uid and _UID.match(uid) and len(uid) <= 400:
        record, _, rest = uid.partition("::")
        system, _, number = rest.rpartition("::")
        if number:
            return Ids(record, uid, int(number[:9]), system), ()
        return Ids(record, digest, None, source.system), ()
    warning = (f"the uid {uid[:80]!r} is not a valid version id; ids come from the source",) if uid else ()
    hint = source.record_hint or source.name
    record = hashlib.sha256(f"{source.system}|{hint}|{part.place}".encode("utf-8", "replace")).hexdigest()
    return Ids(record, digest, None, source.system), warning


def deletion_ids(part: Part) -> Ids | None:
    """The ids of a deleted version, from its own uid or the one that it follows; None when it has neither."""
    own = value_at(part.version, "uid", "value")
    before = value_at(part.version, "preceding_version_uid", "value")
    for uid, step in ((own, 0), (before, 1)):
        match = _UID.match(uid) if uid else None
        if match is not None and match[1]:
            record, _, rest = uid.partition("::")
            system, _, number = rest.rpartition("::")
            after = int(number[:9]) + step
            return Ids(record, f"{record}::{system}::{after}", after, system)
    return None


def composition_of(part: Part, ids: Ids, state: State) -> Composition:
    """The Composition of one part, after the walk."""
    node = part.node
    context = node_of(node.get("context"))
    facility = value_at(context, "health_care_facility", "name")
    return Composition(
        record_id=ids.record_id,
        version=ids.version,
        version_number=ids.number,
        system=ids.system,
        kind=kind_of(node, archetype_of(node), state.groups),
        title=name_of(node) or label("untitled"),
        archetype=archetype_of(node),
        language=value_at(node, "language", "code_string"),
        author=party_words(node.get("composer")),
        facility=facility,
        effective=effective_of(node, state.groups),
        effective_end=french.extended(value_at(context, "end_time", "value")),
        committed=french.extended(value_at(part.version, "commit_audit", "time_committed", "value")),
        status=status_of(part, state.groups),
        patient_hint=part.hint or (next(iter(state.subject_refs)) if len(state.subject_refs) == 1 else None),
    )


def effective_of(node: Node, groups: list[Group]) -> str | None:
    """The start of the context; without context, the latest time of an entry."""
    start = french.extended(value_at(node, "context", "start_time", "value"))
    times = [group.time for group in groups if group.time]
    return start or max(times, key=order_of, default=None)


def status_of(part: Part, groups: list[Group]) -> Status:
    """The lifecycle of the version; else the status that the report or its one result states."""
    lifecycle = value_at(part.version, "lifecycle_state", "defining_code", "code_string")
    change = value_at(part.version, "commit_audit", "change_type", "defining_code", "code_string")
    found = table("lifecycle").get(lifecycle, "final")
    if found != "final":
        return cast(Status, found)
    stated = _stated(groups[:1]) or _stated(groups[1:])
    if stated in ("preliminary", "amended", "entered_in_error"):
        return cast(Status, stated)
    return "amended" if change == _AMENDMENT else "final"


def _stated(groups: list[Group]) -> str | None:
    """The one status that reports and results state, `amended` beside `final`; None when they differ."""
    said = set()
    for group in groups:
        wanted = _REPORT_STATUS[:1] if group.root.startswith("COMPOSITION.") else _REPORT_STATUS[1:]
        report = group.root.startswith(("COMPOSITION.report", "OBSERVATION.lab", "OBSERVATION.imaging"))
        for held in (group, *group.children) if report else ():
            for leaf in held.leaves:
                if leaf.node_id in wanted and leaf.root == group.root:
                    said.add(meaning("result_status", leaf.reading.text))
    said.discard(None)
    if said == {"amended", "final"}:
        return "amended"
    return said.pop() if len(said) == 1 else None
