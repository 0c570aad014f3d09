"""Facts made by hand, each with a Locator of its own, for the composing rules."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from assistant.answering.facts_first import FactsAnswer, answer_from_facts
from assistant.answering.understand import understand
from retrieval.composition import Composition
from retrieval.fact import Boolean, Code, Coded, Detail, Fact, Moment, Quantity, ReferenceRange, Text
from retrieval.locator import locate
from retrieval.terminology.lexicon import Lexicon

TODAY = date(2026, 3, 14)
_NUMBERS = count(1)


def fact(
    kind: str, label: str, value: Any = None, *, record: str = "", version: str = "1", **fields: Any
) -> Fact:
    """A fact of `kind` with a Locator over its label; `details` are (name, text) or (name, text, value)."""
    number = next(_NUMBERS)
    details = tuple(
        Detail(
            name=item[0],
            label=item[0],
            text=item[1],
            value=item[2] if len(item) > 2 else None,
            path="/",
            start=0,
            end=0,
        )
        for item in fields.pop("details", ())
    )
    place = locate(
        label,
        (0, len(label)),
        system="test",
        record_id=record or f"rec-{number}",
        version=version,
        path="/",
        text_version="test@v1",
    )
    chosen = Coded(text=label) if value is None else Text(text=value) if isinstance(value, str) else value
    return Fact(
        id=f"f{number}", kind=kind, label=label, value=chosen, details=details, locator=place, **fields
    )


def lab(
    label: str,
    value: str,
    unit: str,
    day: str,
    *,
    loinc: str = "",
    low: str = "",
    high: str = "",
    **fields: Any,
) -> Fact:
    """A laboratory result; `low` and `high` make the reference range."""
    limits = None
    if low or high:
        limits = ReferenceRange(low=Decimal(low) if low else None, high=Decimal(high) if high else None)
    codes = (Code(system="LOINC", code=loinc),) if loinc else ()
    comparator = fields.pop("comparator", None)
    fields.setdefault("status", "final")
    quantity = Quantity(magnitude=Decimal(value), unit=unit, comparator=comparator)
    return fact("laboratory", label, quantity, effective=day, codes=codes, reference_range=limits, **fields)


def drug(label: str, status: str, day: str, *, atc: str = "", **fields: Any) -> Fact:
    """A medication statement: a prescription (`active`) or an event (`stopped`)."""
    codes = (Code(system="ATC", code=atc),) if atc else ()
    return fact("medication", label, status=status, effective=day, codes=codes, **fields)


def start(day: str) -> tuple[str, str, Moment]:
    """A `start` detail."""
    return ("start", day, Moment(iso=day))


def as_needed() -> tuple[str, str, Boolean]:
    """An `as_needed` detail."""
    return ("as_needed", "oui", Boolean(value=True))


def document(
    record: str, day: str, *, title: str = "Document", version: str = "1", **fields: Any
) -> Composition:
    """The composition of a record."""
    fields.setdefault("kind", "other")
    return Composition(record_id=record, version=version, system="test", title=title, effective=day, **fields)


def ask(
    question: str,
    facts: list[Fact],
    *,
    lexicon: Lexicon,
    documents: list[Composition] | None = None,
    **fields: Any,
) -> FactsAnswer:
    """Read a question and answer it from facts; fails the test when no rule fits."""
    asked = understand(question, lexicon=lexicon, today=TODAY)
    found = answer_from_facts(
        asked, facts=facts, compositions=documents or [], lexicon=lexicon, today=TODAY, **fields
    )
    assert found is not None, question
    return found


def texts(found: FactsAnswer) -> list[str]:
    """The sentences, with ordinary spaces for easy reading in tests."""
    return [plain(item.text) for item in found.sentences]


def plain(text: str) -> str:
    """No-break spaces made ordinary."""
    return text.replace("\u202f", " ").replace("\u00a0", " ")
