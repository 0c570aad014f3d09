"""Old encodings of French letters, told apart by their letters; binary data is not text."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.errors import InputError, NotWellFormed
from retrieval.formats.text.decoding import decode

LETTER = (
    "Œdème aigu du poumon. Patiente âgée de 71 ans, née à Nîmes, traitée par Lasilix®.\n"
    "Créatinine à 98 µmol/L, température 37,5 °C, « évolution favorable » ; cœur régulier, ça va."
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_is_read_without_a_warning(encoding: str) -> None:
    assert decode(LETTER.encode(encoding)) == (LETTER, ())


@pytest.mark.parametrize(
    ("encoding", "name", "text"),
    [
        ("cp1252", "Windows-1252", LETTER),
        ("iso-8859-15", "ISO-8859-15", "Le cœur est régulier, l’œdème régresse.".replace("’", "'")),
        ("cp850", "DOS 850", "Le patient a été opéré. Décès évité grâce à la réanimation."),
        ("mac_roman", "Mac Roman", "Le patient a été opéré. Décès évité grâce à la réanimation."),
        ("iso-8859-1", "Windows-1252", "Née à Nîmes, opérée."),
    ],
)
def test_old_encodings_are_told_by_their_french(encoding: str, name: str, text: str) -> None:
    decoded = decode(text.encode(encoding))
    assert decoded.text == text
    assert name in decoded.warnings[0]


def test_line_ends_are_made_one() -> None:
    assert decode(b"a\r\nb\rc\x0cd").text == "a\nb\nc\nd"


def test_a_control_character_never_joins_two_numbers() -> None:
    decoded = decode("Potassium 5\x034 mmol/L, contrôlé deux fois.".encode())
    assert "5\ufffd4" in decoded.text
    assert decoded.warnings == ("1 control characters are shown as U+FFFD",)


@pytest.mark.parametrize("data", [b"ab\x00cd", bytes(range(256)) * 4, b"\x01\x02\x03\x04" * 10])
def test_binary_data_is_refused(data: bytes) -> None:
    with pytest.raises(NotWellFormed, match="binary"):
        decode(data)


@given(st.binary(max_size=400))
def test_any_bytes_are_text_or_an_input_error(data: bytes) -> None:
    with contextlib.suppress(InputError):
        assert isinstance(decode(data).text, str)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200))
def test_utf8_is_kept_as_it_is(text: str) -> None:
    assert decode(text.encode()).text == text.removeprefix("\ufeff")
