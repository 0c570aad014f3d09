"""The part of a list that is about what was asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answering.line_parts import part_about
from tests.assistant.answering.reading_by_hand import asked, lexicon

LIST = "Allergies : codéine (vomissements), pénicilline (urticaire, 2012)"


@pytest.mark.parametrize(
    ("question", "line", "part"),
    [
        ("Réaction à la codéine ?", LIST, "Allergies : codéine (vomissements)"),
        ("Réaction à la pénicilline ?", LIST, "pénicilline (urticaire, 2012)"),
        ("Réaction à l’iode ?", LIST, LIST),
        ("Quelles allergies ?", LIST, LIST),
        ("Dose de furosémide ?", "Furosémide 40 mg, matin et midi", "Furosémide 40 mg, matin et midi"),
        ("Dose de furosémide ?", "Bisoprolol 5 mg ; furosémide 40 mg ; ramipril 2,5 mg", "furosémide 40 mg"),
        (
            "Dose de furosémide ?",
            "Furosémide 40 mg, le soir, bisoprolol 5 mg, midi",
            "Furosémide 40 mg, le soir",
        ),
        ("Potassium ?", "Sodium 138 mmol/L, potassium 4,1 mmol/L", "potassium 4,1 mmol/L"),
    ],
)
def test_what_is_said_of_one_is_not_said_of_another(question: str, line: str, part: str) -> None:
    assert part_about(line, asked(question), lexicon=lexicon()) == part


DRUGS = st.lists(
    st.sampled_from(["furosémide 40 mg", "bisoprolol 5 mg", "ramipril 2,5 mg", "apixaban 5 mg", "inconnu"]),
    max_size=6,
)


@given(DRUGS, st.sampled_from([", ", " ; ", " | "]))
def test_a_part_is_made_of_words_of_the_line_and_keeps_what_was_asked(drugs: list[str], between: str) -> None:
    line = between.join(drugs)
    part = part_about(line, asked("Dose de furosémide ?"), lexicon=lexicon())
    assert set(part.replace(",", " ").split()) <= set(line.replace(",", " ").split())
    assert ("furosémide" in part) == ("furosémide" in line)
    assert "furosémide" not in line or "bisoprolol" not in part
