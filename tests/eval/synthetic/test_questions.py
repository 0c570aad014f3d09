"""Questions: enough of each family, gold that agrees with the truth, and nothing answerable called unanswerable."""

import collections
import re
from typing import get_args

import pytest

from eval.synthetic.generate import generate
from eval.synthetic.question_families import valid_labs
from eval.synthetic.questions import Family, Question, holds, normalise, questions
from eval.synthetic.truth import Hospital, Patient


@pytest.fixture(scope="module")
def hospital() -> Hospital:
    return generate(7, 12)


@pytest.fixture(scope="module")
def asked(hospital: Hospital) -> list[Question]:
    return questions(hospital)


def of(hospital: Hospital, question: Question) -> Patient:
    return next(item for item in hospital.patients if item.identity.patient_id == question.patient_id)


def test_every_family_is_asked(asked: list[Question]) -> None:
    counts = collections.Counter(question.family for question in asked)
    assert set(counts) == set(get_args(Family))
    assert min(counts.values()) >= 3
    assert len(asked) >= 36
    assert len({question.id for question in asked}) == len(asked)


def test_gold_cites_what_the_record_says(hospital: Hospital, asked: list[Question]) -> None:
    for question in asked:
        patient = of(hospital, question)
        raws = [document.raw for document in patient.documents if document.uid in question.gold_documents]
        if question.expect_status == "answered":
            assert question.gold_documents, question.id
            assert question.gold_quotes, question.id
            assert question.gold_values or question.required, question.id
        assert len({document.uid for document in patient.documents} & set(question.gold_documents)) == len(
            question.gold_documents
        )
        plain = normalise(" ".join(raws).replace("\\n", "\n"))
        for quote in question.gold_quotes:
            assert normalise(quote) in plain or quote.replace(",", ".") in plain, (question.id, quote)


def test_gold_is_normalised_and_does_not_forbid_itself(asked: list[Question]) -> None:
    for question in asked:
        for value in (*question.gold_values, *question.required, *question.forbidden):
            assert value == normalise(value)
        wanted = " ; ".join((*question.gold_values[:1], *question.required))
        assert not [bad for bad in question.forbidden if holds(wanted, bad)], question.id


def test_latest_values_are_the_latest_valid_ones(hospital: Hospital, asked: list[Question]) -> None:
    checked = 0
    for question in asked:
        analyte = question.id.rpartition("-")[2]
        if question.family == "latest_value" and analyte not in (
            "weight",
            "pressure",
            "amended",
            "preliminary",
        ):
            patient = of(hospital, question)
            last = valid_labs(patient, analyte)[-1]
            assert holds(f"{last.value}", question.gold_values[0])
            assert all(
                lab.time <= last.time
                for lab in patient.labs
                if lab.analyte == analyte and lab.status == "final" and not lab.superseded
            )
            assert len(question.gold_documents) == 1
            checked += 1
    assert checked >= 20


def test_homonyms_forbid_each_others_answers(hospital: Hospital, asked: list[Question]) -> None:
    for mine, other in (hospital.patients[:2], hospital.patients[1::-1]):
        allergy = next(
            q for q in asked if q.patient_id == mine.identity.patient_id and q.id.endswith("allergy-any")
        )
        assert set(allergy.forbidden) == {normalise(item.substance) for item in other.allergies}
        creatinine = next(
            q
            for q in asked
            if q.patient_id == mine.identity.patient_id and q.id.endswith("latest_value-creatinine")
        )
        assert f"{valid_labs(other, 'creatinine')[-1].value}" in creatinine.forbidden


def test_narrative_only_means_not_in_data(hospital: Hospital, asked: list[Question]) -> None:
    narrative = [question for question in asked if question.family == "narrative_only"]
    assert len(narrative) >= 0.15 * len(asked)
    for question in narrative:
        assert not question.structured
        patient = of(hospital, question)
        note = next(item for item in patient.notes if item.key == f"note/{question.id.rpartition('-')[2]}")
        assert any(
            holds(statement.quote, value) for value in question.gold_values for statement in note.stated
        )
    hidden = [
        question for question in asked if question.family == "stopped_and_why" and not question.structured
    ]
    assert len(hidden) >= 3
    for question in hidden:
        assert any(holds(quote, value) for quote in question.gold_quotes for value in question.gold_values), (
            question.id
        )


def test_what_is_unanswerable_is_nowhere(hospital: Hospital, asked: list[Question]) -> None:
    words = {
        "hiv": r"\bVIH\b",
        "vitamin_b12": r"\bB12\b",
        "directives": r"directives anticipées",
        "acuity": r"acuité",
        "never": r"digoxine",
        "lithium": r"lithium",
        "blood_group": r"(?i)groupe (?:sanguin )?(?:A|B|AB|O)\b|rhésus (?:positif|négatif)",
    }
    checked = 0
    for question in asked:
        pattern = words.get(question.id.rpartition("-")[2])
        if pattern is not None and question.family in ("unanswerable", "false_premise"):
            assert question.expect_status == "abstained"
            assert not any(re.search(pattern, document.raw) for document in of(hospital, question).documents)
            checked += 1
    assert checked >= 24


def test_questions_are_French(asked: list[Question]) -> None:
    for question in asked:
        assert question.text.endswith(" ?"), question.text
        assert "{" not in question.text
        assert "'" not in question.text
        assert question.text[0].isupper()
        assert not re.search(r"\b(?:de|le|la) [aeiouyéèê]", question.text), question.text


@pytest.mark.parametrize(
    ("answer", "gold", "expected"),
    [
        ("La kaliémie est à 5,4 mmol/L.", "5.4", True),
        ("La kaliémie est à 15,4 mmol/L.", "5.4", False),
        ("Bisoprolol 2,5 mg", "5 mg", False),
        ("NT-proBNP 6\u202f840 ng/L", "6840", True),
        ("FEVG estimée à 35\u00a0%", "35 %", True),
        ("Lasilix 40 mg", "furosémide|lasilix", True),
        ("créatinine 129,5", "129", False),
        ("le 1er mars 2026", "2026-03-01", False),
    ],
)
def test_holds(answer: str, gold: str, expected: bool) -> None:
    assert holds(answer, gold) is expected
