"""Allergies: every positive statement first, then what contradicts it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from assistant.answering.compose.record import Record, detail_text, is_family
from assistant.answering.compose.result import NOTHING, FactConflict, FactsAnswer, FactSentence
from assistant.answering.compose.wording import part, sentence
from assistant.answering.conflicts import conflict_of
from assistant.answering.rendering import date_text, lowered, on_date
from retrieval.fact import Fact
from retrieval.folding import fold
from retrieval.terminology.concept import Concept

_PAST = ("resolved", "inactive", "completed")
"""An allergy that the source no longer holds for active is told all the same, as what it is."""
_TAKES_FOR_GRANTED = ("since", "date", "why")
_Kind = Literal["allergy", "intolerance", "allergy_suspected", "allergy_refuted", "allergy_none"]


def kind_of(fact: Fact) -> _Kind:
    """How a statement is to be worded: allergy, intolerance, suspected, refuted, or none known."""
    if fact.certainty == "absent":
        return "allergy_none" if is_global_exclusion(fact) else "allergy_refuted"
    if fact.certainty in ("suspected", "unknown"):
        return "allergy_suspected"
    # a section « Allergies et intolérances » does not say which of the two it is
    headings = [heading for heading in map(fold, fact.heading) if "allerg" not in heading]
    said = (*headings, *(fold(item.text) for item in fact.details if item.name == "other"), fold(fact.label))
    return "intolerance" if any("intoleran" in each for each in said) else "allergy"


def are_asked(record: Record) -> bool:
    """Whether allergies are asked about: « asthme allergique » is a problem, and asks nothing of them."""
    problem = any(concept.kind == "problem" for concept in record.asked.concepts)
    return not (problem and "qualified" in record.hints)


def is_global_exclusion(fact: Fact) -> bool:
    """Whether it says that no allergy at all is known."""
    words = fold(fact.label)
    return fact.certainty == "absent" and any(
        mark in words
        for mark in ("aucun", "pas d", "absence", "no known", "none", "nkda", "sans", "exclusion")
    )


def answer(record: Record, substances: Sequence[Concept]) -> FactsAnswer:
    """All allergy statements; those about the substances that are asked come first.

    With substances asked and none about them, the others are still said, and the answer is not complete:
    only a scan may say that this substance is nowhere.
    """
    facts = tuple(fact for fact in record.facts if _is_statement(fact, record))
    if not facts:
        return NOTHING
    asked = [fact for fact in facts if any(_concerns(concept, fact, record) for concept in substances)]
    positive = [fact for fact in facts if fact.certainty != "absent"]
    chosen = positive if not substances else [fact for fact in positive if fact in asked]
    contrary = [fact for fact in facts if fact.certainty == "absent"]
    if substances:
        contrary = [fact for fact in contrary if fact in asked or is_global_exclusion(fact)]
    supposes = record.asked.intents[0] in _TAKES_FOR_GRANTED or "reaction" in record.hints
    supposed = bool(substances) and supposes
    if supposed and not asked:
        return _without(positive, contrary, substances, record)
    refuted = supposed and not chosen
    if substances and not chosen and not refuted:
        chosen = positive
    shown = [*_last_of_each(chosen), *_last_of_each(contrary)]
    if not shown:
        return NOTHING
    told = tuple(_told(fact, record) for fact in shown)
    complete = not substances or any(fact in asked for fact in shown)
    if "reaction" in record.hints and not all(detail_text(fact, "reaction") for fact in chosen):
        complete = False
    return FactsAnswer(
        sentences=told,
        complete=complete,
        premise_corrected=refuted,
        settled=refuted,  # a refuted class answers about its members
        conflicts=_conflicts(chosen, contrary, record, substances),
    )


def _without(
    positive: Sequence[Fact], contrary: Sequence[Fact], substances: Sequence[Concept], record: Record
) -> FactsAnswer:
    """The allergies that are recorded, and that the one taken for granted is not among them; or that none is.

    Where prose tells of it, that is quoted instead (`gather`).
    """
    if not positive:
        none = tuple(_told(fact, record) for fact in _last_of_each(contrary))
        return FactsAnswer(sentences=none, premise_corrected=True, settled=True) if none else NOTHING
    shown = _last_of_each(positive)
    text = sentence(
        "allergies_without",
        record.language,
        items=", ".join(dict.fromkeys(lowered(fact.label) for fact in shown)),
        label=substances[0].label,
    )
    return FactsAnswer(sentences=(FactSentence(text, tuple(shown)),), premise_corrected=True, settled=True)


def _is_statement(fact: Fact, record: Record) -> bool:
    """A typed allergy of the patient, or an absence of any other kind whose words are about allergies."""
    if is_family(fact):
        return False
    denied = fact.certainty == "absent" and "topic:allergy" in record.lexicon.label_keys(fact.label)
    return fact.kind == "allergy" or denied


def _concerns(concept: Concept, fact: Fact, record: Record) -> bool:
    """About the substance itself, or about a class that holds it: penicillins concern amoxicillin."""
    if record.lexicon.matches(concept, fact):
        return True
    classes = (
        record.lexicon.concept(key)
        for key in record.lexicon.label_keys(fact.label)
        if key.startswith("class:")
    )
    return any(concept.key in each.members for each in classes)


def _last_of_each(facts: Sequence[Fact]) -> list[Fact]:
    kept: dict[tuple[str, str], Fact] = {}
    for fact in facts:
        key = (fold(fact.label).strip(), kind_of(fact))
        held = kept.pop(key, None)
        # a statement with a reaction is worth more than a newer one without
        kept[key] = held if held is not None and _weight(held) > _weight(fact) else fact
    order = ("allergy", "intolerance", "allergy_suspected", "allergy_refuted", "allergy_none")
    return sorted(kept.values(), key=lambda fact: order.index(kind_of(fact)))


def _weight(fact: Fact) -> int:
    return sum(1 for item in fact.details if item.name in ("reaction", "severity", "criticality"))


def _told(fact: Fact, record: Record) -> FactSentence:
    language = record.language
    details = []
    names: tuple[Literal["reaction", "severity"], ...] = ("reaction", "severity")
    for name in names:
        words = detail_text(fact, name)
        if words:
            details.append(part(name, language, text=words[:1].lower() + words[1:]))
    if not details and date_text(fact.effective, language=language):
        details.append(part("noted", language, date=on_date(fact.effective, language=language)))
    if fact.status in _PAST:
        details.append(part("allergy_past", language))
    joined = (" ; " if language == "fr" else "; ").join(details)
    text = sentence(
        kind_of(fact),
        language,
        label=fact.label,
        details=f" ({joined})" if joined else "",
        date=on_date(fact.effective, language=language),
    )
    return FactSentence(text, (fact,))


def _conflicts(
    positive: Sequence[Fact], contrary: Sequence[Fact], record: Record, substances: Sequence[Concept]
) -> tuple[FactConflict, ...]:
    sure = [fact for fact in positive if fact.certainty == "present"]
    against = [
        fact
        for fact in contrary
        if is_global_exclusion(fact) or any(fold(fact.label) == fold(other.label) for other in sure)
    ]
    if not sure or not against:
        return ()
    concept = substances[0].label if substances else "allergies"
    denied = "écartée" if record.language == "fr" else "refuted"
    pairs = [*((fact.label, fact) for fact in sure)]
    pairs += [
        (fact.label if is_global_exclusion(fact) else f"{fact.label}, {denied}", fact) for fact in against
    ]
    return (conflict_of(concept, pairs, record=record),)
