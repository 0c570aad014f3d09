"""What was given on a past day: the dose of then, nothing that began later or had stopped."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.answering.compose.past import in_force
from retrieval.fact import Fact
from retrieval.terminology.lexicon import Lexicon, load_lexicon
from tests.assistant.answering.facts_by_hand import ask, drug, start, texts

RISING = [
    drug(
        "ramipril (Triatec)",
        "active",
        "2022-02-18",
        details=[("dose", "2,5 mg le matin"), start("2022-02-18")],
    ),
    drug(
        "ramipril (Triatec)", "active", "2024-06-01", details=[("dose", "5 mg le matin"), start("2024-06-01")]
    ),
]
STOPPED = [
    drug("fluindione (Préviscan)", "active", "2020-01-01", details=[("dose", "20 mg le soir")]),
    drug("fluindione (Préviscan)", "stopped", "2023-12-20", details=[("reason_stopped", "INR instables")]),
    drug("apixaban (Eliquis)", "active", "2023-12-20", details=[("dose", "5 mg matin et soir")]),
]


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon()


@pytest.mark.parametrize(
    ("day", "dose"), [("04/03/2023", "2,5 mg"), ("31/05/2024", "2,5 mg"), ("01/06/2024", "5 mg le matin")]
)
def test_the_dose_of_that_day_is_told(day: str, dose: str, lexicon: Lexicon) -> None:
    found = ask(f"Quelle était la dose de ramipril le {day} ?", RISING, lexicon=lexicon)
    assert texts(found)[0].startswith(f"À cette date, ramipril (Triatec) : {dose}")
    assert found.complete
    assert not found.premise_corrected


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("Sous quel anticoagulant était-il le 05/02/2022 ?", "fluindione"),
        ("Quel anticoagulant prenait-elle le 20/12/2023 ?", "apixaban"),
        ("Anticoagulant en place à la date du 21/02/2022 ?", "fluindione"),
    ],
)
def test_the_member_of_a_class_that_was_given_then(question: str, name: str, lexicon: Lexicon) -> None:
    found = ask(question, STOPPED, lexicon=lexicon)
    assert len(found.sentences) == 1
    assert name in texts(found)[0]


def test_today_is_not_a_day_of_the_past(lexicon: Lexicon) -> None:
    found = ask("Quelle est la dose de ramipril aujourd’hui ?", RISING, lexicon=lexicon)
    assert texts(found) == [
        "Ramipril (Triatec) : 5 mg le matin, depuis le 01/06/2024 (traitement débuté le 18/02/2022)."
    ]


def test_before_the_first_prescription_nothing_is_made_up(lexicon: Lexicon) -> None:
    found = ask("Quelle était la dose de ramipril le 01/01/2021 ?", RISING, lexicon=lexicon)
    assert not any("À cette date" in text for text in texts(found))


def day(number: int) -> str:
    return f"2024-{1 + number // 28:02d}-{1 + number % 28:02d}"


@settings(deadline=None)
@given(
    changes=st.lists(st.tuples(st.integers(0, 330), st.booleans()), min_size=1, max_size=8),
    asked=st.integers(0, 330),
)
def test_what_is_in_force_never_began_later_nor_stopped_before(
    changes: list[tuple[int, bool]], asked: int
) -> None:
    facts: list[Fact] = [
        drug("ramipril", "active" if given else "stopped", day(when), details=[("dose", f"{when} mg")])
        for when, given in sorted(changes)
    ]
    found = in_force(facts, day(asked))
    before = [fact for fact in facts if (fact.effective or "") <= day(asked)]
    if found is None:
        assert not before or before[-1].status == "stopped"
    else:
        assert (found.effective or "") <= day(asked)
        assert before[-1].status == "active"
