"""Whose a record is: EHR_STATUS and demographic PERSON."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from retrieval.composition import Patient, PatientIdentifier, ReadPatient
from retrieval.formats.openehr.envelope import Part
from retrieval.formats.openehr.identity import opaque, subject_id
from retrieval.formats.tree import Node, node_of, nodes_of, text_of, value_at

_WITH_STATUS = re.compile(r"\A(.+?)[-_](qualified|provisional|validated|recovered)\Z", re.IGNORECASE)
_SEX: dict[str, Literal["male", "female", "other", "unknown"]] = {
    "male": "male",
    "m": "male",
    "masculin": "male",
    "homme": "male",
    "female": "female",
    "f": "female",
    "féminin": "female",
    "femme": "female",
    "other": "other",
    "autre": "other",
    "indéterminé": "other",
}


def patient_of(part: Part) -> ReadPatient:
    """The patient that an EHR_STATUS or a PERSON describes.

    `patient.id` is the hint of the envelope, else the PATIENT_ID or uid of a PERSON or the subject of an
    EHR_STATUS. A national number never becomes an id: its digest stands instead.
    """
    if part.kind == "PERSON":
        return ReadPatient(patient=_person(part.node, part.hint))
    return ReadPatient(patient=_status(part.node, part.hint))


def _status(node: Node, hint: str | None) -> Patient:
    reference = node_of(node_of(node.get("subject")).get("external_ref"))
    value = value_at(reference, "id", "value")
    system = text_of(reference.get("namespace")) or value_at(reference, "id", "scheme")
    identifiers = (PatientIdentifier(system=system, value=value),) if value else ()
    return Patient(id=hint or subject_id(node.get("subject")), identifiers=identifiers)


def _person(node: Node, hint: str | None) -> Patient:
    elements = dict(_elements(node))
    identifiers = tuple(
        _identifier(value, status) for value, status in _identifiers(node) if text_of(value.get("id"))
    )
    family = _said(elements.get("family_name"))
    given = _said(elements.get("given_names"))
    local = next((held.value for held in identifiers if held.system.upper() == "PATIENT_ID"), "")
    uid = opaque("", local or value_at(node, "uid", "value").partition("::")[0])
    sex = _said(elements.get("sex")).casefold()
    code = value_at(elements.get("sex"), "defining_code", "code_string").casefold()
    return Patient(
        id=hint or uid,
        name=" ".join(part for part in (family, given) if part),
        family_name=family,
        birth_name=_said(elements.get("birth_name")),
        given_names=given,
        birth_date=_said(elements.get("birth_date")) or None,
        sex=_SEX.get(code) or _SEX.get(sex, "unknown"),
        identity_status=_coded(elements.get("identity_status")) or "provisional",
        identifiers=identifiers,
    )


def _identifier(value: Node, status: str) -> PatientIdentifier:
    """One identifier; a status at the end of its type (`INS-qualified`) is taken as its status."""
    system = text_of(value.get("type")) or text_of(value.get("issuer"))
    match = _WITH_STATUS.match(system)
    if match is not None and not status:
        system, status = match[1], match[2].lower()
    return PatientIdentifier(system=system, value=text_of(value.get("id")), status=status or None)


def _coded(value: Node | None) -> str:
    """The code of a coded text, else its words."""
    return value_at(value, "defining_code", "code_string") or _said(value)


def _said(value: Node | None) -> str:
    return value_at(value, "value")


def _elements(node: object) -> Iterator[tuple[str, Node]]:
    """Every ELEMENT of a person with its name, depth first."""
    for item in _all(node):
        if isinstance(item.get("value"), dict):
            yield _key(item), item["value"]


def _all(node: object) -> Iterator[Node]:
    if isinstance(node, dict):
        if "archetype_node_id" in node and "value" in node:
            yield node
        for child in node.values():
            yield from _all(child)
    elif isinstance(node, list):
        for child in node:
            yield from _all(child)


def _key(item: Node) -> str:
    name = item.get("name")
    return (value_at(name, "value") or text_of(name)).strip().lower().replace(" ", "_")


def _identifiers(node: Node) -> Iterator[tuple[Node, str]]:
    """Each DV_IDENTIFIER, with the status that stands beside it in its cluster."""
    for group in _clusters(node):
        items = nodes_of(group.get("items"))
        status = next((_said(item.get("value")) for item in items if _key(item) == "identifier_status"), "")
        for item in items:
            value = item.get("value")
            if isinstance(value, dict) and "id" in value:
                yield value, status


def _clusters(node: object) -> Iterator[Node]:
    if isinstance(node, dict):
        if "items" in node:
            yield node
        for child in node.values():
            yield from _clusters(child)
    elif isinstance(node, list):
        for child in node:
            yield from _clusters(child)
