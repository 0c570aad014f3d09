"""Reads the packed 4-bit image of multilingual-e5-small and writes it out as a sentence-transformers folder.

The image is little-endian: a header, a tokenizer block (skipped: the publisher's ``tokenizer.json`` is used),
a directory of named tensors, then their bytes. The layout is told in ``docs/models.md``. Every length and
offset is checked against the size of the file before it is used; nothing is executed.

Weights are written as float32 although float16 would halve the file (236 instead of 471 MB): a 4-bit weight
times a float16 scale is exact in float32 and is not in float16, float32 needs no conversion at load time (the
file is mapped, so its pages are shared and reclaimable), and float16 arithmetic is slow on processors.
The file is written here, not by a library, so that its sha256 depends on this module alone.
"""

from __future__ import annotations

import json
import math
import mmap
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .errors import PartMissing

MAGIC = b"E5S1"
F32, Q4_0 = 0, 1
Q4_BLOCK, Q4_BYTES = 32, 18
MAX_TENSORS, MAX_VOCABULARY = 4096, 1_000_000
MAX_SEQUENCE_TOKENS = 512

_LAYER_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_SUFFIXES = {"w": "weight", "b": "bias"}
_MODULES = (("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize"))
_POOLING_MODES = ("cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens")


class Shape(NamedTuple):
    """The dimensions that the header states (counts, not bytes)."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    kinds: int
    epsilon: float


class Tensor(NamedTuple):
    """One directory line: where a tensor's bytes stand in the image."""

    dtype: int
    length: int
    offset: int
    nbytes: int


class Image(NamedTuple):
    """A parsed image: its shape and its directory. The tensors' bytes stay in the file."""

    shape: Shape
    tensors: dict[str, Tensor]


class _Reader:
    """Reads little-endian values from a buffer; running past the end is a ``PartMissing``."""

    def __init__(self, buffer: mmap.mmap | bytes) -> None:
        self._buffer, self._at = buffer, 0

    def take(self, count: int) -> bytes:
        self.skip(count)
        return self._buffer[self._at - count : self._at]

    def skip(self, count: int) -> None:
        if count < 0 or count > len(self._buffer) - self._at:
            raise PartMissing(f"the packed encoder image ends early, at byte {self._at}")
        self._at += count

    def value(self, code: str) -> int:
        layout = struct.Struct(f"<{code}")
        return int(layout.unpack(self.take(layout.size))[0])

    def real(self) -> float:
        return float(struct.unpack("<f", self.take(4))[0])


def _bounded(value: int, low: int, high: int, *, what: str) -> int:
    if not low <= value <= high:
        raise PartMissing(f"the packed encoder image states an impossible {what}: {value}")
    return value


def _read_shape(reader: _Reader) -> Shape:
    limits = {"hidden": 8192, "layers": 128, "heads": 256, "feed-forward": 65_536}
    limits |= {"vocabulary": MAX_VOCABULARY, "positions": 65_536, "types": 16}
    number = {what: _bounded(reader.value("i"), 1, high, what=what) for what, high in limits.items()}
    epsilon = reader.real()
    if not (math.isfinite(epsilon) and 0.0 < epsilon < 1e-3):
        raise PartMissing("the packed encoder image states an impossible layer-norm epsilon")
    # Written as double 1e-12 by the publisher, kept as float32 in the image: give back the number meant.
    return Shape(
        hidden=number["hidden"],
        layers=number["layers"],
        heads=number["heads"],
        feed_forward=number["feed-forward"],
        vocabulary=number["vocabulary"],
        positions=number["positions"],
        kinds=number["types"],
        epsilon=float(f"{epsilon:.6g}"),
    )


def _skip_tokenizer(reader: _Reader) -> None:
    tokens = _bounded(reader.value("i"), 0, MAX_VOCABULARY, what="number of tokens")
    reader.skip(4 * 4)
    blob = reader.value("Q")
    reader.skip(4 * (tokens + 1) + 4 * tokens)
    reader.skip(blob)
    reader.value("i")
    reader.skip(reader.value("I"))


def _read_directory(reader: _Reader, size: int) -> dict[str, Tensor]:
    tensors: dict[str, Tensor] = {}
    for _ in range(_bounded(reader.value("i"), 1, MAX_TENSORS, what="number of tensors")):
        name = reader.take(reader.value("H")).decode("ascii", errors="replace")
        tensor = Tensor(reader.value("B"), reader.value("I"), reader.value("Q"), reader.value("Q"))
        expected = 4 * tensor.length if tensor.dtype == F32 else tensor.length // Q4_BLOCK * Q4_BYTES
        whole = tensor.dtype == F32 or (tensor.dtype == Q4_0 and tensor.length % Q4_BLOCK == 0)
        if not whole or tensor.nbytes != expected or tensor.offset > size - tensor.nbytes or name in tensors:
            raise PartMissing(f"the packed encoder image holds a malformed tensor: {name[:40]!r}")
        tensors[name] = tensor
    return tensors


def read_image(buffer: mmap.mmap | bytes) -> Image:
    """Parse the header and directory of an image; ``PartMissing`` tells what is wrong with a bad one."""
    reader = _Reader(buffer)
    if reader.take(4) != MAGIC:
        raise PartMissing("the packed encoder image does not begin with its mark")
    _bounded(reader.value("I"), 1, 1, what="version")
    shape = _read_shape(reader)
    _bounded(reader.value("i"), Q4_BLOCK, Q4_BLOCK, what="block size")
    _skip_tokenizer(reader)
    return Image(shape, _read_directory(reader, len(buffer)))


def dequantise(buffer: mmap.mmap | bytes, tensor: Tensor) -> npt.NDArray[np.float32]:
    """The float32 values of a tensor, flat. Q4_0: scale (float16), then 16 bytes of two 4-bit weights."""
    raw = np.frombuffer(buffer, dtype=np.uint8, count=tensor.nbytes, offset=tensor.offset)
    if tensor.dtype == F32:
        return raw.view("<f4").astype(np.float32)
    blocks = raw.reshape(-1, Q4_BYTES)
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
    nibbles = np.concatenate([blocks[:, 2:] & 0x0F, blocks[:, 2:] >> 4], axis=1).astype(np.int8) - 8
    values: npt.NDArray[np.float32] = (nibbles.astype(np.float32) * scales).reshape(-1)
    return values


def tensor_plan(shape: Shape) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    """For each tensor: its name in the image ("" if absent there), its name in a BERT model, its shape."""
    hidden = shape.hidden
    for short, name, rows in (
        ("word", "word_embeddings", shape.vocabulary),
        ("pos", "position_embeddings", shape.positions),
        ("type", "token_type_embeddings", shape.kinds),
    ):
        yield f"emb.{short}", f"embeddings.{name}.weight", (rows, hidden)
    for suffix, long in _SUFFIXES.items():
        yield f"emb.ln.{suffix}", f"embeddings.LayerNorm.{long}", (hidden,)
    widths = {"fi": (shape.feed_forward, hidden), "fo": (hidden, shape.feed_forward)}
    for layer in range(shape.layers):
        for part, name in _LAYER_PARTS.items():
            rows, columns = widths.get(part, (hidden, hidden))
            for suffix, long in _SUFFIXES.items():
                flat = suffix == "b" or part in {"aln", "oln"}
                dims = (rows,) if flat else (rows, columns)
                yield f"l{layer}.{part}.{suffix}", f"encoder.layer.{layer}.{name}.{long}", dims
    # The pooler is unused and not in the image; left out, the loader would fill it with random numbers.
    yield "", "pooler.dense.weight", (hidden, hidden)
    yield "", "pooler.dense.bias", (hidden,)


def write_weights(
    buffer: mmap.mmap | bytes, image: Image, target: Path, *, tick: Callable[[int], None]
) -> None:
    """Write the tensors as a safetensors file of float32; ``tick`` gets the bytes written so far."""
    plan = list(tensor_plan(image.shape))
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    position = 0
    for short, name, dims in plan:
        found = image.tensors.get(short)
        if short and (found is None or found.length != math.prod(dims)):
            raise PartMissing(f"the packed encoder image lacks the tensor {short!r}, or its size is wrong")
        end = position + 4 * math.prod(dims)
        header[name] = {"dtype": "F32", "shape": list(dims), "data_offsets": [position, end]}
        position = end
    encoded = json.dumps(header, separators=(",", ":")).encode("ascii")
    encoded += b" " * (-len(encoded) % 8)
    with target.open("wb") as out:
        out.write(struct.pack("<Q", len(encoded)) + encoded)
        done = 0
        for short, _, dims in plan:
            values = dequantise(buffer, image.tensors[short]) if short else np.zeros(dims, np.float32)
            done += out.write(values.astype("<f4").tobytes())
            tick(done)


def _bert_settings(shape: Shape) -> dict[str, object]:
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "attention_probs_dropout_prob": 0.1,
        "classifier_dropout": None,
        "dtype": "float32",
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1,
        "hidden_size": shape.hidden,
        "initializer_range": 0.02,
        "intermediate_size": shape.feed_forward,
        "layer_norm_eps": shape.epsilon,
        "max_position_embeddings": shape.positions,
        "num_attention_heads": shape.heads,
        "num_hidden_layers": shape.layers,
        "pad_token_id": 0,
        "tokenizer_class": "PreTrainedTokenizerFast",
        "type_vocab_size": shape.kinds,
        "use_cache": False,
        "vocab_size": shape.vocabulary,
    }


def _settings(shape: Shape) -> dict[str, object]:
    """The small JSON files of the folder, by path."""
    tokens = {"bos": "<s>", "cls": "<s>", "eos": "</s>", "sep": "</s>", "pad": "<pad>", "unk": "<unk>"}
    named = {f"{kind}_token": token for kind, token in tokens.items()} | {"mask_token": "<mask>"}
    pooling = {f"pooling_mode_{mode}": mode == "mean_tokens" for mode in _POOLING_MODES}
    return {
        "config.json": _bert_settings(shape),
        "config_sentence_transformers.json": {
            "prompts": {"query": "query: ", "passage": "passage: "},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
        "modules.json": [
            {"idx": idx, "name": str(idx), "path": path, "type": f"sentence_transformers.models.{kind}"}
            for idx, (path, kind) in enumerate(_MODULES)
        ],
        "sentence_bert_config.json": {"max_seq_length": MAX_SEQUENCE_TOKENS, "do_lower_case": False},
        "1_Pooling/config.json": {"word_embedding_dimension": shape.hidden, **pooling},
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": MAX_SEQUENCE_TOKENS,
            "clean_up_tokenization_spaces": False,
            **named,
        },
        "special_tokens_map.json": named,
    }


def assemble(image: Path, tokenizer: Path, folder: Path, *, tick: Callable[[int], None]) -> None:
    """Write a sentence-transformers folder from a packed image and the publisher's ``tokenizer.json``.

    ``folder`` must not exist. ``tick`` is called with the bytes of weights written so far.
    """
    (folder / "1_Pooling").mkdir(parents=True)
    with image.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as buffer:
        parsed = read_image(buffer)
        write_weights(buffer, parsed, folder / "model.safetensors", tick=tick)
    for path, content in _settings(parsed.shape).items():
        text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        (folder / path).write_text(text, encoding="utf-8")
    (folder / "tokenizer.json").write_bytes(tokenizer.read_bytes())
