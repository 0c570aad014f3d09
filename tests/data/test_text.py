"""The text readers on public files: fictitious French hospital notes, and the PDFs inside CDA documents."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from retrieval.composition import ReadDocument
from retrieval.formats.base import Source
from retrieval.formats.text import ocr, pdf
from retrieval.formats.text.paged import PagedFile
from retrieval.formats.text.plain import PlainText
from retrieval.passages import passages_of
from tests.retrieval.formats.text.checks import read_one

pytestmark = pytest.mark.data
_PDF = re.compile(rb"JVBERi[A-Za-z0-9+/=\s]+")


@pytest.fixture(scope="module")
def notes(shared_data: Path) -> tuple[bytes, ReadDocument]:
    data = (shared_data / "text_eds_pseudo_fictif" / "templates.txt").read_bytes()
    return data, read_one(PlainText(), Source(name="templates.txt", data=data))


@pytest.fixture(scope="module")
def inside(shared_data: Path) -> list[bytes]:
    files = sorted((shared_data / "cda_ans_ci_sis").glob("*.xml"))
    return [base64.b64decode(match[0]) for file in files for match in _PDF.finditer(file.read_bytes())]


def test_the_notes_are_kept_character_by_character(notes: tuple[bytes, ReadDocument]) -> None:
    data, document = notes
    assert document.text == data.decode("utf-8").rstrip("\n") + "\n"
    assert document.warnings == ()
    assert len(document.facts) > 50


def test_every_word_of_the_notes_is_in_a_passage(notes: tuple[bytes, ReadDocument]) -> None:
    document = notes[1]
    passages = passages_of(document)
    assert "".join("".join(each.locator.quote for each in passages).split()) == "".join(document.text.split())
    assert len(passages) > 200


def test_the_notes_are_the_same_from_an_old_encoding(notes: tuple[bytes, ReadDocument]) -> None:
    text = notes[0].decode("utf-8").encode("cp1252", "ignore")
    (old,) = PlainText().read(Source(name="templates.txt", data=text))
    assert isinstance(old, ReadDocument)
    assert old.text.split() == text.decode("cp1252").split()
    assert "Windows-1252" in old.warnings[0]


def test_every_pdf_inside_a_cda_is_read(inside: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "engine", lambda: None)
    pages = [pdf.pages_of(data) for data in inside]
    assert len(inside) >= 11
    images = [number for number, texts in enumerate(pages) if not any(texts)]
    assert len(images) == 1, "one is a scan without a text layer"
    for number, data in enumerate(inside):
        document = read_one(PagedFile(), Source(name="a.pdf", data=data))
        unread = sum("no_text_layer" in warning for warning in document.warnings)
        assert unread == (len(pages[number]) if number in images else 0)
        for text in pages[number]:
            assert text in document.text
        assert "\ufffd" not in document.text


def test_french_words_and_values_of_the_pdfs(inside: list[bytes]) -> None:
    text = "\n".join(page for data in inside for page in pdf.pages_of(data))
    for words in ("Échographie-doppler", "Nom de naissance PAT-TROIS", "Compte rendu d'examens biologiques"):
        assert words in text


def test_the_scan_is_recognised_where_tesseract_is(inside: list[bytes]) -> None:
    if ocr.engine() is None:
        assert ocr.HOW
        return
    scan = next(data for data in inside if not any(pdf.pages_of(data)))
    document = read_one(PagedFile(), Source(name="a.pdf", data=scan))
    for line in ("Protéines totales (g/L) 75,0", "Nom de naissance DECOURCY", "BILAN LIPIDIQUE 04/01/2021"):
        assert line in document.text
    assert all(fact.extracted for fact in document.facts)
