"""Folding: what compares equal, and the way back to the exact characters."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from retrieval.folding import fold, fold_character, fold_with_origins

CLINICAL = st.text(alphabet="aeiou éèêàçùôîïœŒæÆ’'-\u0301\u0327\u00adßﬁ½²SpO₂kKİi\n.5", max_size=60)


def test_what_compares_equal() -> None:
    assert fold("Œdème") == fold("oedeme") == "oedeme"
    assert fold("Kalie\u0301mie") == fold("KALIÉMIE") == "kaliemie"
    assert fold("l’INR") == "l'inr"
    assert fold("SpO₂ µg") == "spo2 μg"
    assert fold("post\u2010opératoire\u00a0!") == "post-operatoire !"


def test_combining_marks_belong_to_their_letter() -> None:
    text = "cœur e\u0301te\u0301 œ"
    folded = fold_with_origins(text)
    start = folded.text.index("ete")
    assert text[slice(*folded.span(start, start + 3))] == "e\u0301te\u0301"
    start = folded.text.index("coeur")
    assert text[slice(*folded.span(start, start + 5))] == "cœur"


@given(CLINICAL | st.text(max_size=40))
def test_each_folded_character_leads_back(text: str) -> None:
    folded = fold_with_origins(text)
    assert folded.text == fold(text)
    for place in range(len(folded.text)):
        start, end = folded.span(place, place + 1)
        assert 0 <= start < end <= len(text)
        assert folded.text[place] in fold(text[start:end])
    assert folded.span(0, len(folded.text))[1] == len(text) or not folded.text


@given(CLINICAL)
def test_composed_and_decomposed_compare_equal(text: str) -> None:
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


@given(st.characters())
def test_folding_twice_is_folding_once(character: str) -> None:
    once = fold_character(character)
    assert fold(once) == once
