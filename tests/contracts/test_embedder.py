"""What every `Embedder` does. Subclass `EmbedderContract` to prove a new one.

Here on the shipped fake; on the real encoders in tests/real.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.base import Embedder, Vectors
from models.hashing import HashingEmbedder, embed, features

TEXTS = [
    "Potassium 5,4 mmol/L",
    "",
    "Allergie : pénicilline, œdème de Quincke en 2019. " * 40,
    "   ",
    "x",
    "日本語 👩‍⚕️ \x00",
    "Potassium 5,4 mmol/L",
]


class EmbedderContract:
    """Give `opened` an embedder; the tests do the rest.

    `least_cosine`: of the vectors of one text in two batches. Arithmetic of 8 bits of mantissa rounds
    otherwise in another batch; what ranks passages may not notice it.
    """

    least_cosine = 0.999999

    def assert_alike(self, one: Vectors, other: Vectors) -> None:
        """The same texts, encoded in different company."""
        assert float((one * other).sum(axis=-1).min()) >= self.least_cosine

    @classmethod
    def opened(cls) -> Embedder:
        raise NotImplementedError

    @pytest.fixture(scope="class")
    @classmethod
    def embedder(cls) -> Embedder:
        return cls.opened()

    def test_is_an_embedder_and_says_what_runs(self, embedder: Embedder) -> None:
        assert isinstance(embedder, Embedder)
        assert embedder.info.name
        assert embedder.dimensions >= 8

    @pytest.mark.parametrize("side", ["embed_queries", "embed_passages"])
    def test_rows_are_unit_vectors_in_order(self, embedder: Embedder, side: str) -> None:
        vectors = getattr(embedder, side)(TEXTS)
        assert vectors.shape == (len(TEXTS), embedder.dimensions)
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
        np.testing.assert_allclose(vectors[0], vectors[-1], atol=1e-5)
        for rank, text in enumerate(TEXTS):
            alone = getattr(embedder, side)([text])[0]
            self.assert_alike(alone, vectors[rank])

    def test_nothing_gives_no_rows(self, embedder: Embedder) -> None:
        assert embedder.embed_queries([]).shape == (0, embedder.dimensions)
        assert embedder.embed_passages(()).shape == (0, embedder.dimensions)

    def test_the_right_passage_is_the_nearest(self, embedder: Embedder) -> None:
        passages = [
            "allergie à la pénicilline",
            "fracture du poignet gauche",
            "tension artérielle 142/86 mmHg",
        ]
        queries = ["allergie pénicilline ?", "quel poignet fracture", "tension artérielle"]
        nearest = (embedder.embed_queries(queries) @ embedder.embed_passages(passages).T).argmax(axis=1)
        assert nearest.tolist() == [0, 1, 2]

    def test_threads_do_not_disturb_one_another(self, embedder: Embedder) -> None:
        wanted = embedder.embed_passages(TEXTS[:3])
        with ThreadPoolExecutor(4) as pool:
            for found in pool.map(lambda _: embedder.embed_passages(TEXTS[:3]), range(8)):
                self.assert_alike(found, wanted)


class TestHashing(EmbedderContract):
    @classmethod
    def opened(cls) -> Embedder:
        return HashingEmbedder()


def test_the_fake_is_the_same_on_every_machine() -> None:
    data = np.round(embed("Œdème aigu du poumon, 40 mg").astype(np.float64) * 1e4).astype("<i4").tobytes()
    assert hashlib.sha256(data).hexdigest()[:16] == "510eb38d6ba1b1fd"


def test_the_fake_ignores_case_and_accents() -> None:
    np.testing.assert_array_equal(embed("OEDÈME aigu"), embed("œdeme AIGU"))
    assert "w 5,4" in features("K 5,4")


@given(st.text(max_size=200))
@settings(max_examples=100, deadline=None)
def test_the_fake_takes_any_text(text: str) -> None:
    vector = embed(text)
    assert np.isfinite(vector).all()
    assert abs(float(np.linalg.norm(vector)) - 1.0) < 1e-5
