"""Numbers and dates of an answer against the known truth of its patient (S4).

A number is right when it is in `about` (the truth asked for) or in `known` (whatever else is true of the
patient); what the answer cites does not make it right. Wrong: in neither. Tenfold: wrong, and 10, 100 or
1,000 times, or that fraction of, a number of `about` in the same dimension (ISMP counts these among the
errors that kill).

Not checked, by rule: numbers in letters without a unit (`deux` may be a determiner); counts, which are whole
numbers without unit before a word that counts parts of the record or the answer (`3 résultats`, `41
documents`); usual ranges, unless `ranges` says what they are. A number without unit is right when its value
is, in any unit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from eval.cases.gold import DateGold, DrugGold, GoldValue, NumberGold, PolarityGold, TermGold
from eval.metrics.dates import DateMention, agrees, dates_in
from eval.metrics.lexicon import any_of
from eval.metrics.numbers import NumberMention, numbers_in
from eval.metrics.plain import plain
from eval.metrics.spoken import in_any, usual_ranges
from eval.metrics.units import convert
from eval.metrics.value_match import equals, shown_text
from eval.synthetic.truth import Value

_TENFOLD = tuple(Decimal(10) ** power for power in (-3, -2, -1, 1, 2, 3))


class Fidelity(Value):
    """The numbers and dates that were checked, as written, those that are wrong, and those wrong by powers of
    ten.
    """

    numbers: tuple[str, ...]
    wrong: tuple[str, ...]
    tenfold: tuple[str, ...]


def fidelity(
    answer: Mapping[str, Any],
    *,
    about: Sequence[GoldValue],
    known: Sequence[GoldValue],
    ranges: Sequence[NumberGold] | None = None,
) -> Fidelity:
    """Check every number and date of the shown sentences. Words of the truth bring their own numbers and
    dates.
    """
    return text_fidelity(shown_text(answer), about=about, known=known, ranges=ranges)


def text_fidelity(
    text: str,
    *,
    about: Sequence[GoldValue],
    known: Sequence[GoldValue],
    ranges: Sequence[NumberGold] | None = None,
) -> Fidelity:
    """The same for any text, such as one sentence of a draft."""
    asked, true = _stated(about), _stated((*about, *known))
    checked: list[str] = []
    wrong: list[str] = []
    tenfold: list[str] = []
    usual = usual_ranges(text)
    for mention in numbers_in(text):
        in_range = in_any(mention.start, usual)
        if _unchecked(mention, text) or (in_range and ranges is None):
            continue
        literal = text[mention.start : mention.unit_end]
        checked.append(literal)
        usual_value = in_range and any(equals(mention, gold) for gold in ranges or ())
        if not usual_value and not _true(mention, true):
            wrong.append(literal)
            if not in_range and any(is_tenfold(mention, gold) for gold in asked.numbers):
                tenfold.append(literal)
    for date in dates_in(text):
        literal = text[date.start : date.end]
        checked.append(literal)
        if not any(_same_date(date, iso) for iso in true.dates):
            wrong.append(literal)
    return Fidelity(numbers=tuple(checked), wrong=tuple(wrong), tenfold=tuple(tenfold))


def _true(mention: NumberMention, stated: _Stated) -> bool:
    if any(equals(mention, gold) for gold in stated.numbers):
        return True
    return any(
        equals(mention, gold)
        if mention.unit and gold.unit
        else not mention.unit and mention.value == gold.value
        for gold in stated.in_words
    )


def is_tenfold(mention: NumberMention, gold: NumberGold) -> bool:
    """Whether the number is ten, a hundred or a thousand times the gold, or that fraction of it."""
    value = convert(mention.value, mention.unit or gold.unit, gold.unit)
    if value is None or not gold.value or not value:
        return False
    return any(abs(value - gold.value * factor) <= gold.tolerance * factor for factor in _TENFOLD)


class _Stated(Value):
    """What is true: values, and numbers that stand inside words, which lend their value to no other unit."""

    numbers: tuple[NumberGold, ...]
    in_words: tuple[NumberGold, ...]
    dates: tuple[str, ...]


def _stated(values: Sequence[GoldValue]) -> _Stated:
    numbers = [value for value in values if isinstance(value, NumberGold)]
    dates = [value.iso for value in values if isinstance(value, DateGold)]
    in_words: list[NumberGold] = []
    for words in _words(values):
        in_words += [NumberGold(value=one.value, unit=one.unit) for one in numbers_in(words)]
        dates += [one.iso for one in dates_in(words)]
    return _Stated(numbers=tuple(numbers), in_words=tuple(in_words), dates=tuple(dict.fromkeys(dates)))


def _words(values: Sequence[GoldValue]) -> Iterator[str]:
    for value in values:
        if isinstance(value, TermGold):
            yield from value.forms
        elif isinstance(value, DrugGold):
            yield from (value.dci, *value.brands)
        elif isinstance(value, PolarityGold):
            yield value.about


def _same_date(mention: DateMention, truth: str) -> bool:
    """A less precise date that agrees is true too; `says` is where precision is asked for."""
    return agrees(mention.iso, truth) or agrees(truth, mention.iso)


def _unchecked(mention: NumberMention, text: str) -> bool:
    if mention.unit:
        return False
    whole = mention.value == mention.value.to_integral_value()
    following = plain(text[mention.end : mention.end + 60])
    return mention.word or (whole and _counted().match(following) is not None)


@lru_cache(maxsize=1)
def _counted() -> re.Pattern[str]:
    which = r"(?:autres? |(?:dernier|premier)(?:e?s?) |seule?s? )?"
    return re.compile(rf"{which}{any_of('counted')}(?!\w)")
