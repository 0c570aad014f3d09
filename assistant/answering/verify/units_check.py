"""Units: every unit of a sentence stands with the same number in a text it cites. Nothing is converted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from assistant.answering.verify.numbers_check import holds
from assistant.answering.verify.reading import Statement
from assistant.answering.verify.verdict import NOT_APPLICABLE, PASSED, Outcome
from assistant.answering.verify.vocabulary import vocabulary
from retrieval.terminology.units import QuantityMention

_ONE = Decimal(1)
_ONCE = re.compile(
    r"\b(?:matin|midi|soir|coucher|1 fois par jour|une fois par jour|1/j|once daily|every day|par jour|/j)\b"
)


def check_units(sentence: Statement, sources: Sequence[Statement]) -> Outcome:
    """Fail with `unit_not_in_source` when a number has another unit, or none, in every cited text."""
    with_unit = [quantity for quantity in sentence.quantities if quantity.unit]
    if not with_unit:
        return NOT_APPLICABLE
    norms = vocabulary().norm.search(sentence.folded) is not None
    for quantity in with_unit:
        found = [
            (source, other)
            for source in sources
            for other in source.quantities
            if _same_value(quantity, other, norms=norms)
        ]
        if found and not any(_same_unit(quantity, other, source) for source, other in found):
            return Outcome(passed=False, reason="unit_not_in_source")
    return PASSED


def _same_value(quantity: QuantityMention, other: QuantityMention, *, norms: bool) -> bool:
    if holds(quantity.number, other.number, norms=norms):
        return True
    return len(quantity.number.values) == 2 and other.number.values[0] in quantity.number.values


def _same_unit(quantity: QuantityMention, other: QuantityMention, source: Statement) -> bool:
    assert quantity.unit is not None
    if other.unit is None:
        return _shared(other, source) == quantity.unit.code
    if other.unit.code == quantity.unit.code:
        return True
    daily = quantity.unit.code.endswith("/d") and quantity.unit.code[:-2] == other.unit.code
    return daily and _once_a_day(source)


def _shared(quantity: QuantityMention, source: Statement) -> str | None:
    """A range or a list often names its unit once, in the same statement: `5,4 (3,5-5,0) mmol/L`."""
    units = {other.unit.code for other in source.quantities if other.unit}
    return next(iter(units)) if len(units) == 1 and quantity.number.form in {"range", "plain"} else None


def _once_a_day(source: Statement) -> bool:
    counts = [q for q in source.quantities if q.unit and q.unit.code == "/d" and q.number.values != (_ONE,)]
    return not counts and len(_ONCE.findall(source.folded)) == 1
