"""Errors made on purpose in true sentences, one at a time, each of a kind that a checker must see."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal

from eval.calibration.pairs import SUPPORTED_KIND, Pair, held_half
from eval.calibration.sentences import Told, day, french, small
from eval.calibration.wordings import filled, words
from eval.metrics.dates import dates_in
from eval.metrics.numbers import numbers_in
from eval.metrics.plain import plain
from eval.suites.record_draw import digest

_FACTORS = (Decimal("1.2"), Decimal("0.8"), Decimal("1.5"), Decimal("0.6"))
_SHIFTS = (11, -17, 93, -181, 365)
_SIDES = {"droite": "gauche", "gauche": "droite", "droit": "gauche"}
_SIDE = re.compile(r"(?<!\w)(?:droite?|gauche)(?!\w)")
Made = Callable[[Told], str | None]


def pairs_of(told: Told) -> Iterator[Pair]:
    """The true sentence, then each error that can be made in it; all of them in the half of its wording."""
    true_id = told.id
    held = held_half(told.wording.id)
    for kind, sentence in ((SUPPORTED_KIND, told.sentence), *_errors(told)):
        yield Pair(
            id=f"{true_id}/{kind}",
            sentence=sentence,
            source=told.source,
            supported=kind == SUPPORTED_KIND,
            kind=kind,
            cluster=told.patient,
            held=held,
            true_id=true_id,
        )


def _errors(told: Told) -> Iterator[tuple[str, str]]:
    for kind, make in KINDS.items():
        sentence = make(told)
        if sentence is not None and sentence != told.sentence:
            yield kind, sentence


def _drawn(told: Told, what: str, below: int) -> int:
    return int(digest(f"{told.id}/{what}")[:8], 16) % below


def _again(told: Told, **slots: str) -> str:
    return filled(told.wording.text, told.slots | slots)


def _value(told: Told) -> Decimal | None:
    value = told.slots.get("value")
    return Decimal(value.replace(",", ".")) if value else None


def _number(told: Told) -> str | None:
    """Another value with as many decimals, which the source does not say."""
    value = _value(told)
    if value is None or "value" not in told.wording.text:
        return None
    there = {one.value for one in numbers_in(told.source)}
    first = _drawn(told, "factor", len(_FACTORS))
    for factor in (*_FACTORS[first:], *_FACTORS[:first]):
        changed = (value * factor).quantize(value) if value % 1 else Decimal(round(value * factor))
        if changed not in (value, Decimal(0)) and changed not in there:
            return _again(told, value=french(changed))
    return None


def _tenfold(told: Told) -> str | None:
    value = _value(told)
    if not value or "value" not in told.wording.text:
        return None
    changed = value * 10 if _drawn(told, "up", 2) else value / 10
    return (
        None
        if changed in {one.value for one in numbers_in(told.source)}
        else _again(told, value=french(changed))
    )


def _unit(told: Told) -> str | None:
    other = words().units.get(told.slots.get("unit", ""))
    return _again(told, unit=other) if other and "{unit}" in told.wording.text else None


def _date(told: Told) -> str | None:
    if "{date}" not in told.wording.text:
        return None
    dd, mm, year = (int(part) for part in told.slots["date"].split("/"))
    there = {one.iso for one in dates_in(told.source)}
    first = _drawn(told, "shift", len(_SHIFTS))
    for shift in (*_SHIFTS[first:], *_SHIFTS[:first]):
        moved = date(year, mm, dd) + timedelta(days=shift)
        if moved.isoformat() not in there:
            return _again(told, date=day(moved))
    return None


def _drug(told: Told) -> str | None:
    if told.kind not in ("dose", "stop"):
        return None
    source = plain(told.source)
    own = [name for name in told.others.get("drug", ()) if plain(name) not in source]
    pool = own or [name for name in words().drugs if plain(name) not in source]
    return _again(told, x=pool[_drawn(told, "drug", len(pool))]) if pool else None


def _negation(told: Told) -> str | None:
    return filled(told.wording.negated, told.slots) if told.wording.negated else None


def _laterality(told: Told) -> str | None:
    side = _SIDES.get(told.slots.get("side", ""))
    if side:
        return _again(told, side=side)
    return _SIDE.sub(lambda found: _SIDES[found[0]], told.sentence, count=1)


def _subject(told: Told) -> str | None:
    return filled(told.wording.other_subject, told.slots) if told.wording.other_subject else None


def _temporality(told: Told) -> str | None:
    return filled(told.wording.other_time, told.slots) if told.wording.other_time else None


def _binding(told: Told) -> str | None:
    """The value of this result under the name of another one of the same source, whose value differs."""
    near = told.others.get("analyte", ())
    if not near:
        return None
    label, _, _ = near[_drawn(told, "near", len(near))].partition("|")
    return _again(told, x=small(label))


def _addition(told: Told) -> str | None:
    held = held_half(told.wording.id)
    allowed = [one for one in words().addition if held_half(one.id) == held]
    if not allowed:
        return None
    return f"{told.sentence.rstrip('.')}{allowed[_drawn(told, 'addition', len(allowed))].text}."


KINDS: dict[str, Made] = {
    "number": _number,
    "tenfold": _tenfold,
    "unit": _unit,
    "date": _date,
    "drug": _drug,
    "negation": _negation,
    "laterality": _laterality,
    "subject": _subject,
    "temporality": _temporality,
    "binding": _binding,
    "addition": _addition,
}
"""Each kind of error with what makes it; None where a sentence has nothing of the kind."""
