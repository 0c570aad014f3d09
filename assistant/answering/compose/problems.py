"""Diagnoses and histories: list, present or documented absent, since when, of the family."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from assistant.answering.compose.record import Record, order_of_day
from assistant.answering.compose.result import NOTHING, FactConflict, FactsAnswer, FactSentence
from assistant.answering.compose.wording import part, sentence
from assistant.answering.conflicts import conflict_of
from assistant.answering.rendering import date_text, of_name, on_date, since_date
from retrieval.fact import Fact, Moment
from retrieval.folding import fold
from retrieval.terminology.concept import Concept


class Told(NamedTuple):
    """Statements about one problem, oldest first."""

    label: str
    facts: tuple[Fact, ...]

    @property
    def latest(self) -> Fact:
        """The newest statement."""
        return self.facts[-1]


def grouped(facts: Iterable[Fact]) -> tuple[Told, ...]:
    """Put statements of the same problem together: the same code, or the same words."""
    groups: dict[str, list[Fact]] = {}
    for fact in facts:
        groups.setdefault(_key(fact), []).append(fact)
    return tuple(Told(group[-1].label, tuple(group)) for group in groups.values())


def _key(fact: Fact) -> str:
    codes = sorted(code.code for code in fact.codes if code.code)
    return codes[0] if codes else fold(fact.label).strip()


def onset(told: Told, record: Record) -> str | None:
    """When it began: a stated start, or a time of its own; the time of the document is no onset."""
    starts = [
        item.value.iso
        for fact in told.facts
        for item in fact.details
        if item.name == "start" and isinstance(item.value, Moment)
    ]
    starts += [fact.effective for fact in told.facts if fact.effective and _own_time(fact, record)]
    return min(starts, key=order_of_day) if starts else None


def _own_time(fact: Fact, record: Record) -> bool:
    source = record.source(fact)
    known = source is not None and bool(order_of_day(source.effective))
    return known and source is not None and order_of_day(fact.effective) < order_of_day(source.effective)


def _end(told: Told) -> str | None:
    for fact in reversed(told.facts):
        for item in fact.details:
            if item.name == "stop" and isinstance(item.value, Moment):
                return item.value.iso
        if fact.effective_end:
            return fact.effective_end
    return None


def told_problem(told: Told, record: Record, *, opening: str = "problem") -> FactSentence:
    """One sentence on one problem that is present."""
    language = record.language
    began = since_date(onset(told, record), language=language)
    status = ""
    if told.latest.status in ("resolved", "inactive", "completed"):
        end = _end(told)
        status = (
            part("resolved_on", language, date=on_date(end, language=language))
            if date_text(end, language=language)
            else part("resolved", language)
        )
    text = sentence(opening, language, label=told.label, since=f", {began}" if began else "", status=status)
    return FactSentence(text, _cited(told, record))


def _cited(told: Told, record: Record) -> tuple[Fact, ...]:
    began = [f for f in told.facts if any(d.name == "start" for d in f.details) or _own_time(f, record)][:1]
    return tuple({fact.id: fact for fact in (told.latest, *began)}.values())


def list_problems(facts: Sequence[Fact], record: Record) -> FactsAnswer:
    """Every problem: active, then resolved, then only suspected ones; documented absences are left out."""
    groups = grouped([fact for fact in facts if fact.certainty != "absent"])
    if not groups:
        return NOTHING
    sure = [told for told in groups if told.latest.certainty != "suspected"]
    sure.sort(key=lambda told: told.latest.status in ("resolved", "inactive", "completed"))
    sentences = [told_problem(told, record) for told in sure]
    sentences += [_suspected(told, record) for told in groups if told.latest.certainty == "suspected"]
    return FactsAnswer(sentences=tuple(sentences))


def _suspected(told: Told, record: Record) -> FactSentence:
    text = sentence(
        "problem_suspected",
        record.language,
        label=told.label,
        date=on_date(told.latest.effective, language=record.language),
    )
    return FactSentence(text, (told.latest,))


def presence(concept: Concept, record: Record) -> FactsAnswer:
    """Yes with what is recorded; documented absence; only suspected; both sides when they disagree."""
    facts = record.about(concept)
    if record.asked.subject == "family":
        return family(facts, record)
    groups = grouped([fact for fact in facts if fact.certainty == "present"])
    denied = [fact for fact in facts if fact.certainty == "absent"]
    unsure = grouped([fact for fact in facts if fact.certainty == "suspected"])
    sentences = [told_problem(told, record, opening="problem_yes") for told in groups]
    sentences += [_suspected(told, record) for told in unsure if not groups]
    sentences += [
        _absent(fact, record, also=bool(groups))
        for fact in _last_of_each(denied)
        if not _narrower(fact, groups)
    ]
    if not sentences:
        return NOTHING
    return FactsAnswer(sentences=tuple(sentences), conflicts=_disagreement(concept, groups, denied, record))


def _last_of_each(facts: Sequence[Fact]) -> list[Fact]:
    return list({_key(fact): fact for fact in facts}.values())


def _narrower(denied: Fact, groups: Sequence[Told]) -> bool:
    """A denial of another, more special problem does not belong to the answer when something is present."""
    return bool(groups) and all(_key(denied) != _key(told.latest) for told in groups)


def _absent(fact: Fact, record: Record, *, also: bool) -> FactSentence:
    text = sentence(
        "problem_absent_also" if also else "problem_absent",
        record.language,
        label=fact.label,
        of_label=of_name(fact.label),
        date=on_date(fact.effective, language=record.language),
    )
    return FactSentence(text, (fact,))


def _disagreement(
    concept: Concept, groups: Sequence[Told], denied: Sequence[Fact], record: Record
) -> tuple[FactConflict, ...]:
    against = [fact for fact in denied if not _narrower(fact, groups)]
    if not groups or not against:
        return ()
    yes, no = ("présent", "absent") if record.language == "fr" else ("present", "absent")
    pairs = [*((yes, told.latest) for told in groups), *((no, fact) for fact in against)]
    return (conflict_of(concept.label, pairs, record=record),)


def family(facts: Sequence[Fact], record: Record) -> FactsAnswer:
    """Statements about relatives, with the relation that the source names."""
    if not facts:
        return NOTHING
    sentences = []
    for fact in {(fold(f.label), relation(f)): f for f in facts}.values():
        who = relation(fact)
        text = sentence("family", record.language, label=fact.label, relation=f" ({who})" if who else "")
        sentences.append(FactSentence(text, (fact,)))
    return FactsAnswer(sentences=tuple(sentences))


def _only_relatives(concept: Concept, record: Record) -> FactsAnswer:
    """A problem that is recorded of relatives alone: told as theirs, what the question supposes corrected."""
    told = [fact for fact in record.of_kind("family_history") if record.lexicon.matches(concept, fact)]
    theirs = {"premise_corrected": True, "settled": True, "complete": False}
    return family(told, record).model_copy(update=theirs) if told else NOTHING


def relation(fact: Fact) -> str:
    """Which relative, as the source says it; empty when it does not."""
    for item in fact.details:
        if "lien" in fold(item.label) or "relation" in fold(item.label) or "parent" in fold(item.label):
            return " ".join(item.text.split())
    return ""


def since(concept: Concept, record: Record) -> FactsAnswer:
    """Since when a problem is known; a documented absence corrects the premise."""
    facts = record.about(concept)
    groups = grouped([fact for fact in facts if fact.certainty == "present"])
    if groups:
        told = tuple(told_problem(each, record) for each in groups)
        return FactsAnswer(sentences=told, complete=all(onset(each, record) for each in groups))
    denied = [fact for fact in facts if fact.certainty == "absent"]
    if not denied:
        return _only_relatives(concept, record) if not facts else presence(concept, record)
    absent = tuple(_absent(fact, record, also=False) for fact in _last_of_each(denied))
    return FactsAnswer(sentences=absent, premise_corrected=True)
