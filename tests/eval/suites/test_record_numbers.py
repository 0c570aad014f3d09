"""S4: numbers, units and dates of an answer are true of what was asked; tenfold errors are named."""

from __future__ import annotations

from decimal import Decimal

import pytest

from eval.cases.case import Case, Output
from eval.cases.gold import NumberGold
from eval.suites.base import World
from eval.suites.numbers import suite
from tests.eval.suites.record_world import answer, by_oracle, french, gold_of, outputs, values


@pytest.fixture(scope="module")
def cases(sixty: World) -> tuple[Case, ...]:
    return suite().cases(sixty, wanted=600)


def _measured(case: Case) -> list[NumberGold]:
    gold = gold_of(case)
    return [value for value in (*gold.all_of, *gold.any_of) if isinstance(value, NumberGold)]


def test_six_hundred_cases(cases: tuple[Case, ...]) -> None:
    assert len(cases) == len({case.id for case in cases}) == 600
    assert len({case.patient_id for case in cases}) == 60
    assert sum(bool(_measured(case)) for case in cases) >= 300
    assert all(gold_of(case).known for case in cases)


def test_a_perfect_service(cases: tuple[Case, ...]) -> None:
    found = suite().score(cases, by_oracle(cases))
    assert [(item.case_id, item.note) for item in found if item.value != 0] == []
    assert len(values(found, "wrong_number")) == len(values(found, "tenfold")) == 600


def test_ten_times_the_truth(cases: tuple[Case, ...]) -> None:
    told, kept = {}, []
    for case in cases:
        numbers = [value for value in _measured(case) if value.unit and value.value]
        known = [value for value in gold_of(case).known if isinstance(value, NumberGold)]
        if numbers and not any(value.value == numbers[0].value * 10 for value in known):
            told[case.id] = answer([(f"{french(numbers[0], factor=Decimal(10))}.", ())])
            kept.append(case)
    assert len(kept) >= 200
    found = suite().score(kept, outputs(kept, told))
    assert [item.case_id for item in found if item.measure == "wrong_number" and item.value != 1] == []
    tenfold = values(found, "tenfold")
    assert sum(value or 0 for value in tenfold) >= 0.95 * len(tenfold)


def test_a_wrong_unit_and_a_wrong_date(cases: tuple[Case, ...]) -> None:
    case = next(
        item for item in cases if item.strata["kind"] == "latest" and _measured(item)[0].unit == "umol/L"
    )
    value = _measured(case)[0].value
    for text in (f"{value} mmol/L.", f"{value} µmol/L le 07/08/1999."):
        found = suite().score((case,), outputs((case,), {case.id: answer([(text, ())])}))
        assert values(found, "wrong_number") == [1.0], text
    right = answer([(f"{value} µmol/L.", ())])
    assert values(suite().score((case,), outputs((case,), {case.id: right})), "wrong_number") == [0.0]


def test_a_literal_quotation_is_the_records_but_an_invented_one_is_not(cases: tuple[Case, ...]) -> None:
    case = next(item for item in cases if item.strata["stratum"] == "narrative")
    record = gold_of(case).own_records[0]
    quote = "furosémide 125 mg/24 h, fonte de 6 kg"
    text = f"Compte rendu : « {quote} »"
    own = answer([(text, ("E1",))], evidence=[("E1", record, f"Avant. {quote}. Après.")])
    other = answer([(text, ("E1",))], evidence=[("E1", "ailleurs", f"Avant. {quote}. Après.")])
    bare = answer([(text, ())])
    for given, expected in ((own, 0.0), (other, 1.0), (bare, 1.0)):
        found = suite().score((case,), outputs((case,), {case.id: given}))
        assert values(found, "wrong_number") == [expected]


def test_silence_is_not_wrong_and_an_error_is(cases: tuple[Case, ...]) -> None:
    few = cases[:10]
    silent = {case.id: answer((), status="abstained", reason="not_in_record") for case in few}
    assert {item.value for item in suite().score(few, outputs(few, silent))} == {0.0}
    failed = {case.id: Output(case_id=case.id, error="timeout") for case in few}
    assert {item.value for item in suite().score(few, failed)} == {1.0}
    assert {item.value for item in suite().score(few, {})} == {1.0}
