"""Numbers written in a text, with their unit, as France writes them. English texts are read the same way.

A comma or a point between digits is the decimal mark; thousands are parted by spaces. Dates, hours of the
day, phone numbers, labels ([E1]), codes (HbA1c, J45.0), ordinals, list numbers and long identifiers are no
numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from eval.metrics.dates import dates_in, undated_days
from eval.metrics.units import printed_unit

_S = "[ \u00a0\u202f\u2009]"
_NOT_NUMBERS = re.compile(
    rf"""
      \[E\d[^\]]{{0,60}}\]
    | (?:https?://|www\.)\S+ | \S+@\S+\.\w+
    | (?<![\w.,])(?:\+33{_S}?\(?0?\)?{_S}?|0)[1-9](?:[ .\u00a0\u202f-]?\d\d){{4}}(?!\d)
    | (?<![\d.,])[12]{_S}?\d\d{_S}?(?:0[1-9]|1[0-2]|[2-9]\d){_S}?\d[\dABab]{_S}?
      \d{{3}}{_S}?\d{{3}}(?:{_S}?\d\d)?(?!\d)
    | (?<!\w)(?!x\d)[^\W\d_]+(?:[-–_.]?\d[\w.]*(?:[-,]\d+)?)+
    | (?<![\d,.])\d{{1,2}}{_S}?[hH]{_S}?[0-5]\d(?!\d)
    | (?<![\d,.])(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?!\d)
    | (?<!\w)\d{{1,3}}(?:er|re|ère|e|ème|eme|ième|ᵉ|nd|nde|th|st|rd)s?(?!\w)
    | (?m:^[ \t]*\d{{1,2}}[.)](?=\s))
    """,
    re.VERBOSE,
)
_FRACTION = re.compile(rf"(?<![\w/.,])(?:(\d){_S})?([1235])/([2348])(?![\w/.,]?\d)(?!/)")
_NUMBER = re.compile(rf"\d{{1,3}}(?:{_S}\d{{3}})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)?")
_SIGN = re.compile(r"(?:(?<=[\s(:=<>≤≥])|^)[-−+]$")
_VULGAR = {"½": "0.5", "¼": "0.25", "¾": "0.75", "⅓": "1/3", "⅔": "2/3"}
_VULGAR_RUN = re.compile(rf"(?:(?<![\w.,])(\d{{1,3}}){_S}?)?([{''.join(_VULGAR)}])")
_SCORE_WORD = re.compile(
    r"(?:nyha|stade|grade|souffle|score|eva|classe|cotée?|asa|tirads|birads)\W{1,4}$", re.I
)
_OUT_OF = frozenset({5, 6, 10, 15, 20, 24, 28, 30, 52, 100})
_RANGE = re.compile(rf"{_S}?(?:[-–—]|à|et|to|/){_S}?$")
_LONG = 8


class NumberMention(NamedTuple):
    """A number in a text: `text[start:end]` is its literal, sign included, unit not.

    `unit` is UCUM, empty when none is attached; `unit_end` is where number and unit end. `word`: it is
    written in letters, which may be no more than a determiner.
    """

    value: Decimal
    unit: str
    start: int
    end: int
    unit_end: int
    word: bool = False


@lru_cache(maxsize=1024)
def numbers_in(text: str) -> tuple[NumberMention, ...]:
    """Every number, in order, without overlap. ValueError for a text of more than 200,000 characters.

    `128/74 mmHg` and `3,5–5,0 mmol/L` give two, both with the unit; `7/10` gives 7; `1/2 comprimé` gives 0.5.
    `un` and `une` count only before something that is counted (`un comprimé`).
    """
    masked = _masked(text)
    found = [*_fractions(text, masked)]
    taken = _blank(masked, ((item.start, item.unit_end) for item in found))
    found += _digits(text, taken)
    found += _words(text, _blank(taken, ((item.start, item.unit_end) for item in found)))
    return _shared_units(text, sorted(found, key=lambda mention: mention.start))


def _masked(text: str) -> str:
    spans = [(date.start, date.end) for date in dates_in(text)]
    text_without = _blank(text, (*spans, *undated_days(text)))
    return _blank(
        text_without, ((found.start(), found.end()) for found in _NOT_NUMBERS.finditer(text_without))
    )


def _blank(text: str, spans: Iterator[tuple[int, int]] | tuple[tuple[int, int], ...]) -> str:
    """The text with those stretches covered by a letter that no number touches, offsets unchanged."""
    kept = list(text)
    for start, end in spans:
        kept[start:end] = "\uffff" * (end - start)
    return "".join(kept)


def _fractions(text: str, masked: str) -> Iterator[NumberMention]:
    for found in _FRACTION.finditer(masked):
        whole, top, bottom = int(found[1] or 0), int(found[2]), int(found[3])
        if top >= bottom or _SCORE_WORD.search(masked[: found.start()]):
            continue
        yield _mention(text, found.start(), found.end(), whole + Decimal(top) / Decimal(bottom))
    for found in _VULGAR_RUN.finditer(masked):
        upper, _, lower = _VULGAR[found[2]].partition("/")
        part = Decimal(upper) / Decimal(lower or 1)
        yield _mention(text, found.start(), found.end(), Decimal(found[1] or 0) + part)


def _digits(text: str, masked: str) -> Iterator[NumberMention]:
    at = 0
    while (found := _NUMBER.search(masked, at)) is not None:
        start, end = found.span()
        at = end
        before = masked[start - 1] if start else " "
        if before.isdigit() or (before.isalpha() and before not in "xX×") or before in "_\uffff":
            continue
        value = Decimal(re.sub(_S, "", found[0]).replace(",", "."))
        if (sign := _SIGN.search(masked, max(0, start - 2), start)) is not None:
            start, value = sign.start(), value if masked[sign.start()] == "+" else -value
        mention = _mention(text, start, end, value)
        if not mention.unit and ((found[0].isdigit() and len(found[0]) >= _LONG) or _glued(masked, end)):
            continue
        yield mention
        at = mention.unit_end
        at = _past_denominator(masked, at, mention)


def _past_denominator(masked: str, at: int, mention: NumberMention) -> int:
    """`7/10` is seven out of ten: the ten is not said of the patient. `128/74` is two numbers."""
    out_of = re.compile(rf"{_S}?(?:/|sur){_S}?(\d{{1,3}})(?![\d.,]\d|\d)").match(masked, at)
    if out_of and not mention.unit and int(out_of[1]) in _OUT_OF and mention.value <= int(out_of[1]):
        return out_of.end()
    return at


def _glued(masked: str, end: int) -> bool:
    return end < len(masked) and (masked[end].isalpha() or masked[end] == "_") and masked[end] not in "x×"


def _words(text: str, masked: str) -> Iterator[NumberMention]:
    pattern, values = _word_table()
    for found in pattern.finditer(masked):
        word = re.sub(r"[\s-]+", " ", found["word"].lower())
        mention = _mention(text, found.start("word"), found.end("word"), values[word], word=True)
        if word not in {"un", "une", "demi", "demie"} or mention.unit:
            yield mention


@lru_cache(maxsize=1)
def _word_table() -> tuple[re.Pattern[str], dict[str, Decimal]]:
    """French number words up to a hundred, traditional and 1990 spelling, Belgian and Swiss tens included."""
    first = "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize"
    ones = first.split(" ")
    values = {word: number for number, word in enumerate(ones)}
    values |= {f"dix {ones[n]}": 10 + n for n in (7, 8, 9)}
    tens = {"vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60, "quatre vingt": 80}
    tens |= {"septante": 70, "huitante": 80, "octante": 80, "nonante": 90}
    for word, ten in tens.items():
        upto = {"soixante": 20, "quatre vingt": 20}.get(word, 10)
        values[word] = ten
        for below, number in list(values.items()):
            if 0 < number < upto and " et " not in below:
                values[f"{word} {below}"] = values[f"{word} et {below}"] = ten + number
    values |= {"une": 1, "vingt et une": 21, "quatre vingts": 80, "cent": 100, "zero": 0}
    table = {word: Decimal(number) for word, number in values.items()}
    table |= {"demi": Decimal("0.5"), "demie": Decimal("0.5")}
    table |= {f"{one} demi{e}": Decimal("0.5") for one in ("un", "une") for e in ("", "e")}
    longest = sorted(table, key=lambda word: (-len(word), word))
    body = "|".join(word.replace(" ", r"[\s-]+") for word in longest)
    return re.compile(rf"(?<![\w-])(?P<word>{body})(?![\w])", re.IGNORECASE), table


def _mention(text: str, start: int, end: int, value: Decimal, *, word: bool = False) -> NumberMention:
    gap = re.compile(rf"(?:{_S}|-(?=[^\W\d])|{_S}?d[e’']{_S}?(?=comprim|gélule|sachet))?").match(text, end)
    unit = printed_unit(text, gap.end() if gap else end)
    return NumberMention(value, unit.ucum if unit else "", start, end, unit.end if unit else end, word)


def _shared_units(text: str, found: list[NumberMention]) -> tuple[NumberMention, ...]:
    """A unit printed once after two numbers (`128/74 mmHg`, `de 3,5 à 5,0 mmol/L`) is the unit of both."""
    for at in range(len(found) - 2, -1, -1):
        mine, following = found[at], found[at + 1]
        between = text[mine.unit_end : following.start]
        if not mine.unit and following.unit and not mine.word and _RANGE.fullmatch(between):
            found[at] = mine._replace(unit=following.unit)
    return tuple(found)
