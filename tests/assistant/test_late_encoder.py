"""LateEncoder: nothing is loaded until something is embedded, then once, and never another encoder."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.late_encoder import LateEncoder
from assistant.once import Once
from models.base import Embedder
from models.errors import ModelRefused, ModelUnavailable
from models.hashing import HashingEmbedder


def test_it_is_loaded_at_first_use_and_once() -> None:
    loads: list[int] = []

    def load() -> Embedder:
        loads.append(1)
        return HashingEmbedder()

    real = HashingEmbedder()
    late = LateEncoder(real.info, real.dimensions, load)
    assert (late.info, late.dimensions, loads) == (real.info, real.dimensions, [])
    assert np.array_equal(late.embed_queries(["potassium"]), real.embed_queries(["potassium"]))
    assert np.array_equal(late.embed_passages(["a", "b"]), real.embed_passages(["a", "b"]))
    assert loads == [1]


def test_another_encoder_than_announced_is_refused() -> None:
    late = LateEncoder(HashingEmbedder().info, 12, HashingEmbedder)
    with pytest.raises(ModelRefused):
        late.embed_queries(["x"])


def test_a_failure_to_load_is_told_and_tried_again() -> None:
    tries: list[int] = []

    def load() -> Embedder:
        tries.append(1)
        if len(tries) == 1:
            raise ModelUnavailable("not yet")
        return HashingEmbedder()

    once = Once(load)
    with pytest.raises(ModelUnavailable):
        once.get()
    assert once.made is None
    assert once.get() is once.get()
    assert len(tries) == 2
