"""Numbers in French and English text, with exact offsets and exact decimal values.

Read: `5,4`, `5.4`, `1 200` (any space that groups by three), `1/2`, `½`, ranges `3,5-5,0`, pairs `140/85`,
schedules `1-0-1`, comparators `< 5`, and small number words (`deux`, `three`). Digits that belong to a name
(`HbA1c`, `B12`) are not numbers. Dates and units are other modules' business. Nothing is converted.

A point or comma before exactly three digits (`12.500`) may group or part: such a number is `ambiguous` and
equals only a number written with the same digits.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Literal

from retrieval.frozen import Frozen

Form = Literal["plain", "range", "pair", "fraction", "schedule", "word"]
Comparator = Literal["<", "<=", ">", ">=", "~"]

_GROUP = "[ \u00a0\u202f\u2009]"
_DIGITS = rf"(?:\d{{1,3}}(?:{_GROUP}\d{{3}})+(?!\d)|\d+)"
_SIGN = r"(?:(?<![\w.,/)%])[-\u2212](?=\d))?"
_ONE = rf"{_SIGN}{_DIGITS}(?:[.,]\d+)?"
_START = r"(?<![\w.,/])(?<!\d[-\u2013])"
_HYPHEN = r"\s?[-\u2013\u2014]\s?"
_RANGE = rf"{_START}({_ONE})(?:{_HYPHEN}|\s+(?:à|to|et)\s+)({_DIGITS}(?:[.,]\d+)?)(?!\d)(?!/\d)"
_PATTERNS: tuple[tuple[Form, re.Pattern[str]], ...] = (
    ("schedule", re.compile(rf"{_START}(\d(?:[.,]\d)?)-(\d(?:[.,]\d)?)-(\d(?:[.,]\d)?)(?:-(\d))?(?![\w-])")),
    ("range", re.compile(_RANGE)),
    ("pair", re.compile(rf"{_START}(\d{{1,4}}(?:[.,]\d+)?)\s?/\s?(\d{{1,4}}(?:[.,]\d+)?)(?![\d/])")),
    ("plain", re.compile(rf"{_START}({_ONE})(?!\d)")),
)  # fmt: skip
_TIMES = re.compile(r"(?<!\w)[x×](\d{1,3})(?!\w)", re.IGNORECASE)
_VULGAR = {"½": Decimal("0.5"), "¼": Decimal("0.25"), "¾": Decimal("0.75")}
_COMPARATOR = re.compile(
    r"(<=|>=|<|>|≤|≥|~|≈|\b(?:inf[ée]rieure?s? à|moins de|below|less than|under)|"
    r"\b(?:sup[ée]rieure?s? à|plus de|above|more than|over))\s*$",
    re.IGNORECASE,
)
_COMPARATORS: dict[str, Comparator] = {
    "<": "<", "<=": "<=", "≤": "<=", ">": ">", ">=": ">=", "≥": ">=", "~": "~", "≈": "~",
}  # fmt: skip
_WORDS = {
    "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7, "huit": 8, "neuf": 9, "dix": 10,
    "onze": 11, "douze": 12, "quinze": 15, "vingt": 20, "trente": 30, "two": 2, "three": 3, "four": 4,
    "five": 5, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12, "twenty": 20,
}  # fmt: skip
_WORD = re.compile(r"(?<![\w-])(" + "|".join(_WORDS) + r")(?![\w-])", re.IGNORECASE)
_AMBIGUOUS = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")


class NumberMention(Frozen):
    """A number as written: `text == source[start:end]`, comparator included.

    `values` holds one value (`plain`, `fraction`, `word`), two (`range`, `pair`), three or more (`schedule`).
    """

    start: int
    end: int
    text: str
    form: Form
    values: tuple[Decimal, ...]
    comparator: Comparator | None = None
    ambiguous: bool = False

    @property
    def digits(self) -> str:
        """The digits alone, for comparing ambiguous writings."""
        return re.sub(r"\D", "", self.text)


def find_numbers(text: str, *, skip: tuple[tuple[int, int], ...] = ()) -> tuple[NumberMention, ...]:
    """Return every number of `text` in order, without overlaps; none that touches a span of `skip`.

    A range joined by `et` or `to` is read as a range only where both ends could be one; callers that need
    single values use `values`, which lists them all.
    """
    taken: list[tuple[int, int]] = list(skip)
    found: list[NumberMention] = []
    for mention in _candidates(text):
        if not any(mention.start < end and start < mention.end for start, end in taken):
            taken.append((mention.start, mention.end))
            found.append(mention)
    return tuple(sorted(found, key=lambda mention: mention.start))


def same_number(left: NumberMention, right: NumberMention) -> bool:
    """Equal modulo writing: same values and comparator; ambiguous writings must have the same digits."""
    if left.comparator != right.comparator:
        return False
    if left.ambiguous or right.ambiguous:
        return left.digits == right.digits and _point(left) == _point(right)
    return left.values == right.values


def format_number(value: Decimal, *, language: Literal["fr", "en"] = "fr", grouped: bool = False) -> str:
    """Write a number for a reader, keeping its digits: `5,4` in French, `5.4` in English.

    `grouped` parts thousands with a narrow no-break space. Never an exponent.
    """
    plain = format(value, "f")
    whole, _, part = plain.partition(".")
    if grouped:
        sign, bare = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
        whole = sign + re.sub(r"(?<=\d)(?=(?:\d{3})+$)", "\u202f", bare)
    return whole + (("," if language == "fr" else ".") + part if part else "")


def _candidates(text: str) -> list[NumberMention]:
    found = []
    for form, pattern in _PATTERNS:
        found += [mention for match in pattern.finditer(text) if (mention := _read(form, match, text))]
    found += [_single(m.start(), m.end(), m[0], "plain", Decimal(m[1])) for m in _TIMES.finditer(text)]
    found += [
        _single(m.start(), m.end(), m[0], "word", Decimal(_WORDS[m[0].lower()])) for m in _WORD.finditer(text)
    ]
    found += [
        _single(place, place + 1, character, "fraction", _VULGAR[character])
        for place, character in enumerate(text)
        if character in _VULGAR
    ]
    return found


def _single(start: int, end: int, text: str, form: Form, value: Decimal) -> NumberMention:
    return NumberMention(start=start, end=end, text=text, form=form, values=(value,))


def _read(form: Form, match: re.Match[str], text: str) -> NumberMention | None:
    values = tuple(_value(part) for part in match.groups() if part is not None)
    if form == "range" and values[0] >= values[-1]:
        return None
    if form == "pair" and _is_fraction(match):
        form, values = "fraction", (values[0] / values[1],)
    before = _COMPARATOR.search(text[: match.start()])
    start = before.start() if before else match.start()
    return NumberMention(
        start=start,
        end=match.end(),
        text=text[start : match.end()],
        form=form,
        values=values,
        comparator=_comparator(before[1]) if before else None,
        ambiguous=form == "plain" and _AMBIGUOUS.fullmatch(match[0]) is not None,
    )


def _comparator(written: str) -> Comparator:
    if written in _COMPARATORS:
        return _COMPARATORS[written]
    return "<" if written.lower().startswith(("inf", "moins", "below", "less", "under")) else ">"


def _is_fraction(match: re.Match[str]) -> bool:
    return match[2] in {"2", "3", "4", "8"} and match[1].isdigit() and int(match[1]) < int(match[2])


def _value(written: str) -> Decimal:
    bare = re.sub(_GROUP, "", written).replace("\u2212", "-").replace(",", ".")
    return Decimal(bare)


def _point(mention: NumberMention) -> int:
    parted = re.search(r"[.,](\d+)$", mention.text)
    return len(parted[1]) if parted else 0
