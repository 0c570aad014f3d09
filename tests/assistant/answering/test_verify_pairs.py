"""A pair of values is one measurement: its two numbers are of one moment."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from assistant.answering.evidence import select
from assistant.answering.understand import understand
from assistant.answering.verify import verify
from retrieval.fact import Fact, Quantity
from retrieval.locator import locate
from retrieval.terminology.lexicon import Lexicon, load_lexicon

TODAY = date(2026, 3, 1)


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon()


def pressure(label: str, value: int, day: str) -> Fact:
    text = f"{label} : {value} mmHg"
    place = locate(
        text,
        (0, len(text)),
        system="t",
        record_id=f"{day}-{label}",
        version="1",
        path="/",
        text_version="t@v1",
    )
    quantity = Quantity(magnitude=Decimal(value), unit="mm[Hg]")
    return Fact(
        id=f"{day}-{label}", kind="vital_sign", label=label, value=quantity, effective=day, locator=place
    )


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        ("2026-02-01T08:00", None),
        ("2026-02-01T20:00", "number_not_in_source"),
        ("2025-02-01T08:00", "number_not_in_source"),
    ],
)
def test_two_moments_make_no_blood_pressure(lexicon: Lexicon, day: str, reason: str | None) -> None:
    asked = understand("Dernière tension artérielle ?", lexicon=lexicon, today=TODAY)
    facts = [
        pressure("Pression artérielle systolique", 140, "2026-02-01T08:00"),
        pressure("Pression artérielle diastolique", 85, day),
    ]
    items = select(asked, facts, [])
    verdict = verify(
        "La tension artérielle est à 140/85 mmHg.", items, understanding=asked, lexicon=lexicon, today=TODAY
    )
    assert verdict.reason == reason
