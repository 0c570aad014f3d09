"""Prose that holds the question's own words, found over the whole record."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.answering.extractive import asked_words
from assistant.answering.prose_search import prose_passages
from assistant.answering.understand import understand
from retrieval.locator import locate
from retrieval.passage import Passage
from retrieval.terminology.lexicon import Lexicon, load_lexicon
from tests.assistant.answering.facts_by_hand import TODAY

TEXTS = {
    "a": "Rémission, DAS28 à 2,3. Poursuite du méthotrexate.",
    "b": "Rechute avec DAS28 à 4,3 : méthotrexate porté à 20 mg.",
    "c": "Bonne tolérance du méthotrexate.",
    "d": "Vit seule au quatrième étage.",
}


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon()


def passage(name: str, text: str, *, narrative: bool = True) -> Passage:
    place: dict[str, Any] = {
        "system": "t",
        "record_id": name,
        "version": "1",
        "path": "/",
        "text_version": "t@v1",
    }
    return Passage(
        id=name, text=text, heading=("Conclusion",), kind="letter", title="Courrier", narrative=narrative,
        locator=locate(text, (0, len(text)), **place),
    )  # fmt: skip


def found(question: str, lexicon: Lexicon, *, narrative: bool = True) -> list[str]:
    asked = understand(question, lexicon=lexicon, today=TODAY)
    passages = [passage(name, text, narrative=narrative) for name, text in TEXTS.items()]
    told = prose_passages(asked, passages, lexicon=lexicon, words=asked_words(asked))
    return [each.id for each in told]


def test_the_passage_with_the_rarest_words_comes_first(lexicon: Lexicon) -> None:
    assert found("DAS28 lors de la rechute ?", lexicon)[0] == "b"


def test_a_word_that_every_passage_holds_tells_nothing_alone(lexicon: Lexicon) -> None:
    assert "d" not in found("Méthotrexate et DAS28 ?", lexicon)


def test_nothing_asked_is_there(lexicon: Lexicon) -> None:
    assert found("Contexte de la coloscopie ?", lexicon) == []


def test_structured_passages_are_left_to_the_search(lexicon: Lexicon) -> None:
    assert found("DAS28 lors de la rechute ?", lexicon, narrative=False) == []
