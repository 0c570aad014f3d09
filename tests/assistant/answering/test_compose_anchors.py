"""What held around an event: at the stop of a drug, in a stay, on the day of an act."""

from __future__ import annotations

import pytest

from assistant.answering.facts_first import FactsAnswer, answer_from_facts
from assistant.answering.understand import understand
from retrieval.fact import Fact
from retrieval.terminology.lexicon import Lexicon, load_lexicon
from tests.assistant.answering.facts_by_hand import TODAY, ask, drug, fact, lab, start, texts

POTASSIUM = [
    lab("Potassium", "4.1", "mmol/L", "2025-01-05", loinc="2823-3"),
    lab("Potassium", "4.0", "mmol/L", "2025-02-14", loinc="2823-3"),
    lab("Potassium", "3.8", "mmol/L", "2025-02-17", loinc="2823-3"),
    lab("Potassium", "3.9", "mmol/L", "2025-02-20", loinc="2823-3"),
    lab("Potassium", "4.4", "mmol/L", "2025-06-01", loinc="2823-3"),
]
STAYS = [
    fact("stay", "Admission", effective="2024-01-10", details=[("ward", "Cardiologie")]),
    fact("stay", "Sortie", effective="2024-01-15"),
    fact("stay", "Admission", effective="2025-02-14", details=[("ward", "Pneumologie")]),
    fact("stay", "Sortie", effective="2025-02-20"),
]
SCAN = fact("imaging", "Angioscanner thoracique", "Pas d’embolie pulmonaire.", effective="2025-02-16")
RAMIPRIL = [
    drug(
        "ramipril (Triatec)",
        "active",
        "2022-02-18",
        details=[("dose", "2,5 mg le matin"), start("2022-02-18")],
    ),
    drug(
        "ramipril (Triatec)", "active", "2025-02-14", details=[("dose", "5 mg le matin"), start("2025-02-14")]
    ),
]
EVERYTHING: list[Fact] = [*POTASSIUM, *STAYS, SCAN, *RAMIPRIL]


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon()


def answer(question: str, lexicon: Lexicon) -> FactsAnswer:
    return ask(question, EVERYTHING, lexicon=lexicon)


@pytest.mark.parametrize(
    "question",
    [
        "Quel était le K+ en fin de dernière hospitalisation ?",
        "Au terme de la dernière hospitalisation, la kaliémie était à combien ?",
        "Valeur de la kaliémie au moment de la dernière sortie ?",
    ],
)
def test_the_last_value_of_the_stay_at_its_end(question: str, lexicon: Lexicon) -> None:
    assert [text[:27] for text in texts(answer(question, lexicon))] == ["Kaliémie : 3,9 mmol/L le 20"]


@pytest.mark.parametrize(
    "question", ["Kaliémie d’entrée, dernier séjour ?", "Kaliémie à l’entrée du dernier séjour ?"]
)
def test_the_first_value_of_the_stay_at_its_beginning(question: str, lexicon: Lexicon) -> None:
    assert [text[:27] for text in texts(answer(question, lexicon))] == ["Kaliémie : 4,0 mmol/L le 14"]


def test_the_dose_at_entry_is_that_of_the_eve(lexicon: Lexicon) -> None:
    found = texts(answer("À quelle dose prenait-il le ramipril à l’entrée du dernier séjour ?", lexicon))
    assert found[1].startswith("À l’entrée, ramipril (Triatec) : 2,5 mg le matin")


def test_the_dose_on_the_day_of_an_examination(lexicon: Lexicon) -> None:
    found = texts(answer("Dose de ramipril lors de : Angioscanner thoracique ?", lexicon))
    assert found[0].startswith("Angioscanner thoracique : le 16/02/2025")
    assert found[1].startswith("À cette date, ramipril (Triatec) : 5 mg le matin")


def test_the_value_on_the_day_of_an_examination_is_the_last_before_it(lexicon: Lexicon) -> None:
    found = texts(answer("Kaliémie au moment de : Angioscanner thoracique ?", lexicon))
    assert found[0].startswith(
        "Kaliémie : 3,8 mmol/L le 17/02/2025"
    )  # one day after; two days before is farther


def test_the_ward_in_which_an_examination_was_made(lexicon: Lexicon) -> None:
    found = answer("Dans quelle unité se trouvait-il lors de : Angioscanner thoracique ?", lexicon)
    assert texts(found)[0] == "Hospitalisation du 14/02/2025 au 20/02/2025, Pneumologie."
    assert found.settled


def test_a_measure_inside_the_name_of_an_act_is_not_asked(lexicon: Lexicon) -> None:
    act = fact("procedure", "Coagulation endoscopique d’angiodysplasies", effective="2025-02-16")
    inr = lab("INR", "2.5", "", "2025-02-15", loinc="6301-6")
    question = "Ramipril : dose en cours le jour de l’acte : Coagulation endoscopique d’angiodysplasies ?"
    found = texts(ask(question, [*EVERYTHING, act, inr], lexicon=lexicon))
    assert any("5 mg le matin" in text for text in found)
    assert not any("INR" in text for text in found)


def test_a_ward_that_no_stay_names_is_a_premise_to_correct(lexicon: Lexicon) -> None:
    found = answer("Quel était le motif de l’hospitalisation en neurologie ?", lexicon)
    assert found.premise_corrected
    assert texts(found)[0].endswith("; aucune en neurologie.")
    assert "Cardiologie" in texts(found)[0]


def test_a_ward_that_is_named_corrects_nothing(lexicon: Lexicon) -> None:
    asked = understand("Motif du séjour en cardiologie ?", lexicon=lexicon, today=TODAY)
    found = answer_from_facts(asked, facts=EVERYTHING, compositions=[], lexicon=lexicon, today=TODAY)
    assert found is None or not found.premise_corrected


@pytest.mark.parametrize(
    "question",
    [
        "À combien était la kaliémie à l’entrée de la dernière hospitalisation ?",
        "Quel était le K+ en fin de dernière hospitalisation ?",
    ],
)
def test_without_a_recorded_stay_no_other_value_stands_for_the_one_asked(
    question: str, lexicon: Lexicon
) -> None:
    asked = understand(question, lexicon=lexicon, today=TODAY)
    found = answer_from_facts(asked, facts=POTASSIUM, compositions=[], lexicon=lexicon, today=TODAY)
    assert found is None
