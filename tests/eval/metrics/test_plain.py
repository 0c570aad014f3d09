"""Plain text and terms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics.plain import plain, says_term


def test_plain_by_hand() -> None:
    assert plain("  L’Œdème\u202f: aigu\u00ad, ÉLEVÉ\n") == "l'oedeme : aigu, eleve"
    assert plain("NT‑proBNP") == "nt-probnp"


@given(st.text(max_size=60))
def test_plain_is_idempotent(text: str) -> None:
    assert plain(plain(text)) == plain(text)


@pytest.mark.parametrize(
    ("text", "form", "said"),
    [
        ("Traitée par ÉLIQUIS.", "Eliquis", True),
        ("Eliquisine", "Eliquis", False),
        ("NT proBNP à 900", "NT-proBNP", True),
        ("plaquette basse", "plaquettes", True),
        ("des saignements digestifs", "saignement digestif", True),
        ("anévrismes cérébraux", "anévrisme cérébral", True),
        ("18 mm", "8 mm", False),
        ("8,5 mm", "8", False),
        ("0,8", "8", False),
        ("8 mm", "8 mm", True),
        ("AB +", "AB +", True),
        ("l'asthme", "asthme", True),
        ("rien", "", False),
        ("pas", "pa", False),
    ],
)
def test_terms_on_word_boundaries(text: str, form: str, said: bool) -> None:
    assert says_term(text, form) is said


@given(st.from_regex(r"[a-zé]{3,10}( [a-zé]{3,10})?", fullmatch=True))
def test_a_term_says_itself(form: str) -> None:
    assert says_term(f"Il y a {form.upper()}.", form)
