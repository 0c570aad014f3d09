"""What the resources of a source become."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from retrieval.fact import Boolean, Coded, Fact, Interval, Missing, Moment, Quantity, Ratio, Text
from tests.retrieval.formats.fhir import shapes as fhir
from tests.retrieval.formats.fhir.checks import check_document, read


def facts_of(resource: fhir.Node) -> tuple[Fact, ...]:
    document = read(fhir.to_json(resource)).document
    check_document(document)
    in_xml = read(fhir.to_xml(resource)).document
    check_document(in_xml)
    assert in_xml.text == document.text
    assert [fact.value for fact in in_xml.facts] == [fact.value for fact in document.facts]
    return document.facts


def only(resource: fhir.Node) -> Fact:
    (fact,) = facts_of(resource)
    return fact


def test_a_result_keeps_its_digits_unit_range_and_flag() -> None:
    between = {"low": fhir.quantity(3.5), "high": fhir.quantity(5)}
    flag = fhir.status("H", "v3-ObservationInterpretation")
    fact = only(fhir.potassium(referenceRange=[between], interpretation=[flag]))
    assert fact.kind == "laboratory"
    assert fact.value == Quantity(magnitude=Decimal("5.4"), unit="mmol/L")
    assert fact.interpretation == "high"
    assert fact.reference_range is not None
    assert (fact.reference_range.low, fact.reference_range.high) == (Decimal("3.5"), Decimal(5))
    assert fact.effective == "2024-01-30T08:00:00+01:00"
    assert (fact.status, fact.certainty) == ("final", "present")
    assert fact.codes[0].code == "2823-3"
    assert fact.locator.path == "Observation.valueQuantity"
    assert fact.locator.quote == "Potassium : 5,4 mmol/L (référence : 3,5 à 5 mmol/L ; haut)"


def test_digits_of_json_and_of_xml_are_those_of_the_source() -> None:
    data = fhir.to_json(fhir.potassium()).replace(b"5.4", b"5.40")
    (fact,) = read(data).document.facts
    assert isinstance(fact.value, Quantity)
    assert str(fact.value.magnitude) == "5.40"
    assert "5,40 mmol/L" in fact.locator.quote


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        ({"valueQuantity": fhir.quantity(0.1, comparator="<")}, Quantity, "< 0,1 mmol/L"),
        ({"valueBoolean": True}, Boolean, "oui"),
        ({"valueString": "culture stérile"}, Text, "culture stérile"),
        ({"valueString": "other"}, Text, "Potassium : other"),
        ({"valueInteger": 12}, Text, "12"),
        ({"valueCodeableConcept": fhir.concept("10828004", "positif")}, Coded, "positif"),
        ({"valueDateTime": "2024-03"}, Moment, "03/2024"),
        (
            {"valuePeriod": {"start": "2024-03-01", "end": "2024-03-02"}},
            Interval,
            "du 01/03/2024 au 02/03/2024",
        ),
        ({"valueRange": {"low": fhir.quantity(1), "high": fhir.quantity(2)}}, Interval, "1 à 2 mmol/L"),
        ({"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 128}}}, Ratio, "1 : 128"),
        ({"dataAbsentReason": fhir.status("not-asked", "data-absent-reason")}, Missing, "non demandé"),
        ({"valueQuantity": {"value": "moins de 3", "unit": "g/L"}}, Text, "moins de 3 g/L"),
    ],
)
def test_each_type_of_value(value: fhir.Node, kind: type, shown: str) -> None:
    fact = only(fhir.potassium(value))
    assert isinstance(fact.value, kind)
    assert shown in fact.locator.quote
    assert fact.certainty == ("unknown" if kind is Missing else "present")


def test_components_are_results_of_their_own() -> None:
    parts = [
        {
            "code": fhir.concept("8480-6", "Systolique", fhir.LOINC),
            "valueQuantity": fhir.quantity(142, "mm[Hg]"),
        },
        {
            "code": fhir.concept("8462-4", "Diastolique", fhir.LOINC),
            "valueQuantity": fhir.quantity(85, "mm[Hg]"),
        },
    ]
    high, low = facts_of(fhir.potassium({"component": parts}, method=fhir.concept("1", "au brassard")))
    assert isinstance(high.value, Quantity)
    assert isinstance(low.value, Quantity)
    assert [high.value.magnitude, low.value.magnitude] == [142, 85]
    assert high.locator.quote == "Systolique : 142 mmHg"
    assert high.locator.path == "Observation.component[0].valueQuantity"
    for each in (high, low):
        assert "au brassard" in [detail.text for detail in each.details]
    assert "Systolique" not in [detail.text for detail in low.details]


def test_what_groups_results_is_no_result() -> None:
    members = [{"display": "Sodium"}]
    assert facts_of(fhir.potassium({"hasMember": members})) == ()
    report = fhir.resource(
        "DiagnosticReport", status="final", code={"text": "Ionogramme"}, conclusion="Normal."
    )
    assert only(report).label == "Ionogramme"
    assert facts_of({**report, "result": members}) == ()
    imaging = [{"coding": [{"system": f"{fhir.HL7}/v2-0074", "code": "RAD"}]}]
    assert only({**report, "result": members, "category": imaging}).kind == "imaging"


@pytest.mark.parametrize(
    ("code", "status"), [("entered-in-error", "entered_in_error"), ("corrected", "amended")]
)
def test_the_status_of_a_result_is_said(code: str, status: str) -> None:
    document = read(fhir.to_json(fhir.potassium(status=code))).document
    assert document.facts[0].status == document.composition.status == status
    assert "corrigé" in document.text or "saisi par erreur" in document.text


@pytest.mark.parametrize(
    ("checked", "certainty", "said"),
    [
        ("confirmed", "present", "(actif)"),
        ("refuted", "absent", "(actif, réfuté)"),
        ("unconfirmed", "suspected", "(actif, non confirmé)"),
    ],
)
def test_a_problem_that_is_refuted_is_none(checked: str, certainty: str, said: str) -> None:
    fact = only(
        fhir.resource(
            "Condition",
            clinicalStatus=fhir.status("active", "condition-clinical"),
            verificationStatus=fhir.status(checked, "condition-ver-status"),
            code=fhir.concept("22298006", "infarctus du myocarde"),
            onsetDateTime="2015-03",
        )
    )
    assert (fact.kind, fact.certainty, fact.status, fact.effective) == (
        "problem",
        certainty,
        "active",
        "2015-03",
    )
    assert fact.locator.quote == f"Problème : infarctus du myocarde {said}"


@pytest.mark.parametrize(
    ("code", "system", "certainty", "said"),
    [
        (
            "no-known-allergies",
            "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips",
            "absent",
            "Aucune",
        ),
        ("716186003", fhir.SNOMED, "absent", "Aucune allergie connue"),
        (
            "no-allergy-info",
            "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips",
            "unknown",
            "non dispo",
        ),
        ("764146007", fhir.SNOMED, "present", "Allergie ou intolérance : X"),
    ],
)
def test_absence_and_ignorance_are_told_apart(code: str, system: str, certainty: str, said: str) -> None:
    fact = only(fhir.resource("AllergyIntolerance", code=fhir.concept(code, "X", system)))
    assert (fact.kind, fact.certainty) == ("allergy", certainty)
    assert said in fact.locator.quote


def test_a_reaction_is_a_detail_of_its_allergy() -> None:
    reaction = {"manifestation": [fhir.concept("126485001", "urticaire")], "severity": "mild"}
    fact = only(fhir.resource("AllergyIntolerance", code=fhir.concept("1", "Latex"), reaction=[reaction]))
    said = {detail.name: detail.text for detail in fact.details}
    assert (said["reaction"], said["severity"]) == ("urticaire", "légère")


def test_what_must_not_be_given_is_no_treatment() -> None:
    fact = only(fhir.order(doNotPerform=True))
    assert fact.certainty == "absent"
    assert fact.locator.quote == "Prescription : paracétamol (à ne pas faire, actif)"


def test_an_option_says_that_it_is_one() -> None:
    assert only(fhir.order(intent="option")).locator.quote == "Prescription : paracétamol (actif, option)"
    assert only(fhir.order(intent="plan")).status == "planned"


def test_a_vaccination_that_was_not_done_is_absent() -> None:
    fact = only(fhir.resource("Immunization", status="not-done", vaccineCode=fhir.concept("1", "BCG")))
    assert (fact.kind, fact.certainty) == ("immunisation", "absent")
    assert "non réalisé" in fact.locator.quote


def test_problems_of_relatives_are_about_the_family() -> None:
    facts = facts_of(
        fhir.resource(
            "FamilyMemberHistory",
            status="completed",
            relationship=fhir.concept("FTH", "père", f"{fhir.HL7}/v3-RoleCode"),
            condition=[{"code": fhir.concept("22298006", "infarctus")}],
        )
    )
    assert {fact.subject for fact in facts} == {"family"}
    assert "Antécédent familial (père) : infarctus" in [fact.locator.quote for fact in facts]


def test_a_stay_has_its_two_ends() -> None:
    period = {"start": "2024-01-20", "end": "2024-01-31"}
    kind = {"system": f"{fhir.HL7}/v3-ActCode", "code": "IMP"}
    fact = only(fhir.resource("Encounter", status="finished", **{"class": kind}, period=period))
    assert (fact.kind, fact.effective, fact.effective_end) == ("stay", "2024-01-20", "2024-01-31")
    assert fact.locator.quote == "Venue : hospitalisation (terminé)"


def test_a_death_is_a_fact_and_the_identity_is_none() -> None:
    document = read(
        fhir.to_json(fhir.patient(deceasedDateTime="2024-02-03", maritalStatus={"text": "mariée"}))
    ).document
    check_document(document)
    (fact,) = document.facts
    assert (fact.label, fact.value, fact.effective) == ("Décès", Moment(iso="2024-02-03"), "2024-02-03")
    assert "mariée" in document.text
    for private in ("DURANT", "160012A00123445", "0102030405", "Tours", "1960"):
        assert private not in document.text
    alive = read(fhir.to_json(fhir.patient(deceasedBoolean=False))).document.facts[0]
    assert alive.certainty == "absent"


def test_a_type_that_is_not_known_is_read_as_it_stands() -> None:
    fact = only(
        fhir.resource("NutritionOrder", status="active", instruction="sans sel", code={"text": "régime"})
    )
    assert (fact.kind, fact.locator.quote) == ("generic", "Nutrition order : régime (actif)")


def test_an_extension_is_written_and_one_that_changes_the_sense_is_warned_of() -> None:
    extension = [{"url": "https://chu.example/ext/lateralite", "valueString": "gauche"}]
    document = read(fhir.to_json(fhir.potassium(modifierExtension=extension, extension=extension))).document
    assert "  Lateralite : gauche" in document.text
    assert "  Attention, Lateralite : gauche" in document.text
    assert any("changes the sense" in warning for warning in document.warnings)


@pytest.mark.parametrize(
    ("name", "value"),
    [("lotNumber", "0012"), ("lotNumber", "2024-01"), ("lotNumber", "old"), ("lotNumber", "1.50")],
)
def test_words_of_the_source_are_not_translated(name: str, value: Any) -> None:
    resource = fhir.resource("Immunization", status="completed", vaccineCode={"text": "BCG"}, **{name: value})
    facts_of(resource)
    assert f"Numéro de lot : {value}\n" in read(fhir.to_json(resource)).document.text
