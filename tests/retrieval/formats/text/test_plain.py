"""Plain text: verbatim, by sections, with paths to lines and metadata from beside the file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.errors import InputError, NotAccepted, NotWellFormed, TooLarge, UnknownRecord
from retrieval.formats.base import Source
from retrieval.formats.sidecar import SourceMetadata
from retrieval.formats.text import plain
from retrieval.formats.text.plain import PlainText
from retrieval.passages import passages_of
from tests.retrieval.formats.text.checks import read_one

READER = PlainText()
LETTER = """Compte rendu de consultation
Lyon, le 12/03/2025

Antécédents :
HTA, diabète de type 2.

Allergies :
Pénicilline (urticaire).
"""


def source(text: str, *, name: str = "lettre.txt", metadata: SourceMetadata | None = None) -> Source:
    return Source(name=name, data=text.encode(), metadata=metadata)


def test_the_text_is_kept_and_divided_at_its_headings() -> None:
    document = read_one(READER, source(LETTER))
    assert document.text == LETTER
    assert [(block.path, block.heading) for block in document.blocks] == [
        ("line[1-3]", ("Compte rendu de consultation",)),
        ("line[4-6]", ("Antécédents",)),
        ("line[7-8]", ("Allergies",)),
    ]
    assert all(block.narrative for block in document.blocks)
    assert document.composition.kind == "encounter"
    assert document.composition.effective == "2025-03-12"
    assert document.composition.patient_hint is None
    facts = [(fact.label, fact.kind, fact.extracted) for fact in document.facts]
    assert facts[1:] == [("Antécédents", "narrative", False), ("Allergies", "narrative", False)]


def test_metadata_win_over_what_the_text_says() -> None:
    metadata = SourceMetadata(
        patient_id="p-1", title="Courrier", kind="letter", date="2024-01-02", author="Dr Roux",
        facility="CHU", record_id="doc-7", version="3", status="preliminary", language="fr", system="GED",
    )  # fmt: skip
    composition = read_one(READER, source(LETTER, metadata=metadata)).composition
    assert (composition.record_id, composition.version, composition.version_number) == (
        "doc-7",
        "doc-7::3",
        3,
    )
    assert (composition.patient_hint, composition.title, composition.kind) == ("p-1", "Courrier", "letter")
    assert (composition.effective, composition.status, composition.system) == (
        "2024-01-02",
        "preliminary",
        "GED",
    )
    assert (composition.author, composition.facility, composition.language) == ("Dr Roux", "CHU", "fr")


def test_changed_metadata_are_another_version_of_the_same_record() -> None:
    one, two = (read_one(READER, source(LETTER, metadata=SourceMetadata(title=title))) for title in "AB")
    assert one.composition.record_id == two.composition.record_id
    assert one.composition.version != two.composition.version


def test_a_long_section_is_divided_between_lines() -> None:
    document = read_one(READER, source("Histoire de la maladie :\n" + "Le patient va bien ce jour.\n" * 900))
    assert len(document.blocks) > 5
    assert all(block.end - block.start <= 4_100 for block in document.blocks)
    assert {block.heading for block in document.blocks} == {("Histoire de la maladie",)}


@pytest.mark.parametrize("name", ["lettre", "lettre.doc", "lettre.csv", "lettre.txt.exe"])
def test_only_text_by_name_is_text(name: str) -> None:
    assert not READER.recognises(source(LETTER, name=name))
    with pytest.raises(NotAccepted):
        list(READER.read(source(LETTER, name=name)))


@pytest.mark.parametrize("head", ["%PDF-1.4", "{\\rtf1", "PK\x03\x04", "<?xml version='1.0'?>"])
def test_another_kind_of_file_named_text_is_left_to_its_reader(head: str) -> None:
    assert not READER.recognises(source(head + LETTER))


@pytest.mark.parametrize("data", [b"\x00\x01garbage\x00\xff" * 50, bytes(range(256)) * 8])
def test_binary_garbage_named_text_is_refused(data: bytes) -> None:
    with pytest.raises(NotWellFormed, match="binary"):
        list(READER.read(Source(name="x.txt", data=data)))
    assert not READER.recognises(Source(name="x.txt", data=data))


def test_blank_and_too_long_texts_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotWellFormed, match="empty"):
        list(READER.read(source("\n \n")))
    monkeypatch.setattr(plain, "MAX_CHARACTERS", 100)
    with pytest.raises(TooLarge):
        list(READER.read(source("mot " * 30)))


@pytest.mark.parametrize(
    "path", ["line[0]", "line[99]", "line[2-99]", "line[3-2]", "row[1]", "line[1]/cell[1]", ""]
)
def test_a_path_to_nothing(path: str) -> None:
    with pytest.raises(UnknownRecord):
        READER.resolve(LETTER.encode(), path)


def test_a_path_to_lines() -> None:
    assert READER.resolve(LETTER.encode(), "line[4-5]") == "Antécédents :\nHTA, diabète de type 2."


@given(st.text(max_size=600))
def test_any_text_is_kept_whole_and_every_word_is_in_a_passage(text: str) -> None:
    try:
        document = read_one(READER, source(text))
    except InputError:
        return
    lines = (
        text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n").rstrip("\n")
    )
    assert len(document.text) == len(lines) + 1
    passages = "".join(passage.locator.quote for passage in passages_of(document))
    assert set(document.text.split()) - set("".join(passages.split())) <= set(document.text.split())
    assert "".join(passages.split()) == "".join(document.text.split())
