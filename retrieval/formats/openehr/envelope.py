"""What a tree holds: compositions, bare or wrapped in versions, contributions, EHR envelopes and arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from retrieval.errors import NotAccepted
from retrieval.formats.json_slices import Steps
from retrieval.formats.openehr.identity import opaque, subject_id
from retrieval.formats.openehr.reference_model import actual_type
from retrieval.formats.tree import Node, node_of, text_of, value_at

_VERSIONS = ("ORIGINAL_VERSION", "IMPORTED_VERSION")
_LISTS = ("compositions", "versions", "composition", "contributions")
_PATIENTS = ("EHR_STATUS", "PERSON")
_DELETED = "523"


class Part(NamedTuple):
    """One thing found in a source.

    `node` is a COMPOSITION, EHR_STATUS or PERSON, or empty when the part is a deletion or is refused
    (`reason` then says why). `version` is the version around it. `steps` lead to the part in the source.
    """

    steps: Steps
    kind: str
    node: Node
    version: Node
    hint: str | None
    reason: str = ""

    @property
    def place(self) -> str:
        """The steps as a reader writes them: `versions[2]`."""
        return written(self.steps)


def written(steps: Steps) -> str:
    """`("versions", 1)` -> `versions[2]`, counted from 1."""
    shown = ""
    for step in steps:
        shown += f"[{step + 1}]" if isinstance(step, int) else f"{'/' if shown else ''}{step}"
    return shown


def parts_of(tree: object) -> list[Part]:
    """Everything in `tree`. Raises NotAccepted, with the precise reason, when it holds nothing readable."""
    found = list(_parts(tree, (), None))
    if not found:
        raise NotAccepted("no composition inside")
    if len(found) == 1 and found[0].reason:
        raise NotAccepted(found[0].reason, place=found[0].place)
    return found


def composition_in(tree: object) -> Node:
    """The one composition of a stored raw record. Raises NotAccepted when there is none."""
    found = next((part.node for part in parts_of(tree) if part.kind == "COMPOSITION"), None)
    if found is None:
        raise NotAccepted("no composition inside")
    return found


def _parts(value: object, steps: Steps, hint: str | None) -> Iterator[Part]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _parts(item, (*steps, index), hint)
        return
    if not isinstance(value, dict):
        yield _refused(steps, "neither an object nor an array of objects")
        return
    kind = actual_type(value.get("_type"), "")
    if kind == "COMPOSITION" or kind in _PATIENTS:
        yield Part(steps, kind, value, {}, hint)
    elif kind in _VERSIONS or ("commit_audit" in value and "versions" not in value):
        yield _version(value, steps, hint)
    elif any(isinstance(value.get(key), list | dict) for key in _LISTS):
        yield from _envelope(value, steps, hint)
    else:
        yield _refused(steps, why_not(value))


def _version(version: Node, steps: Steps, hint: str | None) -> Part:
    """The content of one version; a version without content is a deletion or is refused."""
    inner = node_of(version.get("item")) or version
    data = inner.get("data")
    if isinstance(data, dict):
        kind = actual_type(data.get("_type"), "COMPOSITION" if "content" in data else "")
        if kind == "COMPOSITION" or kind in _PATIENTS:
            return Part(steps, kind, data, inner, hint)
        return _refused(steps, why_not(data))
    change = value_at(inner, "commit_audit", "change_type", "defining_code", "code_string")
    state = value_at(inner, "lifecycle_state", "defining_code", "code_string")
    if _DELETED in (change, state):
        return Part(steps, "DELETED", {}, inner, hint)
    return _refused(steps, "a version without its content")


def _envelope(value: Node, steps: Steps, hint: str | None) -> Iterator[Part]:
    """An object that carries compositions, contributions or versions, and perhaps whose they are."""
    hint = envelope_hint(value) or hint
    status = value.get("ehr_status")
    if isinstance(status, dict):
        yield Part((*steps, "ehr_status"), "EHR_STATUS", status, {}, hint)
    inside = [
        part
        for key in _LISTS
        if isinstance(value.get(key), list | dict)
        for part in _parts(value[key], (*steps, key), hint)
    ]
    subjects = {subject_id(part.node.get("subject")) for part in inside if part.kind == "EHR_STATUS"} - {""}
    only = subjects.pop() if len(subjects) == 1 else None  # of several, none: whose each part is is not known
    for part in inside:
        yield part if part.hint or part.kind == "EHR_STATUS" else part._replace(hint=only)


def envelope_hint(value: Node) -> str | None:
    """Whose an envelope says its content is: `ehr_id`, else the subject."""
    ehr_id = value.get("ehr_id")
    found = text_of(ehr_id) or value_at(ehr_id, "value")
    if found:
        return opaque("", found)
    return (
        subject_id(node_of(value.get("ehr_status")).get("subject"))
        or subject_id(value.get("subject"))
        or None
    )


def _refused(steps: Steps, reason: str) -> Part:
    return Part(steps, "", {}, {}, None, reason)


def why_not(node: Node) -> str:
    """Why an object is not a document that this reader accepts."""
    kind = node.get("_type")
    if isinstance(kind, str) and kind:
        article = "an" if kind[:1] in "AEIOU" else "a"
        if kind in ("CONTRIBUTION", "EHR", "VERSIONED_COMPOSITION"):
            return f"{article} {kind[:60]} that holds references only, no composition"
        return f"{article} {kind[:60]}, not a composition"
    for recognised, reason in _KNOWN_OTHERS:
        if recognised(node):
            return reason
    return "no `_type`: not openEHR canonical JSON"


def _structured(value: object) -> bool:
    return isinstance(value, dict) and any(
        key.startswith(("_", "|")) or isinstance(inner, list) for key, inner in value.items()
    )


def _flat(node: Node) -> bool:
    return any("/" in key and not key.startswith("/") for key in node)


_KNOWN_OTHERS: tuple[tuple[Callable[[Node], bool], str], ...] = (
    (
        lambda node: "@class" in node or "@type" in node,
        "no `_type` (`@class` or `@type` instead): a vendor's own JSON, not canonical JSON",
    ),
    (lambda node: "resourceType" in node, "a FHIR resource, not openEHR"),
    (
        lambda node: "webTemplate" in node or ("templateId" in node and "tree" in node),
        "a web template, not a composition",
    ),
    (
        lambda node: "rows" in node and ("columns" in node or "q" in node),
        "the result of a query, not a composition",
    ),
    (_flat, "a FLAT composition: not read yet by this version"),
    (
        lambda node: any(key.startswith("/") for key in node),
        "no `_type`: a dump of database rows, not canonical JSON",
    ),
    (
        lambda node: "ctx" in node or (len(node) <= 2 and any(_structured(value) for value in node.values())),
        "a STRUCTURED composition: not read yet by this version",
    ),
)
"""What other openEHR and FHIR JSON looks like, and how the refusal words it."""
