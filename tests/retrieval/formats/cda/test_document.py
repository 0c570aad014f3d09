"""Header, identity, narrative, attachments, paths."""

from __future__ import annotations

import pytest

from retrieval.composition import NO_TEXT_LAYER
from retrieval.errors import InputError, UnknownRecord
from retrieval.formats.base import Source
from retrieval.formats.cda.narrative import text_of
from retrieval.formats.cda.nodes import Node, node_of
from retrieval.formats.cda.times import iso_of
from retrieval.formats.text import pdf
from retrieval.formats.xml_source import parse
from tests.retrieval.formats.cda import shapes as cda
from tests.retrieval.formats.cda.checks import READER, check_document, read


def narrative(xml: str) -> str:
    return text_of(node_of(parse(f"<text>{xml}</text>".encode())))


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("2024", "2024"),
        ("202401", "2024-01"),
        ("20240131", "2024-01-31"),
        ("2024013110", "2024-01-31T10:00"),
        ("202401311015", "2024-01-31T10:15"),
        ("20240131101500+0100", "2024-01-31T10:15:00+01:00"),
        ("20240131101500.25+0100", "2024-01-31T10:15:00.25+01:00"),
        ("20240131101500Z", "2024-01-31T10:15:00Z"),
        ("2024-01-31", "2024-01-31"),
        ("20241331", None),
        ("hier", None),
        ("", None),
    ],
)
def test_times(written: str, iso: str | None) -> None:
    assert iso_of(written) == iso


def test_the_composition_and_the_patient() -> None:
    found = read(cda.example())
    composition, (item,) = found.document.composition, found.patients
    patient = item.patient
    assert (composition.record_id, composition.version_number) == ("1.2.3.4.1", 2)
    assert (composition.title, composition.kind, composition.language) == (
        "Lettre de sortie",
        "letter",
        "fr-FR",
    )
    assert composition.author == "MME Ève ROCHE"
    assert composition.effective == "2024-01-31T11:00:00+01:00"
    assert composition.patient_hint == patient.id == f"{cda.LOCAL}|IPP-42"
    assert (patient.birth_name, patient.family_name, patient.given_names) == (
        "DURANT",
        "MARTEL",
        "ODILE MARIE",
    )
    assert (patient.birth_date, patient.birth_place, patient.sex) == ("1960-01-15", "37261", "female")
    assert [(each.system, each.value) for each in patient.identifiers] == [
        ("INS", "160012A00123445"),
        (cda.LOCAL, "IPP-42"),
    ]
    assert "160012A00123445" not in found.document.text


def test_the_stay_of_the_header_is_a_fact() -> None:
    (stay,) = (fact for fact in read(cda.example()).document.facts if fact.kind == "stay")
    assert (stay.effective, stay.effective_end) == ("2024-01-20", "2024-01-31")
    assert "du 20/01/2024 au 31/01/2024" in stay.locator.quote


def test_a_replacement_amends_and_names_what_it_replaces() -> None:
    extra = """<relatedDocument typeCode="RPLC"><parentDocument><id root="1.2.3.4.1.0"/>
    <versionNumber value="1"/></parentDocument></relatedDocument>"""
    document = read(cda.document(extra=extra)).document
    assert document.composition.status == "amended"
    assert "Document remplacé : 1.2.3.4.1.0, version 1" in document.text


def test_a_document_without_a_patient_has_no_hint() -> None:
    found = read(cda.document(patient=""))
    assert found.patients == []
    assert found.document.composition.patient_hint is None


def test_a_table_is_lines() -> None:
    assert narrative(cda.TABLE).splitlines() == ["Analyse | Résultat | Unité", "Potassium | 5,40 | mmol/L"]


def test_a_cell_over_several_rows_stands_on_each_of_them() -> None:
    xml = """<table><tbody><tr><td rowspan="2">NFS</td><td>Hb</td><td>12</td></tr><tr><td>Ht</td><td>36</td></tr>
    <tr><td colspan="2">Total</td><td>x</td></tr></tbody></table>"""
    assert narrative(xml).splitlines() == ["NFS | Hb | 12", "NFS | Ht | 36", "Total | x"]


def test_lists_breaks_and_small_figures() -> None:
    xml = """Un<br/>deux  et
    trois <sup>2</sup> 10<sup>9</sup>/L<list><item>a</item><item>b</item></list><paragraph>fin</paragraph>"""
    assert narrative(xml).splitlines() == ["Un", "deux et trois ² 10⁹/L", "- a", "- b", "fin"]


def test_an_ordered_list_keeps_its_numbers_and_a_raised_letter_is_marked() -> None:
    assert narrative('<list listType="ordered"><item>a</item></list>x<sup>A</sup>') == "1. a\nx^A"


def test_narrative_is_a_block_of_prose_with_its_headings() -> None:
    below = f"<component>{cda.section('2', 'Dessous', 'Texte 🩺 du dessous')}</component>"
    document = read(cda.document(cda.section("1", "Dessus", "Texte", below=below))).document
    prose = [block for block in document.blocks if block.narrative]
    assert [block.heading[1:] for block in prose] == [("Dessus",), ("Dessus", "Dessous")]
    assert document.text[prose[1].start : prose[1].end].endswith("Texte 🩺 du dessous")


def test_a_plain_text_attachment_is_read() -> None:
    document = read(cda.whole(cda.attachment("Évolution favorable.\nRAS".encode(), "text/plain"))).document
    assert "Évolution favorable.\nRAS" in document.text
    assert document.warnings == ()
    check_document(document)


def test_pages_of_a_pdf_and_the_one_without_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "pages_of", lambda _: ("Page une 🩺", ""))
    document = read(cda.whole(cda.attachment(b"%PDF-1.4 ...", "application/pdf"))).document
    pages = {block.page: document.text[block.start : block.end] for block in document.blocks if block.page}
    assert pages == {1: "Page une 🩺", 2: "Page 2 : sans texte lisible, non lue"}
    assert len([warning for warning in document.warnings if NO_TEXT_LAYER in warning]) == 1
    check_document(document)


def test_a_damaged_attachment_is_named_as_unread() -> None:
    bad = cda.attachment(b"x", "application/pdf").replace('representation="B64">', 'representation="B64">%%%')
    for body in (bad, cda.attachment(b"%PDF-1.4 damaged", "application/pdf")):
        document = read(cda.whole(body)).document
        assert any(NO_TEXT_LAYER in warning for warning in document.warnings)
        assert "Pièce jointe : application/pdf, illisible" in document.text


def test_a_picture_counts_as_unread() -> None:
    document = read(cda.whole(cda.attachment(b"\x89PNG", "image/png"))).document
    assert any(NO_TEXT_LAYER in warning for warning in document.warnings)


def test_paths() -> None:
    raw = cda.example()
    assert READER.resolve(raw, "/ClinicalDocument/title") == "Lettre de sortie"
    assert READER.resolve(raw, "/ClinicalDocument/code/@code") == "11490-0"
    assert (
        READER.resolve(raw, "/ClinicalDocument/component/structuredBody/component[2]/section/title")
        == "Allergies"
    )


@pytest.mark.parametrize(
    "path",
    ["", "/", "title", "/ClinicalDocument/title[2]", "/ClinicalDocument[2]", "/ClinicalDocument/@no", "//title",
     "/ClinicalDocument/*", "/ClinicalDocument/title[0]", "/ClinicalDocument/title | /x", "/Other", "/@xmlns"],
)  # fmt: skip
def test_what_is_no_path_is_unknown(path: str) -> None:
    with pytest.raises(UnknownRecord):
        READER.resolve(cda.example(), path)


def test_a_document_inside_a_stylesheet_is_found() -> None:
    inner = cda.example().partition(b"?>")[2]
    wrapped = (
        b'<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform">' + b"<!--" + b"x" * 5000 + b"-->"
    )
    wrapped += (
        b'<xsl:template match="/">no<xsl:value-of select="document(1)"/></xsl:template>'
        + inner
        + b"</xsl:stylesheet>"
    )
    assert READER.recognises(Source(name="a.xml", data=wrapped))
    assert read(wrapped).document.text == read(cda.example()).document.text


def test_two_documents_in_one_file_are_two_records() -> None:
    inner = cda.example().partition(b"?>")[2]
    found = read(b"<bundle>" + inner + inner.replace(b"1.2.3.4.1", b"1.2.3.4.9") + b"</bundle>")
    assert [each.composition.record_id for each in found.documents] == ["1.2.3.4.1", "1.2.3.4.9"]
    assert [check_document(each) for each in found.documents]


@pytest.mark.parametrize(
    "data",
    [b"<COMPOSITION xmlns='http://schemas.openehr.org/v1'/>", b"<Bundle xmlns='http://hl7.org/fhir'/>", b"<a/>",
     b"ClinicalDocument urn:hl7-org:v3", b"{}"],
)  # fmt: skip
def test_other_sources_are_not_its_own(data: bytes) -> None:
    assert not READER.recognises(Source(name="a.xml", data=data))
    with pytest.raises(InputError):
        read(data)


def test_a_node_without_a_parent_is_its_own_path() -> None:
    assert Node("a", step="a").path == "/a"
