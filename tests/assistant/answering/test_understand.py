"""Questions as staff type them: intent, concepts, period, premises. Cases are rows of questions.csv."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.answering.understand import cues, understand
from assistant.answering.understand.periods import find_period
from retrieval.terminology.lexicon import Lexicon, load_lexicon

TODAY = date(2026, 3, 2)
CASES = list(
    csv.DictReader((Path(__file__).parent / "questions.csv").read_text(encoding="utf-8").splitlines())
)
LEXICON = load_lexicon()


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return LEXICON


def test_there_are_enough_cases_in_both_languages() -> None:
    assert len(CASES) >= 120
    assert sum(case["language"] == "en" for case in CASES) >= 25


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["question"])
def test_case(case: dict[str, str], lexicon: Lexicon) -> None:
    read = understand(case["question"], lexicon=lexicon, today=TODAY)
    assert read.intents[0] == case["intent"]
    assert {concept.key for concept in read.concepts} == set(case["concepts"].split())
    assert read.language == case["language"]
    assert read.subject == (case["subject"] or "patient")
    assert {c.key for c in read.ambiguous if not c.key.startswith("reading:")} == set(
        case["ambiguous"].split()
    )
    assert {concept.key for concept in read.assumes} == set(case["assumes"].split())
    period = read.period
    days = f"{period.from_date}/{period.to_date}" if period and (period.from_date or period.to_date) else ""
    assert (days or (period.words if period else "")) == case["period"]


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("depuis janvier", "2026-01-01", "2026-03-02"),
        ("depuis avril", "2025-04-01", "2026-03-02"),
        ("en décembre", "2025-12-01", "2025-12-31"),
        ("depuis un an", "2025-03-02", "2026-03-02"),
        ("sur les 6 derniers mois", "2025-09-02", "2026-03-02"),
        ("over the last 2 weeks", "2026-02-16", "2026-03-02"),
        ("en 2024", "2024-01-01", "2024-12-31"),
        ("entre 2020 et 2023", "2020-01-01", "2023-12-31"),
        ("entre le 01/02/2025 et le 15/03/2025", "2025-02-01", "2025-03-15"),
        ("du 01/02/2025 au 15/03/2025", "2025-02-01", "2025-03-15"),
        ("avant le 12/03/2024", None, "2024-03-11"),
        ("après le 12/03/2024", "2024-03-13", None),
        ("depuis 2023", "2023-01-01", "2026-03-02"),
        ("l'année dernière", "2025-01-01", "2025-12-31"),
        ("cette année", "2026-01-01", "2026-03-02"),
        ("le mois dernier", "2026-02-01", "2026-02-28"),
    ],
)
def test_periods(words: str, first: str | None, last: str | None) -> None:
    found = find_period(f"Kaliémie {words} ?", today=TODAY)
    assert found is not None
    assert (found.period.from_date, found.period.to_date) == (first, last)


@pytest.mark.parametrize(
    "question", ["Depuis quand est-il sous Eliquis ?", "Quel traitement aujourd'hui ?", "Kaliémie ?"]
)
def test_no_period(question: str) -> None:
    assert find_period(question, today=TODAY) is None


def test_a_stay_is_left_as_words() -> None:
    found = find_period("CRP pendant le dernier séjour ?", today=TODAY)
    assert found is not None
    assert (found.period.from_date, found.period.words) == (None, "pendant le dernier séjour")


def test_cues_tell_stop_from_start() -> None:
    assert "stop" in cues("Pourquoi a-t-on arrêté le bisoprolol ?")
    assert "stop" not in cues("Depuis quand prend-il du bisoprolol ?")
    assert "planned" in cues("Quand la prochaine échographie est-elle prévue ?")


@given(st.text(max_size=300))
@settings(max_examples=100, deadline=None)
def test_any_text_is_read_without_an_error(text: str) -> None:
    read = understand(text, lexicon=LEXICON, today=TODAY)
    assert read.intents
    assert read.question == text


@pytest.mark.parametrize(
    "question",
    ["Dernière kaliémie ?", "Est-elle allergique à la pénicilline ?", "Depuis quand est-il sous Eliquis ?"],
)
def test_accents_case_and_hyphens_do_not_matter(question: str, lexicon: Lexicon) -> None:
    from retrieval.folding import fold

    plain = understand(question, lexicon=lexicon, today=TODAY)
    for other in (fold(question), question.upper(), question.replace("-", " ")):
        read = understand(other, lexicon=lexicon, today=TODAY)
        assert (read.intents[0], [c.key for c in read.concepts]) == (
            plain.intents[0],
            [c.key for c in plain.concepts],
        )
