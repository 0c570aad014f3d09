"""Dates written in a text: days, months and years, as France and ISO write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

MAX_TEXT = 200_000
_MONTHS = {
    "janvier": 1, "janv": 1, "jan": 1, "january": 1, "février": 2, "fevrier": 2, "févr": 2, "fevr": 2,
    "fév": 2, "fev": 2, "feb": 2, "february": 2, "mars": 3, "mar": 3, "march": 3, "avril": 4, "avr": 4,
    "apr": 4, "april": 4, "mai": 5, "may": 5, "juin": 6, "jun": 6, "june": 6, "juillet": 7, "juil": 7,
    "jul": 7, "july": 7, "août": 8, "aout": 8, "aug": 8, "august": 8, "septembre": 9, "sept": 9, "sep": 9,
    "september": 9, "octobre": 10, "oct": 10, "october": 10, "novembre": 11, "nov": 11, "november": 11,
    "décembre": 12, "decembre": 12, "déc": 12, "dec": 12, "december": 12,
}  # fmt: skip
_S = r"[ \u00a0\u202f]"
_NAMES = "|".join(sorted(_MONTHS, key=lambda name: (-len(name), name)))
_YEAR = r"(?P<y>(?:18|19|20|21)\d\d)"
_NOT_BEFORE = r"(?<![\w/.-])"
_CLOCK = r"(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"
_BEFORE_A_YEAR = (
    r"\(", r"\ben ", r"\ben\u00a0", r"\bin ",
    "depuis ", "since ", "année ", "années ", "début ", "fin ", "courant ",
    "été ", "hiver ", "printemps ", "automne ", "dès ", "jusqu’en ", "jusqu'en ",
)  # fmt: skip
_MEASURES = rf"{_S}*(?:[a-zµ]{{1,3}}/|mg|µg|mL|ml|UI|g\b)"
_FORMS = (
    rf"{_NOT_BEFORE}(?P<y>\d{{4}})-(?P<m>\d\d)-(?P<d>\d\d){_CLOCK}(?![\d/-])",
    rf"{_NOT_BEFORE}(?P<d>\d{{1,2}})(?P<sep>[/.-])(?P<m>\d{{1,2}})(?P=sep)(?P<y>\d{{4}}|\d\d)(?![\w/-])(?!\.\d)",
    rf"(?<!\w)(?P<d>\d{{1,2}})(?:er|ᵉʳ)?{_S}+(?P<name>{_NAMES})\.?,?{_S}+{_YEAR}(?!\w)",
    rf"(?<!\w)(?P<name>{_NAMES})\.?{_S}+(?P<d>\d{{1,2}}),{_S}*{_YEAR}(?!\w)",
    rf"(?<!\w)(?P<name>{_NAMES})\.?{_S}+{_YEAR}(?!\w)",
    rf"(?<![\w/.-])(?P<m>0[1-9]|1[0-2])/{_YEAR}(?![\w/])",
    rf"(?<![\w/.-]){_YEAR}-(?P<m>0[1-9]|1[0-2])(?![\w/-])",
    rf"(?:{'|'.join(f'(?<={word})' for word in _BEFORE_A_YEAR)}){_YEAR}(?![\w.,]?\d)(?!{_MEASURES})(?!\w)",
)
_DAY_AND_MONTH = re.compile(
    rf"(?<!\w)(?P<d>\d{{1,2}})(?:er)?{_S}+(?P<name>{_NAMES})(?!\w)"
    r"|(?<=\ble )(?P<d2>\d{1,2})/(?P<m>\d{1,2})(?![\w/.,])",
    re.IGNORECASE,
)
_RELATIVE = re.compile(
    r"(?<!\w)(?P<word>aujourd[’']hui|ce jour|hier|avant-hier|today|yesterday)(?!\w)", re.IGNORECASE
)
_DAYS_BACK = {"hier": 1, "yesterday": 1, "avant-hier": 2}


class DateMention(NamedTuple):
    """A date in a text, `text[start:end]`; `iso` has a year, a month or a day's precision."""

    iso: str
    start: int
    end: int


@lru_cache(maxsize=1024)
def dates_in(text: str, *, today: date | None = None) -> tuple[DateMention, ...]:
    """Every date, in order, without overlap. Days that no calendar has are not dates.

    With `today`, so are `hier` and a day without year, which is the latest such day not after `today`. Two
    digits of a year mean 2000 to 2049 or 1950 to 1999. A year alone counts only after a word such as `en`,
    `depuis`, or in brackets. ValueError for a text of more than 200,000 characters.
    """
    if len(text) > MAX_TEXT:
        raise ValueError(f"a text of at most {MAX_TEXT} characters can be read, not {len(text)}")
    found: list[DateMention] = []
    for mention in (*_absolute(text), *_relative(text, today)):
        if all(mention.end <= other.start or mention.start >= other.end for other in found):
            found.append(mention)
    return tuple(sorted(found, key=lambda mention: mention.start))


def agrees(iso: str, gold: str) -> bool:
    """Whether a date says at least what `gold` says: equal, or more precise (`2025-03-12` for `2025-03`)."""
    return iso == gold or iso.startswith(f"{gold}-")


def _absolute(text: str) -> Iterator[DateMention]:
    for pattern in _compiled():
        for found in pattern.finditer(text):
            parts = found.groupdict()
            name = parts.get("name")
            month = _MONTHS[name.lower()] if name else int(parts["m"]) if parts.get("m") else None
            day = int(parts["d"]) if parts.get("d") else None
            iso = _iso(_year(parts["y"]), month, day)
            if iso:
                yield DateMention(iso, found.start(), found.end())


def _relative(text: str, today: date | None) -> Iterator[DateMention]:
    if today is None:
        return
    for found in _RELATIVE.finditer(text):
        day = today - timedelta(days=_DAYS_BACK.get(found["word"].lower(), 0))
        yield DateMention(day.isoformat(), found.start(), found.end())
    for found in _DAY_AND_MONTH.finditer(text):
        month = _MONTHS[found["name"].lower()] if found["name"] else int(found["m"])
        for year in (today.year, today.year - 1):
            iso = _iso(year, month, int(found["d"] or found["d2"]))
            if iso and iso <= today.isoformat():
                yield DateMention(iso, found.start(), found.end())
                break


def undated_days(text: str) -> Iterator[tuple[int, int]]:
    """Where a day and month without a year stand: no number to a reader, and no date without a `today`."""
    return ((found.start(), found.end()) for found in _DAY_AND_MONTH.finditer(text))


def _compiled() -> Iterator[re.Pattern[str]]:
    return (re.compile(form, re.IGNORECASE) for form in _FORMS)


def _year(written: str) -> int:
    if len(written) == 4:
        return int(written)
    return int(written) + (2000 if int(written) < 50 else 1900)


def _iso(year: int, month: int | None, day: int | None) -> str | None:
    try:
        full = date(year, month or 1, day or 1).isoformat()
    except ValueError:
        return None
    return full if day else full[:7] if month else full[:4]
