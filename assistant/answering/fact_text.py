"""Fact -> one short dated line, in the words of the record."""

from __future__ import annotations

from typing import Literal, assert_never

from retrieval.fact import (
    Boolean,
    Coded,
    Detail,
    Duration,
    Fact,
    Identifier,
    Interval,
    Media,
    Missing,
    Moment,
    Ordinal,
    Quantity,
    Ratio,
    ReferenceRange,
    Text,
    Value,
)
from retrieval.folding import fold
from retrieval.terminology.dates import format_date
from retrieval.terminology.numbers import format_number
from retrieval.terminology.units import display

Language = Literal["fr", "en"]
_SHOWN = 240
_YES = {"fr": "oui", "en": "yes"}
_NO = {"fr": "non", "en": "no"}
_STATUS_FR = {
    "preliminary": "résultat préliminaire",
    "amended": "résultat corrigé",
    "entered_in_error": "saisi par erreur",
    "active": "en cours",
    "stopped": "arrêté",
    "suspended": "suspendu",
    "planned": "prévu",
    "completed": "réalisé",
    "resolved": "résolu",
}
_STATUS_EN = {
    "preliminary": "preliminary result",
    "amended": "amended result",
    "entered_in_error": "entered in error",
}
_CERTAINTY = {
    "fr": {"absent": "absent", "suspected": "suspecté", "unknown": "incertain"},
    "en": {"absent": "absent", "suspected": "suspected", "unknown": "uncertain"},
}
_DETAILS = (
    "dose",
    "route",
    "frequency",
    "duration",
    "as_needed",
    "start",
    "stop",
    "reason",
    "reason_stopped",
    "reaction",
    "severity",
    "criticality",
    "laterality",
    "body_site",
    "comment",
    "brand",
    "ward",
    "author",
)
"""The details that are shown, in this order."""


def fact_line(fact: Fact, *, language: Language = "fr") -> str:
    """Return `27/02/2026 · Potassium : 5,4 mmol/L (norme 3,5–5,0)`, details and state included."""
    parts = [fact.label]
    value = value_text(fact.value, language=language)
    if value and fold(value) != fold(fact.label):
        parts = [f"{fact.label} : {value}" if language == "fr" else f"{fact.label}: {value}"]
    limits = _limits(fact.reference_range, language)
    head = parts[0] + (f" ({limits})" if limits else "")
    rest = [*_details(fact.details, head, language), *_states(fact, language)]
    return " · ".join(
        part
        for part in (*_when(fact, language), (" ; " if language == "fr" else "; ").join([head, *rest]))
        if part
    )[: _SHOWN * 2]


def value_text(value: Value, *, language: Language = "fr") -> str:
    """Write a value for a reader; nothing for what has no words (media)."""
    match value:
        case Quantity() | Ratio() | Boolean() | Interval():
            return _measure_text(value, language)
        case Coded() | Text() | Ordinal():
            return " ".join(value.text.split())[:_SHOWN]
        case Moment():
            return format_date(value.iso, language=language, words=language == "en")
        case Duration():
            return value.iso
        case Identifier():
            return value.id
        case Missing():
            return "non renseigné" if language == "fr" else "not given"
        case Media():
            return ""
        case _:
            assert_never(value)


def _measure_text(value: Quantity | Ratio | Boolean | Interval, language: Language) -> str:
    if isinstance(value, Quantity):
        number = format_number(value.magnitude, language=language)
        return " ".join(part for part in (value.comparator or "", number, display(value.unit)) if part)
    if isinstance(value, Ratio):
        above, below = (
            format_number(each, language=language) for each in (value.numerator, value.denominator)
        )
        return f"{above}/{below}"
    if isinstance(value, Boolean):
        return _YES[language] if value.value else _NO[language]
    return f"{value.low or '…'} – {value.high or '…'} {value.unit}".strip()


def _when(fact: Fact, language: Language) -> list[str]:
    if fact.effective is None:
        return []
    start = format_date(fact.effective, language=language, words=language == "en")
    if not fact.effective_end or fact.effective_end[:10] == fact.effective[:10]:
        return [start]
    end = format_date(fact.effective_end, language=language, words=language == "en")
    return [f"du {start} au {end}" if language == "fr" else f"from {start} to {end}"]


def _limits(limits: ReferenceRange | None, language: Language) -> str:
    if limits is None:
        return ""
    word = "norme" if language == "fr" else "range"
    low, high = (
        None if bound is None else format_number(bound, language=language)
        for bound in (limits.low, limits.high)
    )
    if low and high:
        return f"{word} {low}–{high}"
    if high:
        return f"{word} ≤ {high}"
    return f"{word} ≥ {low}" if low else ""


def _details(details: tuple[Detail, ...], head: str, language: Language) -> list[str]:
    shown = []
    for detail in sorted((d for d in details if d.name in _DETAILS), key=lambda d: _DETAILS.index(d.name)):
        text = (
            value_text(detail.value, language=language) if isinstance(detail.value, Moment) else detail.text
        )
        if text and fold(text) not in fold(head):
            label = f"{detail.label} : " if detail.label and fold(detail.label) not in fold(text) else ""
            shown.append(f"{label}{text[:_SHOWN]}")
    return shown


def _states(fact: Fact, language: Language) -> list[str]:
    if fact.status == "completed" and fact.kind == "medication":
        return ["terminé" if language == "fr" else "completed"]
    words = (_STATUS_FR if language == "fr" else _STATUS_EN).get(fact.status or "", "")
    if language == "en" and not words and fact.status not in {None, "final"}:
        words = fact.status or ""
    family = (
        {"fr": "antécédent familial", "en": "family history"}[language] if fact.subject == "family" else ""
    )
    return [part for part in (_CERTAINTY[language].get(fact.certainty, ""), words, family) if part]
