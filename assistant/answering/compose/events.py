"""What was done and when: procedures, imaging, devices, vaccines, stays, plans."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from assistant.answering.compose.record import Record, covers, detail, detail_text, order_of_day, time_of
from assistant.answering.compose.result import NOTHING, FactsAnswer, FactSentence
from assistant.answering.compose.wording import part, sentence
from assistant.answering.rendering import lowered, of_name, on_date, shortened, value_text
from assistant.answering.understand.patterns import flatten
from assistant.answering.verify.vocabulary import vocabulary
from retrieval.fact import Coded, Fact, FactKind, Missing, Moment, Text
from retrieval.folding import fold
from retrieval.terminology.concept import Concept

EVENT_KINDS: tuple[FactKind, ...] = ("procedure", "imaging", "device", "immunisation", "plan", "laboratory")


def happened(fact: Fact) -> str | None:
    """When it took place: the stated start (a device's date of insertion), else when the fact held."""
    found = detail(fact, "start")
    if found is not None and isinstance(found.value, Moment):
        return found.value.iso
    return fact.effective


def is_planned(fact: Fact) -> bool:
    """Whether it is announced, not done."""
    return fact.status in ("planned", "scheduled") or fact.kind == "plan"


def _side(fact: Fact) -> str:
    side = detail_text(fact, "laterality", "body_site")
    return f" ({side})" if side and fold(side) not in fold(fact.label) else ""


def _conclusion(fact: Fact, record: Record) -> str:
    """The conclusion of an imaging report; other values are not a result."""
    if fact.kind != "imaging" or isinstance(fact.value, Missing):
        return ""
    words = value_text(fact.value, language=record.language).rstrip(". ")
    if not isinstance(fact.value, (Text, Coded)) or not words or fold(words) == fold(fact.label):
        return ""
    return part("conclusion", record.language, text=shortened(words, 400))


def told_event(fact: Fact, record: Record, *, opening: str = "event", name: str = "") -> FactSentence:
    """One sentence on one event; an announced one is told as such."""
    language = record.language
    chosen = "event_planned" if is_planned(fact) else opening
    if fact.kind == "plan":
        chosen = "event_requested"
    gender = _gender(record)
    text = sentence(
        chosen,
        language,
        label=fact.label,
        side=_side(fact),
        date=on_date(happened(fact), language=language),
        detail=_comment(fact) if fact.kind == "plan" else _conclusion(fact, record),
        name=name,
        last=part(f"last_{gender}", language),
    )
    return FactSentence(text, (fact,))


def _comment(fact: Fact) -> str:
    comment = lowered(detail_text(fact, "comment"))
    return f" ({comment})" if comment else ""


def _gender(record: Record) -> str:
    for concept in record.asked.concepts:
        if concept.kind in ("procedure", "imaging", "device"):
            return record.gender(concept)
    return "m"


def events_of(concept: Concept, record: Record) -> tuple[Fact, ...]:
    """Events of a concept in the period, oldest first, one for each day and label."""
    facts = record.about(concept, kinds=EVENT_KINDS)
    facts = tuple(
        f for f in facts if f.certainty == "present" and (f.kind != "laboratory" or concept.kind != "topic")
    )
    kept: dict[tuple[str, str, bool], Fact] = {}
    for fact in sorted(facts, key=lambda f: (order_of_day(happened(f)), time_of(f))):
        key = (fold(fact.label), order_of_day(happened(fact)), is_planned(fact))
        kept.setdefault(key, fact)
    period = record.asked.period
    if period is None:
        return tuple(kept.values())
    return tuple(f for f in kept.values() if covers(happened(f), first=period.from_date, last=period.to_date))


def dates(concept: Concept, record: Record) -> FactsAnswer:
    """When it took place: the last one where the question asks for the last; announced ones told apart."""
    return dates_of(_named_whole(events_of(concept, record), record), record, name=concept.label)


def dates_of(found: Sequence[Fact], record: Record, *, name: str = "") -> FactsAnswer:
    """The same of these events, oldest first. `name` words the last of several."""
    if not found:
        return NOTHING
    done = [fact for fact in found if not is_planned(fact)]
    ahead = [fact for fact in found if is_planned(fact) and order_of_day(happened(fact)) >= record.day]
    if "planned" in record.hints:
        return _ahead(ahead, record)
    if not done:
        return FactsAnswer(sentences=tuple(told_event(fact, record) for fact in found))
    shown: Sequence[Fact] = done[-1:] if "last" in record.hints else done
    shown, corrected = _on_side(shown, done, record)
    one = len(shown) == 1 and len(done) > 1
    sentences = [
        told_event(fact, record, opening="event_last" if one else "event", name=name or fact.label)
        for fact in shown
    ]
    told = (*sentences, *(told_event(fact, record) for fact in ahead))
    return FactsAnswer(sentences=told, premise_corrected=corrected)


def _named_whole(found: Sequence[Fact], record: Record) -> Sequence[Fact]:
    """Those whose whole name stands in the question, where there are any."""
    flat = flatten(record.asked.question)
    whole = [fact for fact in found if flatten(fact.label) in flat]
    longest = max((len(fact.label) for fact in whole), default=0)
    return [fact for fact in whole if len(fact.label) == longest] or found


def _ahead(ahead: Sequence[Fact], record: Record) -> FactsAnswer:
    """What is announced; a mere request is no appointment, so prose must complete it."""
    if not ahead:
        return NOTHING
    complete = all(fact.kind != "plan" for fact in ahead)
    return FactsAnswer(sentences=tuple(told_event(fact, record) for fact in ahead), complete=complete)


def _on_side(shown: Sequence[Fact], done: Sequence[Fact], record: Record) -> tuple[Sequence[Fact], bool]:
    """Events on the side that is asked; where only the other is recorded, that one, the premise corrected."""
    asked = side_of(record.asked.question)
    if asked is None:
        return shown, False
    same = [fact for fact in done if side_of(f"{fact.label} {_side(fact)}") in (asked, None)]
    if same:
        return [fact for fact in shown if fact in same] or same[-1:], False
    return shown, True


def side_of(text: str) -> Literal["right", "left"] | None:
    """The side that a text names; None for no side or both."""
    sides = vocabulary().sides
    folded = fold(text)
    right, left = (sides[side].search(folded) is not None for side in ("right", "left"))
    return None if right == left else "right" if right else "left"


def presence(concept: Concept, record: Record) -> FactsAnswer:
    """Whether it was done, with each date; announced ones are told as announced."""
    denied = [f for f in record.about(concept) if f.certainty == "absent"]
    found: Sequence[Fact] = events_of(concept, record)
    found, corrected = _on_side(found, found, record)
    told = [told_event(fact, record, opening="event" if corrected else "event_yes") for fact in found]
    for fact in denied[-1:]:
        name = "problem_absent_also" if found else "problem_absent"
        date = on_date(fact.effective, language=record.language)
        told.append(
            FactSentence(
                sentence(name, record.language, label=fact.label, of_label=of_name(fact.label), date=date),
                (fact,),
            )
        )
    return FactsAnswer(sentences=tuple(told), complete=not corrected) if told else NOTHING


def list_events(facts: Sequence[Fact], record: Record) -> FactsAnswer:
    """Every event, oldest first."""
    period = record.asked.period
    kept = [
        f
        for f in facts
        if f.certainty == "present"
        and (period is None or covers(happened(f), first=period.from_date, last=period.to_date))
    ]
    unique = {(fold(f.label), order_of_day(happened(f)), is_planned(f)): f for f in kept}
    ordered = _named_whole(sorted(unique.values(), key=lambda f: order_of_day(happened(f))), record)
    if not ordered:
        return NOTHING
    return FactsAnswer(sentences=tuple(told_event(fact, record) for fact in ordered))


def who(concept: Concept, record: Record) -> FactsAnswer:
    """Who did it, as the fact or its document says; not complete where neither does."""
    told = []
    for fact in events_of(concept, record)[-1:]:
        source = record.source(fact)
        author = detail_text(fact, "author") or (source.author if source else "")
        if author:
            date = on_date(happened(fact), language=record.language)
            text = sentence("event_who", record.language, label=fact.label, date=date, who=author)
            told.append(FactSentence(text, (fact,)))
    # the author of a report is not always who did it: prose has the last word
    return FactsAnswer(sentences=tuple(told), complete=False) if told else NOTHING
