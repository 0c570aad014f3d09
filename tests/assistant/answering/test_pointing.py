"""Which sentence of the record a model's words stand in, and whether it is what was asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answering.candidates import Candidate
from assistant.answering.pointing import pointed_at
from retrieval.clinical_text import split_sentences
from retrieval.evidence import EvidenceItem
from tests.assistant.answering.reading_by_hand import Prose, asked, items, lexicon

RECORD = items(
    Prose("Vit seule au troisième étage sans ascenseur.\nAide-ménagère deux fois par semaine.", record="a"),
    Prose("FEVG à 35 %.\nPression pulmonaire normale.", heading="Échocardiographie", record="b"),
    Prose("FEVG à 45 %.", heading="Échocardiographie", record="c", day="2026-01-05"),
    Prose("Allergies : codéine (vomissements), pénicilline (urticaire)", record="d"),
    Prose("Furosémide 40 mg le matin.\nBisoprolol 5 mg le soir.", heading="Traitement", record="e"),
    Prose("Mère : diabète à 60 ans.", record="f"),
)


def sentences(evidence: tuple[EvidenceItem, ...]) -> tuple[Candidate, ...]:
    """Every sentence of the evidence as a candidate, in its order."""
    made = []
    for item in evidence:
        before = ""
        for start, end in split_sentences(item.text):
            line = item.text[start:end].strip()
            assert item.passage is not None
            made.append(Candidate(line, item, item.passage.heading[-1], before))
            before = line
    return tuple(made)


def line_for(question: str, words: str) -> str | None:
    chosen = pointed_at(words, sentences(RECORD), asked(question), items=RECORD, lexicon=lexicon())
    return chosen.line if chosen else None


@pytest.mark.parametrize(
    ("question", "words", "line"),
    [
        ("À quel étage vit-elle ?", "troisième étage", "Vit seule au troisième étage sans ascenseur."),
        ("À quel étage vit-elle ?", "TROISIEME, sans ascenseur", "Vit seule au troisième étage sans ascenseur."),
        ("À quel étage vit-elle ?", "quatrième étage", None),
        ("À quel étage vit-elle ?", "étage", None),
        ("À quel étage vit-elle ?", "", None),
        ("À quel étage vit-elle ?", "troisième étage, avec son mari", None),
        ("Dose de furosémide ?", "40 mg", "Furosémide 40 mg le matin."),
        ("Dose de furosémide ?", "5 mg le soir", None),
        ("Dose de furosémide ?", "80 mg", None),
        ("Réaction à la pénicilline ?", "urticaire", "Allergies : codéine (vomissements), pénicilline (urticaire)"),
        ("Réaction à la pénicilline ?", "vomissements", None),
        ("Quelle est la dernière FEVG ?", "35 %", "FEVG à 45 %."),
        ("Quelle était la FEVG ?", "35 %", "FEVG à 35 %."),
        ("Dose d’amiodarone ?", "40 mg le matin", None),
    ],
)  # fmt: skip
def test_the_sentence_that_holds_the_words_and_is_about_it(
    question: str, words: str, line: str | None
) -> None:
    assert line_for(question, words) == line


def test_where_the_latest_is_asked_no_sentence_about_another_thing_takes_the_place() -> None:
    record = items(
        Prose("Dernière FEVG à 35 %.", heading="Échocardiographie", record="b"),
        Prose("Dernière consultation ce jour.", record="z", day="2026-02-01"),
    )
    question = asked("Quelle est la dernière FEVG ?")
    chosen = pointed_at("35 %", sentences(record), question, items=record, lexicon=lexicon())
    assert chosen is not None
    assert chosen.line == "Dernière FEVG à 35 %."


@given(st.text(max_size=60))
def test_whatever_the_model_says_a_sentence_of_the_record_comes_or_none(words: str) -> None:
    told = line_for("À quel étage vit-elle ?", words)
    assert told is None or told in {each.line for each in sentences(RECORD)}


@given(st.integers(min_value=0, max_value=10_000))
def test_a_number_that_no_sentence_holds_points_nowhere(number: int) -> None:
    told = line_for("Dose de furosémide ?", f"furosémide {number} mg")
    assert told == ("Furosémide 40 mg le matin." if number == 40 else None)
