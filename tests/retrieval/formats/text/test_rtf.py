"""RTF: French, headers and notes kept, deletions and objects left out, hostile markup bounded."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.errors import InputError, NotWellFormed, TooLarge
from retrieval.formats.base import Source
from retrieval.formats.text import rtf
from retrieval.formats.text.rtf import RichText
from tests.retrieval.formats.text.checks import read_one

READER = RichText()


def source(body: str) -> Source:
    head = (
        r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fnil\fcharset0 Arial;}}{\colortbl;\red0\green0\blue0;}"
    )
    return Source(name="lettre.rtf", data=(head + body + "}").encode("cp1252"))


def text_of(body: str) -> str:
    return read_one(READER, source(body)).text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (r"\f0 \'c9volution favorable, c\'9cur r\'e9gulier\par", "Évolution favorable, cœur régulier\n"),
        (r"SpO\u8322 ?: 94 %\par \u8805 ?60\par", "SpO₂: 94 %\n≥60\n"),
        (r"Vu\u-10178 ?\u-8582 ? ce jour\par", "Vu🩺 ce jour\n"),
        (r"Na\'efve \b gras\b0  et {\i italique}\par", "Naïve gras et italique\n"),
        (r"\trowd K\cell 5,4\cell\row\trowd Na\cell 139\cell\row\pard", "K|5,4|\nNa|139|\n"),
    ],
)
def test_french_signs_and_tables(body: str, text: str) -> None:
    assert text_of(body) == text


def test_headers_footers_and_notes_are_kept() -> None:
    text = text_of(r"{\header CHU de Lyon\par}{\footerf Page 1\par}Chute{\footnote selon la famille}\par")
    assert [line for line in text.splitlines() if line] == [
        "CHU de Lyon",
        "Page 1",
        "Chute",
        "selon la famille",
    ]


def test_deleted_text_is_never_current() -> None:
    assert text_of(r"Apixaban {\deleted\revauthdel1 2,5 mg}{\revised 5 mg}\par") == "Apixaban 5 mg\n"


def test_objects_pictures_and_fields_are_left_out() -> None:
    hexadecimal = "d0cf11e0" * 200
    body = (
        r"Avant{\object\objemb{\*\objclass Package}{\*\objdata " + hexadecimal + r"}}"
        r"{\*\shppict{\pict\pngblip " + hexadecimal + r"}}"
        r'{\field{\*\fldinst{HYPERLINK "http://example.test/a"}}{\fldrslt lien}} apr\'e8s\par'
    )
    assert text_of(body) == "Avantlien après\n"


def test_text_boxes_are_said_to_be_unread() -> None:
    document = read_one(READER, source(r"Vu\par{\shp{\*\shpinst{\shptxt encadr\'e9}}}"))
    assert document.warnings == ("1 text boxes are not read: look at the original",)


def test_damaged_empty_and_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    for data in (b"{\\rtf1}", b"{\\rtf1 \\ud99999999999 x", b"{\\rtf1\\pict\\bin x}"):
        with pytest.raises(NotWellFormed):
            list(READER.read(Source(name="a.rtf", data=data)))
    with pytest.raises(TooLarge, match="fonts"):
        list(READER.read(Source(name="a.rtf", data=b"{\\rtf1{\\fonttbl" + b"\\f1" * 60_000 + b"}x}")))
    monkeypatch.setattr(rtf, "MAX_WORDS", 30)
    with pytest.raises(TooLarge):
        list(READER.read(source("mot " * 20)))


def test_many_fields_on_one_line_take_no_quadratic_time() -> None:
    body = r"{\field{\*\fldinst{PAGE}}{\fldrslt 1}}" * 20_000
    assert text_of("Vu " + body).startswith("Vu 1111")


@given(st.text("\\{}'abcdeu0123*\n é-", max_size=120))
def test_any_markup_is_read_or_refused(body: str) -> None:
    with contextlib.suppress(InputError):
        read_one(READER, source(body))
