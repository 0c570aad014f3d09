"""The person of a Patient resource: what the source states, and nothing settled."""

from __future__ import annotations

from typing import Literal, cast

from retrieval.composition import Patient, PatientIdentifier
from retrieval.formats.fhir import words
from retrieval.formats.fhir.links import values_at
from retrieval.formats.fhir.vocabulary import table
from retrieval.formats.tree import Node, node_of, nodes_of, text_of, value_at
from retrieval.identity import is_ins

_OID = "urn:oid:"
_INS = {"1.2.250.1.213.1.4.8": "INS", "1.2.250.1.213.1.4.9": "INS"}
_TEST = {"1.2.250.1.213.1.4.10": "INS-TEST", "1.2.250.1.213.1.4.11": "INS-TEST"}
_SYSTEMS = {**_INS, **_TEST}
_SEXES = ("male", "female", "other", "unknown")
Sex = Literal["male", "female", "other", "unknown"]


def hint_of(resource: Node, full_url: str = "") -> str:
    """What the documents call the person: its id, else a local identifier, else an INS."""
    own = value_at(resource, "id") or full_url.rpartition("/")[2].removeprefix("urn:uuid:")
    if own and not is_ins(own):
        return own
    found = [each for each in nodes_of(resource.get("identifier")) if value_at(each, "value")]
    local = [
        each
        for each in found
        if _system(each) not in ("INS", "INS-TEST") and not is_ins(value_at(each, "value"))
    ]
    chosen = next(iter(local or found), None)
    return f"{_root(chosen)}|{value_at(chosen, 'value')}" if chosen is not None else own


def patient_of(resource: Node, full_url: str = "") -> Patient:
    """The person whom a Patient resource describes."""
    names = nodes_of(resource.get("name"))
    birth = _name(names, "official", "maiden")
    used = _name(names, "usual", "nickname") or birth
    family = value_at(used, "family") or value_at(birth, "family")
    status = _reliability(resource)
    return Patient(
        id=hint_of(resource, full_url),
        name=" ".join(filter(None, (_given(used, first=True) or _given(birth, first=True), family)))
        or (words.name(names[0]) if names else ""),
        family_name=family,
        birth_name=value_at(birth, "family") if birth is not used or _is_french(resource) else "",
        given_names=_birth_given(birth) or _given(birth) or _given(used),
        birth_date=value_at(resource, "birthDate") or None,
        birth_place=_birth_place(resource),
        sex=cast(Sex, sex) if (sex := value_at(resource, "gender")) in _SEXES else "unknown",
        identity_status=status or "provisional",
        identifiers=tuple(
            _identifier(each, status)
            for each in nodes_of(resource.get("identifier"))
            if value_at(each, "value")
        ),
    )


def _identifier(node: Node, status: str) -> PatientIdentifier:
    system = _system(node)
    return PatientIdentifier(
        system=system or words.concept(node_of(node.get("type"))),
        value=value_at(node, "value"),
        status=(status or None) if system in ("INS", "INS-TEST") else None,
    )


def _root(node: Node | None) -> str:
    return value_at(node, "system").removeprefix(_OID)


def _system(node: Node) -> str:
    root = _root(node)
    return _SYSTEMS.get(root, value_at(node, "system"))


def _name(names: list[Node], *uses: str) -> Node:
    return next(
        (each for use in uses for each in names if value_at(each, "use") == use), names[0] if names else {}
    )


def _given(name: Node, *, first: bool = False) -> str:
    given = name.get("given")
    found = [text_of(each) for each in (given if isinstance(given, list) else [given]) if text_of(each)]
    return " ".join(found[:1] if first else found)


def _extensions(node: Node, part: str) -> list[Node]:
    return [each for each in nodes_of(node.get("extension")) if part in value_at(each, "url")]


def _birth_given(name: Node) -> str:
    return next((value_at(each, "valueString") for each in _extensions(name, "birth-list-given-name")), "")


def _is_french(resource: Node) -> bool:
    return bool(_extensions(resource, "fr-core-identity-reliability")) or any(
        _system(each) in ("INS", "INS-TEST") for each in nodes_of(resource.get("identifier"))
    )


def _birth_place(resource: Node) -> str:
    for each in _extensions(resource, "birthPlace"):
        place = node_of(each.get("valueAddress"))
        codes = [
            value_at(inner, "valueCoding", "code")
            for inner in values_at(place, ["extension"])
            if isinstance(inner, dict)
        ]
        codes += [
            value_at(inner, "valueCoding", "code")
            for key in ("_city", "_district", "_country")
            for inner in nodes_of(node_of(place.get(key)).get("extension"))
        ]
        return next(filter(None, codes), "") or value_at(place, "city") or value_at(place, "country")
    return ""


def _reliability(resource: Node) -> str:
    """The status of the identity: fr-core says qualified by a validated identity with an INS."""
    codes = [
        value_at(inner, "valueCoding", "code")
        for each in _extensions(resource, "identity-reliability")
        for inner in [each, *nodes_of(each.get("extension"))]
    ]
    status = next((table("identity_reliability").get(code, code) for code in codes if code), "")
    has_ins = any(_system(each) == "INS" for each in nodes_of(resource.get("identifier")))
    return "qualified" if status == "validated" and has_ins else status
