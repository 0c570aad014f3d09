"""Hostile documents: refused with a reason, or read in bounded time and space."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.composition import ReadDocument
from retrieval.errors import InputError, TooLarge, UnknownRecord, UnsafeInput
from retrieval.formats.base import Source
from retrieval.formats.cda.narrative import text_of
from retrieval.formats.cda.nodes import follow, node_of
from retrieval.formats.cda.values import number_of
from retrieval.formats.xml_source import parse
from tests.retrieval.formats.cda import shapes as cda
from tests.retrieval.formats.cda.checks import READER, check_document, read, tree_of


def test_entities_and_document_types_are_refused() -> None:
    body = cda.example().partition(b"?>")[2]
    for head in (
        b"<!DOCTYPE a>",
        b'<!DOCTYPE a [<!ENTITY x "y">]>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd">',
    ):
        with pytest.raises(UnsafeInput):
            read(head + body)


def test_a_file_over_the_limit_is_refused_before_it_is_parsed() -> None:
    started = time.monotonic()
    with pytest.raises(TooLarge):
        read(b" " * 60_000_000)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("depth", [120, 250, 5_000])
def test_deep_nesting_is_refused(depth: int) -> None:
    text = "<paragraph>" * depth + "x" + "</paragraph>" * depth
    with pytest.raises(TooLarge):
        read(cda.document(cda.section("1", "T", text)))
    entry = "<act><entryRelationship>" * depth + "<act/>" + "</entryRelationship></act>" * depth
    with pytest.raises(TooLarge):
        read(cda.document(cda.section("1", "T", "", entry)))


def test_statements_as_deep_as_is_allowed_are_read() -> None:
    entry = '<act><code displayName="acte"/><entryRelationship typeCode="SUBJ">' * 45
    entry += "<act/>" + "</entryRelationship></act>" * 45
    check_document(read(cda.document(cda.section("1", "T", "", entry))).document)


def test_huge_spans_do_not_make_a_table_grow() -> None:
    long = "y" * 5_000
    rows = "<tr><td>a</td></tr>" * 2_000
    xml = f'<table><tr><td rowspan="999999999" colspan="999999999">{long}</td></tr>{rows}</table>'
    text = text_of(node_of(parse(f"<text>{xml}</text>".encode())))
    assert len(text) < 40_000
    assert text.count(long) == 1


def test_a_span_that_is_no_number_is_one() -> None:
    for span in ("-1", "x", "٣", "", "1e9"):
        text = text_of(
            node_of(parse(f'<text><table><tr><td colspan="{span}">a</td></tr></table></text>'.encode()))
        )
        assert text == "a"


def test_a_base64_bomb_is_refused() -> None:
    with pytest.raises(TooLarge):
        read(cda.whole(cda.attachment(b"\0" * 12_000_000, "application/pdf")))


def test_references_in_a_circle_end() -> None:
    text = '<content ID="a"><renderMultiMedia referencedObject="b"/><reference value="#b"/></content>'
    text += '<content ID="b"><reference value="#a"/></content>'
    entry = """<observation classCode="OBS" moodCode="EVN"><code code="1" displayName="x"><originalText>
    <reference value="#a"/></originalText></code><text><reference value="#b"/></text></observation>"""
    check_document(read(cda.document(cda.section("1", "T", text, entry))).document)


def test_many_siblings_are_read_in_time() -> None:
    entries = [cda.observation("1", f"n{number}", cda.quantity(str(number), "g")) for number in range(3_000)]
    started = time.monotonic()
    assert len(read(cda.document(cda.section("1", "T", "", *entries))).document.facts) == 3_001
    assert time.monotonic() - started < 60


@pytest.mark.parametrize("written", ["1e999999", "9" * 500, "NaN", "Infinity", "1_0", "٣", "0x1"])
def test_what_is_no_plain_number_is_no_quantity(written: str) -> None:
    assert number_of(written) is None
    document = read(
        cda.document(cda.section("1", "T", "", cda.observation("1", "x", cda.quantity(written, "g"))))
    )
    assert written in document.document.text


NAMES = st.sampled_from(
    ["observation", "act", "organizer", "entryRelationship", "component", "value", "code", "low", "high", "section",
     "text", "table", "tr", "td", "substanceAdministration", "effectiveTime", "period", "consumable", "content",
     "entry", "participant", "playingEntity", "originalText", "reference", "translation", "name", "telecom", "id"]
)  # fmt: skip
ATTRIBUTES = st.dictionaries(
    st.sampled_from(
        ["code", "displayName", "value", "unit", "nullFlavor", "moodCode", "typeCode", "ID", "negationInd", "type",
         "rowspan", "colspan", "root", "extension", "representation", "mediaType"]
    ),
    st.sampled_from(["UNK", "INT", "PQ", "1", "2.5", "20240131", "#a", "a", "true", "IVL_TS", "B64", "mg", "é 🩺", ""]),
    max_size=4,
)  # fmt: skip


def _xml(name: str, attributes: dict[str, str], text: str, children: list[str]) -> str:
    given = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f"<{name}{given}>{text}{''.join(children)}</{name}>"


TEXTS = st.sampled_from(["", "5,4", "Aucune allergie", "æ\u0301 🩺", " \n "])
TREES = st.recursive(
    st.builds(_xml, NAMES, ATTRIBUTES, TEXTS, st.just([])),
    lambda inner: st.builds(_xml, NAMES, ATTRIBUTES, TEXTS, st.lists(inner, max_size=4)),
    max_leaves=25,
)


@settings(max_examples=150, deadline=None)
@given(entries=st.lists(TREES, max_size=4), text=TREES)
def test_any_tree_is_read_and_points_where_it_says(entries: list[str], text: str) -> None:
    data = cda.document(cda.section("48765-2", "Titre", text, *entries), *entries)
    for item in READER.read(Source(name="x.xml", data=data)):
        if isinstance(item, ReadDocument):
            check_document(item)


@settings(max_examples=200, deadline=None)
@given(path=st.text(alphabet="/ClinicalDocument[]@123titlecode*.|()'", max_size=60))
def test_any_path_is_a_value_or_unknown(path: str) -> None:
    root = tree_of(cda.example())
    try:
        follow(root, path)
    except UnknownRecord:
        return


@settings(max_examples=100, deadline=None)
@given(at=st.integers(0, 5_000), byte=st.integers(0, 255), cut=st.integers(0, 5_000))
def test_damaged_bytes_are_refused_or_read(at: int, byte: int, cut: int) -> None:
    data = bytearray(cda.example())
    data[at % len(data)] = byte
    damaged = bytes(data[: len(data) - (cut % len(data) if cut % 3 == 0 else 0)])
    with contextlib.suppress(InputError):
        for item in READER.read(Source(name="x.xml", data=damaged)):
            if isinstance(item, ReadDocument):
                check_document(item)
