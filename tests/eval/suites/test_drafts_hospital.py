"""S8: the gold that a synthetic hospital gives, and a draft that says all of it and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from eval.cases.case import Case, Output
from eval.cases.gold import DateGold, DraftGold, DrugGold, NumberGold, TermGold
from eval.metrics.value_match import label
from eval.suites.base import World
from eval.suites.draft_gold import LETTER, SUMMARY
from eval.suites.drafts import suite
from eval.synthetic.generate import generate


@pytest.fixture(scope="module")
def world() -> World:
    return World(hospital=generate(11, 10), seed=11)


def test_cases_have_a_gold_that_their_own_truth_supports(world: World) -> None:
    cases = suite().cases(world, wanted=80)
    assert {case.strata["kind"] for case in cases} == {LETTER, SUMMARY}
    assert suite().cases(world, wanted=5) == cases[:5]
    for case in cases:
        gold = case.gold
        assert isinstance(gold, DraftGold)
        assert gold.critical
        assert not {label(value) for value in gold.must_have if isinstance(value, DrugGold)} & {
            label(value)
            for value in gold.none_of
            if isinstance(value, DrugGold) and value.dci not in stopped(world, case)
        }


def stopped(world: World, case: Case) -> set[str]:
    [patient] = [one for one in world.hospital.patients if one.identity.patient_id == case.patient_id]
    return {drug.dci for drug in patient.medications if drug.stopped_on}


def test_there_is_about_fifteen_must_have_facts_to_a_draft(world: World) -> None:
    cases = suite().cases(world, wanted=80)
    units = sum(len(case.gold.must_have) for case in cases if isinstance(case.gold, DraftGold))
    assert units / len(cases) >= 12


def test_the_truth_survives_the_case_file(world: World) -> None:
    [case] = suite().cases(world, wanted=1)
    again = Case.model_validate_json(case.model_dump_json())
    assert again == case
    assert suite().score([again], {}) == suite().score([case], {})


PRINTED = {
    "g/(24.h)": "g/24 h",
    "mm[Hg]": "mmHg",
    "[IU]": "UI",
    "10*9/L": "G/L",
    "10*12/L": "T/L",
    "{1.73_m2}": "1,73 m²",
    "umol": "µmol",
    "ug": "µg",
}


def worded(gold: DraftGold) -> dict[str, Any]:
    """A draft that says every must-have fact, a drug with its dose, and stopped drugs as stopped."""
    over = {value.dci for value in gold.none_of if isinstance(value, DrugGold)}
    rows: list[str] = []
    for value in gold.must_have:
        dose = isinstance(value, NumberGold) or (isinstance(value, TermGold) and value.forms[0][:1].isdigit())
        words = label(value)
        for code, printed in PRINTED.items():
            words = words.replace(code, printed)
        if isinstance(value, DateGold):
            year, month, day = value.iso.split("-")
            words = f"Le {day}/{month}/{year}"
        if isinstance(value, DrugGold) and value.dci in over:
            words = f"Arrêt de {words}"
        if dose and rows and rows[-1].startswith("Traitement par "):
            rows[-1] += f" {words}"
        else:
            rows.append(
                f"Traitement par {words}" if isinstance(value, DrugGold) and value.dci not in over else words
            )
    evidence = [{"id": f"E{number}", "locator": {"quote": row}} for number, row in enumerate(rows)]
    fields = [{"text": row, "citations": [f"E{number}"]} for number, row in enumerate(rows)]
    return {"sections": [{"title": "", "fields": fields}], "evidence": evidence}


def test_a_draft_that_says_all_and_nothing_else_is_clean(world: World) -> None:
    cases = suite().cases(world, wanted=80)
    outputs = {
        case.id: Output(case_id=case.id, draft=worded(case.gold))
        for case in cases
        if isinstance(case.gold, DraftGold)
    }
    best = {"number_right": 1.0}
    wrong = [
        (one.case_id, one.measure, one.note)
        for one in suite().score(cases, outputs)
        if one.value != best.get(one.measure, 0.0)
    ]
    assert wrong == []
