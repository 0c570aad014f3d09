"""A document of the hospital as a FHIR R4 document Bundle: Composition first, then all that it refers to."""

import json
from collections.abc import Callable, Iterator, Sequence
from html import escape
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from eval.synthetic import fhir_resources as made
from eval.synthetic import writing_items as it
from eval.synthetic.fhir_codes import HL7, LOINC, kind_of
from eval.synthetic.fhir_values import Resource
from eval.synthetic.openehr import FACILITY, SYSTEM
from eval.synthetic.truth import Identity

INS_TEST = "urn:oid:1.2.250.1.213.1.4.10"
IPP = f"https://{SYSTEM}/ipp"
LOCAL = f"https://{SYSTEM}/patient"
_IDENTITY = "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-identity-reliability"
_RELIABILITY = {"qualified": "VALI", "validated": "VALI", "recovered": "RECUP", "provisional": "PROV"}
_UNTIMED = ("Patient", "Practitioner", "Organization", "Device")
_WRITERS: dict[type[Any], Callable[[Any], Iterator[Resource]]] = {
    it.Panel: made.panel,
    it.Sign: made.sign,
    it.Diagnosis: made.diagnosis,
    it.Reaction: made.reaction,
    it.Order: made.order,
    it.Step: made.step,
    it.Act: made.act,
    it.Examination: made.examination,
    it.Implant: made.implant,
    it.Relative: made.relative,
    it.Movement: made.movement,
    it.Request: made.request,
}


def bundle(written: it.Written) -> str:
    """The JSON text of the document Bundle; same document, same bytes."""
    resources = _numbered(written, list(_resources(written.items)))
    people = [_patient(written.identity), _practitioner(written.author), _organisation(written.facility)]
    fixed = [_identified(written, each, place) for place, each in enumerate(people)]
    who = {item["resourceType"]: _url(item) for item in fixed}
    for resource in resources:
        _point(resource, written, who)
    entries = [_composition(written, resources, who), *fixed, *resources]
    document = written.document
    node = {
        "resourceType": "Bundle",
        "id": _id(written, "bundle"),
        "meta": {"versionId": str(document.version), "lastUpdated": written.time},
        "identifier": {
            "system": "urn:ietf:rfc:3986",
            "value": f"urn:uuid:{_id(written, f'bundle/{document.version}')}",
        },
        "type": "document",
        "timestamp": written.time,
        "entry": [{"fullUrl": _url(item), "resource": item} for item in entries],
    }
    return json.dumps(node, ensure_ascii=False, indent=1) + "\n"


def _resources(items: Sequence[it.Item]) -> Iterator[Resource]:
    """Resources in order; two pressures of one moment are one Observation."""
    pending: it.Sign | None = None
    for item in items:
        if isinstance(item, it.Sign) and item.kind == "systolic":
            pending = item
        elif isinstance(item, it.Sign) and item.kind == "diastolic" and pending is not None:
            yield made.pressure(pending, item)
        elif not isinstance(item, it.Prose):
            yield from _WRITERS[type(item)](item)


def _id(written: it.Written, name: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"{written.document.uid}/{name}"))


def _identified(written: it.Written, resource: Resource, place: int) -> Resource:
    kind = resource["resourceType"]
    if kind == "Patient":
        return {"resourceType": kind, "id": written.identity.patient_id, **_rest(resource)}
    own = written.author if kind == "Practitioner" else f"{kind}/{place}"
    found = uuid5(NAMESPACE_URL, own) if kind in _UNTIMED[1:3] else _id(written, own)
    return {"resourceType": kind, "id": str(found), **_rest(resource)}


def _rest(resource: Resource) -> Resource:
    return {field: value for field, value in resource.items() if field not in ("resourceType", "id")}


def _numbered(written: it.Written, resources: list[Resource]) -> list[Resource]:
    return [_identified(written, each, place) for place, each in enumerate(resources, start=10)]


def _url(resource: Resource) -> str:
    if resource["resourceType"] == "Patient":
        return f"{LOCAL}/Patient/{resource['id']}"
    return f"urn:uuid:{resource['id']}"


def _reference(url: str) -> dict[str, str]:
    return {"reference": url}


def _point(resource: Resource, written: it.Written, who: dict[str, str]) -> None:
    """Give a resource its patient, and its time where the document's is meant."""
    kind = resource["resourceType"]
    subject = "patient" if kind in _OF_PATIENT else "subject"
    resource[subject] = _reference(who["Patient"])
    if resource.get("authoredOn") == "*":
        resource["authoredOn"] = written.time
    if kind in ("MedicationRequest", "ServiceRequest"):
        resource["requester"] = _reference(who["Practitioner"])
    if kind in ("Condition", "AllergyIntolerance"):
        resource["recordedDate"] = written.time


_OF_PATIENT = ("AllergyIntolerance", "Immunization", "Device", "FamilyMemberHistory")


def _composition(written: it.Written, resources: list[Resource], who: dict[str, str]) -> Resource:
    document = written.document
    _link(resources)
    code, display = kind_of(document.kind, document.raw)
    node: Resource = {
        "resourceType": "Composition",
        "id": _id(written, "composition"),
        "meta": {"versionId": str(document.version)},
        "language": "fr",
        "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{document.uid}"},
        "status": written.state.replace("_", "-"),
        "type": {"coding": [{"system": LOINC, "code": code, "display": display}]},
        "subject": _reference(who["Patient"]),
        "date": written.time,
        "author": [_reference(who["Practitioner"])],
        "title": document.title,
        "custodian": _reference(who["Organization"]),
    }
    if document.version > 1:
        former = f"urn:uuid:{_id(written, f'bundle/{document.version - 1}')}"
        target = {"system": "urn:ietf:rfc:3986", "value": former}
        node["relatesTo"] = [{"code": "replaces", "targetIdentifier": target}]
    if written.stay is not None:
        start, end = written.stay
        node["event"] = [{"period": {"start": start, "end": end}}]
    node["section"] = list(_sections(written, resources))
    return node


def _sections(written: it.Written, resources: list[Resource]) -> Iterator[Resource]:
    if resources:
        yield {"title": written.document.title, "entry": [_reference(_url(each)) for each in resources]}
    for item in written.items:
        if isinstance(item, it.Prose):
            lines = "<br/>".join(escape(line, quote=False) for line in item.text.split("\n"))
            div = f'<div xmlns="http://www.w3.org/1999/xhtml"><p>{lines}</p></div>'
            yield {"title": item.title, "text": {"status": "additional", "div": div}}


def _link(resources: list[Resource]) -> None:
    """Reports name the results before them, a use names the device before it."""
    waiting: list[str] = []
    for resource in resources:
        kind = resource["resourceType"]
        if kind == "DiagnosticReport":
            resource["result"] = [_reference(url) for url in waiting]
            waiting = []
        elif kind == "DeviceUseStatement":
            resource["device"] = _reference(waiting.pop())
        elif kind in ("Observation", "Device"):
            waiting.append(_url(resource))


def _patient(identity: Identity) -> Resource:
    names = [{"use": "official", "family": identity.birth_name, "given": list(identity.given_names)}]
    if identity.family_name != identity.birth_name:
        names.append({"use": "usual", "family": identity.family_name, "given": [identity.given_names[0]]})
    reliability = {"system": "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-identity-reliability"}
    return {
        "resourceType": "Patient",
        "id": "",
        "extension": [
            {
                "url": _IDENTITY,
                "extension": [
                    {
                        "url": "identityStatus",
                        "valueCoding": reliability | {"code": _RELIABILITY[identity.status]},
                    }
                ],
            }
        ],
        "identifier": [
            _identifier("PI", IPP, identity.ipp, "usual"),
            _identifier("RI", LOCAL, identity.patient_id, "secondary"),
            _ins(identity),
        ],
        "name": names,
        "gender": identity.sex,
        "birthDate": identity.birth_date.isoformat(),
    }


def _identifier(kind: str, system: str, value: str, use: str) -> Resource:
    return {"use": use, "type": _typed(f"{HL7}v2-0203", kind), "system": system, "value": value}


def _ins(identity: Identity) -> Resource:
    kind = "INS-NIR" if identity.ins_status == "qualified" else "INS-NIR-TEST"
    system = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203"
    use = "official" if identity.ins_status == "qualified" else "temp"
    return {"use": use, "type": _typed(system, kind), "system": INS_TEST, "value": identity.ins}


def _typed(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def _practitioner(author: str) -> Resource:
    return {"resourceType": "Practitioner", "id": "", "name": [{"text": author}]}


def _organisation(facility: str) -> Resource:
    return {"resourceType": "Organization", "id": "", "name": facility or FACILITY}
