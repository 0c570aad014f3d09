"""The period that a question asks about, in civil days."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta
from typing import NamedTuple

from assistant.answering.understanding import Period
from retrieval.folding import fold
from retrieval.terminology.dates import DateMention, find_dates


class FoundPeriod(NamedTuple):
    """A period and the span of the question that says it."""

    period: Period
    start: int
    end: int


_NUMBERS = {
    "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7, "huit": 8,
    "neuf": 9,
    "dix": 10, "douze": 12, "quinze": 15, "vingt": 20, "trente": 30, "a": 1, "one": 1, "two": 2, "three": 3,
    "four": 4, "five": 5, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12,
}  # fmt: skip
_COUNT = r"(?P<n>\d{1,3}|" + "|".join(sorted(_NUMBERS, key=len, reverse=True)) + r")"
_STEP = r"(?P<step>jours?|semaines?|mois|ans?|annees?|days?|weeks?|months?|years?|trimestres?|semestres?)"
_LAST_STEPS = re.compile(
    r"(?:(?:depuis|sur|dans|pendant|durant|au cours d(?:es|e)|ces|over|in|during|within|for)\s+)"
    r"(?:les |the |ces )?(?:last |past |previous )?"
    + _COUNT
    + r"?\s*(?:derni(?:ers|eres|er|ere) |last |past )?"
    + _STEP
    + r"\b(?: derni(?:ers|eres|er|ere)\b)?"
)
_LAST_STEPS_SHORT = re.compile(
    r"\b(?:les |the )" + _COUNT + r" (?:derni(?:ers|eres)|last|past) " + _STEP + r"\b"
)
_MONTHS = {
    "janvier": 1, "fevrier": 2, "mars": 3, "avril": 4, "mai": 5, "juin": 6, "juillet": 7, "aout": 8,
    "septembre": 9, "octobre": 10, "novembre": 11, "decembre": 12, "january": 1, "february": 2, "march": 3,
    "april": 4, "june": 6, "july": 7, "august": 8, "september": 9, "october": 10, "november": 11,
    "december": 12,
}  # fmt: skip
_BARE_MONTH = re.compile(
    r"\b(?P<how>depuis|en|au mois d[e'] ?|since|in|debut|fin)\s+(?:le mois d[e'] ?|debut |fin )?(?P<month>"
    + "|".join(_MONTHS)
    + r")\b(?!\s+\d)"
)
_CALENDAR = re.compile(
    r"\b(?:(?P<this_year>cette annee|this year)|"
    r"(?P<last_year>l'an(?:nee)? derni(?:er|ere)|l'annee passee|last year)|"
    r"(?P<this_month>ce mois(?:-ci)?|this month)|(?P<last_month>le mois dernier|last month)|"
    r"(?P<this_week>cette semaine|this week)|(?P<last_week>la semaine derniere|last week))(?![\w-])"
)
_STAY = re.compile(
    r"\b(?:pendant|durant|lors d[eu]|au cours d[eu]|during|in)\s*"
    r"(?:la|le|l'|son|sa|cette|ce|the|his|her|this)?\s*"
    r"(?:derni(?:er|ere) |last |latest )?"
    r"(?:sejour|hospitalisation|hospital stay|admission|stay|hospitalization)\b"
)
_BETWEEN = re.compile(r"\b(?:entre|between|du|de|from)\s+(?:le |la |the )?$")
_AND = re.compile(r"^\s*(?:et|and|au|a|to|until)\s+(?:le |la |the )?$")
_YEARS = re.compile(
    r"\b(?:entre|between|de|from)\s+(?P<first>(?:19|20)\d\d)\s+(?:et|and|a|to)\s+(?P<last>(?:19|20)\d\d)\b"
)
_NOW = re.compile(r"aujourd|today|ce jour")
_SINCE = re.compile(r"\b(?:depuis|since|a partir d[eu]|des)\s+(?:le |la |l'|the |debut |fin )?(?:annee )?$")
_AFTER = re.compile(r"\b(?:apres|after)\s+(?:le |la |the )?$")
_BEFORE = re.compile(r"\b(?:avant|before|jusqu'(?:a|au|en)|until)\s+(?:le |la |l'|the |annee )?$")


def find_period(question: str, *, today: date) -> FoundPeriod | None:
    """Return the period of the question, or None. Dates count from `today`; a stay is left as words."""
    folded = fold(question)
    if len(folded) != len(question):  # a ligature changed the length: offsets would not hold
        question = folded
    for finder in (_span_of_steps, _calendar_words, _bare_month):
        found = finder(question, folded, today)
        if found:
            return found
    dated = _dated(question, folded, today)
    if dated:
        return dated
    stay = _STAY.search(folded)
    return (
        FoundPeriod(Period(words=question[stay.start() : stay.end()]), stay.start(), stay.end())
        if stay
        else None
    )


def _period(question: str, start: int, end: int, first: date | None, last: date | None) -> FoundPeriod:
    words = question[start:end].strip()
    period = Period(
        from_date=first.isoformat() if first else None,
        to_date=last.isoformat() if last else None,
        words=words,
    )
    return FoundPeriod(period, start, end)


def _span_of_steps(question: str, folded: str, today: date) -> FoundPeriod | None:
    match = _LAST_STEPS.search(folded) or _LAST_STEPS_SHORT.search(folded)
    if match is None:
        return None
    if match["n"] is None and "derni" not in match[0] and "last" not in match[0] and "past" not in match[0]:
        return None
    count = _NUMBERS.get(match["n"], 0) or int(match["n"]) if match["n"] else 1
    return _period(question, match.start(), match.end(), back(today, count, match["step"]), today)


def back(today: date, count: int, step: str) -> date:
    """Return the day `count` steps (jour, semaine, mois, an ..., French or English) before `today`."""
    if step.startswith(("jour", "day")):
        return today - timedelta(days=count)
    if step.startswith(("semaine", "week")):
        return today - timedelta(days=7 * count)
    months = count
    if step.startswith(("an", "year")):
        months = 12 * count
    elif step.startswith("trimestre"):
        months = 3 * count
    elif step.startswith("semestre"):
        months = 6 * count
    total = today.year * 12 + today.month - 1 - months
    year, month = max(total // 12, 1), total % 12 + 1
    return date(year, month, min(today.day, calendar.monthrange(year, month)[1]))


def _calendar_words(question: str, folded: str, today: date) -> FoundPeriod | None:
    match = _CALENDAR.search(folded)
    if match is None:
        return None
    name = match.lastgroup or ""
    first, last = _calendar_span(name, today)
    return _period(question, match.start(), match.end(), first, last)


def _calendar_span(name: str, today: date) -> tuple[date, date]:
    if name.endswith("year"):
        year = today.year - (name == "last_year")
        return date(year, 1, 1), min(date(year, 12, 31), today)
    if name.endswith("month"):
        day = today.replace(day=1) - timedelta(days=1) if name == "last_month" else today
        last = date(day.year, day.month, calendar.monthrange(day.year, day.month)[1])
        return day.replace(day=1), min(last, today)
    monday = today - timedelta(days=today.weekday())
    if name == "last_week":
        return monday - timedelta(days=7), monday - timedelta(days=1)
    return monday, today


def _bare_month(question: str, folded: str, today: date) -> FoundPeriod | None:
    match = _BARE_MONTH.search(folded)
    if match is None:
        return None
    month = _MONTHS[match["month"]]
    year = today.year if month <= today.month else today.year - 1
    first = date(year, month, 1)
    last = date(year, month, calendar.monthrange(year, month)[1])
    since = match["how"] in ("depuis", "since")
    return _period(question, match.start(), match.end(), first, today if since else min(last, today))


def _years(question: str, folded: str) -> FoundPeriod | None:
    match = _YEARS.search(folded)
    if match is None or match["first"] > match["last"]:
        return None
    first, last = date(int(match["first"]), 1, 1), date(int(match["last"]), 12, 31)
    return _period(question, match.start(), match.end(), first, last)


def _dated(question: str, folded: str, today: date) -> FoundPeriod | None:
    years = _years(question, folded)
    if years:
        return years
    dates = [found for found in find_dates(question, anchor=today) if not _NOW.match(fold(found.text))]
    if not dates:
        return None
    if len(dates) >= 2:
        pair = _pair(question, folded, dates[0], dates[1])
        if pair:
            return pair
    found = dates[0]
    before = folded[: found.start]
    for pattern, bounds in (
        (_SINCE, (found.first, today)),
        (_AFTER, (found.last + timedelta(days=1), None)),
        (_BEFORE, (None, found.first - timedelta(days=1))),
    ):
        match = pattern.search(before)
        if match:
            return _period(question, match.start(), found.end, *bounds)
    return _period(question, found.start, found.end, found.first, found.last)


def _pair(question: str, folded: str, left: DateMention, right: DateMention) -> FoundPeriod | None:
    before = _BETWEEN.search(folded[: left.start])
    if before and _AND.search(folded[left.end : right.start]) and left.first <= right.last:
        return _period(question, before.start(), right.end, left.first, right.last)
    return None
