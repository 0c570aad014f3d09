"""Whether an answer says a gold value, and whether it is right by its gold.

Meaning is compared, not wording: numbers after conversion of units, dates by precision, drugs by substance or
brand. What stands in a usual range, a date, a label or a code is not a number said. The truth decides, never
the text that the answer cites.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from eval.cases.gold import DateGold, DrugGold, GoldValue, NumberGold, PolarityGold, RecordGold, TermGold
from eval.metrics.dates import agrees, dates_in
from eval.metrics.numbers import NumberMention, numbers_in
from eval.metrics.plain import plain, term_spans
from eval.metrics.polarity import denied, polarity
from eval.metrics.spoken import in_any, is_over, usual_ranges
from eval.metrics.units import convert, measure
from eval.synthetic.truth import Value

MAX_SENTENCES = 1000


class Judgement(Value):
    """Whether one answer is right. `status` is the answer's own; `unscored` says why nobody could tell.

    `right` is False whenever `unscored` is set: look at `unscored` first.
    """

    right: bool
    status: str
    faults: tuple[str, ...] = ()
    unscored: str | None = None


def says(text: str, gold: GoldValue) -> bool:
    """Whether the text says the value: as the patient's, not as a usual range; see `equals` for numbers.

    A polarity is said when the text is sure of it; a text that says both has said neither.
    """
    if isinstance(gold, PolarityGold):
        return polarity(text, gold.about) == ("present" if gold.present else "absent")
    return next(_spans(text, gold), None) is not None


def judge(gold: RecordGold, answer: Mapping[str, Any]) -> Judgement:
    """Whether the answer (the contract's JSON) is right by its gold; anything malformed is a fault, never an
    error.

    A wrong status is the only fault then named. A value of `none_of` is a fault wherever it is said, unless
    the clause itself says that it is former, replaced, corrected or stopped (`précédemment 6,3 mmol/L`), or
    denies it.
    """
    status = str(answer.get("status", "error"))
    if status not in {gold.status, *gold.accept}:
        faults: tuple[str, ...] = (f"status {status} ({answer.get('reason')}) instead of {gold.status}",)
        return Judgement(right=False, status=status, faults=faults)
    if status != "answered":
        reason = answer.get("reason")
        wrong = bool(gold.reasons) and reason not in gold.reasons
        return Judgement(right=not wrong, status=status, faults=(f"reason {reason}",) if wrong else ())
    told = shown_text(answer)
    faults = tuple(_faults(gold, answer, told))
    unclear = next(
        (value for value in _polarities(gold) if polarity(told, value.about) == "contradictory"), None
    )
    unscored = f"the answer both affirms and denies {unclear.about}" if unclear else None
    return Judgement(right=not faults and not unscored, status=status, faults=faults, unscored=unscored)


def shown_text(answer: Mapping[str, Any]) -> str:
    """The shown sentences, one a line; what is not a sentence with a text is left out."""
    return "\n".join(shown_sentences(answer))


def shown_sentences(answer: Mapping[str, Any]) -> tuple[str, ...]:
    """The texts of the shown sentences, in order, at most 1,000."""
    sentences = answer.get("sentences")
    if not isinstance(sentences, Sequence) or isinstance(sentences, str):
        return ()
    texts = (item.get("text") for item in sentences[:MAX_SENTENCES] if isinstance(item, Mapping))
    return tuple(text for text in texts if isinstance(text, str))


def equals(mention: NumberMention, gold: NumberGold) -> bool:
    """Whether a number in a text is the gold number.

    In another unit: equal after conversion. Without unit: equal as it stands. A unit that does not convert
    into the gold's is another quantity. A gold without unit is only said by a number that measures nothing.
    """
    if not mention.unit:
        return abs(mention.value - gold.value) <= gold.tolerance
    if gold.unit.strip() in {"", "1"}:
        counted = measure(mention.unit)
        if counted is not None and any(not name.startswith("{") for name, _ in counted.dimensions):
            return False
        return mention.unit != "%" and abs(mention.value - gold.value) <= gold.tolerance
    converted = convert(mention.value, mention.unit, gold.unit)
    return converted is not None and abs(converted - gold.value) <= gold.tolerance


@lru_cache(maxsize=1024)
def said_numbers(text: str) -> tuple[NumberMention, ...]:
    """The numbers of a text that speak of the patient: those of usual ranges are left out."""
    ranges = usual_ranges(text)
    return tuple(mention for mention in numbers_in(text) if not in_any(mention.start, ranges))


def label(gold: GoldValue) -> str:
    """A gold value in a few words, for a fault or a report."""
    match gold:
        case NumberGold():
            return f"{gold.value} {gold.unit}".strip()
        case DateGold():
            return gold.iso
        case DrugGold():
            return gold.dci
        case TermGold():
            return gold.forms[0]
        case PolarityGold():
            return f"{'presence' if gold.present else 'absence'} of {gold.about}"


def _faults(gold: RecordGold, answer: Mapping[str, Any], told: str) -> Iterator[str]:
    if not told.strip():
        yield "nothing is said"
        return
    if gold.premise_corrected and answer.get("premise_corrected") is not True:
        yield "the premise is not corrected"
    yield from (f"{label(value)} is not said" for value in gold.all_of if not says(told, value))
    if gold.any_of and not any(says(told, value) for value in gold.any_of):
        yield f"none of {', '.join(label(value) for value in gold.any_of[:5])} is said"
    yield from (f"{label(value)} is said" for value in gold.none_of if says_as_true(told, value))


def says_as_true(text: str, gold: GoldValue) -> bool:
    """Whether the text says the value as something that holds: not as former or stopped, and not denied."""
    if isinstance(gold, PolarityGold):
        return says(text, gold)
    measured = isinstance(gold, NumberGold | DateGold)
    return any(
        not is_over(text, start, end, measured=measured) and (measured or not _denied(text, start, end))
        for start, end in _spans(text, gold)
    )


def _denied(text: str, start: int, end: int) -> bool:
    """`Pas d’apixaban` does not say apixaban: looked at within its line, as plain text."""
    low = text.rfind("\n", 0, start) + 1
    line, places = _aligned(text[low:].partition("\n")[0])
    inside = [at for at, place in enumerate(places) if start <= place + low < end]
    return bool(inside) and denied(line, inside[0], inside[-1] + 1)


def _spans(text: str, gold: NumberGold | DateGold | DrugGold | TermGold) -> Iterator[tuple[int, int]]:
    """Where the text says the value, in code points of the text."""
    if isinstance(gold, NumberGold):
        yield from ((one.start, one.unit_end) for one in said_numbers(text) if equals(one, gold))
    elif isinstance(gold, DateGold):
        yield from ((one.start, one.end) for one in dates_in(text) if agrees(one.iso, gold.iso))
    else:
        forms = (gold.dci, *gold.brands) if isinstance(gold, DrugGold) else gold.forms
        yield from _term_spans(text, forms)


def _term_spans(text: str, forms: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Terms are found in the `plain` text; each place is brought back to the text as it stands."""
    told, places = _aligned(text)
    for form in forms:
        yield from ((places[start], places[end - 1] + 1) for start, end in term_spans(told, form))


@lru_cache(maxsize=256)
def _aligned(text: str) -> tuple[str, tuple[int, ...]]:
    told: list[str] = []
    places: list[int] = []
    for at, char in enumerate(text):
        bare = plain(char) if not char.isspace() else " "
        if bare == " " and (not told or told[-1] == " "):
            continue
        told += bare
        places += [at] * len(bare)
    return "".join(told), tuple(places)


def _polarities(gold: RecordGold) -> Iterator[PolarityGold]:
    return (value for value in (*gold.all_of, *gold.any_of) if isinstance(value, PolarityGold))
