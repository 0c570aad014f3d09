"""What a question leaves to the one before it, and what stands on its own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answering.understand.follow_up import Earlier, resolved
from retrieval.terminology.lexicon import Lexicon, load_lexicon
from tests.assistant.answering.facts_by_hand import TODAY

K = "Quel est le dernier potassium ?"
DOSE = "Quelle est la dose de furosémide ?"
DAY = "2026-02-27"


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon()


@pytest.mark.parametrize(
    ("earlier", "question", "whole"),
    [
        (K, "Et avant ?", "Quel est le dernier potassium avant le 27/02/2026 ?"),
        (K, "et avant cela ?", "Quel est le dernier potassium avant le 27/02/2026 ?"),
        (K, "précédemment ?", "Quel est le dernier potassium avant le 27/02/2026 ?"),
        (K, "et le sodium ?", "Quel est le dernier sodium ?"),
        (K, "Et la TA ?", "Quel est le dernier TA ?"),
        (K, "et en 2023 ?", "Quel est le dernier potassium en 2023 ?"),
        (K, "Et la créatinine en janvier 2024 ?", "Quel est le dernier créatinine la en janvier 2024 ?"),
        ("Évolution de la créatinine depuis 2024 ?", "et l’hémoglobine ?", "Évolution de la hémoglobine depuis 2024 ?"),
        (DOSE, "et avant ?", "Quelle est la dose de furosémide le 26/02/2026 ?"),
        (DOSE, "et le bisoprolol ?", "Quelle est la dose de bisoprolol ?"),
        (DOSE, "Depuis quand ?", "Depuis quand ? (furosémide)"),
        (DOSE, "Pourquoi ?", "Pourquoi ? (furosémide)"),
        (DOSE, "Qui l’a prescrit ?", "Qui l’a prescrit ? (furosémide)"),
        ("Prend-il un anticoagulant ?", "À quelle dose ?", "À quelle dose ? (anticoagulant)"),
        ("A-t-il du diabète ?", "Depuis quand ?", "Depuis quand ? (diabète)"),
        ("Date de la coloscopie ?", "et le résultat ?", "et le résultat ? (coloscopie)"),
        ("Quelles sont ses allergies ?", "et ses antécédents ?", "Quelles sont ses antécédents ?"),
        ("What is the latest potassium?", "and before that?", "What is the latest potassium before 2026-02-27 ?"),
        ("What is the latest potassium?", "and sodium?", "What is the latest sodium?"),
    ],
)  # fmt: skip
def test_a_follow_up_becomes_whole(earlier: str, question: str, whole: str, lexicon: Lexicon) -> None:
    before = Earlier(question=earlier, days=(DAY,))
    assert resolved(question, before, lexicon=lexicon, today=TODAY) == whole


@pytest.mark.parametrize(
    "question",
    [
        "Quelles sont ses allergies ?",
        "Résume le dossier",
        "Qui est son médecin traitant ?",
        "et les allergies ?",
        "Prend-il de l’apixaban ?",
        "Où vit-elle ?",
        "Merci",
        "Que faire ?",
        "Depuis quand le patient a-t-il mal au dos et que prend-il pour cela ?",
        "",
        "?",
    ],
)
def test_what_stands_on_its_own_is_left_as_it_is(question: str, lexicon: Lexicon) -> None:
    before = Earlier(question=DOSE, days=(DAY,))
    assert resolved(question, before, lexicon=lexicon, today=TODAY) == question


def test_before_what_when_nothing_was_cited(lexicon: Lexicon) -> None:
    assert resolved("Et avant ?", Earlier(question=K), lexicon=lexicon, today=TODAY) == "Et avant ?"
    assert resolved("Et avant ?", None, lexicon=lexicon, today=TODAY) == "Et avant ?"
    assert (
        resolved("Et avant ?", Earlier(question="Où vit-elle ?"), lexicon=lexicon, today=TODAY)
        == "Et avant ?"
    )


def test_a_follow_up_leans_on_a_follow_up(lexicon: Lexicon) -> None:
    first = resolved("et le sodium ?", Earlier(question=K), lexicon=lexicon, today=TODAY)
    second = resolved(
        "et avant ?", Earlier(question=first, days=("2025-11-02T08:00",)), lexicon=lexicon, today=TODAY
    )
    third = resolved(
        "et avant ?", Earlier(question=second, days=("2025-01-05",)), lexicon=lexicon, today=TODAY
    )
    assert second == "Quel est le dernier sodium avant le 02/11/2025 ?"
    assert third == "Quel est le dernier sodium avant le 05/01/2025 ?"


@given(st.text(max_size=60), st.text(max_size=60), st.lists(st.text(max_size=12), max_size=3))
def test_any_two_texts_give_a_text(earlier: str, question: str, days: list[str]) -> None:
    before = Earlier(question=earlier, days=tuple(days))
    whole = resolved(question, before, lexicon=load_lexicon(), today=TODAY)
    assert isinstance(whole, str)
    assert resolved(question, None, lexicon=load_lexicon(), today=TODAY) == question
