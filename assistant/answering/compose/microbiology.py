"""Cultures and their antibiograms: what grew, and what it is sensible to."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.answering.compose.record import Record, order_of_day
from assistant.answering.compose.result import NOTHING, FactsAnswer, FactSentence
from assistant.answering.compose.wording import sentence
from assistant.answering.rendering import lowered, on_date, value_text
from assistant.answering.understand.patterns import flatten
from retrieval.fact import Coded, Fact
from retrieval.folding import fold
from retrieval.terminology.concept import Concept

_CULTURE = ("culture", "germe", "bacterie", "micro-organisme", "identification", "organism")
_SENSITIVITY = frozenset({"S", "I", "R", "SDD"})
_MOST = 20


def answer(record: Record, drugs: Sequence[Concept]) -> FactsAnswer:
    """What was cultured; with antibiotics named, the sensitivity to each. Newest day of the period first."""
    results = [fact for fact in record.within(record.of_kind("laboratory")) if fact.certainty == "present"]
    named = [f for f in results if _sensitivity(f) and _is_named(f, drugs, record)]
    if named or drugs:
        found = named
    elif "antibiogram" in record.hints:
        found = [f for f in results if _sensitivity(f) or _is_culture(f)]
    else:
        found = [f for f in results if _is_culture(f)]
    if not found:
        return NOTHING
    if record.asked.period is None:
        last = max(order_of_day(fact.effective) for fact in found)
        found = [fact for fact in found if order_of_day(fact.effective) == last]
    return FactsAnswer(sentences=tuple(_told(fact, record) for fact in found[:_MOST]), settled=True)


def _is_named(fact: Fact, drugs: Sequence[Concept], record: Record) -> bool:
    """Whether the question names this antibiotic, by the lexicon or by the laboratory's own words."""
    by_words = flatten(fact.label) in flatten(record.asked.question)
    return by_words or any(record.lexicon.matches(drug, fact) for drug in drugs)


def _is_culture(fact: Fact) -> bool:
    return fold(fact.label).startswith(_CULTURE)


def _sensitivity(fact: Fact) -> bool:
    return (
        isinstance(fact.value, Coded) and fact.value.code is not None and fact.value.code.code in _SENSITIVITY
    )


def _told(fact: Fact, record: Record) -> FactSentence:
    value = value_text(fact.value, language=record.language)
    text = sentence(
        "statement",
        record.language,
        label=fact.label,
        value=lowered(value) if _sensitivity(fact) else value,
        date=f", {on_date(fact.effective, language=record.language)}",
    )
    return FactSentence(text, (fact,))
