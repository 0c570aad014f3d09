"""Results of a report in plain text: their usual range, their day, and what withdraws them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from retrieval.fact import Quantity
from retrieval.narrative.draft import Draft
from retrieval.narrative.measures import measures
from retrieval.narrative.sentence import read_sentence
from retrieval.terminology.lexicon import load_lexicon

LEXICON = load_lexicon()


def read(text: str, *, report: bool = True) -> tuple[Draft, ...]:
    sentence = read_sentence(text, "", None, lexicon=LEXICON)
    return tuple(measures(sentence, lexicon=LEXICON, of_document=report))


@pytest.mark.parametrize(
    ("text", "value", "low", "high"),
    [
        ("Potassium : 4,8 mmol/L (normes : 3,5 - 5)", "4.8", "3.5", "5"),
        ("Kaliémie 3,9 mmol/L [3,5-5,0]", "3.9", "3.5", "5.0"),
        ("Plaquettes : 229 G/L (N : 150 à 400), élevé", "229", "150", "400"),
        ("ALAT : 100 U/L (normes : < 45)", "100", None, "45"),
        ("DFG estimé : 19 mL/min/1,73 m² (valeurs usuelles : ≥ 60)", "19", "60", None),
        ("Hémoglobine : 11,3 g/dL", "11.3", None, None),
        ("PaCO2 (gaz du sang artériel) : 52 mmHg (normes : 35 - 45), élevé", "52", "35", "45"),
        ("Protéine C réactive (CRP) : 11 mg/L (normes : < 5), élevé", "11", None, "5"),
    ],
)
def test_a_result_with_its_usual_range(text: str, value: str, low: str | None, high: str | None) -> None:
    (draft,) = read(text)
    assert isinstance(draft.value, Quantity)
    assert draft.value.magnitude == Decimal(value)
    limits = draft.reference_range
    found = (limits.low, limits.high) if limits else (None, None)
    assert found == tuple(Decimal(each) if each else None for each in (low, high))
    assert draft.of_document


@pytest.mark.parametrize(
    "text",
    [
        "Potassium : 4,8 mmol/L (cible : 4 - 5)",
        "Norme : potassium 3,5 - 5 mmol/L",
        "Potassium : 4,8 mmol/L (normes : 3,5 - 5), saisi par erreur, à ne pas prendre en compte",
        "Potassium : 4,8 mmol/L, résultat annulé",
        "Créatinine (urines) : 60 µmol/L",
    ],
)
def test_what_is_no_result(text: str) -> None:
    assert read(text) == ()


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Potassium : 4,8 mmol/L (normes : 3,5 - 5), résultat préliminaire", "preliminary"),
        ("Potassium : 4,8 mmol/L (normes : 3,5 - 5), résultat modifié", "amended"),
        ("Potassium : 4,8 mmol/L (normes : 3,5 - 5)", None),
    ],
)
def test_the_state_that_the_laboratory_prints(text: str, status: str | None) -> None:
    assert [draft.status for draft in read(text)] == [status]


def test_in_a_letter_a_result_without_a_date_has_no_day() -> None:
    (draft,) = read("Potassium : 4,8 mmol/L (normes : 3,5 - 5)", report=False)
    assert not draft.of_document
    assert draft.effective is None
