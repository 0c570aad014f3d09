"""A structured Dosage in French words: each part of it is said, and nothing else."""

from __future__ import annotations

from decimal import Decimal

import pytest

from retrieval.fact import Quantity
from retrieval.formats.fhir import posology
from tests.retrieval.formats.fhir import shapes as fhir
from tests.retrieval.formats.fhir.checks import check_document, read

ONE = [{"doseQuantity": {"value": 1, "unit": "comprimé"}}]


def said(**dosage: object) -> str:
    return posology.sentence(posology.parts_of(dosage, "Dosage"))


def timed(**repeat: object) -> str:
    return said(doseAndRate=ONE, timing={"repeat": repeat}).removeprefix("1 comprimé").lstrip(" ,")


@pytest.mark.parametrize(
    ("repeat", "expected"),
    [
        ({"frequency": 3, "period": 1, "periodUnit": "d"}, "3 fois par jour"),
        ({"frequency": 1, "period": 12, "periodUnit": "h"}, "toutes les 12 heures"),
        ({"frequency": 1, "period": 4, "periodMax": 6, "periodUnit": "h"}, "toutes les 4 à 6 heures"),
        ({"frequency": 1, "frequencyMax": 2, "period": 1, "periodUnit": "d"}, "1 à 2 fois par jour"),
        ({"frequencyMax": 4, "period": 1, "periodUnit": "d"}, "au plus 4 fois par jour"),
        ({"period": 2, "periodUnit": "wk"}, "toutes les 2 semaines"),
        ({"frequency": 1, "period": 3, "periodUnit": "mo"}, "tous les 3 mois"),
        ({"frequency": 2, "period": 1}, "2 fois par période de 1 (unité non précisée)"),
        ({"when": ["MORN", "NOON", "EVE"]}, "matin, midi et soir"),
        ({"when": ["HS"]}, "au coucher"),
        ({"when": ["ACM"], "offset": 30}, "30 minutes avant le petit-déjeuner"),
        ({"when": ["C"], "offset": 90}, "90 minutes après les repas"),
        ({"dayOfWeek": ["mon", "thu"], "timeOfDay": ["08:00:00", "20:30:00"]}, "le lundi et le jeudi, à 8 h et 20 h 30"),
        ({"frequency": 1, "period": 1, "periodUnit": "d", "boundsDuration": {"value": 7, "unit": "jours", "code": "d"}}, "1 fois par jour pendant 7 jours"),
        ({"when": ["EVE"], "boundsRange": {"low": {"value": 5, "unit": "jour"}, "high": {"value": 7, "unit": "jour"}}}, "le soir pendant 5 à 7 jours"),
        ({"when": ["EVE"], "boundsPeriod": {"end": "2024-03-26"}}, "le soir, jusqu’au 26/03/2024"),
        ({"frequency": 1, "period": 1, "periodUnit": "d", "count": 3}, "1 fois par jour, 3 fois au total"),
        ({"count": 2, "countMax": 4}, "2 à 4 fois au total"),
        ({"countMax": 4}, "au plus 4 fois au total"),
        ({"frequency": 1, "period": 1, "periodUnit": "d", "duration": 30, "durationUnit": "min"}, "1 fois par jour, chaque fois pendant 30 minutes"),
        ({"timeOfDay": ["20:00:00"], "duration": 12, "durationMax": 14, "durationUnit": "h"}, "à 20 h, chaque fois pendant 12 à 14 heures"),
        ({"frequency": 1, "period": 1, "periodUnit": "fortnight"}, "1 fois par fortnight"),
    ],
)  # fmt: skip
def test_when_a_dose_is_given(repeat: fhir.Node, expected: str) -> None:
    assert timed(**repeat) == expected


@pytest.mark.parametrize(
    ("dosage", "expected"),
    [
        ({"doseAndRate": [{"doseQuantity": {"value": 2, "unit": "Comprimé"}}]}, "2 comprimés"),
        ({"doseAndRate": [{"doseQuantity": {"value": Decimal("0.5"), "unit": "Comprimé"}}]}, "0,5 comprimé"),
        ({"doseAndRate": [{"doseQuantity": {"value": 4000, "unit": "UI"}}]}, "4000 UI"),
        ({"doseAndRate": [{"doseRange": {"low": {"value": 1, "unit": "g"}, "high": {"value": 2, "unit": "g"}}}]}, "1 à 2 g"),
        ({"doseAndRate": [{"doseRange": {"high": {"value": 2, "unit": "g"}}}]}, "au plus 2 g"),
        ({"doseAndRate": [{"rateQuantity": {"value": 2, "unit": "mL/h"}}]}, "au débit de 2 mL/h"),
        ({"doseAndRate": [{"rateRatio": {"numerator": {"value": 1, "unit": "L"}, "denominator": {"value": 8, "unit": "h", "system": fhir.UCUM, "code": "h"}}}]}, "au débit de 1 L en 8 heures"),
        ({"asNeededBoolean": True}, "si besoin"),
        ({"asNeededBoolean": False}, "systématiquement"),
        ({"asNeededCodeableConcept": {"text": "Si douleur"}}, "si douleur"),
        ({"asNeededCodeableConcept": {"text": "insomnie"}}, "si besoin : insomnie"),
        ({"maxDosePerPeriod": {"numerator": {"value": 4, "unit": "g"}, "denominator": {"value": 1, "unit": "jour", "code": "d"}}}, "maximum 4 g par jour"),
        ({"maxDosePerAdministration": {"value": 1, "unit": "g"}}, "maximum 1 g par prise"),
        ({"maxDosePerLifetime": {"value": 550, "unit": "mg/m2"}}, "maximum 550 mg/m2 pour la vie entière"),
        ({"route": {"text": "Voie orale"}, "site": {"text": "bras gauche"}}, "voie orale, site : bras gauche"),
        ({"timing": {"code": fhir.concept("BID", "BID", f"{fhir.HL7}/v3-GTSAbbreviation")}}, "2 fois par jour"),
        ({"timing": {"event": ["2024-03-01", "2024-03-08"]}}, "le 01/03/2024 et le 08/03/2024"),
        ({"text": "1 cp le soir", "patientInstruction": "avec un verre d’eau"}, "1 cp le soir ; avec un verre d’eau"),
        ({}, ""),
    ],
)  # fmt: skip
def test_what_is_given_and_how(dosage: fhir.Node, expected: str) -> None:
    assert said(**dosage) == expected


def test_two_amounts_of_one_dose_are_told_apart() -> None:
    kinds = [fhir.status(code, "dose-rate-type") for code in ("calculated", "ordered")]
    amounts = [{"value": 1000, "unit": "mg/m²"}, {"value": 1800, "unit": "mg"}]
    doses = [{"type": kind, "doseQuantity": each} for kind, each in zip(kinds, amounts, strict=True)]
    assert said(doseAndRate=doses) == "1000 mg/m² (dose calculée) soit 1800 mg (dose prescrite)"


def test_the_parts_of_the_only_dosage_are_details_of_the_prescription() -> None:
    dosage = {
        "doseAndRate": [{"doseQuantity": fhir.quantity(500, "mg")}],
        "timing": {"repeat": {"frequency": 3, "period": 1, "periodUnit": "d"}},
        "route": fhir.concept("20053000", "Voie orale"),
        "asNeededBoolean": True,
    }
    document = read(fhir.to_json(fhir.order(dosage))).document
    check_document(document)
    (fact,) = document.facts
    quote = "Prescription : paracétamol ; 500 mg 3 fois par jour, si besoin, voie orale (actif)"
    assert fact.locator.quote == quote
    assert document.text.count("500 mg") == 1
    parts = {detail.name: detail for detail in fact.details}
    assert parts["dose"].value == Quantity(magnitude=Decimal(500), unit="mg")
    assert [parts[name].text for name in ("frequency", "as_needed", "route")] == [
        "3 fois par jour",
        "si besoin",
        "voie orale",
    ]


def test_several_dosages_have_lines_of_their_own_in_the_order_of_their_sequence() -> None:
    first, second = (
        {"sequence": place, "doseAndRate": [{"doseQuantity": {"value": place, "unit": "mg"}}]}
        for place in (1, 2)
    )
    document = read(fhir.to_json(fhir.order(second, first))).document
    check_document(document)
    assert "  Posologie, étape 1 : 1 mg\n  Posologie, étape 2 : 2 mg\n" in document.text
    at_once = [
        {"sequence": 1, **{k: v for k, v in each.items() if k != "sequence"}} for each in (first, second)
    ]
    text = read(fhir.to_json(fhir.order(*at_once))).document.text
    assert "  Posologie : 1 mg\n  Posologie : 2 mg\n" in text
