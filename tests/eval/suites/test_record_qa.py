"""S1: quotas, gold that stands in the documents, a perfect and many imperfect answers, held-out wordings."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from eval.cases.case import Case, Output
from eval.cases.files import digest, dump, read_cases
from eval.cases.gold import NumberGold
from eval.suites.base import World
from eval.suites.record_cases import candidates
from eval.suites.record_qa import suite
from eval.synthetic.held_out import held_out
from tests.eval.suites.record_world import answer, by_oracle, french, gold_of, outputs, values, world


@pytest.fixture(scope="module")
def cases(sixty: World) -> tuple[Case, ...]:
    return suite().cases(sixty, wanted=400)


def test_four_hundred_cases_over_sixty_patients_with_every_quota(cases: tuple[Case, ...]) -> None:
    strata = Counter(case.strata["stratum"] for case in cases)
    assert len(cases) == len({case.id for case in cases}) == 400
    assert len({case.patient_id for case in cases}) == 60
    assert strata["structured"] >= 150
    assert strata["narrative"] >= 160
    assert strata["joined"] >= 60
    critical = Counter(case.strata["critical"] for case in cases if "critical" in case.strata)
    assert critical.total() >= 120
    assert set(critical) == {"allergy", "dose", "anticoagulant", "renal_function"}
    families = Counter(case.strata["family"] for case in cases)
    for family in ("value", "dose", "date", "trend", "negation", "list", "conflict", "who", "stay", "joined"):
        assert families[family] >= 2, family
    for family in ("procedure", "imaging", "allergy", "reason", "history"):
        assert families[family] >= 2, family
    assert max(Counter(case.patient_id for case in cases).values()) <= 16


def test_joined_gold_needs_two_documents(cases: tuple[Case, ...]) -> None:
    for case in cases:
        if case.strata["stratum"] == "joined":
            assert len({span.record_id for span in gold_of(case).spans}) >= 2, case.id


def test_a_smaller_number_is_the_beginning_of_a_larger_one(sixty: World, cases: tuple[Case, ...]) -> None:
    assert suite().cases(sixty, wanted=40) == cases[:40]


def test_the_same_world_gives_the_same_bytes(twelve: World) -> None:
    assert digest(suite().cases(twelve, wanted=60)) == digest(suite().cases(world(7, 12), wanted=60))


def _said(node: Any) -> list[str]:
    if isinstance(node, dict):
        return [text for child in node.values() for text in _said(child)]
    if isinstance(node, list):
        return [text for child in node for text in _said(child)]
    return [str(node)]


def test_every_gold_span_is_literally_in_its_document(sixty: World, cases: tuple[Case, ...]) -> None:
    documents: dict[str, list[str]] = {}
    for patient in sixty.hospital.patients:
        for document in patient.documents:
            documents.setdefault(document.uid, []).append("\n".join(_said(json.loads(document.raw))))
    checked = 0
    for case in cases:
        gold = gold_of(case)
        own = {
            document.uid
            for patient in sixty.hospital.patients
            if patient.identity.patient_id == case.patient_id
            for document in patient.documents
        }
        assert set(gold.own_records) == own
        assert gold.spans, case.id
        for span in gold.spans:
            assert span.record_id in own
            assert any(span.words in text for text in documents[span.record_id]), (case.id, span)
            checked += 1
    assert checked > 1_500


def test_gold_that_prose_alone_states_is_in_no_data(sixty: World, cases: tuple[Case, ...]) -> None:
    for case in cases:
        if case.strata["stratum"] == "narrative":
            assert all(len(span.words.split()) >= 1 for span in gold_of(case).spans)
            assert case.needs_model is None


def test_a_perfect_service_is_right_everywhere(cases: tuple[Case, ...]) -> None:
    found = suite().score(cases, by_oracle(cases))
    wrong = [(item.case_id, item.note, item.unscored) for item in found if item.value != 1]
    assert wrong == []
    assert len(values(found, "correct")) == 400
    assert len(values(found, "covered")) >= 220


def test_a_distractor_a_wrong_unit_and_a_wrong_number_are_wrong(cases: tuple[Case, ...]) -> None:
    told: dict[str, dict[str, Any]] = {}
    kept = []
    for case in cases:
        gold = gold_of(case)
        if gold.none_of:
            wrong = [french(value) for value in gold.none_of[:1]]
            told[case.id] = answer([(f"{text[0].upper()}{text[1:]}.", ()) for text in wrong])
            kept.append(case)
        elif any(isinstance(value, NumberGold) and value.unit for value in gold.all_of):
            text = "; ".join(french(value, factor=Decimal(10)) for value in gold.all_of)
            told[case.id] = answer([(f"Résultat : {text}.", ())])
            kept.append(case)
    assert len(kept) >= 200
    found = suite().score(kept, outputs(kept, told))
    assert [item.case_id for item in found if item.measure == "correct" and item.value != 0] == []


def test_a_right_value_beside_a_distractor_is_wrong(cases: tuple[Case, ...]) -> None:
    told, kept = {}, []
    for case in cases:
        gold = gold_of(case)
        if gold.none_of and gold.all_of and case.strata["family"] in ("value", "dose"):
            texts = [french(value) for value in (*gold.all_of, gold.none_of[0])]
            told[case.id] = answer([(f"Résultat : {text}.", ()) for text in texts])
            kept.append(case)
    assert len(kept) >= 20
    found = suite().score(kept, outputs(kept, told))
    assert set(values(found, "correct")) == {0.0}


def test_silence_errors_and_nothing_count_as_failed(cases: tuple[Case, ...]) -> None:
    few = cases[:12]
    silent = {case.id: answer((), status="abstained", reason="not_in_record") for case in few}
    for given in (
        outputs(few, silent),
        {case.id: Output(case_id=case.id, error="timeout") for case in few},
        {},
    ):
        found = suite().score(few, given)
        assert set(values(found, "correct")) == {0.0}
        assert set(values(found, "covered")) == {0.0}
        assert all(item.unscored is None for item in found)


def test_cases_from_a_file_are_scored_alike(cases: tuple[Case, ...], tmp_path: Any) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_bytes(dump(cases[:50]))
    read = read_cases(path)
    assert read == cases[:50]
    assert suite().score(read, by_oracle(read)) == suite().score(cases[:50], by_oracle(cases[:50]))


def test_held_out_wordings_wait_for_a_report(twelve: World) -> None:
    closed = list(candidates("S1", twelve))
    opened = list(candidates("S1", twelve.model_copy(update={"open_held_out": True})))
    assert not any(case.held_out for case in closed)
    assert not any(held_out(case.origin.rpartition(", ")[2]) for case in closed)
    share = sum(case.held_out for case in opened) / len(opened)
    assert 0.15 < share < 0.45
    lost = {case.strata["kind"] for case in opened} - {case.strata["kind"] for case in closed}
    assert lost == set(), "kinds whose wordings are all held out"


def test_questions_are_french(sixty: World) -> None:
    for case in candidates("S1", World(hospital=sixty.hospital, seed=1001, open_held_out=True)):
        text = case.question
        assert "{" not in text, text
        assert "'" not in text, text
        assert not any(f" {word} {vowel}" in text for word in ("le", "la", "de") for vowel in "éaiou"), text


def test_further_wordings_replace_a_kind(twelve: World, tmp_path: Any) -> None:
    (tmp_path / "questions.toml").write_text('[ask]\nlatest = ["{x}, en dernier ?"]\n', encoding="utf-8")
    elsewhere = twelve.model_copy(update={"templates": (tmp_path,)})
    texts = [case.question for case in candidates("S1", elsewhere) if case.strata["kind"] == "latest"]
    assert texts
    assert all(text.endswith(", en dernier ?") for text in texts)
