"""The synthetic hospital: same bytes for one seed, sizes, clinical coherence, identities."""

import hashlib
import json
import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from eval.synthetic.generate import TODAY, generate
from eval.synthetic.questions import questions
from eval.synthetic.story import ORDER, load_story
from eval.synthetic.truth import Hospital, Patient

ROOT = Path(__file__).parents[3]
_PRINT = """
import hashlib
from eval.synthetic.generate import generate
from eval.synthetic.questions import questions
hospital = generate(7, 12)
digest = hashlib.sha256(hospital.model_dump_json().encode())
for question in questions(hospital):
    digest.update(question.model_dump_json().encode())
print(digest.hexdigest())
"""


@pytest.fixture(scope="module")
def hospital() -> Hospital:
    return generate(7, 12)


def patient(hospital: Hospital, story: str) -> Patient:
    return next(item for item in hospital.patients if item.story == story)


def test_same_bytes_in_two_processes_with_different_hash_seeds(hospital: Hospital) -> None:
    digest = hashlib.sha256(hospital.model_dump_json().encode())
    for question in questions(hospital):
        digest.update(question.model_dump_json().encode())
    printed = []
    for hash_seed, zone in (("1", "UTC"), ("4242", "Pacific/Auckland")):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": zone, "PYTHONPATH": str(ROOT)}
        run = subprocess.run(
            [sys.executable, "-c", _PRINT], env=environment, capture_output=True, text=True, check=True
        )
        printed.append(run.stdout.strip())
    assert printed == [digest.hexdigest()] * 2


def test_a_larger_hospital_contains_the_smaller_one(hospital: Hospital) -> None:
    assert generate(7, 3).patients == hospital.patients[:3]
    assert generate(8, 1).patients[0].identity != hospital.patients[0].identity


def test_at_least_one_patient() -> None:
    with pytest.raises(ValueError, match="at least one patient"):
        generate(7, 0)


def test_sizes(hospital: Hospital) -> None:
    assert len(hospital.patients) == 12
    assert len({item.story for item in hospital.patients}) >= 6
    for item in hospital.patients:
        assert 20 <= len(item.documents) <= 120, item.story
        times = [document.time.date() for document in item.documents]
        assert max(times) <= TODAY
        assert max(times).year == 2026
        assert 2 <= (max(times) - min(times)).days / 365.25 <= 6, item.story


def test_every_story_plays_for_many_seeds() -> None:
    for seed in range(1000, 1003):
        for item in generate(seed, len(ORDER)).patients:
            assert 20 <= len(item.documents) <= 120, (seed, item.story)


def test_homonyms_differ_in_all_but_their_names(hospital: Hospital) -> None:
    one, two = hospital.patients[:2]
    assert one.identity.family_name == two.identity.family_name
    assert one.identity.given_names[0] == two.identity.given_names[0]
    assert one.identity.birth_date == date(1948, 3, 12)
    assert two.identity.birth_date == date(1948, 3, 21)
    assert one.identity.ipp != two.identity.ipp
    assert not {item.substance for item in one.allergies} & {item.substance for item in two.allergies}
    assert latest(one, "creatinine") != latest(two, "creatinine")
    others = [(item.identity.family_name, item.identity.given_names[0]) for item in hospital.patients[2:]]
    assert len(set(others)) == len(others)


def latest(item: Patient, analyte: str) -> float:
    found = [
        lab for lab in item.labs if lab.analyte == analyte and lab.status == "final" and not lab.superseded
    ]
    return float(max(found, key=lambda lab: lab.time).value)


def test_identifiers_cannot_be_real(hospital: Hospital) -> None:
    # A real INS: sex 1-8, year, month 01-12 (or 20-42, 50-99 for unknown birth places), ..., key 01-97.
    real = re.compile(
        r"(?<!\d)[1-8]\s?\d{2}\s?(?:0[1-9]|1[0-2])\s?(?:\d{2}|2[AB])\s?\d{3}\s?\d{3}\s?(?:0[1-9]|[1-8]\d|9[0-7])(?!\d)"
    )
    seen = set()
    for item in hospital.patients:
        assert re.fullmatch(r"999\d{10}99", item.identity.ins)
        assert re.fullmatch(r"pat-[0-9a-f]{8}", item.identity.patient_id)
        assert (item.identity.ins_status == "qualified") == (item.identity.status == "qualified")
        seen.add(item.identity.patient_id)
        for raw in (item.person, *(document.raw for document in item.documents)):
            assert real.search(raw) is None
    assert len(seen) == len(hospital.patients)
    assert {"qualified", "provisional"} <= {item.identity.status for item in hospital.patients}


def test_the_identity_is_never_in_a_record_with_its_national_number(hospital: Hospital) -> None:
    for item in hospital.patients:
        assert item.identity.ins in item.person
        assert not any(item.identity.ins in document.raw for document in item.documents)


def test_trajectories_are_coherent(hospital: Hospital) -> None:
    heart = patient(hospital, "heart_failure")
    spironolactone = next(drug for drug in heart.medications if drug.dci == "spironolactone")
    assert spironolactone.stop_reason == "hyperkaliémie"
    high = [
        lab
        for lab in heart.labs
        if lab.analyte == "potassium" and lab.time.date() == spironolactone.stopped_on
    ]
    assert [lab.interpretation[0] for lab in high if not lab.superseded] == ["H"]
    warfarin_like = next(drug for drug in heart.medications if drug.dci == "fluindione")
    apixaban = next(drug for drug in heart.medications if drug.dci == "apixaban")
    assert warfarin_like.stopped_on == apixaban.started_on
    diabetes = patient(hospital, "diabetes")
    metformin = next(drug for drug in diabetes.medications if drug.dci == "metformine")
    assert metformin.stopped_on is not None
    rates = [
        lab
        for lab in diabetes.labs
        if lab.analyte == "egfr" and abs((lab.time.date() - metformin.stopped_on).days) <= 1
    ]
    assert rates
    assert all(lab.value < 30 for lab in rates)
    hip = patient(hospital, "hip_prosthesis")
    lowest = min((lab for lab in hip.labs if lab.analyte == "haemoglobin"), key=lambda lab: lab.value)
    operated = next(act for act in hip.procedures if act.label == "Arthroplastie totale de hanche")
    assert lowest.value < 9
    entry = min(
        (
            lab
            for lab in hip.labs
            if lab.analyte == "haemoglobin" and lab.time.date() == hip.stays[0].admitted.date()
        ),
        key=lambda lab: lab.time,
    )
    assert entry.value > 11
    assert 1 <= (lowest.time.date() - operated.on).days <= 4


def test_doses_are_in_force_one_at_a_time(hospital: Hospital) -> None:
    for item in hospital.patients:
        for drug in item.medications:
            starts = [dose.start for dose in drug.doses]
            assert starts == sorted(starts)
            if drug.stopped_on is not None:
                assert drug.stopped_on > drug.started_on
                assert drug.stop_reason
                assert drug.dose_on(TODAY) is None
            else:
                assert drug.dose_on(TODAY) == drug.doses[-1]


def test_some_results_are_amended_preliminary_or_mistaken(hospital: Hospital) -> None:
    for item in hospital.patients:
        for lab in item.labs:
            if lab.status == "amended":
                first = [
                    old
                    for old in item.labs
                    if old.superseded and (old.analyte, old.time) == (lab.analyte, lab.time)
                ]
                assert len(first) == 1
                assert first[0].value != lab.value
                documents = {
                    item.document(statement.document)
                    for lab in (lab, *first)
                    for statement in lab.stated
                    if statement.structured
                }
                assert {document.version for document in documents} == {1, 2}
                assert len({document.uid for document in documents}) == 1
    statuses = [lab.status for item in hospital.patients for lab in item.labs]
    assert {"amended", "preliminary", "entered_in_error", "final"} == set(statuses)
    assert statuses.count("amended") >= 10


def test_no_story_uses_a_key_twice() -> None:
    for name in ORDER:
        told = load_story(name).model_dump()
        told["note"] = [*told["note"], told["note"][0]]
        with pytest.raises(ValueError, match="keys used twice"):
            type(load_story(name)).model_validate(told)


def test_French_is_whole(hospital: Hospital) -> None:
    texts = [document.raw for item in hospital.patients for document in item.documents]
    for text in texts:
        assert "\ufffd" not in text
        assert "Ã" not in text
        assert not re.search(r"\w\?\w", text), re.search(r".{20}\w\?\w.{20}", text)
        assert "l'" not in text, "typewriter apostrophe"
        prose = _prose(json.loads(text))
        assert "{" not in prose, "a placeholder was left"
        assert "[[" not in prose, "a mark was left"
        assert not re.search(r"\b(?:de|le|la|depuis|que) il y a\b", prose)
        assert not re.search(r"\b[a-z]*\(e\)", prose)
    whole = " ".join(texts)
    for word in ("décédé", "hospitalisé", "œdème", "à l’entrée", "créatinine", "Échocardiographie", "µmol/L"):
        assert word in whole
    for trap in ("pas de diabète", "On évoque", "si besoin", "il y a", "\u202f", "père"):
        assert trap in whole


def _prose(node: object) -> str:
    if isinstance(node, dict):
        return " ".join(
            _prose(value) for key, value in node.items() if key not in ("action_archetype_id", "units")
        )
    if isinstance(node, list):
        return " ".join(_prose(value) for value in node)
    return node if isinstance(node, str) else ""
