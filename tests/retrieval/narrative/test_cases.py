"""Sentences and the facts that they state: `tests/data/narrative_cases.csv`, where a clinician can add a line."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.retrieval.narrative.letters import read, told

_FILE = Path(__file__).parents[2] / "data" / "narrative_cases.csv"
_LINES = [line for line in _FILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
CASES = [(row["sentence"], row["facts"]) for row in csv.DictReader(_LINES)]


@pytest.mark.parametrize(("sentence", "facts"), CASES)
def test_a_sentence_states_just_these_facts(sentence: str, facts: str) -> None:
    assert sorted(told(fact) for fact in read(sentence)) == sorted(filter(None, facts.split(" ; ")))


def test_the_cases_hold_every_quality() -> None:
    assert len(CASES) > 90
    for word in ("/absent/", "/suspected/", "/family/", "/stopped/", "/planned/", "allergy/", "device/"):
        assert sum(word in facts for _, facts in CASES) >= 1, word
