"""What a question takes for granted, and words that are meant otherwise than they look."""

from __future__ import annotations

from decimal import Decimal

import pytest

from assistant.answering.aspects import asked_aspects, tells
from assistant.answering.facts_first import FactsAnswer, answer_from_facts
from assistant.answering.understand import as_meant, understand
from retrieval.fact import Quantity
from retrieval.terminology.lexicon import Lexicon, load_lexicon
from tests.assistant.answering.facts_by_hand import TODAY, ask, drug, fact, lab, texts

ARGON = "Coagulation endoscopique d’angiodysplasies par plasma argon"
FACTS = [
    fact("allergy", "Amoxicilline", effective="2020-01-01", details=[("reaction", "urticaire")]),
    fact("procedure", "Transplantation rénale", effective="2022-07-31", details=[("laterality", "droite")]),
    fact("problem", "Transplantation rénale", effective="2022-07-31"),
    fact("vital_sign", "Taille", Quantity(magnitude=Decimal(172), unit="cm"), effective="2026-01-25"),
    lab("Tacrolimus résiduel", "6.9", "ug/L", "2025-06-15"),
    lab("Tacrolimus résiduel", "6.1", "ug/L", "2026-01-15"),
    drug("tacrolimus (Advagraf)", "active", "2026-01-28", details=[("dose", "5 mg le matin")]),
    drug("fluticasone (Flixotide)", "active", "2024-01-01", details=[("dose", "1 bouffée")]),
    drug("fluticasone (Flixotide)", "stopped", "2025-03-01", details=[("reason_stopped", "insuffisant")]),
    drug("fluticasone et salmétérol (Seretide)", "active", "2025-03-01", details=[("dose", "2 bouffées")]),
    fact("generic", "tacrolimus", "tacrolimus (Advagraf) : 8 mg le matin", effective="2026-01-20"),
    fact("problem", "Asthme allergique", effective="2022-06-01"),
    fact("procedure", ARGON, effective="2024-05-05"),
    fact("device", "Défibrillateur automatique implantable", effective="2024-07-09"),
    lab("INR", "4.8", "", "2023-12-14"),
]


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon()


def found(question: str, lexicon: Lexicon) -> FactsAnswer | None:
    asked = understand(question, lexicon=lexicon, today=TODAY)
    return answer_from_facts(asked, facts=FACTS, compositions=[], lexicon=lexicon, today=TODAY)


@pytest.mark.parametrize(
    "question",
    [
        "Quelle réaction a provoquée son allergie à : carbamazépine ?",
        "Gravité de son allergie à la carbamazépine ?",
        "Depuis quand est-il allergique à la carbamazépine ?",
    ],
)
def test_a_reaction_takes_an_allergy_for_granted(question: str, lexicon: Lexicon) -> None:
    answer = ask(question, FACTS, lexicon=lexicon)
    assert answer.premise_corrected
    assert texts(answer) == [
        "Carbamazépine : pas d’allergie parmi celles qui sont enregistrées (amoxicilline)."
    ]


@pytest.mark.parametrize(
    "question", ["Réaction à l’amoxicilline ?", "Gravité de son allergie à la pénicilline ?"]
)
def test_an_allergy_that_is_there_is_told_with_its_reaction(question: str, lexicon: Lexicon) -> None:
    answer = ask(question, FACTS, lexicon=lexicon)
    assert not answer.premise_corrected
    assert texts(answer) == ["Allergie : Amoxicilline (réaction : urticaire)."]


@pytest.mark.parametrize(
    ("question", "corrected"),
    [
        ("Transplantation rénale, côté gauche : à quelle date ?", True),
        ("Transplantation rénale, côté droit : à quelle date ?", False),
    ],
)
def test_the_side_of_an_act_is_looked_at(question: str, corrected: bool, lexicon: Lexicon) -> None:
    answer = ask(question, FACTS, lexicon=lexicon)
    assert answer.premise_corrected is corrected
    assert texts(answer)[0] == "Transplantation rénale (droite) : le 31/07/2022."


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("Taille de la tumeur du sein ?", "tumeur du sein ?"),
        ("Que dit le dossier : taille du calcul ?", "que dit le dossier : calcul ?"),
        ("Taille d’une lésion ?", "lesion ?"),
    ],
)
def test_the_size_of_a_thing_is_no_height(question: str, left: str, lexicon: Lexicon) -> None:
    assert " ".join(as_meant(question).split()) == left
    assert found(question, lexicon) is None


@pytest.mark.parametrize(
    "question", ["Quelle est sa taille ?", "Taille du patient ?", "Taille de Mme Roux ?", "Taille ?"]
)
def test_a_height_is_still_told(question: str, lexicon: Lexicon) -> None:
    assert texts(ask(question, FACTS, lexicon=lexicon)) == ["Dernière taille : 172 cm le 25/01/2026."]


def test_a_prescription_is_no_result_of_the_level_of_the_same_name(lexicon: Lexicon) -> None:
    told = texts(ask("Évolution de la tacrolémie ?", FACTS, lexicon=lexicon))
    assert told[-1] == "Tacrolémie : 6,9 µg/L le 15/06/2025, 6,1 µg/L le 15/01/2026."
    assert "mg" not in " ".join(told)


def test_a_drug_that_goes_on_in_a_combination_only(lexicon: Lexicon) -> None:
    answer = ask("Quelle est la dose actuelle de fluticasone ?", FACTS, lexicon=lexicon)
    assert answer.premise_corrected
    assert texts(answer)[0].startswith("Fluticasone (Flixotide) : traitement arrêté le 01/03/2025")
    assert texts(answer)[1].startswith("Fluticasone et salmétérol (Seretide) : 2 bouffées")


@pytest.mark.parametrize(
    "question", ["Traitement du rejet ?", "Quel a été le traitement de l’exacerbation ?"]
)
def test_the_treatment_of_a_thing_is_not_the_whole_treatment(question: str, lexicon: Lexicon) -> None:
    assert found(question, lexicon) is None


@pytest.mark.parametrize(
    "question", ["Traitement en cours ?", "Traitement du patient ?", "Traitement de sortie ?"]
)
def test_the_whole_treatment_is_still_told(question: str, lexicon: Lexicon) -> None:
    assert len(ask(question, FACTS, lexicon=lexicon).sentences) == 3


@pytest.mark.parametrize(
    ("question", "yes", "no"),
    [
        ("Siège de la fracture ?", "Fracture du poignet droit.", "Fracture en 2019."),
        ("Porte d’entrée de la bactériémie ?", "Point de départ : cathéter.", "Hémocultures positives."),
        ("Circonstance de la fracture ?", "Chute de sa hauteur.", "Fracture consolidée."),
        ("Dose de fer intraveineux ?", "Carboxymaltose 500 mg.", "Fumarate ferreux 66 mg."),
        ("Quel est son GIR ?", "GIR 4.", "Patient autonome."),
    ],
)
def test_the_aspect_that_is_asked_is_told_by_its_signs(question: str, yes: str, no: str) -> None:
    aspects = asked_aspects(question)
    assert aspects
    assert tells(yes, aspects)
    assert not tells(no, aspects)


def test_a_word_inside_the_name_of_an_act_asks_for_no_measure(lexicon: Lexicon) -> None:
    told = texts(ask(f"Date de l’acte : {ARGON} ?", FACTS, lexicon=lexicon))
    assert told == [f"{ARGON} : le 05/05/2024."]
    assert "4,8" in texts(ask("Bilan de coagulation ?", FACTS, lexicon=lexicon))[0]


def test_an_allergic_asthma_is_no_list_of_allergies(lexicon: Lexicon) -> None:
    told = texts(ask("Asthme allergique : depuis quelle année ?", FACTS, lexicon=lexicon))
    assert not any("Amoxicilline" in one for one in told)
    for question in ("Est-il allergique à l’amoxicilline ?", "Asthme et allergies ?"):
        assert any("Amoxicilline" in one for one in texts(ask(question, FACTS, lexicon=lexicon)))


def test_a_visit_to_come_is_not_the_device_that_was_put_in(lexicon: Lexicon) -> None:
    answer = found("Prochain contrôle du défibrillateur ?", lexicon)
    assert answer is None or not answer.sentences
    assert texts(ask("A-t-il un défibrillateur ?", FACTS, lexicon=lexicon)) == [
        "Oui : Défibrillateur automatique implantable, le 09/07/2024."
    ]
