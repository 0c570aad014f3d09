"""S8: hand-written drafts against hand-written truth."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from eval.cases.case import Case, Output, Step
from eval.cases.gold import (
    DateGold,
    DraftGold,
    DrugGold,
    GoldValue,
    NumberGold,
    PolarityGold,
    RecordGold,
    TermGold,
)
from eval.suites.draft_gold import LETTER
from eval.suites.draft_reading import statements
from eval.suites.drafts import suite

GOLD = DraftGold(
    kind=LETTER,
    must_have=(
        TermGold(forms=("Décompensation cardiaque",)),
        TermGold(forms=("Amoxicilline",)),
        DrugGold(dci="furosémide", brands=("Lasilix",)),
        NumberGold(value=Decimal(40), unit="mg"),
        DrugGold(dci="bisoprolol", brands=("Cardensiel",)),
        NumberGold(value=Decimal(5), unit="mg"),
        DrugGold(dci="spironolactone", brands=("Aldactone",)),
        TermGold(forms=("hyperkaliémie",)),
        NumberGold(value=Decimal("5.9"), unit="mmol/L"),
        TermGold(forms=("Holter ECG",)),
    ),
    critical=(0, 1, 2, 3, 4, 5, 6, 7, 9),
    none_of=(
        DrugGold(dci="spironolactone", brands=("Aldactone",)),
        DrugGold(dci="amiodarone", brands=("Cordarone",)),
    ),
)
KNOWN: tuple[GoldValue, ...] = (
    DateGold(iso="2025-06-20"),
    DateGold(iso="2025-06-30"),
    NumberGold(value=Decimal(40), unit="mg"),
    NumberGold(value=Decimal(5), unit="mg"),
    NumberGold(value=Decimal("5.9"), unit="mmol/L"),
    TermGold(forms=("Potassium",)),
    TermGold(forms=("Décompensation cardiaque congestive",)),
    TermGold(forms=("Holter ECG des 24 heures",)),
    TermGold(forms=("insuffisance cardiaque",)),
    DrugGold(dci="furosémide", brands=("Lasilix",)),
    DrugGold(dci="bisoprolol", brands=("Cardensiel",)),
    DrugGold(dci="spironolactone", brands=("Aldactone",)),
    PolarityGold(present=False, about="diabète"),
    TermGold(forms=("le matin", "pas de diabète")),
)
CASE = Case(
    id="S8-x",
    suite="S8",
    steps=(Step(text="Lettre"),),
    gold=GOLD.model_copy(update={"known": KNOWN}),
    patient_id="pat-00000001",
    strata={"kind": LETTER},
)


def draft(**changed: Any) -> dict[str, Any]:
    fields: dict[str, dict[str, Any]] = {
        "summary": {
            "label": "Synthèse du séjour",
            "sentences": [
                {
                    "text": "Décompensation cardiaque, hospitalisation du 20/06/2025 au 30/06/2025.",
                    "citations": ["E1"],
                },
                {"text": "Potassium à 5,9 mmol/L le 20/06/2025.", "citations": ["E2"]},
                {"text": "Pas de diabète.", "citations": ["E1"]},
            ],
        },
        "allergies": {"label": "Allergies", "text": "Amoxicilline", "citations": ["E1"]},
        "treatment": {
            "label": "Traitements à la sortie",
            "rows": [
                {"drug": "Furosémide", "dose": "40 mg le matin", "citations": ["E3"]},
                {"drug": "Bisoprolol", "dose": "5 mg le matin", "citations": ["E3"]},
            ],
        },
        "stopped": {
            "label": "Traitements arrêtés",
            "items": ["Spironolactone : arrêt pour hyperkaliémie"],
            "citations": ["E3"],
        },
        "awaited": {"label": "Résultats attendus", "text": "Holter ECG des 24 heures", "citations": ["E1"]},
        "devices": {
            "label": "Dispositifs implantables",
            "status": "not_found",
            "text": "non retrouvé (12 documents)",
        },
    }
    fields.update(changed)
    quotes = {
        "E1": "Décompensation cardiaque congestive. Pas de diabète. Holter ECG demandé. Allergie : amoxicilline",
        "E2": "Potassium : 5,9 mmol/L",
        "E3": "furosémide 40 mg, bisoprolol 5 mg, spironolactone arrêtée pour hyperkaliémie",
    }
    return {
        "kind": LETTER,
        "sections": [{"title": "Lettre", "fields": [field for field in fields.values() if field]}],
        "evidence": [{"id": name, "locator": {"quote": quote}} for name, quote in quotes.items()],
    }


def measured(given: dict[str, Any] | None, *, error: str | None = None) -> dict[str, list[float | None]]:
    outputs = (
        {}
        if given is None and error is None
        else {CASE.id: Output(case_id=CASE.id, draft=given, error=error)}
    )
    found: dict[str, list[float | None]] = {}
    for one in suite().score([CASE], outputs):
        assert one.unscored is None, one
        found.setdefault(one.measure, []).append(one.value)
    return found


def bad(given: dict[str, Any], measure: str) -> list[str]:
    worst = 0.0 if measure == "number_right" else 1.0
    scored = suite().score([CASE], {CASE.id: Output(case_id=CASE.id, draft=given)})
    return [one.note for one in scored if one.measure == measure and one.value == worst]


def test_a_faithful_draft_is_clean() -> None:
    for measure in ("omission", "critical_omission", "unsupported_sentence", "number_right"):
        assert bad(draft(), measure) == [], measure
    found = measured(draft())
    assert len(found["omission"]) == 10
    assert len(found["critical_omission"]) == 9
    assert len(found["unsupported_sentence"]) == 8
    assert len(found["number_right"]) == 7


def test_an_omitted_allergy_is_critical() -> None:
    assert bad(draft(allergies={}), "critical_omission") == ["left out: Amoxicilline"]


def test_a_dose_counts_only_beside_its_drug() -> None:
    rows = {
        "label": "Traitements",
        "rows": ["Furosémide 5 mg le matin", "Bisoprolol 40 mg le matin"],
        "citations": ["E3"],
    }
    assert bad(draft(treatment=rows), "critical_omission") == ["left out: 40 mg", "left out: 5 mg"]


def test_a_brand_and_another_unit_say_the_same() -> None:
    rows = {
        "label": "Traitements",
        "rows": ["Lasilix 0,04 g le matin", "Cardensiel 5 mg le matin"],
        "citations": ["E3"],
    }
    assert bad(draft(treatment=rows), "critical_omission") == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Potassium à 6,9 mmol/L.", "6,9 mmol/L is not true"),
        ("Potassium à 59 mmol/L.", "59 mmol/L is not true"),
        ("Hospitalisation le 21/06/2025 pour décompensation cardiaque.", "21/06/2025 is not true"),
        ("Traitement par amiodarone.", "amiodarone is said"),
        ("Traitement par spironolactone.", "spironolactone is said"),
        ("Le patient est diabétique.", "diabète is present"),
        ("Embolisation bronchique compliquée, transfert immédiat.", "of its words"),
    ],
)
def test_unsupported_sentences(text: str, reason: str) -> None:
    given = draft(more={"label": "Autre", "sentences": [{"text": text, "citations": ["E1"]}]})
    [note] = bad(given, "unsupported_sentence")
    assert reason in note


def test_a_true_sentence_without_citation_is_unsupported() -> None:
    given = draft(
        more={"label": "Autre", "sentences": [{"text": "Potassium à 5,9 mmol/L.", "citations": []}]}
    )
    assert "it cites nothing" in bad(given, "unsupported_sentence")[0]


def test_wrong_numbers_are_counted_one_by_one() -> None:
    given = draft(
        more={"label": "Autre", "text": "Potassium 5,9 mmol/L puis 7,1 mmol/L.", "citations": ["E2"]}
    )
    assert bad(given, "number_right") == ["7,1 mmol/L is not true"]


@pytest.mark.parametrize("error", [None, "timeout"])
def test_no_draft_is_the_worst_draft(error: str | None) -> None:
    found = measured(None, error=error)
    assert set(found["critical_omission"]) == {1.0}
    assert found["unsupported_sentence"] == [1.0]
    assert found["number_right"] == [0.0]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"sections": "x"},
        {"sections": [{"fields": [None, {"text": None}]}]},
        {"sections": [{"fields": [{"rows": [1]}]}]},
    ],
)
def test_another_shape_is_read_without_error(given: dict[str, Any]) -> None:
    assert len(statements(given)) <= 1
    assert set(measured(given)["critical_omission"]) == {1.0}


def test_a_case_with_another_gold_is_unscored() -> None:
    alone = CASE.model_copy(update={"gold": RecordGold()})
    [one] = suite().score([alone], {})
    assert one.unscored
    assert one.value is None
