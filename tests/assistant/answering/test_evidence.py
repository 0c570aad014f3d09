"""Evidence: numbered, short, dated, nothing twice."""

import re
from decimal import Decimal
from typing import get_args

import pytest

from assistant.answering.evidence import EXCERPT, excerpt, labels_of, select
from assistant.answering.fact_text import fact_line
from assistant.answering.rendering import value_text
from assistant.answering.understanding import Understanding
from retrieval.fact import (
    Detail,
    DetailName,
    Duration,
    Fact,
    Interval,
    Moment,
    Quantity,
    Ratio,
    ReferenceRange,
    Text,
)
from retrieval.locator import locate
from retrieval.passage import Passage

ASKED = Understanding(question="Pourquoi la dyspnée ?", language="fr", intents=("why",))


def place(text, record="r1", start=0, whole=None):
    whole = whole or text
    return locate(
        whole,
        (start, start + len(text)),
        system="t",
        record_id=record,
        version="1",
        path="/",
        text_version="t@v1",
    )


def fact(label="Potassium", value="5.4", day="2026-02-27", record="r1", **more):
    text = f"{label} {value}"
    return Fact(
        id=f"{record}-{label}-{value}-{day}",
        kind=more.pop("kind", "laboratory"),
        label=label,
        value=more.pop("typed", Quantity(magnitude=Decimal(value), unit="mmol/L")),
        effective=day,
        locator=more.pop("locator", place(text, record)),
        **more,
    )


def passage(text, *, day="2026-01-01", record="p1", narrative=True, locator=None):
    return Passage(
        id=f"{record}-{day}-{len(text)}",
        text=text,
        kind="letter",
        title="Courrier",
        effective=day,
        narrative=narrative,
        locator=locator or place(text, record),
    )


def test_items_are_numbered_in_order_with_facts_first():
    items = select(
        ASKED, [fact()], [passage("Dyspnée d’effort depuis janvier.")], [passage("Autre texte.", record="p2")]
    )
    assert [item.id for item in items] == ["E1", "E2", "E3"]
    assert [item.kind for item in items] == ["fact", "passage", "passage"]
    assert items[0].text == "27/02/2026 · Potassium\u202f: 5,4\u00a0mmol/L"
    assert items[1].text == "01/01/2026 · Courrier · Dyspnée d’effort depuis janvier."
    assert items[0].fact is not None


def test_the_same_statement_of_two_documents_is_one_item_with_one_label():
    first, second, other = fact(), fact(record="r2"), fact(value="4.1", day="2026-01-01")
    items = select(ASKED, [first, second, other], [])
    assert len(items) == 2
    assert labels_of([second], items) == ("E1",)
    assert labels_of([other, second], items) == ("E1", "E2")


def test_a_structured_passage_whose_words_are_all_in_chosen_facts_is_folded():
    whole = "Potassium 5.4\nSodium 138"
    potassium = fact(locator=place("Potassium 5.4", whole=whole))
    both = [potassium, fact(label="Sodium", value="138", locator=place("Sodium 138", start=14, whole=whole))]
    table = passage(whole, record="r1", narrative=False)
    assert len(select(ASKED, both, [table])) == 2
    assert len(select(ASKED, [potassium], [table])) == 2
    told = passage(whole, record="r1", narrative=True)
    assert len(select(ASKED, both, [told])) == 3


def test_a_copy_is_folded_into_the_newest_but_not_when_a_number_differs():
    words = "Patient admis pour dyspnée aiguë fébrile avec toux productive depuis quelques jours, traité par antibiotique"
    old, new = (
        passage(words, day="2024-01-01", record="a"),
        passage(words + ".", day="2025-01-01", record="b"),
    )
    other = passage(words + " 40 mg", day="2023-01-01", record="c")
    items = select(ASKED, [], [old, new, other])
    assert [item.effective for item in items] == ["2025-01-01", "2023-01-01"]


def test_limits_hold():
    many = [passage(f"Phrase numéro {n} " + "mot " * 60, record=f"p{n}") for n in range(30)]
    items = select(ASKED, [], many, limit=5)
    assert len(items) == 5
    assert sum(len(item.text) for item in select(ASKED, [], many, max_chars=600)) <= 600


def test_an_excerpt_is_the_run_of_sentences_with_most_asked_words():
    text = "Bonjour. " * 60 + "La dyspnée est due à une anémie. " + "Merci. " * 60
    cut = excerpt(text, ["dyspnee", "anemie"])
    assert "due à une anémie" in cut
    assert len(cut) <= EXCERPT + 2
    assert cut.startswith("… ")


def test_a_line_of_a_fact_tells_range_state_and_details():
    detail = Detail(name="reason_stopped", label="Motif d’arrêt", text="toux", path="/", start=0, end=4)
    day = Detail(
        name="stop", label="Fin", text="2024-03-12", value=Moment(iso="2024-03-12"), path="/", start=0, end=10
    )
    drug = fact(
        label="Ramipril 5 mg",
        kind="medication",
        typed=Text(text="Ramipril 5 mg"),
        status="stopped",
        details=(detail, day),
    )
    assert fact_line(drug) == (
        "27/02/2026 · Ramipril 5 mg\u202f; Fin\u202f: 12/03/2024\u202f; Motif d’arrêt\u202f: toux\u202f; arrêté"
    )
    ranged = fact(
        reference_range=ReferenceRange(low=Decimal("3.5"), high=Decimal("5.0")), status="preliminary"
    )
    assert (
        fact_line(ranged)
        == "27/02/2026 · Potassium\u202f: 5,4\u00a0mmol/L (norme 3,5–5,0)\u202f; résultat préliminaire"
    )
    absent = fact(
        label="Diabète", kind="problem", typed=Text(text="Diabète"), certainty="absent", subject="family"
    )
    assert fact_line(absent) == "27/02/2026 · Diabète\u202f; absent\u202f; antécédent familial"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        (Interval(low="60", unit="mL/min"), "≥\u00a060\u00a0mL/min"),
        (Interval(high="5.0", unit="mmol/L"), "≤\u00a05,0\u00a0mmol/L"),
        (Ratio(numerator=Decimal(96), denominator=Decimal(100)), "96\u00a0%"),
        (Duration(iso="P3D"), "3\u00a0jours"),
        (Quantity(magnitude=Decimal(60), unit="mL/min", comparator=">="), "≥\u00a060\u00a0mL/min"),
    ],
)
def test_a_line_writes_a_value_as_a_sentence_does(typed, shown):
    assert value_text(typed) == shown
    assert fact_line(fact(typed=typed)) == f"27/02/2026 · Potassium\u202f: {shown}"


def test_every_detail_has_its_place_in_a_line():
    told = [
        Detail(name=name, label="", text=f"mot {name}", path="/", start=0, end=1)
        for name in reversed(get_args(DetailName))
    ]
    line = fact_line(fact(label="X", typed=Text(text="X"), details=tuple(told)))
    places = [line.index(f"mot {name}\u202f;") for name in get_args(DetailName)[:-4] if name != "specimen"]
    assert places == sorted(places)
    assert "specimen" not in line
    assert "other" not in line


def test_a_long_line_is_never_cut_inside_a_number():
    for length in range(225, 245):
        words = "x" * length + " 1200 mg par jour " + "y" * 300
        detail = Detail(name="comment", label="", text=words, path="/", start=0, end=1)
        line = fact_line(fact(details=(detail,)))
        assert "1200 mg" in line or not re.search(r"x+ 1", line)
        assert line.endswith("…")


def test_an_excerpt_is_never_cut_inside_a_number():
    for length in range(EXCERPT - 12, EXCERPT + 4):
        cut = excerpt("x" * length + " 1200 mg par jour " + "y" * 300, ["mg"])
        assert "1200 mg" in cut or " 1" not in cut
        assert len(cut) <= EXCERPT
        assert not cut.startswith("…")


def test_two_texts_with_one_beginning_are_two_facts():
    same = "mot " * 80
    items = select(ASKED, [fact(typed=Text(text=same + end)) for end in ("un", "deux")], [])
    assert len(items) == 2
