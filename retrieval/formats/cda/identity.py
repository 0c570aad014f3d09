"""The person whom a document is about: what the source states, and nothing settled."""

from __future__ import annotations

from typing import Literal, cast

from retrieval.composition import Patient, PatientIdentifier
from retrieval.formats.cda import times
from retrieval.formats.cda.nodes import Node
from retrieval.formats.cda.vocabulary import table
from retrieval.identity import is_ins

_INS = {"1.2.250.1.213.1.4.8": "INS", "1.2.250.1.213.1.4.9": "INS"}
_INS_TEST = {"1.2.250.1.213.1.4.10": "INS-TEST", "1.2.250.1.213.1.4.11": "INS-TEST"}
_SYSTEMS = {**_INS, **_INS_TEST}
Sex = Literal["male", "female", "other", "unknown"]


def hint_of(document: Node) -> str | None:
    """What the documents call the person: `root|extension` of a local id; of the INS where it is alone."""
    role = document.child("recordTarget", "patientRole")
    ids = [each for each in role.all("id") if each.get("extension")] if role else []
    local = [each for each in ids if each.get("root") not in _SYSTEMS and not is_ins(each.get("extension"))]
    chosen = next(iter(local or ids), None)
    if chosen is None:
        return None
    root = chosen.get("root")
    return f"{root}|{chosen.get('extension')}" if root else chosen.get("extension")


def patient_of(document: Node) -> Patient | None:
    """The person of the first recordTarget; None where the document names nobody."""
    role = document.child("recordTarget", "patientRole")
    hint = hint_of(document)
    if role is None:
        return None
    person = role.child("patient")
    name = person.child("name") if person else None
    birth, used = _part(name, "family", "BR"), _part(name, "family", "CL")
    plain = _part(name, "family", "")
    given = _given(name)
    sex = person.child("administrativeGenderCode") if person else None
    born = person.child("birthTime") if person else None
    family = used or plain or birth
    return Patient(
        id=hint or "",
        name=" ".join(filter(None, (_used_given(name) or given, family))),
        family_name=family,
        birth_name=birth,
        given_names=given,
        birth_date=_day(times.iso_of(born.get("value"))) if born else None,
        birth_place=_birth_place(person),
        sex=cast(Sex, table("sex").get(sex.get("code"), "unknown")) if sex else "unknown",
        identifiers=_identifiers(role),
    )


def _identifiers(role: Node) -> tuple[PatientIdentifier, ...]:
    return tuple(
        PatientIdentifier(
            system=_SYSTEMS.get(each.get("root"), each.get("root")), value=each.get("extension")
        )
        for each in role.all("id")
        if each.get("extension")
    )


def _part(name: Node | None, part: str, qualifier: str) -> str:
    found = name.all(part) if name else []
    return next((_text(each) for each in found if qualifier in each.get("qualifier").split()), "") or next(
        (_text(each) for each in found if not qualifier and not each.get("qualifier")), ""
    )


def _given(name: Node | None) -> str:
    """All given names, that of birth first: CI-SIS lists them in the one without a qualifier."""
    first = _part(name, "given", "BR")
    listed = [_text(each) for each in (name.all("given") if name else []) if not each.get("qualifier")]
    names = " ".join(listed)
    if not first:
        return names or _part(name, "given", "CL")
    return names if names.casefold().startswith(first.casefold()) else f"{first} {names}".strip()


def _used_given(name: Node | None) -> str:
    return _part(name, "given", "CL") or _part(name, "given", "BR")


def _text(node: Node) -> str:
    return " ".join(node.text.split())


def _day(iso: str | None) -> str | None:
    return iso.partition("T")[0] if iso else None


def _birth_place(person: Node | None) -> str:
    """The INSEE code (CI-SIS writes it as the county), else the name of the town."""
    address = person.child("birthplace", "place", "addr") if person else None
    if address is None:
        place = person.child("birthplace", "place", "name") if person else None
        return _text(place) if place else ""
    county = address.child("county")
    town = address.child("city")
    return (_text(county) if county else "") or (_text(town) if town else "")
