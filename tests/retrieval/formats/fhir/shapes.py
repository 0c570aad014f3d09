"""Small invented FHIR R4 resources, as JSON and as XML."""

from __future__ import annotations

import json
from html import escape
from typing import Any

Node = dict[str, Any]
LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
UCUM = "http://unitsofmeasure.org"
HL7 = "http://terminology.hl7.org/CodeSystem"
INS = "urn:oid:1.2.250.1.213.1.4.8"
_SINGLE = {"resource", "contained"}


def concept(code: str, display: str, system: str = SNOMED, text: str = "") -> Node:
    """A CodeableConcept of one coding."""
    found: Node = {"coding": [{"system": system, "code": code, "display": display}]}
    return {**found, "text": text} if text else found


def status(code: str, name: str) -> Node:
    """A status of an allergy or a condition."""
    return {"coding": [{"system": f"{HL7}/{name}", "code": code}]}


def quantity(value: Any, unit: str = "mmol/L", **rest: Any) -> Node:
    """A quantity in UCUM."""
    return {"value": value, "unit": unit, "system": UCUM, "code": unit, **rest}


def patient(**rest: Any) -> Node:
    """A person with an INS and a local number."""
    return {
        "resourceType": "Patient",
        "id": "p-001",
        "identifier": [
            {"system": INS, "value": "160012A00123445"},
            {"system": "urn:oid:1.2.3.4.5", "value": "IPP-42"},
        ],
        "name": [
            {"use": "official", "family": "DURANT", "given": ["ODILE", "MARIE"]},
            {"use": "usual", "family": "MARTEL", "given": ["ODILE"]},
        ],
        "telecom": [{"system": "phone", "value": "0102030405"}],
        "address": [{"city": "Tours"}],
        "gender": "female",
        "birthDate": "1960-01-15",
        **rest,
    }


def resource(kind: str, **rest: Any) -> Node:
    """A resource of the person."""
    subject = (
        "patient" if kind in ("AllergyIntolerance", "Immunization", "FamilyMemberHistory") else "subject"
    )
    return {"resourceType": kind, "id": f"{kind.lower()}-1", subject: {"reference": "Patient/p-001"}, **rest}


def potassium(value: Any = None, **rest: Any) -> Node:
    """A result of a laboratory."""
    found = {
        "status": "final",
        "category": [{"coding": [{"system": f"{HL7}/observation-category", "code": "laboratory"}]}],
        "code": concept("2823-3", "Potassium", LOINC),
        "effectiveDateTime": "2024-01-30T08:00:00+01:00",
    }
    value = {"valueQuantity": quantity(5.4)} if value is None else value
    return resource("Observation", **{**found, **value, **rest})


def order(*dosages: Node, **rest: Any) -> Node:
    """A prescription of paracetamol."""
    found = {
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": concept("387517004", "paracétamol"),
        "authoredOn": "2024-01-30",
    }
    return resource("MedicationRequest", **{**found, "dosageInstruction": list(dosages), **rest})


def bundle(*resources: Node, kind: str = "collection", **rest: Any) -> Node:
    """A Bundle; each entry has an address of its own."""
    entries = [
        {
            "fullUrl": f"https://chu.example/fhir/{each['resourceType']}/{each.get('id', place)}",
            "resource": each,
        }
        for place, each in enumerate(resources)
    ]
    return {"resourceType": "Bundle", "type": kind, "entry": entries, **rest}


def letter(*resources: Node, sections: list[Node] | None = None, **rest: Any) -> Node:
    """A document Bundle with one section that names the resources."""
    named = [{"reference": f"{each['resourceType']}/{each['id']}"} for each in resources]
    own = [{"title": "Contenu", "code": concept("48765-2", "Allergies", LOINC), "entry": named}]
    head = {
        "resourceType": "Composition",
        "id": "composition-1",
        "language": "fr",
        "status": "final",
        "type": concept("60591-5", "Synthèse", LOINC),
        "subject": {"reference": "Patient/p-001"},
        "date": "2024-01-31T11:00:00+01:00",
        "author": [{"display": "Dr Ève Roche"}],
        "title": "Synthèse médicale",
        "custodian": {"display": "Clinique du Parc"},
        "section": own if sections is None else sections,
    }
    identifier = {"system": "urn:ietf:rfc:3986", "value": "urn:uuid:0b6f0e66-1111-4222-8333-444455556666"}
    return bundle(head, patient(), *resources, kind="document", identifier=identifier, **rest)


def narrative(text: str, state: str = "additional") -> Node:
    """A narrative."""
    return {"status": state, "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{text}</div>'}


def example() -> Node:
    """A document with a result, an allergy and a prescription."""
    allergy = resource(
        "AllergyIntolerance",
        clinicalStatus=status("active", "allergyintolerance-clinical"),
        code=concept("764146007", "Pénicilline"),
        reaction=[{"manifestation": [concept("126485001", "urticaire")]}],
    )
    dose = {
        "timing": {"repeat": {"frequency": 3, "period": 1, "periodUnit": "d"}},
        "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "comprimé"}}],
    }
    prose = narrative("<p>Vu ce jour.</p><p>État 🩺 stable.</p>")
    between = {"low": quantity(3.5), "high": quantity(5)}
    written = [potassium(referenceRange=[between], text=prose), allergy, order(dose)]
    return letter(*written)


def to_json(node: Any) -> bytes:
    """The resource as FHIR JSON."""
    return json.dumps(node, ensure_ascii=False, indent=1).encode()


def to_xml(node: Node) -> bytes:
    """The resource as FHIR XML."""
    return (
        b'<?xml version="1.0" encoding="UTF-8"?>\n' + _resource(node, ' xmlns="http://hl7.org/fhir"').encode()
    )


def _resource(node: Node, space: str = "") -> str:
    kind = node["resourceType"]
    return f"<{kind}{space}>{_members(node)}</{kind}>"


def _members(node: Node, attributes: tuple[str, ...] = ()) -> str:
    names = [*node, *(name[1:] for name in node if name.startswith("_") and name[1:] not in node)]
    return "".join(
        _element(name, each, node.get(f"_{name}"))
        for name in names
        if name != "resourceType" and name not in attributes and not name.startswith("_")
        for each in (node[name] if isinstance(node.get(name), list) else [node.get(name)])
    )


def _element(name: str, value: Any, more: Any) -> str:
    if name in _SINGLE and "resourceType" in value:
        return f"<{name}>{_resource(value)}</{name}>"
    if name == "div":
        return str(value)
    if isinstance(value, dict):
        url = f' url="{escape(value["url"])}"' if "xtension" in name and "url" in value else ""
        return f"<{name}{url}>{_members(value, ('url',) if url else ())}</{name}>"
    below = _members(more) if isinstance(more, dict) else ""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    kept = escape(text).replace("\n", "&#10;").replace("\r", "&#13;").replace("\t", "&#9;")
    shown = "" if value is None else f' value="{kept}"'
    return f"<{name}{shown}>{below}</{name}>"
