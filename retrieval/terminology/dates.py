"""Dates and clock times in French and English text, with exact offsets.

A date is kept at the precision it was written with, as the interval of days it means: `mars 2024` is
2024-03-01 to 2024-03-31. Relative words (`il y a 3 mois`, `hier`) need an anchor day; without one they are
not read. Day comes before month, as in French (`12/03/2024` is 12 March). Offsets count code points.
"""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta
from typing import Literal

from retrieval.frozen import Frozen

Precision = Literal["day", "week", "month", "year"]

_MONTHS = {
    "janv": 1, "jan": 1, "fevr": 2, "fev": 2, "feb": 2, "mar": 3, "avr": 4, "apr": 4, "mai": 5, "may": 5,
    "juin": 6, "jun": 6, "juil": 7, "jul": 7, "aout": 8, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
"""By the first letters of the folded name."""
_FRENCH = (
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()  # noqa: SIM905
)
_ENGLISH = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)
_MONTH = (
    r"(?P<month>(?:janv(?:ier)?|f[ée]vr(?:ier)?|f[ée]v|mars|avr(?:il)?|mai|juin|juil(?:let)?|ao[uû]t|"
    r"sept(?:embre)?|octobre|novembre|d[ée]c(?:embre)?|oct|nov|january|february|march|april|may|june|july|"
    r"august|september|october|november|december|jan|feb|apr|jun|jul|aug|sep|dec)\b\.?)"
)
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_EDGE = r"(?<![\w.,/-])"
_END = r"(?![\w/]|[.,-]\d)"
_WORDS = {
    "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7, "huit": 8,
    "neuf": 9, "dix": 10, "douze": 12, "quinze": 15, "a": 1, "one": 1, "two": 2, "three": 3, "four": 4,
    "five": 5, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
}  # fmt: skip
_COUNT = r"(?P<count>\d{1,3}|" + "|".join(_WORDS) + ")"
_STEP = r"(?P<step>jours?|semaines?|mois|ans?|années?|j|days?|weeks?|months?|years?)"
_DAY_WORDS = {
    "avant-hier": -2, "avant hier": -2, "hier": -1, "yesterday": -1, "aujourd'hui": 0, "ce jour": 0,
    "today": 0, "demain": 1, "tomorrow": 1, "apres-demain": 2, "apres demain": 2,
}  # fmt: skip
_AFTER_YEAR = r"(?![\w/]|[.,-]\d|\s*(?:[a-zµ%]{1,5}/|mg|g\b|mL\b|UI))"
_BEFORE_YEAR = (
    r"(?:\b(?:en|depuis|in|since|année|year|fin|début|courant|printemps|été|automne|hiver|mi|from|of|de)\s+"
    r"|[(]\s*)"
)
_TODAY = (
    r"\b(?P<word>avant[- ]hier|hier|aujourd['’]hui|ce jour|apr[eè]s[- ]demain|demain|"
    r"yesterday|today|tomorrow)\b"
)
_DAY = r"(?P<d>\d{1,2})"
_NTH = r"(?:er|st|nd|rd|th)?"
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        ("iso", _EDGE + r"(?P<year>(?:18|19|20)\d\d)-(?P<m>\d\d)-(?P<d>\d\d)(?=T\d\d:|[^\w/-]|-(?!\d)|$)"),
        ("iso_month", _EDGE + r"(?P<year>(?:19|20)\d\d)-(?P<m>0[1-9]|1[0-2])(?![\w/-]|[.,]\d)"),
        ("day_first", _EDGE + _DAY + r"(?P<sep>[/.-])(?P<m>\d{1,2})(?P=sep)(?P<year>\d{4}|\d\d)" + _END),
        ("month_year", _EDGE + r"(?P<m>0[1-9]|1[0-2])/(?P<year>(?:19|20)\d\d)" + _END),
        ("written", _EDGE + _DAY + _NTH + r"\s+(?:of\s+)?" + _MONTH + r",?\s+" + _YEAR + r"\b"),
        ("us_written", r"\b" + _MONTH + r"\s+(?P<d>\d{1,2})(?:st|nd|rd|th)?,?\s+" + _YEAR + r"\b"),
        ("written_month", r"\b" + _MONTH + r"\s+" + _YEAR + r"\b"),
        ("ago", r"\b(?:il y a|depuis|voici)\s+(?:environ\s+)?" + _COUNT + r"\s+" + _STEP + r"\b"),
        ("ago_en", r"\b" + _COUNT + r"\s+" + _STEP + r"\s+ago\b"),
        ("ahead", r"\b(?:dans|d'ici|d’ici)\s+(?:environ\s+)?" + _COUNT + r"\s+" + _STEP + r"\b"),
        ("last", r"\b(?:la|le|l'|l’)\s*(?P<step>semaine|mois|an|année)\s+(?:derni[eè]re?|pass[ée]e?)\b"),
        ("last_en", r"\blast\s+(?P<step>week|month|year)\b"),
        ("day_word", _TODAY),
        ("year", _BEFORE_YEAR + r"(?P<only>" + _YEAR + r")" + _AFTER_YEAR),
    )
)  # fmt: skip
_TIME = re.compile(
    r"(?<![\d/:,.])(?P<h>[01]?\d|2[0-3])\s?(?:[hH]\s?|:)(?P<m>[0-5]\d)(?:[:m]\s?(?P<s>[0-5]\d))?(?![\d:/])"
)


class DateMention(Frozen):
    """A date as written: `text == source[start:end]`; `first` and `last` are the days it may mean."""

    start: int
    end: int
    text: str
    first: date
    last: date
    precision: Precision
    relative: bool = False

    @property
    def iso(self) -> str:
        """ISO 8601, as precise as what was written (`2024`, `2024-03`, `2024-03-12`)."""
        full = self.first.isoformat()
        return {"year": full[:4], "month": full[:7]}.get(self.precision, full)


class TimeMention(Frozen):
    """A clock time as written (`14h30`, `08:15`)."""

    start: int
    end: int
    text: str
    hour: int
    minute: int


def find_dates(text: str, *, anchor: date | None = None) -> tuple[DateMention, ...]:
    """Return every date of `text` in order, without overlaps; the more precise reading wins.

    `anchor` is the day from which relative words count: the day of the document for its text, the day of
    the question for a question.
    """
    taken: list[DateMention] = []
    for name, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            mention = _read(name, match, anchor=anchor)
            if mention and not any(
                mention.start < other.end and other.start < mention.end for other in taken
            ):
                taken.append(mention)
    return tuple(sorted(taken, key=lambda mention: mention.start))


def find_times(text: str) -> tuple[TimeMention, ...]:
    """Return every clock time with minutes; a bare `8 h` may be a duration and is left alone."""
    return tuple(
        TimeMention(start=m.start(), end=m.end(), text=m[0], hour=int(m["h"]), minute=int(m["m"]))
        for m in _TIME.finditer(text)
    )


def date_supports(source: DateMention, stated: DateMention) -> bool:
    """Whether `stated` says no more than `source`: every day `source` may mean lies inside `stated`."""
    return stated.first <= source.first and source.last <= stated.last


def day_range(iso: str) -> tuple[date, date] | None:
    """Return the first and last day of a possibly partial ISO 8601 date; None when it is not one."""
    match = re.match(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", iso)
    if match is None:
        return None
    year, month, day = (int(part) if part else None for part in match.groups())
    try:
        return _interval(year or 0, month, day)
    except ValueError:
        return None


def mention_of(iso: str) -> DateMention | None:
    """Return a possibly partial ISO 8601 date as a mention of itself; None when it is not a date."""
    span = day_range(iso)
    if span is None:
        return None
    head = re.match(r"\d{4}(-\d\d)?(-\d\d)?", iso)
    length = len(head[0]) if head else 0
    precision: Precision = "day" if length == 10 else "month" if length == 7 else "year"
    return DateMention(start=0, end=len(iso), text=iso, first=span[0], last=span[1], precision=precision)


def format_date(iso: str, *, language: Literal["fr", "en"] = "fr", words: bool = False) -> str:
    """Write a possibly partial ISO date for a reader: `12/03/2024`, `03/2024`, `2024`.

    With `words`, or in English: `12 mars 2024`. Text that is not a date is returned as it came.
    """
    mention = mention_of(iso)
    if mention is None:
        return iso
    day, precision = mention.first, mention.precision
    if precision == "year":
        return f"{day.year}"
    if not words and language == "fr":
        return f"{day:%d/%m/%Y}" if precision == "day" else f"{day:%m/%Y}"
    month = (_FRENCH if language == "fr" else _ENGLISH)[day.month - 1]
    if precision == "month":
        return f"{month} {day.year}"
    return f"{'1er' if day.day == 1 and language == 'fr' else day.day} {month} {day.year}"


def _read(name: str, match: re.Match[str], *, anchor: date | None) -> DateMention | None:
    try:
        if name in {"ago", "ago_en", "ahead", "last", "last_en", "day_word"}:
            return _relative(name, match, anchor) if anchor else None
        return _absolute(name, match)
    except (ValueError, OverflowError):
        return None


def _absolute(name: str, match: re.Match[str]) -> DateMention | None:
    groups = match.groupdict()
    year = int(groups["year"])
    if len(groups["year"]) == 2:
        year += 2000 if year < 50 else 1900
    month = int(groups["m"]) if groups.get("m") else _month(groups.get("month"))
    day = int(groups["d"]) if groups.get("d") else None
    first, last = _interval(year, month, day)
    precision: Precision = "day" if day else "month" if month else "year"
    group = "only" if name == "year" else 0
    return DateMention(
        start=match.start(group),
        end=match.end(group),
        text=match[group],
        first=first,
        last=last,
        precision=precision,
    )


def _month(word: str | None) -> int | None:
    if word is None:
        return None
    folded = word.lower().replace("é", "e").replace("û", "u")
    return next(number for beginning, number in _MONTHS.items() if folded.startswith(beginning))


def _interval(year: int, month: int | None, day: int | None) -> tuple[date, date]:
    if month is None:
        return date(year, 1, 1), date(year, 12, 31)
    if day is None:
        return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
    return date(year, month, day), date(year, month, day)


def _relative(name: str, match: re.Match[str], anchor: date) -> DateMention:
    groups = match.groupdict()
    if name == "day_word":
        word = groups["word"].lower().replace("’", "'").replace("è", "e")
        day = anchor + timedelta(days=_DAY_WORDS[word])
        return _made(match, day, day, "day")
    count = 1 if name.startswith("last") else _number(groups["count"])
    first, last, precision = _step_away(anchor, count if name == "ahead" else -count, groups["step"].lower())
    return _made(match, first, last, precision)


def _made(match: re.Match[str], first: date, last: date, precision: Precision) -> DateMention:
    return DateMention(
        start=match.start(),
        end=match.end(),
        text=match[0],
        first=first,
        last=last,
        precision=precision,
        relative=True,
    )


def _number(word: str) -> int:
    return int(word) if word.isdigit() else _WORDS[word.lower()]


def _step_away(anchor: date, count: int, step: str) -> tuple[date, date, Precision]:
    """The interval `count` steps from `anchor`: as wide as the step, since the words are no more precise."""
    if step.startswith(("jour", "day")) or step == "j":
        day = anchor + timedelta(days=count)
        return day, day, "day"
    if step.startswith(("semaine", "week")):
        day = anchor + timedelta(days=7 * count)
        return day - timedelta(days=3), day + timedelta(days=3), "week"
    if step.startswith(("mois", "month")):
        months = anchor.year * 12 + anchor.month - 1 + count
        first, last = _interval(months // 12, months % 12 + 1, None)
        return first, last, "month"
    first, last = _interval(anchor.year + count, None, None)
    return first, last, "year"
