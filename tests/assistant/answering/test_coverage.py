"""An absence names what was searched, what was not, and corrects the premise that it contradicts."""

from __future__ import annotations

import pytest

from assistant.answering.answer import Coverage, SourceState, Unread
from assistant.answering.coverage import NotFound, not_found
from assistant.answering.understand import understand
from retrieval.scope import Filters
from retrieval.terminology.lexicon import Lexicon, load_lexicon
from tests.assistant.answering.facts_by_hand import TODAY, plain


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon()


def searched(documents: int = 41, **fields: object) -> Coverage:
    return Coverage.model_validate(
        {"documents": documents, "from": "2019-02-01", "to": "2026-03-02", **fields}
    )


def tell(question: str, lexicon: Lexicon, coverage: Coverage, **fields: object) -> NotFound:
    return not_found(understand(question, lexicon=lexicon, today=TODAY), coverage, **fields)  # type: ignore[arg-type]


def test_it_names_what_was_searched(lexicon: Lexicon) -> None:
    told = tell("Quel est le groupe sanguin ?", lexicon, searched())
    assert plain(told.text) == (
        "Aucune mention de groupe sanguin dans les 41 documents lisibles du 01/02/2019 au 02/03/2026."
    )
    assert (told.status, told.reason, told.premise_corrected) == ("abstained", "not_in_record", False)


def test_it_names_what_could_not_be_read_and_what_is_late(lexicon: Lexicon) -> None:
    unread = (
        Unread(record_id="a", reason="no_text_layer"),
        Unread(record_id="b", reason="masked"),
        Unread(record_id="c", reason="masked"),
    )
    coverage = searched(1, unread=unread, sources=(SourceState(system="labo", stale=True),))
    told = tell("Est-il allergique au latex ?", lexicon, coverage, filters=Filters(from_date="2020-01-01"))
    assert plain(told.text) == (
        "Aucune mention de latex dans le seul document lisible du 01/02/2019 au 02/03/2026, filtres appliqués ; "
        "non lus : 2 masqués, 1 avec des pages sans texte ; source en retard : labo."
    )


def test_an_assumed_thing_that_is_nowhere_corrects_the_premise(lexicon: Lexicon) -> None:
    told = tell("Depuis quand prend-il de la digoxine ?", lexicon, searched())
    assert (told.status, told.premise_corrected) == ("answered", True)
    assert plain(told.text).startswith("Digoxine : aucune mention dans les 41 documents lisibles")


def test_no_document_at_all(lexicon: Lexicon) -> None:
    told = tell("Dernière kaliémie ?", lexicon, Coverage(documents=0))
    assert told.text == "Aucun document lisible dans ce dossier pour cette recherche."
    assert told.status == "abstained"


def test_words_the_lexicon_does_not_know_are_quoted(lexicon: Lexicon) -> None:
    told = tell("Quelle est la couleur du vélo ?", lexicon, searched())
    assert "« couleur velo »" in plain(told.text)


def test_english_uses_the_words_of_the_question(lexicon: Lexicon) -> None:
    told = tell("What is his blood group?", lexicon, searched())
    assert told.text == (
        "No mention of blood group in the 41 readable documents from 1 February 2019 to 2 March 2026."
    )
