"""Topics told by single statements: blood group, tobacco, next of kin, plans, a whole laboratory report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from assistant.answering.compose.measures import label_of
from assistant.answering.compose.record import Record, detail_text, has_value, order_of_day
from assistant.answering.compose.result import NOTHING, FactConflict, FactsAnswer, FactSentence
from assistant.answering.compose.wording import part, sentence
from assistant.answering.conflicts import conflict_of
from assistant.answering.rendering import date_text, fact_value, of_name, on_date, reference_text
from retrieval.fact import Coded, Fact, FactKind, Text
from retrieval.folding import fold
from retrieval.terminology.concept import Concept

_MOST = 40
_LONGEST = 300


def topic(concept: Concept, record: Record) -> FactsAnswer:
    """The newest statement of each kind about a topic, positive ones first; prose always completes it.

    Values that differ between sources are a conflict. A blood group carries its warning.
    """
    facts = [fact for fact in record.within(record.about(concept)) if _short(fact)]
    if not facts:
        return NOTHING
    if concept.key == "topic:blood_group":
        return _blood_group(concept, facts, record)
    kept = {(fold(fact.label), fold(fact_value(fact)), fact.certainty): fact for fact in facts}
    last = {(fold(fact.label), fact.certainty): fact for fact in kept.values()}
    ordered = sorted(last.values(), key=lambda fact: fact.certainty == "absent")
    told = tuple(_told(fact, record) for fact in ordered[:_MOST])
    narrative = record.lexicon.entry(concept.key).narrative
    return FactsAnswer(
        sentences=told, complete=not narrative, conflicts=_yes_and_no(concept, ordered, record)
    )


def _short(fact: Fact) -> bool:
    """A statement that can be quoted whole: not the body of a report."""
    return fact.kind != "narrative" and len(fact_value(fact)) <= _LONGEST


def _told(fact: Fact, record: Record) -> FactSentence:
    language = record.language
    value = fact_value(fact, language=language).rstrip(". ")
    date = date_text(fact.effective, language=language)
    dated = f", {on_date(fact.effective, language=language)}" if date else ""
    if fact.certainty == "absent":
        text = sentence(
            "problem_absent_also",
            language,
            label=fact.label,
            of_label=of_name(fact.label),
            date=on_date(fact.effective, language=language),
        )
    elif not value or fold(value) == fold(fact.label):
        text = sentence("statement_plain", language, label=fact.label, date=dated)
    else:
        text = sentence("statement", language, label=fact.label, value=value, date=dated)
    return FactSentence(text, (fact,))


def _blood_group(concept: Concept, facts: Sequence[Fact], record: Record) -> FactsAnswer:
    language = record.language
    stated = [fact for fact in facts if has_value(fact) and isinstance(fact.value, (Text, Coded))]
    if not stated:
        return NOTHING
    by_value = {(fold(fact.label), fold(fact_value(fact))): fact for fact in stated}
    told = tuple(
        FactSentence(
            sentence(
                "blood_group",
                language,
                label=fact.label,
                value=fact_value(fact, language=language),
                date=on_date(fact.effective, language=language),
            ),
            (fact,),
        )
        for fact in by_value.values()
    )
    labels = [key[0] for key in by_value]
    differ = [f for key, f in by_value.items() if labels.count(key[0]) > 1]
    conflicts = (
        (conflict_of(concept.label, [(fact_value(f), f) for f in differ], record=record),) if differ else ()
    )
    return FactsAnswer(sentences=told, conflicts=conflicts, complete=False)


def _yes_and_no(concept: Concept, facts: Sequence[Fact], record: Record) -> tuple[FactConflict, ...]:
    yes = [fact for fact in facts if fact.certainty == "present"]
    no = [fact for fact in facts if fact.certainty == "absent"]
    if not yes or not no:
        return ()
    words = ("présent", "absent") if record.language == "fr" else ("present", "absent")
    pairs = [*((words[0], fact) for fact in yes), *((words[1], fact) for fact in no)]
    return (conflict_of(concept.label, pairs, record=record),)


def plain(concept: Concept, record: Record) -> FactsAnswer:
    """Statements about a substance that are no prescription (a plan, a generic entry) and no allergy."""
    facts = [f for f in record.about(concept, kinds=("plan", "generic")) if _short(f)]
    if not facts:
        return NOTHING
    return FactsAnswer(sentences=tuple(_told(fact, record) for fact in facts[-_MOST:]), complete=False)


def plans(concept: Concept, record: Record) -> FactsAnswer:
    """What is awaited or announced. A request whose result has come is for prose to tell: never complete."""
    facts = [fact for fact in record.of_kind("plan") if fact.certainty == "present"]
    if not facts:
        return NOTHING
    told = []
    for fact in facts[-_MOST:]:
        pending = concept.key == "topic:pending"
        name = "pending" if pending and _is_awaited(fact) else "plan"
        if pending and name == "plan":
            continue
        comment = detail_text(fact, "comment")
        text = sentence(
            name,
            record.language,
            label=fact.label,
            of_label=of_name(fact.label),
            date=on_date(fact.effective, language=record.language),
            detail=f" ({comment})" if comment else "",
        )
        told.append(FactSentence(text, (fact,)))
    return FactsAnswer(sentences=tuple(told), complete=False) if told else NOTHING


def _is_awaited(fact: Fact) -> bool:
    said = fold(" ".join((fact_value(fact), *(item.text for item in fact.details))))
    return "attente" in said or "awaited" in said or "pending" in said


def last_document(kinds: Sequence[str], record: Record) -> FactsAnswer:
    """Every result of the newest day that has one (of the period, where one is named)."""
    facts = [f for f in record.within(record.of_kind(*cast("Sequence[FactKind]", kinds))) if has_value(f)]
    if not facts:
        return NOTHING
    day = max(order_of_day(fact.effective) for fact in facts)
    told = [_result(fact, record) for fact in facts if order_of_day(fact.effective) == day]
    return FactsAnswer(sentences=tuple(told[:_MOST]), complete=len(told) <= _MOST)


def _result(fact: Fact, record: Record) -> FactSentence:
    language = record.language
    range_text = reference_text(fact.reference_range, language=language)
    text = sentence(
        "at",
        language,
        label=_name(fact, record),
        value=fact_value(fact, language=language),
        date=on_date(fact.effective, language=language),
        range=f" ({range_text})" if range_text else "",
        judgement="",
        status=part(fact.status, language) if fact.status in ("preliminary", "amended") else "",
    )
    return FactSentence(text, (fact,))


def _name(fact: Fact, record: Record) -> str:
    keys = sorted(key for key in record.lexicon.label_keys(fact.label) if key.startswith("analyte:"))
    return label_of(record.lexicon.concept(keys[0]), fact, record) if len(keys) == 1 else fact.label
