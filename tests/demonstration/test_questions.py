"""Every fact question on the twelve patients, without a model: right by the truth they were made from.

`known_faults.csv` lists those that are not right yet, each with its cause; the list may only shrink, since a
known fault that is right now fails the test too.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from eval.synthetic.questions import Question, questions
from eval.synthetic.scoring import faults
from tests.demonstration.loaded import Loaded, ask

KNOWN = Path(__file__).with_name("known_faults.csv")
FAMILIES = {
    "latest_value",
    "trend",
    "list",
    "dose",
    "allergy",
    "absence",
    "date",
    "stopped_and_why",
    "joined",
    "narrative_only",
    "unanswerable",
    "false_premise",
}


def _known() -> dict[str, str]:
    with KNOWN.open(encoding="utf-8", newline="") as lines:
        return {row["question"]: row["cause"] for row in csv.DictReader(lines)}


def test_the_demonstration_is_read_whole(demonstration: Loaded) -> None:
    assert demonstration.report.rejected == ()
    assert demonstration.report.quarantined == 0
    assert demonstration.report.patients == len(demonstration.hospital.patients) == 12


def test_every_family_has_at_least_three_questions(demonstration: Loaded) -> None:
    asked = questions(demonstration.hospital)
    for family in FAMILIES:
        assert sum(item.family == family for item in asked) >= 3, family


@pytest.mark.anyio
@pytest.mark.parametrize("family", sorted(FAMILIES - {"narrative_only"}))
async def test_fact_questions_without_a_model(demonstration: Loaded, family: str) -> None:
    asked = [item for item in questions(demonstration.hospital) if item.family == family and item.structured]
    assert asked
    wrong = [(item, faults(item, await ask(demonstration, item, use_model=False))) for item in asked]
    unexpected = {item.id: found for item, found in wrong if found and item.id not in _known()}
    assert unexpected == {}
    mended = [item.id for item, found in wrong if not found and item.id in _known()]
    assert mended == [], "right now: take them out of known_faults.csv"


@pytest.mark.anyio
async def test_homonyms_are_never_mixed(demonstration: Loaded) -> None:
    asked: list[Question] = [item for item in questions(demonstration.hospital) if item.forbidden]
    assert asked
    for item in asked:
        answer = await ask(demonstration, item, use_model=False)
        said = " ".join(sentence["text"] for sentence in answer["sentences"])
        assert not [gold for gold in faults(item, answer) if gold.endswith("is said")], (item.id, said)
        records = {place["locator"]["record_id"] for place in answer["evidence"]}
        own = {composition.record_id for composition in demonstration.store.compositions(_scope(item))}
        assert records <= own


def _scope(item: Question) -> object:
    from tests.demonstration.loaded import scope_of

    return scope_of(item.patient_id)


@pytest.mark.anyio
async def test_a_measure_is_not_answered_without_a_figure(demonstration: Loaded) -> None:
    asked = [item for item in questions(demonstration.hospital) if item.id.endswith("narrative_only-col")]
    assert asked
    for item in asked:
        answer = await ask(demonstration, item, use_model=False)
        assert all(any(sign.isdigit() for sign in _quoted(said["text"])) for said in answer["sentences"])
        assert answer["status"] in {"answered", "abstained"}
        assert answer["sentences"] or answer["reason"] == "not_verified"


def _quoted(sentence: str) -> str:
    """The words between the French quotation marks; the date of the document stands before them."""
    return sentence.partition("«")[2]
