"""Two values side by side, and how a dose went: both sides, or the answer says that it is not whole."""

from __future__ import annotations

import pytest

from retrieval.terminology.lexicon import Lexicon, load_lexicon
from tests.assistant.answering.facts_by_hand import ask, drug, fact, lab, start, texts

VALUES = (
    ("80", "2023-12-01"),
    ("90", "2024-01-10"),
    ("140", "2024-01-12"),
    ("100", "2024-01-15"),
    ("120", "2025-06-01"),
)
FACTS = [
    *(
        lab("Créatinine", value, "umol/L", day, loinc="14682-9", low="60", high="110")
        for value, day in VALUES
    ),
    fact("stay", "Admission", effective="2024-01-10", details=[("ward", "Chirurgie")]),
    fact("stay", "Sortie", effective="2024-01-15"),
    fact("procedure", "Cholécystectomie", effective="2024-01-11"),
]
DOSES = [
    drug("furosémide", "active", "2024-01-01", details=[("dose", "40 mg le matin"), start("2024-01-01")]),
    drug(
        "furosémide",
        "active",
        "2024-06-01",
        details=[("dose", "40 mg le matin"), ("route", "orale"), start("2024-01-01")],
    ),
    drug("furosémide", "active", "2025-01-01", details=[("dose", "80 mg le matin"), start("2025-01-01")]),
    drug("furosémide", "active", "2025-03-01", details=[("dose", "60 mg le matin"), start("2025-03-01")]),
    drug("bisoprolol", "active", "2024-01-01", details=[("dose", "5 mg le matin"), start("2024-01-01")]),
]


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon()


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("Compare la créatinine à l’entrée et à la sortie", "stable, 90 µmol/L le 10/01/2024 et 100 µmol/L le 15/01/2024"),
        ("Compare la créatinine du 10/01/2024 et du 01/06/2025", "augmente, de 90 µmol/L le 10/01/2024 à 120 µmol/L le 01/06/2025"),
        ("Différence de créatinine entre le 12/01/2024 et le 15/01/2024 ?", "diminue, de 140 µmol/L le 12/01/2024 à 100 µmol/L le 15/01/2024"),
        ("Créatinine avant et après l’hospitalisation ?", "augmente, de 80 µmol/L le 01/12/2023 à 120 µmol/L le 01/06/2025"),
        ("Créatinine avant et après, lors de la cholécystectomie ?", "augmente, de 90 µmol/L le 10/01/2024 à 140 µmol/L le 12/01/2024"),
        ("Compare les deux dernières créatinines", "augmente, de 100 µmol/L le 15/01/2024 à 120 µmol/L le 01/06/2025"),
        ("Différence entre la dernière créatinine et la précédente ?", "augmente, de 100 µmol/L le 15/01/2024 à 120 µmol/L le 01/06/2025"),
    ],
)  # fmt: skip
def test_both_values_and_the_way_between_them(question: str, told: str, lexicon: Lexicon) -> None:
    found = ask(question, FACTS, lexicon=lexicon)
    assert texts(found)[0] == f"Créatinine : {told}."
    assert len(found.sentences) == 3
    assert found.complete
    assert {each.id for each in found.sentences[0].facts} == {
        each.id for sentence in found.sentences[1:] for each in sentence.facts
    }


@pytest.mark.parametrize(
    "question",
    [
        "Compare la créatinine du 10/01/2024 et du 02/06/2025",
        "Compare la créatinine du 11/01/2024 et du 01/06/2025",
    ],
)
def test_no_other_day_stands_for_one_that_is_named(question: str, lexicon: Lexicon) -> None:
    found = ask(question, FACTS, lexicon=lexicon)
    assert len(found.sentences) == 1
    assert not any(word in texts(found)[0] for word in ("augmente", "diminue", "stable"))
    assert not found.complete


@pytest.mark.parametrize(
    "question", ["Évolution de la dose de furosémide ?", "Le furosémide a-t-il été augmenté ?"]
)
def test_each_dose_once_from_the_day_it_is_first_stated(question: str, lexicon: Lexicon) -> None:
    told = texts(ask(question, DOSES, lexicon=lexicon))
    assert told == [
        (
            "Furosémide, doses successives : 40 mg le matin (le 01/01/2024), 80 mg le matin (le 01/01/2025), "
            "60 mg le matin (le 01/03/2025)."
        )
    ]


def test_a_dose_that_never_changed_is_told_as_it_is(lexicon: Lexicon) -> None:
    told = texts(ask("Évolution de la dose de bisoprolol ?", DOSES, lexicon=lexicon))
    assert told == ["Bisoprolol : 5 mg le matin, depuis le 01/01/2024."]


def test_a_stopped_drug_is_told_as_stopped_after_its_doses(lexicon: Lexicon) -> None:
    gone = [*DOSES, drug("furosémide", "stopped", "2025-09-01", details=[("reason_stopped", "hypotension")])]
    told = texts(ask("Évolution de la dose de furosémide ?", gone, lexicon=lexicon))
    assert told[0].startswith("Furosémide, doses successives : 40 mg")
    assert told[1] == "Furosémide : arrêt le 01/09/2025 (motif : hypotension)."


def test_the_dose_in_force_is_not_said_to_be_as_old_as_the_treatment(lexicon: Lexicon) -> None:
    told = texts(ask("Quelle est la dose de furosémide ?", DOSES, lexicon=lexicon))
    assert told == ["Furosémide : 60 mg le matin, depuis le 01/03/2025 (traitement débuté le 01/01/2024)."]
