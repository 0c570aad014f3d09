"""The exhaustive scan: words in any form, exact offsets, nothing of another patient."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.errors import UnknownRecord
from retrieval.folding import fold
from retrieval.passages import passages_of
from retrieval.records import RecordStore
from retrieval.scan import find_words, scan, wanted_word
from retrieval.scope import Filters
from tests.retrieval.documents import document, scope


def put(store: RecordStore, record_id: str, text: str, *, patient: str = "p1", **more: object) -> None:
    read = document(record_id, text, **more)  # type: ignore[arg-type]
    store.put(read, patient_id=patient, passages=passages_of(read))


@pytest.mark.parametrize(
    ("word", "text", "found"),
    [
        ("kaliemie", "La Kaliémie est à 5,4", ["Kaliémie"]),
        ("kaliémie", "KALIE\u0301MIE haute", ["KALIE\u0301MIE"]),
        ("œdème", "Oedèmes des membres, œdeme", ["Oedèmes", "œdeme"]),
        ("allergie", "Allergies : aucune allergie", ["Allergies", "allergie"]),
        ("allergies", "une allergie", ["allergie"]),
        (
            "fracturé",
            "fracturée, fracturés, fracturées, fracturé",
            ["fracturée", "fracturés", "fracturées", "fracturé"],
        ),
        ("positif", "sérologies positives", ["positives"]),
        ("douloureux", "une zone douloureuse", ["douloureuse"]),
        ("médical", "certificats médicaux", ["médicaux"]),
        ("INR", "l’INR, INR:2,5 ; INRs", ["INR", "INR"]),
        ("dose", "mal de dos", []),
        ("fer", "enfer, fera, fer", ["fer"]),
        ("pression artérielle", "Pression\n  artérielle 13/8", ["Pression\n  artérielle"]),
        (
            "anti-inflammatoire",
            "anti inflammatoires, anti\u2011inflammatoire",
            ["anti inflammatoires", "anti\u2011inflammatoire"],
        ),
        ("SpO2", "SpO₂ 94 %", ["SpO₂"]),
        ("HbA1c", "HbA1c 7,2", ["HbA1c"]),
        ("5,4", "K 5,4 mmol, 15,4, 5,45", ["5,4"]),
        ("T.A.", "T.A. : 12/7", ["T.A."]),
        ("µg", "12 μg", ["μg"]),
        ("hypertension", "hyper\u00adtension", ["hyper\u00adtension"]),
        ("", "rien", []),
        (" ; ", "a ; b", []),
    ],
)
def test_words_are_found_in_their_forms(word: str, text: str, found: list[str]) -> None:
    places = find_words(text, [word])
    assert [text[start:end] for _, start, end in places] == found
    assert all(name == word for name, _, _ in places)


@given(
    before=st.text(max_size=30),
    word=st.sampled_from(["kaliémie", "œdème", "Pénicilline", "HTA", "cœur"]),
    after=st.text(max_size=30),
)
def test_a_word_set_into_any_text_is_found_where_it_stands(before: str, word: str, after: str) -> None:
    text = f"{before} {word.upper()} {after}"
    start = len(before) + 1
    places = [place for place in find_words(text, [word]) if place[1] == start]
    assert len(places) == 1
    # what follows may be marks that belong to the word's last letter
    assert fold(text[places[0][1] : places[0][2]]).startswith(fold(word))


@given(st.text(max_size=40), st.text(min_size=1, max_size=10))
def test_each_hit_is_a_form_of_the_word(text: str, word: str) -> None:
    for _, start, end in find_words(text, [word]):
        wanted = wanted_word(word)
        assert wanted is not None
        assert wanted.piece in fold(text[start:end])


def test_everything_current_in_scope_is_read_and_counted(store: RecordStore) -> None:
    put(store, "r1", "Allergie à la pénicilline. " + "Rien. " * 400 + "Pénicilline encore.", kind="letter")
    put(store, "r2", "Pénicilline V", effective="2019-02", kind="laboratory")
    put(store, "r3", "pénicilline", version="1", number=1)
    put(store, "r3", "céfazoline", version="2", number=2)
    put(store, "r4", "pénicilline", status="entered_in_error")
    put(store, "r5", "pénicilline")
    put(store, "r6", "")
    put(store, "other", "pénicilline", patient="p2")
    result = scan(scope("p1", masked=("r5",)), ["pénicilline", "amoxicilline"], store=store)
    assert [(hit.locator.record_id, hit.locator.quote) for hit in result.hits] == [
        ("r1", "pénicilline"),
        ("r1", "Pénicilline"),
        ("r2", "Pénicilline"),
    ]
    text = store.document(scope("p1"), "r1").text
    for hit in result.hits[:2]:
        assert text[hit.locator.start : hit.locator.end] == hit.locator.quote
        assert hit.passage is not None
        assert hit.passage.locator.start <= hit.locator.start < hit.passage.locator.end
    assert (result.documents, result.kinds) == (4, ("hospital_report", "laboratory", "letter"))
    assert (result.from_, result.to) == ("2019-02-01", "2024-03-01")
    assert {(each.record_id, each.reason) for each in result.unread} == {
        ("r5", "masked"),
        ("r6", "no_text_layer"),
    }
    assert result.model_dump(by_alias=True)["from"] == "2019-02-01"


def test_filters_narrow_the_scan(store: RecordStore) -> None:
    put(store, "r1", "pénicilline", effective="2019")
    put(store, "r2", "pénicilline", effective="2024")
    result = scan(scope("p1"), ["penicilline"], store=store, filters=Filters(from_date="2020-01-01"))
    assert [hit.locator.record_id for hit in result.hits] == ["r2"]
    assert result.documents == 1


def test_no_words_and_no_patient(store: RecordStore) -> None:
    put(store, "r1", "texte")
    assert scan(scope("p1"), [], store=store).documents == 1
    with pytest.raises(UnknownRecord):
        scan(scope("nobody"), ["texte"], store=store)


def test_the_plural_of_a_word_in_eau_finds_its_singular() -> None:
    assert find_words("Un vaisseau, des vaisseaux", ["vaisseaux"]) == [
        ("vaisseaux", 3, 11),
        ("vaisseaux", 17, 26),
    ]
    assert len(find_words("Un vaisseau, des vaisseaux", ["vaisseau"])) == 2


def test_no_word_is_left_out_however_many_are_asked_for(store: RecordStore) -> None:
    put(store, "r1", "mot2499")
    found = scan(scope("p1"), [f"mot{number}" for number in range(2_500)], store=store)
    assert [hit.word for hit in found.hits] == ["mot2499"]
