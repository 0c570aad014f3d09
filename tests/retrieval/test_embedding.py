"""What the encoder is given of a passage, and how often."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.base import Vectors
from models.hashing import HashingEmbedder
from retrieval.embedding import BATCH, PassageVectors, meaning_of
from retrieval.locator import locate
from retrieval.passage import Passage


def passage(text: str, *, narrative: bool = False) -> Passage:
    locator = locate(text, (0, len(text)), system="s", record_id="r", version="1", text_version="1", path="/")
    return Passage(id=text, text=text, kind="laboratory", narrative=narrative, locator=locator)


class Counting(HashingEmbedder):
    """Notes what it is asked to encode."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []

    @property
    def texts(self) -> list[str]:
        return [text for call in self.calls for text in call]

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        self.calls.append(list(texts))
        return super().embed_passages(texts)


PANEL = "Biologie ({day})\nPotassium : {value} mmol/L (référence : 3,5 à 5,0)\nDate : {day}"


def test_readings_of_one_panel_are_one_text() -> None:
    first = passage(PANEL.format(day="2025-01-02", value="4,1"))
    second = passage(PANEL.format(day="2026-02-03", value="6,0"))
    assert meaning_of(first) == meaning_of(second) == "Biologie Potassium : mmol/L (référence : à Date :"


def test_narrative_is_encoded_as_it_is_written() -> None:
    told = "Potassium à 6,0 mmol/L le 3 février."
    assert meaning_of(passage(told, narrative=True)) == told


def test_names_keep_their_digits() -> None:
    told = passage("HbA1c : 7,2 % (E11.9) PaCO2 B12 CA125 2025-01-02 VF6011275 urn:uuid:3f2a-77bd 10⁹/L")
    assert meaning_of(told) == "HbA1c : % (E11.9) PaCO2 B12 CA125"


def test_a_passage_of_figures_alone_keeps_them() -> None:
    assert meaning_of(passage("12 34")) == "12 34"


def test_each_wording_is_encoded_once_over_calls() -> None:
    counting = Counting()
    vectors = PassageVectors(counting)
    days = [passage(PANEL.format(day=f"2025-01-{day:02}", value=f"4,{day}")) for day in range(1, 29)]
    early, late = vectors.of(days[:14]), vectors.of(days[14:])
    assert len(counting.texts) == 1
    assert all(np.array_equal(vector, early[0]) for vector in (*early, *late))


def test_narrative_is_not_kept() -> None:
    counting = Counting()
    vectors = PassageVectors(counting)
    told = passage("Pas de fièvre.", narrative=True)
    vectors.of([told, told])
    vectors.of([told])
    assert counting.texts == ["Pas de fièvre.", "Pas de fièvre."]


def test_no_more_is_kept_than_allowed() -> None:
    counting = Counting()
    vectors = PassageVectors(counting, kept=2)
    for word in ("fer", "zinc", "cuivre", "fer", "cuivre"):
        vectors.of([passage(word)])
    assert counting.texts == ["fer", "zinc", "cuivre", "fer"]


@pytest.mark.parametrize("count", [1, BATCH, BATCH + 1, 3 * BATCH])
def test_batches_are_bounded_and_of_like_length(count: int) -> None:
    counting = Counting()
    PassageVectors(counting).of(
        [passage("a" * (1 + number * 7 % 200) + "b" * number) for number in range(count)]
    )
    assert all(len(call) <= BATCH for call in counting.calls)
    lengths = [len(text) for text in counting.texts]
    assert lengths == sorted(lengths)


@given(st.lists(st.tuples(st.text("ab1 ,", min_size=1, max_size=6), st.booleans()), max_size=20))
def test_each_passage_has_the_vector_of_its_own_meaning(pairs: list[tuple[str, bool]]) -> None:
    passages = [passage(text, narrative=narrative) for text, narrative in pairs]
    embedder = HashingEmbedder()
    for each, vector in zip(passages, PassageVectors(embedder).of(passages), strict=True):
        assert np.array_equal(vector, embedder.embed_passages([meaning_of(each)])[0])
