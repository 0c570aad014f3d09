"""Binding: value, unit, date and status belong to the same concept in the cited text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.answering.understanding import Understanding
from assistant.answering.verify.comparison import comparisons_hold
from assistant.answering.verify.concepts import measured, names, subject_of
from assistant.answering.verify.dates_check import supported
from assistant.answering.verify.numbers_check import holds
from assistant.answering.verify.reading import Statement
from assistant.answering.verify.support import same_word, support
from assistant.answering.verify.verdict import PASSED, Outcome
from assistant.answering.verify.vocabulary import vocabulary
from retrieval.terminology.concept import Concept, Mention
from retrieval.terminology.dates import DateMention
from retrieval.terminology.units import QuantityMention

_WRONG = Outcome(passed=False, reason="wrong_concept")
_UNBOUND = Outcome(passed=False, reason="not_bound")
_SPAN = re.compile(r"\b(?:du|de|entre|from|between)\b.*\b(?:au|a|et|to|and)\b")


def check_binding(sentence: Statement, sources: Sequence[Statement], understanding: Understanding) -> Outcome:
    """Fail with `wrong_concept` when a concept or the owner of a value is not that of the source.

    Fail with `not_bound` when a date belongs to another value, a comparison does not hold, or the words are
    not those of the source.
    """
    named = [concept for source in sources for concept in source.concepts]
    known = {word.text for source in sources for word in source.words}
    if any(not _is_named(mention, named, sentence, known) for mention in sentence.mentions):
        return _WRONG
    for quantity in sentence.quantities:
        owners = [(s, q) for s in sources for q in s.quantities if _same(quantity, q, sentence)]
        if owners and not any(_owned(sentence, quantity, s, q, understanding) for s, q in owners):
            return _WRONG
        if owners and not _dated(sentence, quantity, [s for s, _ in owners], sources):
            return _UNBOUND
    if not _dates_bound(sentence, sources) or not comparisons_hold(sentence, sources, understanding.concepts):
        return _UNBOUND
    share = support(sentence, sources, extra=_said(sources))
    return PASSED if share is None or share >= vocabulary().threshold else _UNBOUND


def _is_named(mention: Mention, named: Sequence[Concept], sentence: Statement, known: set[str]) -> bool:
    if names(mention.concept, named) or mention.concept.key in vocabulary().framing:
        return True
    inside = [word for word in sentence.words if mention.start <= word.start < mention.end]
    precise = mention.concept.kind in {"drug", "drug_class"}
    return (
        not precise and bool(inside) and all(any(same_word(word.text, k) for k in known) for word in inside)
    )


def _same(quantity: QuantityMention, other: QuantityMention, sentence: Statement) -> bool:
    norms = vocabulary().norm.search(sentence.folded) is not None
    return holds(quantity.number, other.number, norms=norms)


def _owned(
    sentence: Statement,
    quantity: QuantityMention,
    source: Statement,
    other: QuantityMention,
    asked: Understanding,
) -> bool:
    """Whether a value has the same owner in the sentence and in one source."""
    here = subject_of(sentence, quantity)
    there = subject_of(source, other) or measured(source.context)
    if source.fact is not None:
        there = (*there, *source.context)
    if here and there:
        return any(names(concept, there) for concept in here)
    if here:
        return any(names(concept, source.concepts) for concept in here)
    wanted = measured(asked.concepts)
    if there and wanted:
        return any(names(concept, there) for concept in wanted) or _no_owner(quantity)
    return True


def _no_owner(quantity: QuantityMention) -> bool:
    """Durations, ages and counts have no measured owner."""
    return quantity.unit is None or quantity.unit.code in {
        "a",
        "mo",
        "wk",
        "d",
        "h",
        "min",
        "/d",
        "/wk",
        "/mo",
    }


def _dated(
    sentence: Statement,
    quantity: QuantityMention,
    owners: Sequence[Statement],
    sources: Sequence[Statement],
) -> bool:
    """A value has the day of its own statement; a dose may have any day told of its drug (its start)."""
    dates = _dates_for(sentence, quantity)
    if not dates:
        return True
    drugs = [c for c in subject_of(sentence, quantity) if c.kind in {"drug", "drug_class"}]
    if drugs:
        owners = [source for source in sources if any(names(drug, source.concepts) for drug in drugs)]
    return any(supported(mention, (*owner.dates, *owner.days)) for owner in owners for mention in dates)


def _dates_for(sentence: Statement, quantity: QuantityMention) -> list[DateMention]:
    """The dates that a sentence gives to one of its numbers."""
    dates = list(sentence.dates)
    if len(dates) < 2 or _SPAN.search(sentence.folded):
        return dates
    dates_first = dates[0].start < min(q.start for q in sentence.quantities)
    if dates_first:
        before = [d for d in dates if d.start < quantity.start]
        return before[-1:]
    following = [d for d in dates if d.start >= quantity.end]
    return following[:1] or dates[-1:]


def _dates_bound(sentence: Statement, sources: Sequence[Statement]) -> bool:
    """With no number, a date belongs to the concept that the sentence names, in one source statement."""
    concepts = [m.concept for m in sentence.mentions if m.concept.key not in vocabulary().framing]
    if sentence.quantities or not sentence.dates or not concepts:
        return True
    about = [s for s in sources if any(names(concept, s.concepts) for concept in concepts)]
    if not about:
        return True
    alone = len(sentence.dates) == 1
    return all(any(_dates(d, s, alone=alone) for s in about) for d in sentence.dates)


def _dates(mention: DateMention, source: Statement, *, alone: bool) -> bool:
    """The day of a document dates a statement that has no date of its own, or stands beside the own one."""
    if supported(mention, source.dates):
        return True
    return supported(mention, source.days) and (source.fact is not None or not source.dates or not alone)


def _said(sources: Sequence[Statement]) -> list[str]:
    """Words that stand beside the text: headings, titles, and a fact's own fields."""
    beside = [word.text for source in sources for word in source.heading]
    facts = [source.fact for source in sources if source.fact]
    return [*beside, *(word for fact in facts for word in (fact.status or "", fact.certainty) if word)]
