"""S2: a perfect service cites perfectly; wrong places, dangling labels and other people's records are seen."""

from __future__ import annotations

import pytest

from eval.cases.case import Case, Output
from eval.suites import record_qa
from eval.suites.base import World
from eval.suites.citations import suite
from tests.eval.suites.record_world import answer, by_oracle, gold_of, oracle, outputs, values


@pytest.fixture(scope="module")
def cases(twelve: World) -> tuple[Case, ...]:
    return record_qa.suite().cases(twelve, wanted=120)


def test_it_has_no_cases_of_its_own(twelve: World) -> None:
    assert suite().answers_of == "S1"
    assert suite().cases(twelve, wanted=400) == ()


def test_a_perfect_service(cases: tuple[Case, ...]) -> None:
    found = suite().score(cases, by_oracle(cases))
    for measure in ("strict_precision", "lenient_precision", "strict_recall", "lenient_recall"):
        wrong = [item.case_id for item in found if item.measure == measure and item.value != 1]
        assert wrong == [], measure
        assert len(values(found, measure)) >= 120
    assert set(values(found, "dangling")) == set(values(found, "foreign")) == {0.0}
    assert {item.suite for item in found} == {"S2"}


def test_never_citing_has_no_recall(cases: tuple[Case, ...]) -> None:
    bare = {}
    for case in cases:
        told = oracle(gold_of(case))
        bare[case.id] = answer([(item["text"], ()) for item in told["sentences"]])
    found = suite().score(cases, outputs(cases, bare))
    assert set(values(found, "strict_recall")) == {0.0}
    assert values(found, "strict_precision") == []


def test_citing_anything_of_the_right_patient_is_not_precise(cases: tuple[Case, ...]) -> None:
    told = {}
    for case in cases:
        gold = gold_of(case)
        stated = {span.record_id for span in gold.spans}
        other = next(record for record in gold.own_records if record not in stated)
        text = oracle(gold)["sentences"][0]["text"]
        told[case.id] = answer([(text, ("E1",))], evidence=[("E1", other, "Signature")])
    found = suite().score(cases, outputs(cases, told))
    assert set(values(found, "strict_precision")) == {0.0}
    assert set(values(found, "foreign")) == {0.0}


def test_dangling_labels_and_records_of_others(cases: tuple[Case, ...]) -> None:
    case = cases[0]
    stranger = next(gold_of(other).own_records[0] for other in cases if other.patient_id != case.patient_id)
    text = oracle(gold_of(case))["sentences"][0]["text"]
    told = answer([(text, ("E1", "E9"))], evidence=[("E1", f"{stranger}::hopital::1", "Signature")])
    found = suite().score((case,), outputs((case,), {case.id: told}))
    assert values(found, "dangling") == [1.0]
    assert values(found, "foreign") == [1.0]


def test_other_sentences_are_not_asked_for_the_gold_passage(cases: tuple[Case, ...]) -> None:
    case = next(item for item in cases if item.strata["kind"] == "latest")
    told = oracle(gold_of(case))
    record = gold_of(case).own_records[-1]
    told["sentences"].append({"text": "Un document plus récent le mentionne.", "citations": ["E9"]})
    told["evidence"].append({"id": "E9", "locator": {"record_id": record, "quote": "Signature"}})
    found = suite().score((case,), outputs((case,), {case.id: told}))
    assert set(values(found, "strict_precision")) == {1.0}


def test_silence_says_nothing_and_an_error_counts(cases: tuple[Case, ...]) -> None:
    few = cases[:5]
    silent = outputs(few, {case.id: answer((), status="abstained", reason="not_in_record") for case in few})
    assert suite().score(few, silent) == []
    failed = suite().score(few, {case.id: Output(case_id=case.id, error="timeout") for case in few})
    assert values(failed, "strict_recall") == [0.0] * 5
    assert values(suite().score(few, {}), "strict_recall") == [0.0] * 5
