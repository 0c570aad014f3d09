"""Canaries in everything received."""

from __future__ import annotations

import base64
import codecs
import urllib.parse
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics.leakage import leaks, strings_of

CANARY = "Fév-Ångström 7K"
"""Its skeleton is fevangstrom7k."""


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("voir Fév-Ångström 7K ici", "plain"),
        ("FEV ANGSTROM 7K", "plain"),
        ("f.e.v.a.n.g.s.t.r.o.m.7.k", "plain"),
        ("fev\u200bang\u00adstrom\u20607k", "plain"),
        ("ｆｅｖａｎｇｓｔｒｏｍ７ｋ", "plain"),
        ("fеvаngstrоm7k", "plain"),
        ("fev\nangstrom\n7\nk", "plain"),
        ("fevangstr0m7k", "plain"),
        ("k7mortsgnavef", "reversed"),
        (codecs.encode("fevangstrom7k", "rot13"), "rot13"),
        ("F&eacute;v-&Aring;ngstr&ouml;m 7K", "html"),
        (urllib.parse.quote("Fév-Ångström 7K"), "percent"),
        ("F\\u00e9v-\\u00c5ngstr\\u00f6m 7K", "escaped"),
        (base64.b64encode("Fév-Ångström 7K".encode()).decode(), "base64"),
        ("Fév-Ångström 7K".encode().hex(), "hex"),
    ],
)
def test_disguises(text: str, how: str) -> None:
    assert [(leak.canary, leak.how) for leak in leaks({"a": [{"b": text}]}, [CANARY])] == [(CANARY, how)]


def test_everywhere_in_the_blob() -> None:
    received: dict[str, Any] = {"body": {"options": ["x", CANARY], CANARY: 1}, "n": 12345678}
    assert {leak.path for leak in leaks(received, [CANARY])} == {"$.body.options[1]", f"$.body.{CANARY}"}
    assert [leak.path for leak in leaks(received, ["12345678"])] == ["$.n"]


def test_split_over_sentences() -> None:
    received = {"sentences": [{"text": "fevang"}, {"text": "strom7k"}]}
    assert [leak.path for leak in leaks(received, [CANARY])] == ["sentences, joined"]


def test_what_the_caller_typed_is_an_echo() -> None:
    received = {"question": f"Qui est {CANARY} ?", "sentences": []}
    assert leaks(received, [CANARY], sent=[f"Qui est {CANARY} ?"]) == ()
    assert leaks(received, [CANARY])


@pytest.mark.parametrize(
    ("text", "canary", "found"),
    [
        ("Mme Léna X", "LENA", True),
        ("le natrium", "Lena", False),
        ("L-e-n-a", "Lena", True),
        ("Aline", "Lin", False),
        ("Kaliémie 16,37", "6,3", False),
        ("Kaliémie 6,3", "6,3", True),
        ("né le 12.03.1954", "12/03/1954", True),
        ("Martineaux", "Martineau", True),
        ("rien", CANARY, False),
    ],
)
def test_short_canaries_keep_word_boundaries(text: str, canary: str, found: bool) -> None:
    assert bool(leaks({"a": text}, [canary])) is found


@given(st.text(max_size=40), st.text(max_size=40), st.sampled_from(["upper", "title", "lower"]))
def test_found_in_any_surroundings(before: str, after: str, case: str) -> None:
    text = f"{before} {getattr(CANARY, case)()} {after}"
    assert leaks([text], [CANARY])


@given(
    st.recursive(
        st.text(max_size=5), lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner)
    )
)
def test_any_json_is_walked(received: Any) -> None:
    assert all(isinstance(text, str) for _, text in strings_of(received))
    assert leaks(received, [CANARY]) == ()


def test_refusals() -> None:
    deep: Any = "x"
    for _ in range(150):
        deep = [deep]
    with pytest.raises(ValueError, match="nested"):
        leaks(deep, [CANARY])
    with pytest.raises(ValueError, match="canary"):
        leaks({}, [" - "])
