"""S3: what is asked is truly nowhere, twins are answerable, and only a right outcome is right."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from eval.cases.case import Case, Output
from eval.metrics.plain import plain
from eval.suites.base import World
from eval.suites.unanswerable import is_twin, suite
from eval.synthetic.story import load_templates
from tests.eval.suites.record_world import answer, by_oracle, gold_of, outputs, values


@pytest.fixture(scope="module")
def cases(sixty: World) -> tuple[Case, ...]:
    return suite().cases(sixty, wanted=450)


def test_three_hundred_without_an_answer_and_a_hundred_twins(cases: tuple[Case, ...]) -> None:
    twins = [case for case in cases if is_twin(gold_of(case))]
    mains = [case for case in cases if not is_twin(gold_of(case))]
    assert len(cases) == len({case.id for case in cases}) == 450
    assert len(mains) >= 300
    assert len(twins) >= 100
    assert Counter(case.strata["stratum"] for case in mains)["narrative"] >= 0.4 * len(mains)
    sides = Counter(case.strata["side"] for case in cases)
    assert sides["twin"] == len(twins)
    assert min(sides["missing"], sides["premise"]) >= 100
    families = Counter(case.strata["family"] for case in mains)
    for family in ("missing", "removed", "pending", "advice", "never_given", "stopped_drug", "wrong_side"):
        assert families[family] >= 5, family
    for family in ("absent_problem", "not_allergic", "relative", "no_stay", "running_drug"):
        assert families[family] >= 5, family
    assert len({case.patient_id for case in mains}) == 60


def test_a_twin_shares_the_group_of_its_question(cases: tuple[Case, ...]) -> None:
    groups = Counter(case.group for case in cases)
    for case in cases:
        if is_twin(gold_of(case)):
            assert groups[case.group] >= 2
            assert gold_of(case).spans


def test_a_smaller_number_is_the_beginning(twelve: World) -> None:
    assert suite().cases(twelve, wanted=90)[:30] == suite().cases(twelve, wanted=30)


def test_what_is_missing_is_nowhere(sixty: World, cases: tuple[Case, ...]) -> None:
    absent = {item["key"]: item["absent"] for item in load_templates("record_questions")["missing"]}
    checked = 0
    for case in cases:
        kind, _, key = case.id.partition(f"{case.patient_id}-")[2].partition("-")
        if kind == "missing":
            patient = next(p for p in sixty.hospital.patients if p.identity.patient_id == case.patient_id)
            text = plain(
                " ".join(set(re.findall(r'"value": "([^"]*)"', "".join(d.raw for d in patient.documents))))
            )
            assert not re.search(absent[key], text), case.question
            checked += 1
    assert checked >= 20


def test_a_perfect_service(cases: tuple[Case, ...]) -> None:
    found = suite().score(cases, by_oracle(cases))
    assert set(values(found, "wrong_answer")) == {0.0}
    assert set(values(found, "over_abstention")) == {0.0}
    low = [
        (item.case_id, item.note) for item in found if item.measure == "reliability_10" and item.value != 1
    ]
    assert low == []


def test_refusing_everything_is_never_wrong_but_always_over_abstains(cases: tuple[Case, ...]) -> None:
    silent = {case.id: answer((), status="abstained", reason="not_in_record") for case in cases}
    found = suite().score(cases, outputs(cases, silent))
    assert set(values(found, "wrong_answer")) == {0.0}
    assert set(values(found, "over_abstention")) == {1.0}
    assert set(values(found, "reliability_10")) == {0.0, 1.0}


def test_always_answering_is_wrong(cases: tuple[Case, ...]) -> None:
    told = {case.id: answer([("C’est à 4 242 mg depuis le 03/04/1961.", ())]) for case in cases}
    found = suite().score(cases, outputs(cases, told))
    assert set(values(found, "wrong_answer")) == {1.0}
    assert set(values(found, "reliability_10")) == {-10.0}


def test_errors_and_nothing_cost_all(cases: tuple[Case, ...]) -> None:
    few = cases[:20]
    for given in ({case.id: Output(case_id=case.id, error="http_500") for case in few}, {}):
        found = suite().score(few, given)
        assert set(values(found, "wrong_answer")) == set(values(found, "over_abstention")) == {1.0}
        assert set(values(found, "reliability_10")) == {-10.0}


def test_a_premise_must_be_called_false(cases: tuple[Case, ...]) -> None:
    premises = [case for case in cases if gold_of(case).premise_corrected]
    oracles = by_oracle(premises)
    told = {}
    for case in premises:
        given = oracles[case.id].answer
        assert given is not None
        told[case.id] = {**given, "premise_corrected": False}
    found = suite().score(premises, outputs(premises, told))
    assert all(
        item.value == 1
        for item, case in ((item, next(c for c in premises if c.id == item.case_id)) for item in found)
        if item.measure == "wrong_answer" and gold_of(case).status == "answered"
    )
