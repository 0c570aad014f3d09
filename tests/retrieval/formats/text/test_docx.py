"""DOCX: what the printed letter shows, and archives that are not what they seem."""

from __future__ import annotations

import contextlib
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.bench.letters import docx_of, word_xml
from retrieval.errors import InputError, NotAccepted, TooLarge, UnsafeInput
from retrieval.formats.base import Source
from retrieval.formats.text import docx_package
from retrieval.formats.text.docx import WordDocument
from tests.retrieval.formats.text.checks import read_one

READER = WordDocument()
MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'


def run(text: str) -> str:
    return f"<w:r><w:t>{text}</w:t></w:r>"


def word(inside: str, **others: bytes) -> Source:
    parts = {"word/document.xml": word_xml("document", f"<w:body>{inside}</w:body>")}
    parts.update({f"word/{name}.xml": content for name, content in others.items()})
    return Source(name="lettre.docx", data=docx_of((), parts=parts))


def text_of(inside: str, **others: bytes) -> str:
    return read_one(READER, word(inside, **others)).text


def test_paragraphs_tabs_and_breaks() -> None:
    inside = f"<w:p>{run('Œdème')}<w:r><w:tab/><w:t>aigu</w:t><w:br/><w:t>du poumon</w:t></w:r></w:p><w:p/>"
    assert text_of(inside) == "Œdème\taigu\ndu poumon\n\n"


def test_deleted_text_is_never_current_and_inserted_text_is() -> None:
    inside = (
        "<w:p>" + run("Apixaban ")
        + "<w:del><w:r><w:delText>2,5 mg</w:delText></w:r><w:r><w:t>2,5 mg</w:t></w:r></w:del>"
        + "<w:ins>" + run("5 mg") + "</w:ins>"
        + "<w:moveFrom>" + run("ailleurs") + "</w:moveFrom>" + run(" matin et soir") + "</w:p>"
    )  # fmt: skip
    document = read_one(READER, word(inside))
    assert document.text == "Apixaban 5 mg matin et soir\n"
    assert document.warnings == ("the letter has tracked changes: it was read as if they were accepted",)


def test_tables_row_by_row_without_deleted_rows() -> None:
    def cells(*texts: str, mark: str = "") -> str:
        row = "".join(f"<w:tc><w:p>{run(text)}</w:p></w:tc>" for text in texts)
        return f"<w:tr>{mark}{row}</w:tr>"

    deleted = "<w:trPr><w:del/></w:trPr>"
    table = f"<w:tbl>{cells('Potassium', '5,4', '3,5 à 5,0')}{cells('x', 'y', mark=deleted)}{cells('Sodium', '139')}</w:tbl>"
    source = word(f"<w:p>{run('Biologie')}</w:p>{table}<w:p>{run('Fin')}</w:p>")
    document = read_one(READER, source)
    assert document.text == "Biologie\nPotassium | 5,4 | 3,5 à 5,0\nSodium | 139\nFin\n"
    assert [block.path for block in document.blocks] == ["paragraph[1]", "table[1]/row[1-2]", "paragraph[2]"]
    assert READER.resolve(source.data, "table[1]/row[1]/cell[3]") == "3,5 à 5,0"


def test_a_table_inside_a_cell_stays_in_its_row() -> None:
    inner = (
        f"<w:tbl><w:tr><w:tc><w:p>{run('a')}</w:p></w:tc><w:tc><w:p>{run('b')}</w:p></w:tc></w:tr></w:tbl>"
    )
    outer = f"<w:tbl><w:tr><w:tc><w:p>{run('un')}</w:p>{inner}</w:tc><w:tc><w:p>{run('deux')}</w:p></w:tc></w:tr></w:tbl>"
    assert text_of(outer) == "un ; a | b | deux\n"


def test_headers_notes_and_footers_stand_once_in_the_order_of_reading() -> None:
    header = word_xml("hdr", f"<w:p>{run('CHU de Lyon')}</w:p>")
    footer = word_xml("ftr", f"<w:p>{run('Confidentiel')}</w:p>")
    notes = word_xml("footnotes", f'<w:footnote w:id="2"><w:p>{run("selon la famille")}</w:p></w:footnote>')
    inside = f'<w:p>{run("Chute")}<w:r><w:footnoteReference w:id="2"/></w:r></w:p>'
    text = text_of(inside, header1=header, header2=header, footer1=footer, footnotes=notes)
    assert text == "CHU de Lyon\nChute[2]\nselon la famille\nConfidentiel\n"


def test_controls_links_boxes_and_fallbacks() -> None:
    box = f"<w:txbxContent><w:p>{run('encadré')}</w:p></w:txbxContent>"
    inside = (
        f"<w:sdt><w:sdtContent><w:p>{run('contrôle')}</w:p></w:sdtContent></w:sdt>"
        f"<w:p><w:hyperlink>{run('lien')}</w:hyperlink><w:r><w:instrText>HYPERLINK x</w:instrText></w:r></w:p>"
        f"<w:p>{run('avant')}<w:r><mc:AlternateContent {MC}><mc:Choice>{box}</mc:Choice>"
        f"<mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )
    assert text_of(inside) == "contrôle\nlien\navant\nencadré\n"


def test_what_is_not_read_is_said() -> None:
    hidden = "<w:r><w:rPr><w:vanish/></w:rPr><w:t>caché</w:t></w:r>"
    comments = word_xml("comments", f"<w:comment><w:p>{run('à revoir')}</w:p></w:comment>")
    picture = '<w:r><a:blip xmlns:a="urn:a"/></w:r>'
    document = read_one(READER, word(f"<w:p>{run('Vu.')}{hidden}{picture}</w:p>", comments=comments))
    assert document.text == "Vu.\n"
    assert [warning.split(",")[0] for warning in document.warnings] == [
        "1 comments of reviewers are not part of the letter and are not read",
        "the letter has hidden text",
        "1 pictures are not read: text in them is not searched",
    ]


def test_external_relationships_are_never_followed() -> None:
    rels = (
        b'<Relationships><Relationship Target="http://example.test/x" TargetMode="External"/></Relationships>'
    )
    data = docx_of(["Vu."], parts={"word/_rels/document.xml.rels": rels, "word/vbaProject.bin": b"\x00macro"})
    assert read_one(READER, Source(name="a.docx", data=data)).text == "Vu.\n"


def test_a_name_that_leaves_the_archive_is_not_opened() -> None:
    data = docx_of(["Vu."], parts={"../../etc/passwd": b"x", "word/../word/header1.xml": b"<broken"})
    assert read_one(READER, Source(name="a.docx", data=data)).text == "Vu.\n"


def test_entities_and_document_types_are_refused() -> None:
    bomb = b'<!DOCTYPE w [<!ENTITY a "aaaa">]><w>&a;</w>'
    with pytest.raises(UnsafeInput, match="DOCTYPE"):
        list(READER.read(Source(name="a.docx", data=docx_of((), parts={"word/document.xml": bomb}))))


def test_a_zip_bomb_is_refused_before_it_unfolds(monkeypatch: pytest.MonkeyPatch) -> None:
    data = docx_of((), parts={"word/document.xml": b" " * 40_000_000})
    assert len(data) < 100_000
    with pytest.raises(TooLarge, match="30,000,000"):
        list(READER.read(Source(name="a.docx", data=data)))
    monkeypatch.setattr(docx_package, "MAX_ENTRIES", 3)
    many = docx_of(["a"], parts={f"x{number}": b"" for number in range(5)})
    with pytest.raises(TooLarge, match="entries"):
        list(READER.read(Source(name="a.docx", data=many)))


def test_old_word_and_archives_that_are_no_letter() -> None:
    old = Source(name="a.doc", data=docx_package.OLE + b"\x00" * 600)
    assert READER.recognises(old)
    with pytest.raises(NotAccepted, match="old Word"):
        list(READER.read(old))
    with io.BytesIO() as buffer:
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("autre.xml", "<a/>")
        other = buffer.getvalue()
    assert not READER.recognises(Source(name="a.docx", data=other))
    with pytest.raises(NotAccepted, match="has no word"):
        list(READER.read(Source(name="a.docx", data=other)))


@given(st.integers(0, 700), st.binary(min_size=1, max_size=8))
def test_a_damaged_archive_is_read_or_refused(place: int, noise: bytes) -> None:
    whole = docx_of(["Compte rendu", "Vu ce jour."])
    data = whole[:place] + noise + whole[place + len(noise) :]
    with contextlib.suppress(InputError):
        read_one(READER, Source(name="a.docx", data=data))


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"]), max_size=60),
        min_size=1,
        max_size=9,
    )
)
def test_every_paragraph_is_in_the_text(paragraphs: list[str]) -> None:
    source = Source(name="a.docx", data=docx_of(paragraphs))
    if not any(paragraph.strip() for paragraph in paragraphs):
        with pytest.raises(InputError):
            list(READER.read(source))
        return
    assert read_one(READER, source).text == "\n".join(paragraphs) + "\n"
