"""The packed encoder image: an image written here is read back exactly; a damaged one is refused."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file

from models.e5_image import (
    F32,
    MAGIC,
    Q4_0,
    Shape,
    assemble,
    dequantise,
    read_image,
    tensor_plan,
)
from models.errors import PartMissing

SHAPE = Shape(
    hidden=32, layers=2, heads=2, feed_forward=64, vocabulary=10, positions=8, kinds=2, epsilon=1e-12
)
Values = npt.NDArray[np.float32]


def quantise(values: Values) -> tuple[bytes, Values]:
    """Q4_0 by its definition, and the values that it stands for."""
    blocks = values.reshape(-1, 32)
    data, meant = b"", np.zeros_like(blocks)
    for row, block in enumerate(blocks):
        scale = np.float16(max(float(np.abs(block).max()) / 7, 1e-4))
        weights = np.clip(np.round(block / np.float32(scale)), -8, 7).astype(np.int8)
        codes = (weights + 8).astype(np.uint8)
        data += scale.tobytes() + (codes[:16] | (codes[16:] << 4)).tobytes()
        meant[row] = weights.astype(np.float32) * np.float32(scale)
    return data, meant.reshape(values.shape)


def write_image(shape: Shape = SHAPE, *, skip: str = "") -> tuple[bytes, dict[str, Values]]:
    """A small image and the tensors, by their BERT names, that reading it must give."""
    rng = np.random.default_rng(7)
    body, lines, meant = b"", [], {}
    for short, name, dims in tensor_plan(shape):
        if not short:
            meant[name] = np.zeros(dims, np.float32)
            continue
        values = rng.normal(size=dims).astype(np.float32)
        packed = (short.endswith(".w") and len(dims) == 2) or short == "emb.word"
        data, meant[name] = quantise(values) if packed else (values.tobytes(), values)
        if short != skip:
            lines.append((short.encode(), Q4_0 if packed else F32, values.size, len(body), len(data)))
        body += data
    tokens = 3
    head = MAGIC + struct.pack("<I7ifi", 1, *shape[:7], shape.epsilon, 32)
    head += struct.pack("<5iQ", tokens, 0, 2, 1, 3, 6) + b"\0" * (4 * (tokens + 1) + 4 * tokens) + b"<s></s"
    head += struct.pack("<iI", 1, 5) + b"12345" + struct.pack("<i", len(lines))
    base = len(head) + sum(2 + len(line[0]) + 1 + 4 + 8 + 8 for line in lines)
    for name, dtype, count, offset, size in lines:
        head += struct.pack("<H", len(name)) + name + struct.pack("<BIQQ", dtype, count, base + offset, size)
    assert len(head) == base
    return head + body, meant


def test_the_header_and_the_directory_are_read() -> None:
    image = read_image(write_image()[0])
    assert image.shape == SHAPE
    assert set(image.tensors) == {short for short, _, _ in tensor_plan(SHAPE) if short}


def test_every_weight_is_exact_and_under_its_bert_name(tmp_path: Path) -> None:
    data, meant = write_image()
    (tmp_path / "image").write_bytes(data)
    (tmp_path / "tokenizer.json").write_text('{"x": "é"}', encoding="utf-8")
    ticks: list[int] = []
    assemble(tmp_path / "image", tmp_path / "tokenizer.json", tmp_path / "out", tick=ticks.append)
    found = load_file(tmp_path / "out" / "model.safetensors")
    assert set(found) == set(meant)
    for name, values in meant.items():
        np.testing.assert_array_equal(found[name], values, err_msg=name)
    assert ticks == sorted(ticks)
    assert ticks[-1] == sum(values.nbytes for values in meant.values())
    assert found["encoder.layer.1.intermediate.dense.weight"].shape == (64, 32)
    assert found["encoder.layer.1.output.dense.weight"].shape == (32, 64)


def test_the_folder_says_how_the_encoder_is_used(tmp_path: Path) -> None:
    (tmp_path / "image").write_bytes(write_image()[0])
    (tmp_path / "tokenizer.json").write_text("{}", encoding="utf-8")
    out = tmp_path / "out"
    assemble(tmp_path / "image", tmp_path / "tokenizer.json", out, tick=lambda _: None)
    read = {
        path.relative_to(out).as_posix(): json.loads(path.read_text("utf-8")) for path in out.rglob("*.json")
    }
    assert read["config.json"]["hidden_act"] == "gelu"
    assert read["config.json"]["layer_norm_eps"] == 1e-12
    assert read["config.json"]["pad_token_id"] == 0
    assert read["config_sentence_transformers.json"]["prompts"] == {
        "query": "query: ",
        "passage": "passage: ",
    }
    pooling = {key for key, value in read["1_Pooling/config.json"].items() if value is True}
    assert pooling == {"pooling_mode_mean_tokens"}
    assert [item["type"].rsplit(".", 1)[1] for item in read["modules.json"]] == [
        "Transformer",
        "Pooling",
        "Normalize",
    ]
    assert read["sentence_bert_config.json"]["max_seq_length"] == 512
    assert read["tokenizer_config.json"]["model_max_length"] == 512


def test_assembling_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "image").write_bytes(write_image()[0])
    (tmp_path / "tokenizer.json").write_text("{}", encoding="utf-8")
    for name in ("a", "b"):
        assemble(tmp_path / "image", tmp_path / "tokenizer.json", tmp_path / name, tick=lambda _: None)
    for path in (tmp_path / "a").rglob("*.*"):
        assert path.read_bytes() == (tmp_path / "b" / path.relative_to(tmp_path / "a")).read_bytes()


def test_a_missing_tensor_is_named(tmp_path: Path) -> None:
    (tmp_path / "image").write_bytes(write_image(skip="l1.fo.w")[0])
    (tmp_path / "tokenizer.json").write_text("{}", encoding="utf-8")
    with pytest.raises(PartMissing, match=r"l1\.fo\.w"):
        assemble(tmp_path / "image", tmp_path / "tokenizer.json", tmp_path / "out", tick=lambda _: None)


@given(st.integers(min_value=0, max_value=3000))
@settings(max_examples=60, deadline=None)
def test_an_image_cut_short_is_refused(keep: int) -> None:
    data = write_image()[0]
    with pytest.raises(PartMissing):
        read_image(data[: min(keep, len(data) - 1)])


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_damaged_image_is_refused_or_read_within_its_bounds(data: st.DataObject) -> None:
    image = bytearray(write_image()[0])
    for _ in range(data.draw(st.integers(1, 8))):
        image[data.draw(st.integers(0, 1500))] = data.draw(st.integers(0, 255))
    try:
        parsed = read_image(bytes(image))
    except PartMissing:
        return
    for tensor in parsed.tensors.values():
        with np.errstate(all="ignore"):
            assert dequantise(bytes(image), tensor).size == tensor.length


def test_nibbles_are_weights_as_documented() -> None:
    block = np.float16(0.5).tobytes() + bytes([0x80 | 0x01] * 16)
    parsed = read_image(write_image()[0]).tensors["l0.q.w"]
    values = dequantise(block, parsed._replace(length=32, offset=0, nbytes=18))
    assert values[:16].tolist() == [-3.5] * 16
    assert values[16:].tolist() == [0.0] * 16
