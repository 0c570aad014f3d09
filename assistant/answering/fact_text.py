"""Fact -> one short dated line, in the words of the record."""

from __future__ import annotations

from typing import get_args

from assistant.answering.rendering import (
    NARROW,
    Language,
    date_text,
    limits_text,
    shortened,
    span_text,
    value_text,
)
from retrieval.fact import Detail, DetailName, Fact, Moment
from retrieval.folding import fold

_SHOWN = 240
_LONGEST = 2 * _SHOWN
_COLON = {"fr": f"{NARROW}: ", "en": ": "}
_SEMICOLON = {"fr": f"{NARROW}; ", "en": "; "}
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
_HIDDEN: frozenset[DetailName] = frozenset({"specimen", "other"})
_DETAILS: tuple[DetailName, ...] = tuple(name for name in get_args(DetailName) if name not in _HIDDEN)
"""The details that are shown, in the order of their declaration."""


def fact_line(fact: Fact, *, language: Language = "fr") -> str:
    """Return `27/02/2026 · Potassium : 5,4 mmol/L (norme 3,5–5,0)`, details and state included.

    At most 480 characters, cut between words and never inside a number.
    """
    value = shortened(value_text(fact.value, language=language), _SHOWN)
    same = not value or fold(value) == fold(fact.label)
    head = fact.label if same else f"{fact.label}{_COLON[language]}{value}"
    limits = limits_text(fact.reference_range, language=language)
    if limits:
        head += f" ({'norme' if language == 'fr' else 'range'} {limits})"
    told = _SEMICOLON[language].join(
        [head, *_details(fact.details, head, language), *_states(fact, language)]
    )
    when = _when(fact, language)
    return shortened(f"{when} · {told}" if when else told, _LONGEST)


def _when(fact: Fact, language: Language) -> str:
    """The day, or from which to which; what is no date as recorded."""
    start, end = fact.effective, fact.effective_end
    if start and end and end[:10] != start[:10] and date_text(start) and date_text(end):
        return span_text(start, end, language=language)
    return date_text(start, language=language) or start or ""


def _details(details: tuple[Detail, ...], head: str, language: Language) -> list[str]:
    shown = []
    for detail in sorted((d for d in details if d.name in _DETAILS), key=lambda d: _DETAILS.index(d.name)):
        text = (
            value_text(detail.value, language=language) if isinstance(detail.value, Moment) else detail.text
        )
        if text and fold(text) not in fold(head):
            named = detail.label and fold(detail.label) not in fold(text)
            label = f"{detail.label}{_COLON[language]}" if named else ""
            shown.append(f"{label}{shortened(text, _SHOWN)}")
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
