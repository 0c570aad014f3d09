"""The highest and lowest of a series; cultures; doses changed for a reason; allergies taken for granted."""

from __future__ import annotations

import pytest

from retrieval.fact import Code, Coded
from retrieval.terminology.lexicon import Lexicon, load_lexicon
from tests.assistant.answering.facts_by_hand import as_needed, ask, drug, fact, lab, texts

INR = [
    lab("INR", value, "", day, loinc="6301-6")
    for value, day in (
        ("2.5", "2025-05-01"),
        ("4.6", "2025-06-01"),
        ("1.9", "2025-07-01"),
        ("6.0", "2023-07-01"),
    )
]
URINE = [
    fact("laboratory", "Culture", "Klebsiella pneumoniae", effective="2025-06-03", status="final"),
    fact(
        "laboratory", "Céfotaxime",
        Coded(text="Sensible", code=Code(system="HL7", code="S")), effective="2025-06-03", status="final",
    ),
    fact(
        "laboratory", "Oxacilline",
        Coded(text="Résistant", code=Code(system="HL7", code="R")), effective="2025-06-03", status="final",
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon()


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Jusqu’à combien est monté l’INR depuis un an ?", "INR, valeur la plus haute : 4,6 le 01/06/2025."),
        ("INR max sur un an ?", "INR, valeur la plus haute : 4,6 le 01/06/2025."),
        ("INR le plus bas depuis un an ?", "INR, valeur la plus basse : 1,9 le 01/07/2025."),
        ("What was the highest INR?", "INR, highest value: 6.0 on 1 July 2023."),
    ],
)
def test_the_extreme_of_the_period(question: str, expected: str, lexicon: Lexicon) -> None:
    assert texts(ask(question, INR, lexicon=lexicon)) == [expected]


def test_a_preliminary_extreme_is_left_out(lexicon: Lexicon) -> None:
    early = lab("INR", "9.9", "", "2025-08-01", loinc="6301-6", status="preliminary")
    found = ask("INR max sur un an ?", [*INR, early], lexicon=lexicon)
    assert "4,6" in texts(found)[0]


def test_values_in_two_units_are_told_and_not_compared(lexicon: Lexicon) -> None:
    mixed = [
        lab("Créatinine", "84", "umol/L", "2025-05-01", loinc="14682-9"),
        lab("Créatinine", "10", "mg/L", "2025-06-01", loinc="14682-9"),
    ]
    said = " ".join(texts(ask("Créatinine max depuis un an ?", mixed, lexicon=lexicon)))
    assert "la plus haute" not in said
    assert "84" in said
    assert "10" in said


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Quel germe a été retrouvé le 03/06/2025 ?", ["Culture : Klebsiella pneumoniae, le 03/06/2025."]),
        (
            "Céfotaxime : S ou R sur l’antibiogramme du 03/06/2025 ?",
            ["Céfotaxime : sensible, le 03/06/2025."],
        ),
        ("Antibiogramme : Oxacilline, sensible ou résistant ?", ["Oxacilline : résistant, le 03/06/2025."]),
    ],
)
def test_cultures_and_sensitivities(question: str, expected: list[str], lexicon: Lexicon) -> None:
    assert texts(ask(question, URINE, lexicon=lexicon)) == expected


def test_the_reason_of_a_change_on_the_asked_day(lexicon: Lexicon) -> None:
    facts = [
        drug("tacrolimus", "active", "2022-08-07", details=[("dose", "5 mg le matin")]),
        drug(
            "tacrolimus",
            "active",
            "2023-11-06",
            details=[("dose", "6 mg le matin"), ("reason", "rejet aigu")],
        ),
    ]
    found = ask(
        "Pour quelle raison a-t-on changé la dose de tacrolimus le 06/11/2023 ?", facts, lexicon=lexicon
    )
    assert texts(found) == ["Tacrolimus : 6 mg le matin, modifié le 06/11/2023 (motif : rejet aigu)."]


def test_only_what_is_taken_as_needed(lexicon: Lexicon) -> None:
    facts = [
        drug("paracétamol", "active", "2026-01-01", details=[("dose", "1 g"), as_needed()]),
        drug("ramipril", "active", "2026-01-01", details=[("dose", "5 mg")]),
    ]
    found = ask("Quels traitements prend-il en si besoin ?", facts, lexicon=lexicon)
    assert len(found.sentences) == 1
    assert "aracétamol" in texts(found)[0]


def test_an_allergy_taken_for_granted_is_corrected_by_those_recorded(lexicon: Lexicon) -> None:
    facts = [
        fact("allergy", "Pénicilline", effective="2024-01-01"),
        fact("allergy", "Latex", effective="2024-01-01"),
    ]
    found = ask("Depuis quand est-elle allergique à la ceftriaxone ?", facts, lexicon=lexicon)
    assert found.premise_corrected
    assert texts(found) == [
        "Ceftriaxone : pas d’allergie parmi celles qui sont enregistrées (pénicilline, latex)."
    ]
    assert {each.label for each in found.sentences[0].facts} == {"Pénicilline", "Latex"}


def test_an_allergy_that_is_recorded_is_told(lexicon: Lexicon) -> None:
    facts = [fact("allergy", "Pénicilline", effective="2024-01-01")]
    found = ask("Depuis quand est-elle allergique à la pénicilline ?", facts, lexicon=lexicon)
    assert not found.premise_corrected
    assert texts(found)[0].startswith("Allergie : Pénicilline")
