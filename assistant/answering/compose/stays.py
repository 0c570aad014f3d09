"""Stays in hospital: put together from admissions and discharges, told, and found by day or ward."""

from __future__ import annotations

import re
from typing import NamedTuple

from assistant.answering.compose.record import Record, detail_text, order_of_day
from assistant.answering.compose.result import NOTHING, FactsAnswer, FactSentence
from assistant.answering.compose.wording import part, sentence
from assistant.answering.rendering import span_text
from assistant.answering.understand.patterns import flatten
from retrieval.fact import Fact
from retrieval.folding import fold

_EXIT = ("sortie", "discharge")
_WARD = re.compile(
    r"\b(?:sejour|hospitalisation|hospitalisee?|admise?) en "
    r"((?!urgence|ambulatoire|france|ehpad|\d|janv|fevr|mars|avril|mai|juin|juil|aout|sept|octo|nove|dece)"
    r"[a-z]+(?: (?:et |de |du |des |d )?[a-z]+){0,3}?)(?= (?:le|du|au|en|depuis|pour|a|il|elle)\b|[ ?.!]*$)"
)
"""A stay in a ward: `motif du séjour en chirurgie digestive ?`. Read over the flattened question."""
_SEVERAL = re.compile(r"\b(?:sejours|hospitalisations|hospits|stays|admissions|hospitali[sz]ations)\b")


class Stay(NamedTuple):
    """A stay put together from its admission and its discharge."""

    facts: tuple[Fact, ...]
    start: str | None
    end: str | None


def stays(record: Record) -> tuple[Stay, ...]:
    """Stays in order: an admission with the discharge that follows it before the next admission."""
    facts = [fact for fact in record.of_kind("stay") if fact.certainty == "present"]
    made: list[Stay] = []
    for fact in facts:
        words = fold(fact.label)
        if any(mark in words for mark in _EXIT):
            if made and made[-1].end is None:
                last = made[-1]
                made[-1] = Stay((*last.facts, fact), last.start, fact.effective)
            else:
                made.append(Stay((fact,), None, fact.effective))
        else:
            made.append(Stay((fact,), fact.effective, fact.effective_end))
    period = record.asked.period
    if period is None or (period.from_date is None and period.to_date is None):
        return tuple(made)
    return tuple(s for s in made if _touches(s, period.from_date, period.to_date))


def _touches(stay: Stay, first: str | None, last: str | None) -> bool:
    start = order_of_day(stay.start or stay.end)
    end = order_of_day(stay.end or stay.start)
    return start <= (last or "~") and end >= (first or "")


def in_named_ward(record: Record) -> tuple[Stay, ...]:
    """The stays in the ward that the question names, or all where it names none."""
    named = _WARD.search(flatten(record.asked.question))
    return tuple(stay for stay in stays(record) if named is None or _in_ward(stay, named[1]))


def not_in_ward(record: Record) -> FactsAnswer | None:
    """The recorded stays, where the question takes for granted one in a ward that none of them names.

    None when it names no ward, or one of theirs.
    """
    named = _WARD.search(flatten(record.asked.question))
    found = stays(record)
    if named is None or not found or any(_in_ward(stay, named[1]) for stay in found):
        return None
    language = record.language
    items = [
        part(
            "stay_item",
            language,
            span=span_text(stay.start, stay.end, language=language),
            ward=part("ward", language, ward=ward_of(stay)) if ward_of(stay) else "",
        )
        for stay in found
    ]
    text = sentence("no_such_stay", language, items=" ; ".join(items), ward=named[1].strip())
    facts = tuple(fact for stay in found for fact in stay.facts)
    return FactsAnswer(sentences=(FactSentence(text, facts),), premise_corrected=True, settled=True)


def ward_of(stay: Stay) -> str:
    """The ward of a stay, empty where none is stated."""
    return next((detail_text(fact, "ward") for fact in stay.facts if detail_text(fact, "ward")), "")


def _in_ward(stay: Stay, asked: str) -> bool:
    ward = flatten(ward_of(stay))
    return not ward or asked.strip() in ward or ward in asked


def covers_day(stay: Stay, day: str) -> bool:
    """Whether a day (ISO 8601) lies inside a stay; one that has not ended goes on."""
    start = order_of_day(stay.start or stay.end)
    return bool(day) and start <= day <= (order_of_day(stay.end) or "~")


def told_stay(stay: Stay, record: Record, *, opening: str = "stay") -> FactSentence:
    """`Hospitalisation du 12/03/2024 au 20/03/2024, Cardiologie (motif : …).`"""
    language = record.language
    ward = ward_of(stay)
    reason = next((detail_text(fact, "reason") for fact in stay.facts if detail_text(fact, "reason")), "")
    text = sentence(
        opening,
        language,
        span=span_text(stay.start, stay.end, language=language),
        ward=part("ward", language, ward=ward) if ward else "",
        reason=part("reason", language, reason=reason) if reason else "",
    )
    return FactSentence(text, stay.facts)


def answer_stays(record: Record) -> FactsAnswer:
    """All stays, or the last one where the question asks for it. Reasons are told where facts hold them."""
    found = stays(record)
    if not found:
        return NOTHING
    several = _SEVERAL.search(flatten(record.asked.question)) is not None
    asked_one = record.asked.intents[0] in ("latest", "date") and len(found) > 1 and not several
    last = "last" in record.hints or asked_one
    wanted_reason = "why" in record.asked.intents
    shown = found[-1:] if last else found
    told = tuple(told_stay(stay, record, opening="stay_last" if last else "stay") for stay in shown)
    reasons = all(any(detail_text(fact, "reason") for fact in stay.facts) for stay in shown)
    return FactsAnswer(sentences=told, complete=reasons or not wanted_reason)
