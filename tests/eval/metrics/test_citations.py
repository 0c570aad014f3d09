"""Citations against gold spans."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from eval.cases.gold import GoldSpan, NumberGold, RecordGold
from eval.metrics.citations import holds, score_citations

K = NumberGold(value=Decimal("4.8"), unit="mmol/L")
NA = NumberGold(value=Decimal(140), unit="mmol/L")
GOLD = RecordGold(
    all_of=(K, NA),
    spans=(
        GoldSpan(record_id="bio-1", words="4.8 mmol/L", value=0),
        GoldSpan(record_id="bio-1", words="Sodium 140 mmol/L", value=1),
    ),
)


def item(label: str, record: str, quote: str) -> dict[str, Any]:
    return {"id": label, "locator": {"record_id": record, "quote": quote}}


def answer(labels: list[list[str]], *items: dict[str, Any]) -> dict[str, Any]:
    sentences = [{"text": "x", "citations": cited} for cited in labels]
    return {"status": "answered", "sentences": sentences, "evidence": list(items)}


def test_pairs_and_recall_by_hand() -> None:
    """E1 strict; E2 gold record, other words: lenient; E3 a letter that says 4,8: lenient; E4 neither; E9 unknown."""
    scored = score_citations(
        GOLD,
        answer(
            [["E1", "E2"], ["E3", "E4", "E9"]],
            item("E1", "bio-1::h::2", "Potassium 4,8 mmol/L"),
            item("E2", "bio-1::h::2", "Chlore 101 mmol/L"),
            item("E3", "letter-1", "kaliémie à 4,8 mmol/L"),
            item("E4", "letter-2", "bon état général"),
        ),
        own_records=("bio-1::h::1", "letter-1", "letter-2"),
    )
    assert [(pair.label, pair.sentence, pair.strict, pair.lenient) for pair in scored.pairs] == [
        ("E1", 0, True, True),
        ("E2", 0, False, True),
        ("E3", 1, False, True),
        ("E4", 1, False, False),
        ("E9", 1, False, False),
    ]
    assert [(one.value, one.strict, one.lenient) for one in scored.recalled] == [
        (0, True, True),
        (1, False, True),
    ]
    assert scored.dangling == ("E9",)
    assert scored.foreign == ()


def test_a_foreign_record_counts_even_when_it_is_not_cited() -> None:
    received = answer([["E1"]], item("E1", "bio-1", "4,8 mmol/L"), item("E2", "other::h::1", "x"))
    assert score_citations(GOLD, received, own_records=("bio-1",)).foreign == ("other",)
    assert score_citations(GOLD, received, own_records=None).foreign == ()


def test_nothing_cited_recalls_nothing() -> None:
    scored = score_citations(GOLD, answer([[]]), own_records=())
    assert scored.pairs == ()
    assert [one.lenient for one in scored.recalled] == [False, False]


def test_quotes_hold_words() -> None:
    assert holds("Potassium : 4,8 mmol/L", "4.8")
    assert not holds("Potassium : 14,8 mmol/L", "4.8")
    assert holds("Arrêt de l’apixaban", "ARRET DE L'APIXABAN pour saignement")
    assert not holds("Arrêt", "Arrêt de l’apixaban pour saignement digestif")
    assert not holds("", "4.8")


def test_malformed_answers_have_no_pairs() -> None:
    for received in ({}, {"sentences": 3, "evidence": 4}, {"sentences": [3], "evidence": [{"id": 3}]}):
        assert score_citations(GOLD, received, own_records=()).pairs == ()
