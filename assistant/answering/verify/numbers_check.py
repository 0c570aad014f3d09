"""Numbers: every number and clock time of a sentence stands in a text it cites."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from assistant.answering.understanding import Understanding
from assistant.answering.verify.reading import Statement
from assistant.answering.verify.verdict import NOT_APPLICABLE, PASSED, Outcome
from assistant.answering.verify.vocabulary import vocabulary
from retrieval.terminology.numbers import NumberMention, same_number

_LOOSE = ("à", "to", "et", "and")


def check_numbers(sentence: Statement, sources: Sequence[Statement], understanding: Understanding) -> Outcome:
    """Fail with `number_not_in_source` when a number or a time of the sentence is in no cited text.

    A tenfold error is a different number. When the question asks how many, the number of cited items counts
    as stated.
    """
    if not sentence.quantities and not sentence.times:
        return NOT_APPLICABLE
    counted = _counted(sources, understanding)
    norms = vocabulary().norm.search(sentence.folded) is not None
    for quantity in sentence.quantities:
        bare = quantity.unit is None and quantity.number.values == (counted,)
        if not bare and not stated(quantity.number, sources, norms=norms):
            return Outcome(passed=False, reason="number_not_in_source")
    known = {(time.hour, time.minute) for source in sources for time in source.times}
    if any((time.hour, time.minute) not in known for time in sentence.times):
        return Outcome(passed=False, reason="number_not_in_source")
    return PASSED


def stated(number: NumberMention, sources: Sequence[Statement], *, norms: bool) -> bool:
    """Whether any source states `number`. Bounds of a range count only where `norms` are spoken of.

    A range may join values of several sources; a pair (`140/85`) only those of one moment.
    """
    return any(
        holds(number, quantity.number, norms=norms) for source in sources for quantity in source.quantities
    ) or (
        len(number.values) > 1
        and number.form != "schedule"
        and any(
            all(_plain(value, held, norms=norms) for value in number.values)
            for held in (_by_moment(sources) if number.form == "pair" else [sources])
        )
    )


def _by_moment(sources: Sequence[Statement]) -> list[list[Statement]]:
    """The sources of each moment, as their dates are written; those without one together."""
    moments: dict[str, list[Statement]] = {}
    for source in sources:
        moments.setdefault(source.days[0].text if source.days else "", []).append(source)
    return list(moments.values())


def holds(number: NumberMention, other: NumberMention, *, norms: bool) -> bool:
    """Whether one written number says the other: equal, or one of the values of `4,1 à 5,4`."""
    if same_number(number, other):
        return True
    if len(number.values) == 1 and len(other.values) > 1 and not number.comparator and not number.ambiguous:
        loose = other.form == "range" and any(word in other.text.split() for word in _LOOSE)
        return number.values[0] in other.values and (loose or (norms and other.form == "range"))
    return False


def _plain(value: Decimal, sources: Sequence[Statement], *, norms: bool) -> bool:
    for source in sources:
        for quantity in source.quantities:
            number = quantity.number
            if number.form != "range" and number.values == (value,) and not number.ambiguous:
                return True
            if norms and number.form == "range" and value in number.values:
                return True
    return False


def _counted(sources: Sequence[Statement], understanding: Understanding) -> Decimal | None:
    if "count" not in understanding.intents:
        return None
    return Decimal(len({source.item for source in sources}))
