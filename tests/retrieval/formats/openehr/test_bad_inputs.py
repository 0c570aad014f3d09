"""What is not a composition is refused, quickly, with the reason and the place; nothing else ever comes out."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from retrieval.composition import ReadDocument, Rejection
from retrieval.errors import InputError, NotAccepted, NotWellFormed, TooLarge, UnknownRecord, UnsafeInput
from retrieval.formats import writer
from retrieval.formats.base import Source
from retrieval.formats.openehr.archetypes import concept_of
from retrieval.formats.openehr.canonical_json import CanonicalJson
from retrieval.formats.openehr.canonical_xml import CanonicalXml
from retrieval.formats.openehr.paths import predicates
from tests.retrieval.formats.openehr import shapes as rm

JSON, XML = CanonicalJson(validate=False), CanonicalXml()


def refused(data: bytes, *, xml: bool = False, name: str = "essai") -> InputError:
    """The error of a source that must be refused, within a second."""
    start = time.process_time()
    with pytest.raises(InputError) as caught:
        list((XML if xml else JSON).read(Source(name=name, data=data)))
    assert time.process_time() - start < 2
    return caught.value


@pytest.mark.parametrize("data", [b"", b"   \n\t ", b"\xef\xbb\xbf", b"\xff\xfe"])
@pytest.mark.parametrize("xml", [False, True])
def test_an_empty_source(data: bytes, xml: bool) -> None:
    error = refused(data, xml=xml)
    assert isinstance(error, NotWellFormed)
    assert "empty" in error.reason


def test_truncated_json_has_line_and_column() -> None:
    data = json.dumps(rm.composition(), indent=1).encode()
    cut = data[: data.index(b'"territory"') + 30]
    error = refused(cut)
    assert isinstance(error, NotWellFormed)
    line = cut.count(b"\n") + 1
    assert error.place.startswith(("line", f"line {line}"))
    assert "column" in error.place


def test_truncated_xml_has_line_and_column() -> None:
    error = refused(rm.to_xml(rm.composition())[:-40], xml=True)
    assert isinstance(error, NotWellFormed)
    assert error.place.startswith("line 2, column")


@pytest.mark.parametrize(
    ("tree", "reason"),
    [
        (12, "neither an object"),
        ("texte", "neither an object"),
        (None, "neither an object"),
        ([], "no composition inside"),
        ([1], "neither an object"),
        ({}, "no `_type`"),
        ({"_type": "FOLDER"}, "a FOLDER, not a composition"),
        ({"_type": "OBSERVATION"}, "an OBSERVATION, not a composition"),
        ({"_type": "CONTRIBUTION"}, "references only"),
        (
            {"_type": "CONTRIBUTION", "versions": [{"_type": "OBJECT_REF", "id": {}}]},
            "an OBJECT_REF, not a composition",
        ),
        ({"_type": "ORIGINAL_VERSION"}, "a version without its content"),
        ({"resourceType": "Patient"}, "a FHIR resource"),
        ({"webTemplate": {}}, "a web template"),
        ({"templateId": "t", "tree": {}}, "a web template"),
        ({"ctx/language": "fr", "report/x:0/y|value": 3}, "FLAT composition: not read yet"),
        ({"ctx": {"language": "fr"}, "report": {}}, "STRUCTURED composition: not read yet"),
        ({"q": "SELECT", "columns": [], "rows": []}, "the result of a query"),
        ({"@class": "COMPOSITION"}, "vendor's own JSON"),
    ],
)
def test_json_that_is_no_composition(tree: object, reason: str) -> None:
    error = refused(json.dumps(tree).encode())
    assert isinstance(error, NotAccepted)
    assert reason in error.reason


@pytest.mark.parametrize(
    "name", ["name", "archetype_node_id", "language", "territory", "category", "composer"]
)
@pytest.mark.parametrize("missing", [None, {}, ""])
def test_a_composition_without_a_required_attribute(name: str, missing: Any) -> None:
    tree = rm.composition() | {name: missing}
    error = refused(json.dumps(tree).encode())
    assert isinstance(error, NotAccepted)
    assert name in error.reason


def test_a_composition_without_an_archetype_id() -> None:
    tree = rm.composition() | {"archetype_node_id": "at0000"}
    del tree["archetype_details"]
    assert "archetype id" in refused(json.dumps(tree).encode()).reason
    kept = rm.composition() | {"archetype_node_id": "at0000"}
    assert rm.read_json(kept).composition.archetype == "openEHR-EHR-COMPOSITION.report.v1"


def test_content_that_is_not_a_list() -> None:
    error = refused(json.dumps(rm.composition() | {"content": {"/content": []}}).encode())
    assert error.place == "/content"


def test_the_same_in_xml() -> None:
    tree = rm.composition()
    del tree["composer"]
    assert "composer" in refused(rm.to_xml(tree), xml=True).reason
    assert "operational template" in refused(b"<template><id/></template>", xml=True).reason
    assert "<Nesting>" in refused(b"<Nesting/>", xml=True).reason
    assert "FOLDER" in refused(b"<folder/>", xml=True).reason


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_wrong_encoding_names_the_byte(encoding: str) -> None:
    data = json.dumps(rm.composition(title="Résumé"), ensure_ascii=False).encode(encoding)
    error = refused(data)
    assert isinstance(error, NotWellFormed)
    assert "0xE9" in error.reason
    assert error.place.startswith("line 1, column")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_other_unicode_encodings_are_read(encoding: str) -> None:
    tree = rm.composition(
        rm.evaluation("clinical_synopsis.v1", "Note", rm.element("at0002", "Texte", rm.text("été 🩺")))
    )
    document = rm.read_json(json.dumps(tree, ensure_ascii=False).encode(encoding))
    assert "été 🩺" in document.text
    resolved = JSON.resolve(document.raw, document.facts[0].locator.path)
    assert resolved == {"_type": "DV_TEXT", "value": "été 🩺"}


def test_xml_in_latin_1_and_utf_16_is_read() -> None:
    body = rm.to_xml(rm.composition(title="Éléments")).decode().replace("UTF-8", "ISO-8859-1")
    assert rm.read_xml(body.encode("latin-1")).composition.title == "Éléments"
    assert rm.read_xml(body.replace("ISO-8859-1", "UTF-16").encode("utf-16")).composition.title == "Éléments"
    assert "not accepted" in refused(body.replace("ISO-8859-1", "UTF-7").encode(), xml=True).reason
    wrong = body.replace("ISO-8859-1", "UTF-8").encode("latin-1")
    assert "not UTF-8" in refused(wrong, xml=True).reason


def test_a_hundred_megabytes_are_refused_before_parsing() -> None:
    data = b'{"_type": "COMPOSITION", "x": "' + b"a" * 100_000_000 + b'"}'
    for xml in (False, True):
        error = refused(data, xml=xml)
        assert isinstance(error, TooLarge)
        assert "50,000,000" in error.reason


def test_the_limit_is_the_callers_to_set() -> None:
    data = rm.to_json(rm.composition())
    with pytest.raises(TooLarge):
        list(CanonicalJson(limit=100).read(Source(name="x", data=data)))


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_deep_nesting(opening: str) -> None:
    error = refused((opening * 100_000).encode())
    assert isinstance(error, TooLarge | NotWellFormed)
    closed = (opening * 300 + "1" + {"[": "]", '{"a":': "}"}[opening] * 300).encode()
    assert isinstance(refused(closed), TooLarge)


def test_deep_nesting_in_xml() -> None:
    error = refused(b"<composition>" + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</composition>", xml=True)
    assert isinstance(error, TooLarge)


def test_very_many_nodes_are_refused_before_parsing() -> None:
    assert isinstance(refused(b"[" + b"[]," * 2_100_000 + b"[]]"), TooLarge)
    assert isinstance(refused(b"[" + b"1," * 10_100_000 + b"1]"), TooLarge)


@pytest.mark.parametrize("number", ["9" * 5_000, "1." + "1" * 5_000, "1e999999", "-1e-999999"])
def test_absurd_numbers(number: str) -> None:
    error = refused(b'{"_type": "COMPOSITION", "x": ' + number.encode() + b"}")
    assert isinstance(error, TooLarge)


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_constants_that_are_not_json(constant: str) -> None:
    error = refused(b'{"_type": "COMPOSITION",\n "x": ' + constant.encode() + b"}")
    assert isinstance(error, NotWellFormed)
    assert constant in error.reason
    assert error.place == "line 2, column 7"


def test_a_quantity_that_is_not_a_number_stays_readable_in_xml() -> None:
    tree = rm.composition(
        rm.evaluation("essai.v1", "Essai", rm.element("at0001", "Valeur", rm.quantity("NaN", "mg")))
    )
    document = rm.read_xml(tree)
    assert "Valeur : NaN" in document.text
    assert document.facts[0].value.type == "text"


def test_control_characters() -> None:
    raw = rm.to_json(rm.composition(title="A")).replace(b'"A"', b'"A\x07B"')
    error = refused(raw)
    assert isinstance(error, NotWellFormed)
    assert "control character" in error.reason


def test_escaped_null_and_lone_surrogate_are_replaced_and_said() -> None:
    raw = rm.to_json(rm.composition(title="A")).replace(b'"A"', b'"A\\u0000B\\ud83dC\\ud83e\\ude7a"')
    document = rm.read_json(raw)
    assert document.composition.title == "A\ufffdB\ufffdC🩺"
    assert any("U+FFFD" in warning for warning in document.warnings)
    assert JSON.resolve(document.raw, "/name") == {"_type": "DV_TEXT", "value": "A\ufffdB\ufffdC🩺"}
    document.text.encode("utf-8")


def test_a_key_that_stands_twice() -> None:
    data = rm.to_json(rm.composition(title="A"))
    same = data.replace(b'"value": "A"', b'"value": "A", "value": "A"', 1)
    assert rm.read_json(same).composition.title == "A"
    error = refused(data.replace(b'"value": "A"', b'"value": "A", "value": "B"', 1))
    assert "'value' stands twice" in error.reason


BILLION = b"""<?xml version="1.0"?>
<!DOCTYPE composition [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<composition><name><value>&b;</value></name></composition>"""
EXTERNAL = b"""<!-- un commentaire --><?pi x?>
<!DOCTYPE composition SYSTEM "file:///etc/passwd"><composition/>"""
ENTITY = (
    b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><composition><name>&e;</name></composition>'
)


@pytest.mark.parametrize("data", [BILLION, EXTERNAL, ENTITY, BILLION.decode().encode("utf-16")])
def test_document_types_and_entities(data: bytes) -> None:
    error = refused(data, xml=True)
    assert isinstance(error, UnsafeInput)
    assert "DOCTYPE" in error.reason


def test_an_entity_without_document_type() -> None:
    assert isinstance(refused(b"<composition><name>&e;</name></composition>", xml=True), NotWellFormed)


def test_doctype_words_in_a_text_are_only_words() -> None:
    document = rm.read_xml(rm.composition(title="<!DOCTYPE html> & <!ENTITY x>"))
    assert document.composition.title == "<!DOCTYPE html> & <!ENTITY x>"


def test_unknown_classes_and_attributes_are_read_with_a_warning() -> None:
    odd = rm.evaluation("essai.v1", "Essai", rm.element("at0001", "A", rm.text("un"))) | {
        "_type": "EVALUATIONX"
    }
    extra = {"other_thing": {"items": [rm.element("at0009", "Reste", rm.text("gardé"))]}}
    document = rm.read_json(rm.composition(odd, rm.evaluation("autre.v1", "Autre") | extra))
    assert "A : un" in document.text
    assert "Reste : gardé" in document.text
    assert any("EVALUATIONX" in warning for warning in document.warnings)
    assert any("other_thing" in warning for warning in document.warnings)


def test_wrong_shapes_never_raise_anything_else() -> None:
    content: list[Any] = [
        None,
        3,
        "x",
        [],
        {},
        {"_type": "SECTION", "items": "x"},
        {"_type": "OBSERVATION", "data": []},
        {"_type": "OBSERVATION", "data": {"events": {"data": {"items": {}}}}},
        {"_type": "ACTION", "time": 3, "ism_transition": []},
        {"_type": "INSTRUCTION", "activities": [None, {"description": 3}]},
        {
            "_type": "EVALUATION",
            "name": 7,
            "data": {"items": [None, {"_type": "ELEMENT", "value": [1]}, [], 4]},
        },
        {
            "_type": ["x"],
            "archetype_node_id": 12,
            "data": {"items": [{"value": {"_type": 4, "magnitude": "x"}}]},
        },
    ]
    document = rm.read_json(rm.composition() | {"content": content, "context": 3})
    assert document.warnings


def test_resolve_of_something_that_is_not_there() -> None:
    document = rm.read_json(rm.composition())
    for path in ("/content[at0001]", "/nothing", "nonsense", "/content[1]", "/name/value/x", "/content[x"):
        with pytest.raises(UnknownRecord):
            JSON.resolve(document.raw, path)
    with pytest.raises(UnknownRecord):
        JSON.resolve(b"not json", "/name")
    with pytest.raises(UnknownRecord):
        XML.resolve(b"<not-xml", "/name")


def test_one_bad_part_does_not_stop_the_others() -> None:
    bad = rm.composition(title="Sans auteur")
    del bad["composer"]
    items = list(
        JSON.read(Source(name="liste.json", data=rm.to_json([rm.composition(), bad, {"_type": "FOLDER"}, 4])))
    )
    assert isinstance(items[0], ReadDocument)
    assert [(item.place, item.reason) for item in items[1:] if isinstance(item, Rejection)] == [
        ("[2]", "a COMPOSITION without composer"),
        ("[3]", "a FOLDER, not a composition"),
        ("[4]", "neither an object nor an array of objects"),
    ]


def test_unknown_attributes_are_written_in_the_order_of_the_source() -> None:
    extra = {f"attribut_{letter}": {"a": rm.text(f"mot {letter}")} for letter in "qwertyuiopasdf"}
    found = rm.read_json(rm.composition(rm.evaluation("clinical_synopsis.v1", "Synthèse", **extra)))
    written = [found.text.index(f"mot {letter}") for letter in "qwertyuiopasdf"]
    assert written == sorted(written)


def test_an_endless_archetype_id_is_none_at_once() -> None:
    assert concept_of("openEHR-EHR-OBSERVATION." + ".v1" * 500_000 + " x") == ""


def test_a_long_name_is_not_repeated_in_every_path() -> None:
    long, short = rm.cluster("at0007", "n" * 5_000), rm.cluster("at0007", "court")
    assert predicates([long, short]) == ["[at0007][1]", "[at0007 and name/value='court']"]


def test_a_text_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "MAX_TEXT", 200)
    with pytest.raises(InputError, match="longer than 200 characters"):
        rm.read_json(rm.composition(rm.evaluation("clinical_synopsis.v1", "Synthèse" * 40)))
