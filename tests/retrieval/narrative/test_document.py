"""Facts of a whole document: marked, in place, none of a section about another, bounded on any text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from retrieval.narrative import with_narrative_facts
from retrieval.narrative.document import MAX_FACTS
from retrieval.narrative.sentence import LONGEST_SENTENCE, role_of, stretches
from retrieval.terminology.lexicon import load_lexicon
from tests.retrieval.narrative.letters import letter, read

NOTE = """Antécédents :
- HTA (2013), pas de diabète
Antécédents familiaux :
- diabète chez la mère
Allergies : pénicilline (urticaire)
Traitement de sortie :
- apixaban 5 mg x2/j
Suites à donner :
- coloscopie prévue le 12/05/2024
"""


def test_every_fact_is_marked_and_stands_where_it_says() -> None:
    document = with_narrative_facts(letter(NOTE))
    assert {fact.kind for fact in document.facts} == {
        "problem",
        "family_history",
        "allergy",
        "medication",
        "plan",
    }
    for fact in document.facts:
        place = fact.locator
        assert fact.extracted
        assert place.quote == document.text[place.start : place.end]
        assert fact.label in place.quote
        for detail in fact.details:
            assert document.text[detail.start : detail.end] == detail.text
            assert place.start <= detail.start <= detail.end <= place.end


def test_ids_are_stable_and_distinct() -> None:
    first, again = read(NOTE), read(NOTE)
    assert [fact.id for fact in first] == [fact.id for fact in again]
    assert len({fact.id for fact in first}) == len(first)


def test_structured_facts_are_kept_as_they_are() -> None:
    coded = read("Asthme.")[0].model_copy(update={"extracted": False, "id": "coded"})
    facts = with_narrative_facts(letter(NOTE, facts=(coded,))).facts
    assert coded in facts
    assert [fact.id for fact in facts if not fact.extracted] == ["coded"]


def test_a_document_in_another_language_is_left_alone() -> None:
    document = letter(NOTE, language="en")
    assert with_narrative_facts(document) == document


@pytest.mark.parametrize(
    ("title", "role"),
    [
        ("Antécédents familiaux", "family"),
        ("Mère", "family"),
        ("ALLERGIES", "allergy"),
        ("Traitements arrêtés", "stopped"),
        ("Traitement à l’entrée", "entry"),
        ("Traitement de sortie", "active"),
        ("Suites à donner", "plan"),
        ("Résultat du voisin de chambre", "ignored"),
        ("Examen clinique", ""),
    ],
)
def test_a_title_says_what_its_section_is_about(title: str, role: str) -> None:
    assert role_of(title) == role


def test_nothing_is_read_under_a_title_about_somebody_else() -> None:
    assert read("Homonyme :\nDiabète de type 1.\nAsthme.\n") == ()


def test_no_stretch_is_longer_than_the_longest_sentence_and_no_text_is_lost() -> None:
    text = "mot " * 2_000
    pieces = list(stretches(text, heading=""))
    assert all(piece.end - piece.start <= LONGEST_SENTENCE for piece in pieces)
    assert "".join(text[piece.start : piece.end] for piece in pieces).split() == text.split()


@pytest.mark.parametrize(
    "text",
    [
        " " * 200_000,
        " ;" * 50_000,
        "(" * 100_000,
        "pas de " * 20_000,
        "absence d'HTA, d'" * 5_000,
        "groupe sanguin " * 10_000,
        "enceinte " * 10_000,
        "1," * 50_000,
        "\x00" * 50_000,
        "ﬃ" * 50_000,
    ],
)
def test_a_hostile_text_is_read_in_bounded_work(text: str) -> None:
    assert len(read(text)) <= 3


def test_a_document_states_at_most_so_many_facts() -> None:
    text = "\n".join(f"Potassium {number / 100:.2f} mmol/L".replace(".", ",") for number in range(2_100))
    assert len(read(text)) == MAX_FACTS


WORDS = [
    "pas de",
    "HTA",
    "diabète",
    "père :",
    "allergie à",
    "pénicilline",
    "apixaban",
    "5 mg",
    "arrêt de",
    "\n",
]
WORDS += [",", ".", ";", "sauf", "suspicion d'", "2019", "enceinte", "SARM", "ﬁ", "’", "groupe sanguin : A+"]


@given(st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join))
@examples(max_examples=60)
def test_any_words_give_facts_that_stand_in_the_text(text: str) -> None:
    for fact in read(text):
        assert fact.locator.quote == text[fact.locator.start : fact.locator.end]
        assert fact.extracted
        assert (fact.kind == "family_history") == (fact.subject == "family")


def test_words_of_the_site_are_read_too(tmp_path: Path) -> None:
    (tmp_path / "problems.toml").write_text('[problems]\nzebrose = { label = "zébrose" }\n', "utf-8")
    note = letter("Patient suivi pour une zébrose.")
    assert with_narrative_facts(note).facts == ()
    (fact,) = with_narrative_facts(note, lexicon=load_lexicon(tmp_path)).facts
    assert (fact.kind, fact.label, fact.extracted) == ("problem", "zébrose", True)
