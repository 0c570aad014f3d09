"""What a document states, as FHIR R4 resources: one function a kind of statement.

Prose becomes a section; subjects, and what stands as `*`, are filled by the bundle (`fhir`).
"""

from collections.abc import Iterator

from eval.synthetic import writing_items as it
from eval.synthetic.fhir_codes import HL7, LOINC, RELATIONS, SIGNS, SYSTEMS
from eval.synthetic.fhir_values import Resource, annotated, coded, concept, filled, number, quantity

_OBSERVED = {
    "preliminary": "preliminary",
    "final": "final",
    "amended": "amended",
    "entered_in_error": "entered-in-error",
}


def panel(item: it.Panel) -> Iterator[Resource]:
    """Observations, then the DiagnosticReport that groups them; `result` is filled by the bundle."""
    for result in item.results:
        limits = {"low": result.low, "high": result.high}
        unit = result.measure.unit if result.measure else ""
        bounds = {
            side: quantity(it.Measure(bound, unit)) for side, bound in limits.items() if bound is not None
        }
        yield filled(
            {
                "resourceType": "Observation",
                "status": _OBSERVED[result.state],
                "category": [coded(f"{HL7}observation-category", "laboratory")],
                "code": concept(result.name),
                "effectiveDateTime": item.time,
                "valueQuantity": quantity(result.measure) if result.measure else None,
                "valueCodeableConcept": concept(result.words) if result.words else None,
                "interpretation": [coded(SYSTEMS["HL7-ObservationInterpretation"], result.interpretation)]
                if result.interpretation
                else [],
                "referenceRange": [bounds] if bounds else [],
            }
        )
    yield filled(
        {
            "resourceType": "DiagnosticReport",
            "status": _OBSERVED[item.state],
            "category": [coded(f"{HL7}v2-0074", "LAB")],
            "code": {"text": item.title},
            "effectiveDateTime": item.time,
            "conclusion": item.comment,
            "result": ["*"],
            "specimen": [{"display": item.specimen}] if item.specimen else [],
        }
    )


def sign(item: it.Sign) -> Iterator[Resource]:
    """A vital sign in its own Observation."""
    yield _vital(it.Coding(item.name, "LOINC", SIGNS[item.kind]), item.time) | {
        "valueQuantity": quantity(item.measure)
    }


def pressure(systolic: it.Sign, diastolic: it.Sign) -> Resource:
    """Blood pressure: one Observation with two components, as the profile of vital signs asks."""
    parts = [
        {
            "code": concept(it.Coding(part.name, "LOINC", SIGNS[part.kind])),
            "valueQuantity": quantity(part.measure),
        }
        for part in (systolic, diastolic)
    ]
    name = it.Coding("Pression artérielle", "LOINC", "85354-9")
    return _vital(name, systolic.time) | {"component": parts}


def _vital(name: it.Coding, time: str) -> Resource:
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [coded(f"{HL7}observation-category", "vital-signs")],
        "code": concept(name),
        "effectiveDateTime": time,
    }


def diagnosis(item: it.Diagnosis) -> Iterator[Resource]:
    """A Condition: confirmed, provisional when suspected, refuted when absent."""
    verified = {"present": "confirmed", "suspected": "provisional", "absent": "refuted"}[item.certainty]
    state = "resolved" if item.resolved else "active"
    clinical = {} if item.certainty == "absent" else coded(f"{HL7}condition-clinical", state)
    yield filled(
        {
            "resourceType": "Condition",
            "clinicalStatus": clinical,
            "verificationStatus": coded(f"{HL7}condition-ver-status", verified),
            "category": [coded(f"{HL7}condition-category", "problem-list-item")],
            "code": concept(item.name),
            "onsetDateTime": item.onset,
            "abatementDateTime": item.resolved,
        }
    )


def reaction(item: it.Reaction) -> Iterator[Resource]:
    """An AllergyIntolerance; « no known allergy » is its SNOMED CT code, as the patient summary asks."""
    if item.certainty == "none_known":
        yield {
            "resourceType": "AllergyIntolerance",
            "clinicalStatus": coded(f"{HL7}allergyintolerance-clinical", "active"),
            "verificationStatus": coded(f"{HL7}allergyintolerance-verification", "confirmed"),
            "code": coded("http://snomed.info/sct", "716186003", item.substance),
        }
        return
    state = {"confirmed": "confirmed", "suspected": "unconfirmed", "refuted": "refuted"}[item.certainty]
    shown = {"manifestation": [{"text": item.manifestation}] if item.manifestation else []}
    clinical = {} if state == "refuted" else coded(f"{HL7}allergyintolerance-clinical", "active")
    told = filled(shown | {"severity": item.severity})
    if "severity" in told and "manifestation" not in told:
        told["manifestation"] = [coded(f"{HL7}data-absent-reason", "unknown", "non précisée")]
    yield filled(
        {
            "resourceType": "AllergyIntolerance",
            "clinicalStatus": clinical,
            "verificationStatus": coded(f"{HL7}allergyintolerance-verification", state),
            "type": "allergy" if item.allergy else "intolerance",
            "code": {"text": item.substance},
            "reaction": [told] if told else [],
        }
    )


def order(item: it.Order) -> Iterator[Resource]:
    """A MedicationRequest with its posology in words and in data."""
    yield {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": concept(item.drug),
        "authoredOn": "*",
        "reasonCode": [{"text": item.indication}],
        "dosageInstruction": [
            {
                "text": item.directions,
                "timing": {
                    "repeat": {"boundsPeriod": {"start": item.start}},
                    "code": {"text": item.frequency},
                },
                "asNeededBoolean": item.as_needed,
                "route": {"text": item.route},
                "doseAndRate": [{"doseQuantity": {"value": number(item.amount), "unit": item.unit}}],
            }
        ],
    }


def step(item: it.Step) -> Iterator[Resource]:
    """A MedicationStatement of a treatment started, changed or stopped, or an Immunization."""
    if item.step == "given":
        yield {
            "resourceType": "Immunization",
            "status": "completed",
            "vaccineCode": concept(item.drug),
            "occurrenceDateTime": item.time,
        }
        return
    stopped = item.step == "stopped"
    yield filled(
        {
            "resourceType": "MedicationStatement",
            "status": "stopped" if stopped else "active",
            "statusReason": [{"text": item.reason}] if item.reason else [],
            "medicationCodeableConcept": concept(item.drug),
            "effectivePeriod": {"end" if stopped else "start": item.time},
            "dateAsserted": item.time,
            "note": annotated(item.words),
            "dosage": [{"text": item.comment}] if item.comment else [],
        }
    )


def act(item: it.Act) -> Iterator[Resource]:
    """A Procedure, or the ServiceRequest of one that is planned."""
    site = [{"text": item.site}] if item.site else []
    if item.done:
        yield filled(
            {
                "resourceType": "Procedure",
                "status": "completed",
                "code": concept(item.name),
                "performedDateTime": item.time,
                "reasonCode": [{"text": item.reason}] if item.reason else [],
                "bodySite": site,
                "note": annotated(item.told),
            }
        )
        return
    yield filled(
        {
            "resourceType": "ServiceRequest",
            "status": "active",
            "intent": "plan",
            "code": concept(item.name),
            "occurrenceDateTime": item.due,
            "authoredOn": item.time,
            "bodySite": site,
        }
    )


def examination(item: it.Examination) -> Iterator[Resource]:
    """An imaging DiagnosticReport; its findings are an Observation."""
    yield {
        "resourceType": "Observation",
        "status": "final",
        "category": [coded(f"{HL7}observation-category", "imaging")],
        "code": {"coding": [{"system": LOINC, "code": "59776-5"}], "text": "Résultats"},
        "effectiveDateTime": item.time,
        "valueString": item.findings,
    }
    yield {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "category": [coded(f"{HL7}v2-0074", "RAD", item.modality)],
        "code": {"text": item.name},
        "effectiveDateTime": item.time,
        "result": ["*"],
        "conclusion": item.conclusion,
    }


def implant(item: it.Implant) -> Iterator[Resource]:
    """A Device, and the DeviceUseStatement that says since when and where."""
    yield {
        "resourceType": "Device",
        "status": "active",
        "type": {"text": item.name},
        "modelNumber": item.model,
        "serialNumber": item.serial,
    }
    yield filled(
        {
            "resourceType": "DeviceUseStatement",
            "status": "active",
            "timingDateTime": item.since,
            "device": "*",
            "bodySite": {"text": item.site} if item.site else {},
        }
    )


def relative(item: it.Relative) -> Iterator[Resource]:
    """A FamilyMemberHistory."""
    code, _ = RELATIONS.get(item.relation, ("", ""))
    relation = coded(f"{HL7}v3-RoleCode", code, item.relation) if code else {"text": item.relation}
    yield {
        "resourceType": "FamilyMemberHistory",
        "status": "completed",
        "relationship": relation,
        "deceasedBoolean": item.deceased,
        "condition": [{"code": {"text": item.condition}}],
    }


def movement(item: it.Movement) -> Iterator[Resource]:
    """The Encounter as it stands at the entry or after the exit."""
    period = {"start": item.time} if item.entry else filled({"start": item.since, "end": item.time})
    yield filled(
        {
            "resourceType": "Encounter",
            "status": "in-progress" if item.entry else "finished",
            "class": {"system": f"{HL7}v3-ActCode", "code": "IMP", "display": "Hospitalisation"},
            "period": period,
            "hospitalization": {"admitSource": {"text": item.mode}} if item.mode else {},
            "location": [{"location": {"display": item.ward}}],
        }
    )


def request(item: it.Request) -> Iterator[Resource]:
    """A ServiceRequest whose result is awaited."""
    yield {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "priority": "routine",
        "code": {"text": item.service},
        "authoredOn": "*",
        "note": annotated(item.comment),
    }
