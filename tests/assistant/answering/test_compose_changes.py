"""What has changed since a day: everything new, nothing of what was there before."""

from __future__ import annotations

import pytest

from assistant.answering.facts_first import answer_from_facts
from assistant.answering.understand import understand
from retrieval.fact import Fact
from retrieval.terminology.lexicon import Lexicon, load_lexicon
from tests.assistant.answering.facts_by_hand import TODAY, ask, document, drug, fact, lab, start, texts

FACTS = [
    fact("problem", "Hypertension artérielle", effective="2019-04-01"),
    fact("problem", "Fibrillation auriculaire", effective="2026-01-20"),
    fact("problem", "Embolie pulmonaire", effective="2026-01-20", certainty="absent"),
    fact("allergy", "Pénicilline", effective="2015-01-01"),
    fact("allergy", "Produit de contraste iodé", effective="2026-01-22"),
    drug("bisoprolol", "active", "2020-01-01", details=[("dose", "5 mg le matin"), start("2020-01-01")]),
    drug("ramipril", "active", "2020-01-01", details=[("dose", "2,5 mg le matin"), start("2020-01-01")]),
    drug("ramipril", "active", "2026-02-01", details=[("dose", "5 mg le matin"), start("2020-01-01")]),
    drug("apixaban", "active", "2026-01-21", details=[("dose", "5 mg matin et soir"), start("2026-01-21")]),
    drug("aspirine", "active", "2021-01-01", details=[("dose", "75 mg le midi")]),
    drug("aspirine", "stopped", "2026-01-21", details=[("reason_stopped", "anticoagulation")]),
    drug("fluindione", "stopped", "2023-05-01"),
    fact("stay", "Admission", effective="2024-01-10", details=[("ward", "Chirurgie")]),
    fact("stay", "Sortie", effective="2024-01-15"),
    fact("stay", "Admission", effective="2026-01-20", details=[("ward", "Cardiologie")]),
    fact("stay", "Sortie", effective="2026-01-24"),
    fact("imaging", "Échocardiographie", effective="2026-01-21"),
    fact("imaging", "Scanner thoracique", effective="2022-01-21"),
    fact("procedure", "Coloscopie", effective="2026-05-01", status="planned"),
    lab("Potassium", "5.4", "mmol/L", "2026-02-02", loinc="2823-3", low="3.5", high="5.0"),
    lab("Sodium", "140", "mmol/L", "2026-02-02", loinc="2951-2", low="135", high="145"),
    lab("Créatinine", "180", "umol/L", "2025-02-02", loinc="14682-9", low="60", high="110"),
]
NEW = [
    "Hospitalisation du 20/01/2026 au 24/01/2026, Cardiologie.",
    "Nouveau traitement : apixaban : 5 mg matin et soir, depuis le 21/01/2026.",
    "Aspirine : arrêt le 21/01/2026 (motif : anticoagulation).",
    "Ramipril : dose modifiée, de 2,5 mg le matin (le 01/01/2020) à 5 mg le matin (le 01/02/2026).",
    "Problème noté depuis : Fibrillation auriculaire, le 20/01/2026.",
    "Allergie notée depuis : Produit de contraste iodé, le 22/01/2026.",
    "Échocardiographie : le 21/01/2026.",
    "Kaliémie : 5,4 mmol/L le 02/02/2026 (valeurs usuelles 3,5–5,0), au-dessus de la normale.",
]


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon()


def told(question: str, lexicon: Lexicon, facts: list[Fact] | None = None, **more: object) -> list[str]:
    return texts(ask(question, FACTS if facts is None else facts, lexicon=lexicon, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "question",
    [
        "Qu’est-ce qui a changé depuis janvier 2026 ?",
        "Quoi de neuf depuis le 01/01/2026 ?",
        "Quels changements depuis le 15/01/2026 ?",
        "Qu’a-t-on modifié depuis le 1er janvier 2026 ?",
    ],
)
def test_everything_new_and_nothing_else(question: str, lexicon: Lexicon) -> None:
    assert told(question, lexicon) == NEW


def test_since_the_last_stay_is_since_its_exit(lexicon: Lexicon) -> None:
    found = told("Qu’est-ce qui a changé depuis la dernière hospitalisation ?", lexicon)
    assert found == [NEW[3], NEW[7]]


def test_since_the_last_consultation_is_since_its_document(lexicon: Lexicon) -> None:
    seen = [
        document("c1", "2025-12-01", title="Consultation de cardiologie"),
        document("c2", "2026-01-30", title="Courrier de consultation"),
        document("c3", "2026-02-10", title="Compte rendu opératoire"),
    ]
    found = told("Quoi de neuf depuis la dernière consultation ?", lexicon, documents=seen)
    assert found == [NEW[3], NEW[7]]


def test_only_the_treatment_where_that_is_asked(lexicon: Lexicon) -> None:
    found = told("Qu’est-ce qui a changé dans le traitement depuis janvier 2026 ?", lexicon)
    assert found == NEW[1:4]


def test_in_english(lexicon: Lexicon) -> None:
    found = told("What has changed since January 2026?", lexicon)
    assert "New treatment: apixaban: 5 mg matin et soir, since 21 January 2026." in found
    assert "Problem recorded since: Fibrillation auriculaire, on 20 January 2026." in found


def test_nothing_new_is_no_sentence(lexicon: Lexicon) -> None:
    old = [each for each in FACTS if (each.effective or "") < "2025-06-01"]
    asked = understand("Quoi de neuf depuis janvier 2026 ?", lexicon=lexicon, today=TODAY)
    found = answer_from_facts(asked, facts=old, compositions=[], lexicon=lexicon, today=TODAY)
    assert found is not None
    assert (found.sentences, found.status) == ((), "abstained")


def test_without_a_day_nothing_is_claimed(lexicon: Lexicon) -> None:
    asked = understand("Quoi de neuf ?", lexicon=lexicon, today=TODAY)
    assert answer_from_facts(asked, facts=FACTS, compositions=[], lexicon=lexicon, today=TODAY) is None
