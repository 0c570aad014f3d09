"""What an answer says, and whether it is right."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.cases.gold import DateGold, DrugGold, GoldValue, NumberGold, PolarityGold, RecordGold, TermGold
from eval.metrics.value_match import judge, said_numbers, says, says_as_true

LATEST = "Dernière kaliémie : 4,8 mmol/L le 19/10/2025 (valeurs usuelles 3,5–5,0), dans la norme."
APIXABAN = DrugGold(dci="apixaban", brands=("Éliquis",))


def number(value: str, unit: str = "", tolerance: str = "0") -> NumberGold:
    return NumberGold(value=Decimal(value), unit=unit, tolerance=Decimal(tolerance))


def answer(*sentences: str, **fields: Any) -> dict[str, Any]:
    shown = [{"text": text, "citations": ["E1"]} for text in sentences]
    return {"status": "answered", "reason": None, "premise_corrected": False, "sentences": shown} | fields


@pytest.mark.parametrize(
    ("text", "gold", "said"),
    [
        (LATEST, number("4.8", "mmol/L"), True),
        (LATEST, number("3.5", "mmol/L"), False),
        (LATEST, number("5", "mmol/L"), False),
        (LATEST, number("19"), False),
        (LATEST, number("2025"), False),
        (LATEST, number("4.8", "g/L"), False),
        (LATEST, number("4800", "umol/L"), True),
        (LATEST, DateGold(iso="2025-10-19"), True),
        ("8 mmol/L", number("8.0", "mmol/L"), True),
        ("8,0 mmol/L", number("8", "mmol/L"), True),
        ("8.0", number("8", "mmol/L"), True),
        ("8 mg", number("8", "mmol/L"), False),
        ("18 mmol/L, 8,5 mmol/L", number("8", "mmol/L"), False),
        ("Hémoglobine 132 g/L", number("13.2", "g/dL"), True),
        ("Hémoglobine 13,3 g/dL", number("13.2", "g/dL", "0.1"), True),
        ("Hémoglobine 13,4 g/dL", number("13.2", "g/dL", "0.1"), False),
        ("Plaquettes 150 000/mm3", number("150", "10*9/L"), True),
        ("ALAT 40 UI/L", number("40", "U/L"), True),
        ("45 mL/min/1,73 m²", number("45", "mL/min/{1.73_m2}"), True),
        ("1,73", number("1.73"), True),
        ("DFG 45 mL/min/1,73 m²", number("1.73"), False),
        ("pH 7,38 (normale 7,35-7,45)", number("7.38", "1"), True),
        ("pH 7,38 (normale 7,35-7,45)", number("7.45", "1"), False),
        ("Sodium 140 mmol/L [136-145]", number("145", "mmol/L"), False),
        ("Sodium 140 mmol/L (N : 136 à 145 mmol/L)", number("136", "mmol/L"), False),
        ("DFG 72 mL/min/1,73 m² (valeurs usuelles ≥ 60)", number("60", "mL/min/{1.73_m2}"), False),
        ("CRP 60 mg/L (valeurs usuelles < 5), au-dessus de la normale", number("60", "mg/L"), True),
        ("Hémoglobine normale : 13,2 g/dL", number("13.2", "g/dL"), True),
        ("La créatinine est normale à 76 µmol/L", number("76", "umol/L"), True),
        ("Fonction rénale normale, créatinine 76 µmol/L", number("76", "umol/L"), True),
        ("Créatinine 76 µmol/L (N 62-106)", number("62", "umol/L"), False),
        ("Créatinine 76 µmol/L (normale : 106)", number("106", "umol/L"), False),
        ("CRP 60 mg/L (N < 5)", number("5", "mg/L"), False),
        ("Potassium 4,8 mmol/L [3,5 ; 5,0]", number("5", "mmol/L"), False),
        ("Valeurs usuelles 3,5–5,0. Kaliémie 5,0 mmol/L", number("5", "mmol/L"), True),
        ("amlodipine 5 mg par jour", number("5", "mg"), False),
        ("amlodipine 5 mg par jour", number("5", "mg/d"), True),
        ("amlodipine 5 mg, 1 fois par jour", number("5", "mg"), True),
        ("2 bouffées matin et soir", number("2", "bouffée"), True),
        ("Un comprimé le soir", number("1", "comprimé"), True),
        ("2 enfants", number("2"), True),
        ("FEVG 35 %", number("35", "%"), True),
        ("FEVG à 35", number("35", "%"), True),
        ("PA 128/74 mmHg", number("74", "mm[Hg]"), True),
        ("depuis mars 2025", DateGold(iso="2025-03-12"), False),
        ("depuis le 12 mars 2025", DateGold(iso="2025-03"), True),
        ("depuis le 12/03/2025", DateGold(iso="2025"), True),
        ("depuis le 13/03/2025", DateGold(iso="2025-03-12"), False),
        ("sous ELIQUIS 5 mg", APIXABAN, True),
        ("sous apixabán", APIXABAN, True),
        ("sous apixabanol", APIXABAN, False),
        ("fibrillation auriculaire", TermGold(forms=("FA", "fibrillation auriculaire")), True),
        ("AFP normale", TermGold(forms=("FA",)), False),
        ("Le patient n’est pas diabétique.", PolarityGold(present=False, about="diabète"), True),
        ("Le patient n’est pas diabétique.", PolarityGold(present=True, about="diabète"), False),
        ("", number("1"), False),
    ],
)  # fmt: skip
def test_says(text: str, gold: GoldValue, said: bool) -> None:
    assert says(text, gold) is said


@given(st.decimals("0.01", "5000", places=2), st.sampled_from(["mmol/L", "mg", "G/L", "%", "UI/L", "kg"]))
def test_a_value_is_said_by_itself_and_not_by_ten_times_it(value: Decimal, unit: str) -> None:
    gold = NumberGold(value=value, unit=unit)
    assert says(f"Valeur : {str(value).replace('.', ',')} {unit}.", gold)
    assert not says(f"Valeur : {str(value * 10).replace('.', ',')} {unit}.", gold)


def test_usual_ranges_are_not_said() -> None:
    assert [str(one.value) for one in said_numbers(LATEST)] == ["4.8"]


GOLD = RecordGold(all_of=(number("4.8", "mmol/L"),), none_of=(number("6.3", "mmol/L"), APIXABAN))


@pytest.mark.parametrize(
    ("sentence", "fault"),
    [
        ("Kaliémie 4,8 mmol/L (précédemment 6,3 mmol/L).", None),
        ("Kaliémie 4,8 mmol/L, contre 6,3 mmol/L le 12/01/2025.", None),
        ("Kaliémie 4,8 mmol/L (valeur antérieure : 6,3 mmol/L).", None),
        ("Kaliémie 4,8 mmol/L ; le résultat 6,3 mmol/L a été corrigé.", None),
        ("Kaliémie 6,3 mmol/L (précédemment 4,8 mmol/L).", "6.3 mmol/L is said"),
        ("Kaliémie 4,8 mmol/L puis 6,3 mmol/L.", "6.3 mmol/L is said"),
        ("Kaliémie 4,8 mmol/L ou 6,3 mmol/L.", "6.3 mmol/L is said"),
        ("Kaliémie 4,8 mmol/L, en hausse à 6,3 mmol/L.", "6.3 mmol/L is said"),
        ("Kaliémie 4,8 mmol/L (valeurs usuelles 3,5–6,3).", None),
        ("4,8. Apixaban : arrêt le 03/02/2025 (motif : saignement).", None),
        ("4,8. Éliquis arrêté le 03/02/2025.", None),
        ("4,8. Apixaban 5 mg, arrêté le 03/02/2025.", None),
        ("4,8. L’apixaban a été remplacé par la warfarine.", None),
        ("4,8. Apixaban : traitement arrêté le 03/02/2025, il n’est plus en cours.", None),
        ("4,8. Pas d’apixaban.", None),
        ("4,8. Aucune mention d’apixaban dans les 12 documents lisibles.", None),
        ("4,8. Relais de l’apixaban par la warfarine.", None),
        ("4,8. Apixaban 5 mg.", "apixaban is said"),
        ("4,8. Apixaban 5 mg, warfarine arrêtée.", "apixaban is said"),
        ("4,8. Warfarine remplacée par apixaban.", "apixaban is said"),
        ("4,8. Apixaban : aucun arrêt enregistré ; traitement en cours.", "apixaban is said"),
        ("4,8. Pas de saignement sous apixaban.", "apixaban is said"),
        ("4,8. L’apixaban n’a pas été arrêté.", "apixaban is said"),
        ("4,8. Warfarine arrêtée et apixaban 5 mg.", "apixaban is said"),
        ("4,8. Apixaban 5 mg et warfarine arrêtée.", "apixaban is said"),
        ("4,8. Arrêt de la warfarine et introduction de l’apixaban.", "apixaban is said"),
        ("4,8. Arrêt de la warfarine et de l’apixaban.", None),
        ("4,8. Apixaban et warfarine arrêtés.", None),
        ("4,8. Apixaban : début le 03/02/2025 après arrêt de la warfarine.", "apixaban is said"),
        ("4,8. Potassium was 6.3 mmol/L.", "6.3 mmol/L is said"),
        ("4,8. Kaliémie 6,3 mmol/L après arrêt du diurétique.", "6.3 mmol/L is said"),
        ("4,8. Kaliémie 6,3 mmol/L (résultat corrigé).", "6.3 mmol/L is said"),
        ("4,8. Kaliémie 6,3 mmol/L (erroné).", None),
    ],
)
def test_distractors(sentence: str, fault: str | None) -> None:
    found = judge(GOLD, answer(sentence))
    assert found.faults == ((fault,) if fault else ())
    assert found.right is (fault is None)


def test_a_distractor_in_another_sentence_is_a_fault_too() -> None:
    assert judge(GOLD, answer("Kaliémie 4,8 mmol/L.", "Kaliémie 6,3 mmol/L.")).faults == (
        "6.3 mmol/L is said",
    )


def test_a_denial_in_one_sentence_does_not_reach_the_next() -> None:
    assert judge(GOLD, answer("4,8", "Pas d’asthme", "Apixaban 5 mg")).faults == ("apixaban is said",)
    found = judge(
        RecordGold(all_of=(PolarityGold(present=True, about="HTA"),)), answer("Pas de diabète", "HTA")
    )
    assert found.right


def test_status_accept_and_reasons() -> None:
    silent = {"status": "abstained", "reason": "not_in_record", "sentences": []}
    gold = RecordGold(status="abstained", reasons=("not_in_record", "not_verified"))
    assert judge(gold, silent).right
    assert judge(gold, silent | {"reason": "model_unavailable"}).faults == ("reason model_unavailable",)
    assert not judge(gold, answer("4,8 mmol/L")).right
    assert judge(GOLD, silent).faults == ("status abstained (not_in_record) instead of answered",)
    assert judge(GOLD.model_copy(update={"accept": ("abstained",)}), silent).right
    assert not judge(GOLD, {}).right
    assert judge(GOLD, {}).status == "error"


def test_premise_any_of_and_silence() -> None:
    gold = RecordGold(
        premise_corrected=True, any_of=(TermGold(forms=("arrêté",)), TermGold(forms=("arrêt",)))
    )
    assert judge(gold, answer("Traitement arrêté.", premise_corrected=True)).right
    assert judge(gold, answer("Traitement arrêté.")).faults == ("the premise is not corrected",)
    assert judge(gold, answer("En cours.", premise_corrected=True)).faults == (
        "none of arrêté, arrêt is said",
    )
    assert judge(gold, answer()).faults == ("nothing is said",)


def test_both_yes_and_no_cannot_be_scored() -> None:
    gold = RecordGold(all_of=(PolarityGold(present=True, about="diabète"),))
    found = judge(gold, answer("Pas de diabète.", "Diabète de type 2 depuis 2014."))
    assert not found.right
    assert found.unscored == "the answer both affirms and denies diabète"


@given(
    st.dictionaries(
        st.sampled_from(["status", "sentences", "reason", "premise_corrected"]),
        st.sampled_from(["answered", None, 3, [], [1, {"text": 4}, {"text": "8"}], {"text": "x"}, True]),
    )
)
def test_anything_malformed_is_a_fault_never_an_error(received: dict[str, Any]) -> None:
    assert not judge(GOLD, received).right


@given(st.text(max_size=60))
def test_any_text_can_be_judged(text: str) -> None:
    for gold in (*GOLD.all_of, *GOLD.none_of, TermGold(forms=("a",)), DateGold(iso="2025")):
        assert says(text, gold) or not says_as_true(text, gold)
