"""Facts of prose beside structured ones: never in their place, never unmarked, both told where safety asks."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from assistant.answering.compose.result import FactsAnswer, FactSentence
from assistant.answering.extracted import filled, marked
from retrieval.fact import Coded, Fact, Quantity, Text
from retrieval.terminology.lexicon import Lexicon, load_lexicon
from tests.assistant.answering.facts_by_hand import fact


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon()


def prose(kind: str, label: str, value: Any = None, **fields: Any) -> Fact:
    made = fact(kind, label, value or Coded(text=label), **fields)
    return made.model_copy(update={"extracted": True})


def coded(kind: str, label: str, value: Any = None, **fields: Any) -> Fact:
    return fact(kind, label, value or Coded(text=label), **fields)


def test_prose_does_not_add_to_a_kind_that_is_structured(lexicon: Lexicon) -> None:
    structured = coded("problem", "HTA")
    assert filled((structured, prose("problem", "asthme")), lexicon=lexicon) == (structured,)


def test_prose_fills_a_kind_that_is_not_structured(lexicon: Lexicon) -> None:
    told = prose("problem", "asthme")
    assert filled((coded("medication", "apixaban"), told), lexicon=lexicon)[1] == told


@pytest.mark.parametrize("certainty", ["absent", "suspected"])
def test_what_prose_denies_or_supposes_is_no_problem(lexicon: Lexicon, certainty: str) -> None:
    assert filled((prose("problem", "asthme", certainty=certainty),), lexicon=lexicon) == ()


def test_a_repeated_statement_is_kept_once_the_newest(lexicon: Lexicon) -> None:
    old = prose("problem", "asthme", effective="2020-01-01")
    new = prose("problem", "asthme", effective="2024-01-01")
    assert filled((new, old), lexicon=lexicon) == (new,)


def test_an_allergy_of_prose_stands_beside_a_coded_denial(lexicon: Lexicon) -> None:
    denial = coded("allergy", "Aucune allergie connue", certainty="absent")
    told = prose("allergy", "pénicilline")
    assert filled((denial, told), lexicon=lexicon) == (denial, told)


def test_a_denial_of_prose_stands_beside_a_coded_device(lexicon: Lexicon) -> None:
    device = coded("device", "pacemaker")
    denial = prose("device", "pacemaker", certainty="absent")
    assert filled((device, denial), lexicon=lexicon) == (device, denial)


def test_a_repeated_allergy_is_told_once_by_the_coded_one(lexicon: Lexicon) -> None:
    structured = coded("allergy", "Pénicilline")
    assert filled((structured, prose("allergy", "pénicilline")), lexicon=lexicon) == (structured,)


@pytest.mark.parametrize(
    ("structured", "told", "kept"),
    [("A Rh+", "O négatif", True), ("A Rh+", "A positif", False), ("A Rh+", "A Rh-", True)],
)
def test_another_blood_group_of_prose_is_never_hidden(
    lexicon: Lexicon, structured: str, told: str, *, kept: bool
) -> None:
    first = coded("laboratory", "Groupe sanguin", Text(text=structured))
    second = prose("laboratory", "groupe sanguin", Text(text=told))
    assert (second in filled((first, second), lexicon=lexicon)) == kept


def test_another_germ_of_prose_is_never_hidden(lexicon: Lexicon) -> None:
    first = coded("problem", "portage de SARM", Text(text="SARM"))
    second = prose("problem", "portage de BLSE", Text(text="BLSE connu"))
    third = prose("problem", "portage de BLSE", Text(text="BLSE connu"))
    found = filled((first, second, third), lexicon=lexicon)
    assert found in ((first, second), (first, third))


def test_a_measure_of_prose_needs_its_day(lexicon: Lexicon) -> None:
    value = Quantity(magnitude=Decimal("5.4"), unit="mmol/L")
    assert filled((prose("laboratory", "Potassium", value),), lexicon=lexicon) == ()
    dated = prose("laboratory", "Potassium", value, effective="2024-03-05")
    assert filled((dated,), lexicon=lexicon) == (dated,)


def test_an_answer_says_what_it_read_from_prose_and_structured_facts_speak_first() -> None:
    read, held = prose("allergy", "latex"), coded("allergy", "pénicilline")
    denial = coded("allergy", "Aucune allergie connue", certainty="absent")
    answer = FactsAnswer(
        sentences=(
            FactSentence("Allergie : latex.", (read,)),
            FactSentence("Aucune allergie connue.", (denial,)),
            FactSentence("Allergie : pénicilline.", (held,)),
        )
    )
    told = marked(answer, language="fr")
    assert [sentence.text for sentence in told.sentences] == [
        "Allergie : pénicilline.",
        "Allergie : latex (d’après le texte).",
        "Aucune allergie connue.",
    ]
    assert not told.complete


def test_a_sentence_of_both_says_that_a_part_was_read() -> None:
    facts = (prose("problem", "asthme"), coded("problem", "HTA"))
    answer = FactsAnswer(sentences=(FactSentence("Asthme et HTA.", facts),))
    assert marked(answer, language="fr").sentences[0].text == "Asthme et HTA (en partie d’après le texte)."
    assert marked(answer, language="en").sentences[0].text == "Asthme et HTA (partly read from the text)."


def test_a_list_read_from_prose_says_once_that_it_may_lack_something() -> None:
    read = tuple(
        FactSentence(f"{name} : 5 mg.", (prose("medication", name),)) for name in ("Apixaban", "Bisoprolol")
    )
    told = marked(FactsAnswer(sentences=read), language="fr", listed=True)
    assert [sentence.text for sentence in told.sentences] == [
        "Apixaban : 5 mg (d’après le texte).",
        "Bisoprolol : 5 mg (d’après le texte\N{NARROW NO-BREAK SPACE}; liste peut-être incomplète).",
    ]


def test_an_answer_of_structured_facts_is_left_alone() -> None:
    answer = FactsAnswer(sentences=(FactSentence("HTA.", (coded("problem", "HTA"),)),))
    assert marked(answer, language="fr") is answer


def test_a_dated_measure_of_prose_still_closes_the_question() -> None:
    value = Quantity(magnitude=Decimal("5.4"), unit="mmol/L")
    read = prose("laboratory", "Potassium", value, effective="2024-03-05")
    answer = FactsAnswer(sentences=(FactSentence("Potassium : 5,4 mmol/L.", (read,)),))
    assert marked(answer, language="fr").complete
