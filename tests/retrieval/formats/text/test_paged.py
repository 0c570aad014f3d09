"""PDF: pages, paths, damaged and hostile files; pages that are images, with and without OCR."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from eval.bench.letters import pdf_of
from retrieval.errors import InputError, NotAccepted, NotWellFormed, TooLarge, UnknownRecord
from retrieval.formats.base import Source
from retrieval.formats.text import ocr, paged, pdf, pdf_process, pdfium
from retrieval.formats.text.paged import PagedFile
from retrieval.passages import passages_of
from tests.retrieval.formats.text.checks import read_one

READER = PagedFile()
FIRST = (
    "Compte rendu d’hospitalisation du 12/03/2025",
    "CONCLUSION",
    "Cœur régulier, œdèmes, créatinine 98 µmol/L (45 à 84).",
)
SECOND = ("Suite de la conclusion : évolution favorable.",)
TESSERACT = ocr.Engine("/usr/bin/tesseract", "5.3.0")


def source(data: bytes, name: str = "lettre.pdf") -> Source:
    return Source(name=name, data=data)


@pytest.fixture
def no_ocr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "engine", lambda: None)


def test_pages_are_read_in_order_with_their_french() -> None:
    pages = pdf.pages_of(pdf_of([FIRST, SECOND, ()]))
    assert pages == ("\n".join(FIRST), SECOND[0], "")


def test_facts_and_passages_know_their_page_and_a_section_goes_on_over_it() -> None:
    document = read_one(READER, source(pdf_of([FIRST, SECOND])))
    assert document.text == "\n".join((*FIRST, *SECOND)) + "\n"
    assert [(block.path, block.page, block.heading) for block in document.blocks] == [
        ("page[1]/line[1]", 1, ()),
        ("page[1]/line[2-3]", 1, ("CONCLUSION",)),
        ("page[2]/line[1]", 2, ("CONCLUSION",)),
    ]
    assert [fact.locator.page for fact in document.facts] == [1, 1, 2]
    assert {passage.locator.page for passage in passages_of(document)} == {1, 2}
    assert document.composition.kind == "hospital_report"
    assert document.composition.effective == "2025-03-12"
    assert READER.resolve(document.raw, "page[2]") == SECOND[0]


@pytest.mark.parametrize(
    "path", ["page[3]", "page[0]", "page[1]/line[9]", "page[1]/row[1]", "line[1]", "page"]
)
def test_a_path_to_nothing(path: str) -> None:
    with pytest.raises(UnknownRecord):
        READER.resolve(pdf_of([FIRST, SECOND]), path)


@pytest.mark.usefixtures("no_ocr")
def test_a_page_that_is_an_image_is_named_as_unread() -> None:
    document = read_one(READER, source(pdf_of([FIRST, (), SECOND, ()], images=[2, 4])))
    lines = document.text.splitlines()
    assert lines[3] == "Page 2 : image numérisée, non lue."
    assert lines[-1] == "Page 4 : image numérisée, non lue."
    assert [warning.split(",")[0] for warning in document.warnings] == [
        "page 2: no_text_layer",
        "page 4: no_text_layer",
    ]
    page = READER.resolve(document.raw, "page[2]")
    assert isinstance(page, bytes)
    assert pdf.pages_of(page) == ("",)


@pytest.mark.usefixtures("no_ocr")
def test_blank_paper_is_not_unread() -> None:
    document = read_one(READER, source(pdf_of([FIRST, ()])))
    assert document.warnings == ()


def test_a_recognised_page_is_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "engine", lambda: TESSERACT)
    monkeypatch.setattr(pdf, "image_of", lambda data, number, max_side: object())
    monkeypatch.setattr(ocr, "drawn", lambda page: page)
    monkeypatch.setattr(ocr, "recognise", lambda image, engine: "Potassium 5,4 mmol/L\n\x0c")
    document = read_one(READER, source(pdf_of([FIRST, ()], images=[2])))
    assert document.text.splitlines()[3:] == [
        "Page 2 : texte reconnu par OCR, à vérifier sur l’original.",
        "Potassium 5,4 mmol/L",
    ]
    assert [(fact.extracted, fact.locator.page) for fact in document.facts] == [
        (False, 1),
        (False, 1),
        (True, 2),
    ]
    assert document.warnings == ("page 2: the text was recognised from an image (OCR)",)
    assert document.text_version == "pdf-tesseract-5.3.0@v1"


def test_ocr_is_bounded_in_pages_and_time(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def image_of(data: bytes, number: int, *, max_side: int) -> Any:
        seen.append(number)
        return object()

    monkeypatch.setattr(ocr, "engine", lambda: TESSERACT)
    monkeypatch.setattr(pdf, "image_of", image_of)
    monkeypatch.setattr(ocr, "drawn", lambda page: page)
    monkeypatch.setattr(ocr, "recognise", lambda image, engine: "texte")
    monkeypatch.setattr(paged, "MAX_OCR_PAGES", 2)
    data = pdf_of([()] * 4, images=[1, 2, 3, 4])
    document = read_one(READER, source(data))
    assert seen == [1, 2]
    assert sum("no_text_layer" in warning for warning in document.warnings) == 2
    monkeypatch.setattr(paged, "MAX_OCR_SECONDS", -1.0)
    seen.clear()
    assert sum("no_text_layer" in warning for warning in read_one(READER, source(data)).warnings) == 4
    assert seen == []


def test_an_image_without_ocr_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "engine", lambda: None)
    data = b"\x89PNG\r\n\x1a\nrest"
    assert READER.recognises(source(data, "scan.png"))
    with pytest.raises(NotAccepted, match="tesseract-ocr-fra"):
        list(READER.read(source(data, "scan.png")))


def test_a_scanned_page_is_read_for_real() -> None:
    if ocr.engine() is None:
        pytest.skip("Tesseract with French, or Pillow, is not installed here")
    page = pdf.image_of(pdf_of([("Potassium : 5,4 mmol/L", "Allergie : pénicilline")]), 1, max_side=2500)
    assert page is not None
    image = ocr.drawn(page)
    with io.BytesIO() as buffer:
        image.save(buffer, format="PNG")
        data = buffer.getvalue()
    document = read_one(READER, source(data, "scan.png"))
    assert "5,4 mmol/L" in document.text
    assert "pénicilline" in document.text
    assert document.media_type == "image/png"
    assert all(fact.extracted and fact.locator.page == 1 for fact in document.facts)


def test_a_damaged_image_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("PIL")
    monkeypatch.setattr(ocr, "engine", lambda: TESSERACT)
    for head in ocr.SIGNATURES:
        with pytest.raises(NotWellFormed, match="damaged"):
            list(READER.read(source(head + b"garbage" * 9, "scan")))


def test_scripts_and_attachments_are_left_alone() -> None:
    script = b"/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >> /AcroForm << /Fields [] /XFA (x) >>"
    names = b"/Names << /EmbeddedFiles << /Names [(a) << /Type /Filespec /F (secret.exe) >>] >> >>"
    document = read_one(READER, source(pdf_of([FIRST], catalog=script + names)))
    assert document.text == "\n".join(FIRST) + "\n"


def test_too_many_pages_characters_bytes_and_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TooLarge, match="10,000 pages"):
        pdf.pages_of(pdf_of([()] * 10_000))
    data = pdf_of([FIRST, SECOND])
    for name, limit in (("MAX_CHARACTERS", 20), ("MAX_BYTES", 200), ("MAX_SECONDS", -1.0)):
        with monkeypatch.context() as patch:
            patch.setattr(pdfium, name, limit)
            with pytest.raises(TooLarge):
                pdfium.pages_of(data)


ENCRYPTED = (
    b"/Encrypt << /Filter /Standard /V 2 /R 3 /Length 128 /P -44 /O <"
    + b"41" * 32
    + b"> /U <"
    + b"42" * 32
    + b"> >>"
    b" /ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>]"
)


def test_an_encrypted_pdf_is_named_as_such() -> None:
    data = pdf_of([FIRST]).replace(b"trailer << ", b"trailer << " + ENCRYPTED)
    with pytest.raises(NotAccepted, match="encrypted"):
        pdf.pages_of(data)


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7 nothing", b"garbage", pdf_of([FIRST])[:200], pdf_of([])])
def test_a_damaged_pdf_is_an_input_error(data: bytes) -> None:
    with pytest.raises(InputError) as caught:
        pdf.pages_of(data)
    assert caught.value.reason


def test_a_pdf_is_known_by_its_first_bytes_not_by_words_inside() -> None:
    assert READER.recognises(source(b"\r\njunk %PDF-1.4"))
    assert not READER.recognises(source(b'{"a": "%PDF-1.4"}', "x.json"))


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        ("hospita\ufffe\r\nlisation", "hospitalisation"),
        ("dose 5\ufffe\r\n10 mg", "dose 5-\n10 mg"),
        ("5\x034", "5\ufffd4"),
        ("a\r\nb", "a\nb"),
    ],
)
def test_what_pdfium_returns_is_cleaned(layer: str, text: str) -> None:
    assert pdf.clean(layer) == text


def test_a_file_that_exhausts_memory_ends_its_process_and_nothing_else() -> None:
    page = b"BT /F1 10 Tf 40 800 Td 14 TL\n" + b"(abcdefghij) Tj T*\n" * 2_500_000 + b"ET"
    with pytest.raises(InputError, match="memory"):
        pdf.pages_of(pdf_of([FIRST], content=page))
    assert pdf.pages_of(pdf_of([FIRST])) == ("\n".join(FIRST),)


def test_a_page_that_takes_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    page = b"BT /F1 10 Tf 40 800 Td 14 TL\n" + b"(abcdefghij) Tj T*\n" * 300_000 + b"ET"
    monkeypatch.setattr(pdf, "MAX_SECONDS", 0.05)
    monkeypatch.setattr(pdf, "GRACE_SECONDS", 0.0)
    with pytest.raises(InputError, match="time"):
        pdf.pages_of(pdf_of([FIRST], content=page))
    monkeypatch.undo()
    assert pdf.pages_of(pdf_of([FIRST])) == ("\n".join(FIRST),)


def scanned(*, stamp: str, side: int) -> bytes:
    """A PDF whose one page is an image of `side` by `side` points with a stamp of text on it."""
    image = b"\xff" * 100
    drawn = b"q %d 0 0 %d 0 0 cm /I Do Q BT /F1 10 Tf 40 20 Td (%s) Tj ET" % (
        side,
        side,
        stamp.encode("cp1252"),
    )
    data = pdf_of([()], content=drawn)
    form = (
        b"<< /Type /XObject /Subtype /Image /Width 10 /Height 10 /ColorSpace /DeviceGray /BitsPerComponent 8"
    )
    extra = b"9 0 obj\n" + form + b" /Length 100 >>\nstream\n" + image + b"\nendstream\nendobj\n"
    data = data.replace(b"/Resources << ", b"/Resources << /XObject << /I 9 0 R >> ")
    return data.replace(b"xref\n", extra + b"xref\n", 1)  # PDFium rebuilds the table of a file that moved


@pytest.mark.usefixtures("no_ocr")
@pytest.mark.parametrize(
    ("stamp", "side", "unread"),
    [("Numérisé le 12/03/2025", 842, 1), ("Numérisé le 12/03/2025", 100, 0), ("mot " * 60, 842, 0)],
)
def test_a_stamp_on_a_scan_does_not_make_it_read(stamp: str, side: int, unread: int) -> None:
    document = read_one(READER, source(scanned(stamp=stamp, side=side)))
    assert sum("no_text_layer" in warning for warning in document.warnings) == unread
    assert stamp.strip() in document.text


def test_the_values_of_a_filled_form_are_text() -> None:
    drawn = b"BT /F1 10 Tf 2 5 Td (p\xe9nicilline) Tj ET"
    field = (
        b"9 0 obj\n<< /Type /Annot /Subtype /Widget /FT /Tx /T (a) /V (x) /F 4 /Rect [100 780 300 800]"
        b" /AP << /N 10 0 R >> >>\nendobj\n10 0 obj\n<< /Type /XObject /Subtype /Form /BBox [0 0 200 20]"
        b" /Resources << /Font << /F1 3 0 R >> >> /Length %d >>\nstream\n%s\nendstream\nendobj\n"
    ) % (len(drawn), drawn)
    data = pdf_of([("Allergie :",)]).replace(b"/Type /Page ", b"/Type /Page /Annots [9 0 R] ")
    (text,) = pdf.pages_of(data.replace(b"xref\n", field + b"xref\n", 1))
    assert text.split() == ["Allergie", ":", "pénicilline"]


def test_a_recognised_scan_with_a_stamp_leads_to_its_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "engine", lambda: TESSERACT)
    monkeypatch.setattr(ocr, "drawn", lambda page: page)
    monkeypatch.setattr(
        ocr, "recognise", lambda image, engine: "Potassium 5,4 mmol/L\nNumérisé le 12/03/2025"
    )
    document = read_one(READER, source(scanned(stamp="Numérisé le 12/03/2025", side=842)))
    assert [block.path for block in document.blocks] == ["page[1]", "page[1]/ocr/line[1-2]"]
    assert isinstance(READER.resolve(document.raw, "page[1]/ocr/line[1-2]"), bytes)
    assert document.text.count("Numérisé") == 1


def test_a_process_that_was_ended_from_outside_is_replaced() -> None:
    data = pdf_of([FIRST])
    assert pdf.pages_of(data) == ("\n".join(FIRST),)
    running = pdf._PROCESS._running
    assert running is not None
    running.kill()
    assert pdf.pages_of(data) == ("\n".join(FIRST),)
    assert pdf._PROCESS._running is not running


def test_a_process_that_has_grown_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    data = pdf_of([FIRST])
    request = b'{"do": "pages", "size": %d}\n' % len(data) + data
    target = io.BytesIO()
    monkeypatch.setattr(pdf_process, "_WORN", 0)
    pdf_process.serve(io.BytesIO(request * 3), target)
    assert target.getvalue().count(b'"size"') == 1
    monkeypatch.setattr(pdf_process, "_WORN", 10**9)
    pdf_process.serve(io.BytesIO(request * 3), target)
    assert target.getvalue().count(b'"size"') == 4


def test_what_is_wrong_with_a_file_comes_back_from_the_process() -> None:
    target = io.BytesIO()
    pdf_process.serve(io.BytesIO(b'{"do": "pages", "size": 7}\ngarbage'), target)
    assert json.loads(target.getvalue())["error"] == "NotAccepted"


@pytest.mark.usefixtures("no_ocr")
def test_a_font_without_characters_does_not_count_as_read(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ("Vu ce jour, \ue012 une puce.", "\ufffd\ue001\ufffd " * 40)
    monkeypatch.setattr(pdf, "pages_of", lambda data: texts)
    (document,) = READER.read(source(pdf_of([FIRST, SECOND])))
    assert [warning.split(",")[0] for warning in document.warnings] == ["page 2: no_text_layer"]


def test_one_process_serves_many_files() -> None:
    pdf._PROCESS.end()
    ballast = b"\x01" * 500_000_000  # what starts the process may be large: it has nothing to do with it
    pdf.pages_of(pdf_of([FIRST]))
    running = pdf._PROCESS._running
    assert running is not None
    for _ in range(5):
        pdf.pages_of(pdf_of([SECOND]))
    assert pdf._PROCESS._running is running
    assert len(ballast) == 500_000_000
