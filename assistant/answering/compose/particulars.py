"""Particulars that a question names as the source does: model, serial number, lot."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.answering.compose.record import Record
from assistant.answering.compose.result import NOTHING, FactsAnswer, FactSentence
from assistant.answering.compose.wording import sentence
from assistant.answering.rendering import lowered
from assistant.answering.understand.patterns import flatten
from retrieval.fact import Detail, Fact
from retrieval.folding import fold
from retrieval.terminology.concept import Concept

_MOST_WORDS = 4


def asked(record: Record, concepts: Sequence[Concept]) -> FactsAnswer:
    """Each particular of the facts about the concepts whose label stands in the question; else nothing.

    One word of the label must be a content word of the question that no concept explains: « modèle » in
    « modèle du stimulateur ». What has a rule of its own (dose, reason, start) is left to it. The newest
    statement of each thing tells it.
    """
    terms = {fold(term) for term in record.asked.terms}
    if not terms:
        return NOTHING
    question = f" {flatten(record.asked.question)} "
    facts = [fact for concept in concepts if concept.kind != "topic" for fact in record.about(concept)]
    told: dict[tuple[str, str], FactSentence] = {}
    for fact in facts:
        for item in fact.details:
            if fact.certainty == "present" and item.name == "other" and _is_asked(item, terms, question):
                told[(fold(fact.label), fold(item.label))] = _told(fact, item, record)
    return FactsAnswer(sentences=tuple(told.values())) if told else NOTHING


def _is_asked(item: Detail, terms: set[str], question: str) -> bool:
    label = flatten(item.label)
    words = label.split()
    return 0 < len(words) <= _MOST_WORDS and f" {label} " in question and bool(terms.intersection(words))


def _told(fact: Fact, item: Detail, record: Record) -> FactSentence:
    value = " ".join(item.text.split()).rstrip(". ")
    text = sentence("particular", record.language, label=fact.label, name=lowered(item.label), value=value)
    return FactSentence(text, (fact,))
