"""Write values, dates and lists for a reader: French first, English second. No digit is added or lost."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Literal

from retrieval.fact import (
    Boolean,
    Coded,
    Duration,
    Fact,
    Identifier,
    Interval,
    Media,
    Missing,
    Moment,
    Ordinal,
    Quantity,
    Ratio,
    ReferenceRange,
    Text,
    Value,
)
from retrieval.folding import fold
from retrieval.terminology.dates import day_range, format_date
from retrieval.terminology.numbers import format_number

Language = Literal["fr", "en"]
NBSP = "\u00a0"
NARROW = "\u202f"
_BEFORE_MARK = re.compile(r"[ \u00a0\u202f]+([;:?!»])")
_AFTER_OPENING = re.compile(r"«[ \u00a0\u202f]*")
_SPACES = re.compile(r" {2,}")
_DURATION = re.compile(
    r"P(?:(?P<Y>\d+)Y)?(?:(?P<M>\d+)M)?(?:(?P<W>\d+)W)?(?:(?P<D>\d+)D)?(?:T(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+)S)?)?"
)


@lru_cache(maxsize=1)
def _units() -> dict[str, str]:
    resource = files("assistant.answering.compose") / "units.toml"
    table: dict[str, str] = tomllib.loads(resource.read_text(encoding="utf-8"))["display"]
    return table


def typography(text: str, *, language: Language = "fr") -> str:
    """Return `text` with French spacing: narrow no-break spaces before `; : ? !` and inside « ».

    English is only tidied of double spaces. Colons with no space before (times, ratios) stay as they are.
    """
    text = _SPACES.sub(" ", text).strip()
    if language == "en":
        return text
    text = _BEFORE_MARK.sub(NARROW + r"\1", text)
    text = _AFTER_OPENING.sub("«" + NARROW, text)
    return re.sub(r"(?<=\w)'(?=\w)", "’", text)


def unit(code: str) -> str:
    """The way a UCUM unit is printed in France (`umol/L` -> `µmol/L`); an unknown one as recorded."""
    return _units().get(code, code)


def number_and_unit(number: str, code: str) -> str:
    """A printed number and its unit, parted by a no-break space; `/min` and `1` as French usage has them."""
    shown = unit(code)
    return f"{number}{NBSP}{shown}" if shown else number


def quantity(value: Quantity, *, language: Language = "fr") -> str:
    """`5,4 mmol/L`, `< 0,5 µg/L`: comparator, the digits of the source, no-break space, unit."""
    sign = {"<=": "≤", ">=": "≥", "~": "environ" if language == "fr" else "about"}
    comparator = sign.get(value.comparator or "", value.comparator or "")
    shown = number_and_unit(format_number(value.magnitude, language=language), value.unit)
    return f"{comparator}{NBSP}{shown}" if comparator else shown


def value_text(value: Value, *, language: Language = "fr") -> str:
    """Any value of a fact, for a reader; a missing value gives its reason."""
    if isinstance(value, Quantity):
        return quantity(value, language=language)
    if isinstance(value, (Coded, Text, Ordinal)):
        return " ".join(value.text.split())
    if isinstance(value, (Moment, Duration)):
        shown = date_text(value.iso, language=language) if isinstance(value, Moment) else ""
        return shown or duration(value.iso, language=language)
    if isinstance(value, (Ratio, Interval)):
        return _ratio(value, language) if isinstance(value, Ratio) else _interval(value)
    return _other_value(value, language)


def _other_value(value: Boolean | Identifier | Media | Missing, language: Language) -> str:
    if isinstance(value, Boolean):
        words = ("oui", "non") if language == "fr" else ("yes", "no")
        return words[0] if value.value else words[1]
    if isinstance(value, Identifier):
        return value.id
    return value.media_type if isinstance(value, Media) else value.reason


def _ratio(value: Ratio, language: Language) -> str:
    numerator = format_number(value.numerator, language=language)
    if value.denominator == 100:
        return f"{numerator}{NBSP}%"
    return f"{numerator}/{format_number(value.denominator, language=language)}"


def _interval(value: Interval) -> str:
    low, high = (part.replace(".", ",") if part else "" for part in (value.low, value.high))
    shown = f"{low}–{high}" if low and high else f"≥{NBSP}{low}" if low else f"≤{NBSP}{high}"
    return number_and_unit(shown, value.unit) if value.unit else shown


def date_text(iso: str | None, *, language: Language = "fr") -> str:
    """`12/03/2024`, `mars 2024`, `2024`; English `12 March 2024`. Empty for no date; the hour is left out."""
    if not iso or day_range(iso) is None:
        return ""
    head = re.match(r"\d{4}(-\d\d(-\d\d)?)?", iso)
    bare = head[0] if head else iso
    return format_date(bare, language=language, words=len(bare) < 10)


def on_date(iso: str | None, *, language: Language = "fr") -> str:
    """`le 12/03/2024`, `en mars 2024`, `en 2024`; says so when the date is not stated."""
    shown = date_text(iso, language=language)
    if not shown:
        return "à une date non précisée" if language == "fr" else "on an unstated date"
    if language == "en":
        return f"{'on' if _is_day(iso) else 'in'} {shown}"
    return f"{'le' if _is_day(iso) else 'en'} {shown}"


def of_date(iso: str | None, *, language: Language = "fr") -> str:
    """`du 12/03/2024`, `de mars 2024`, `d’août 2024`: for « document du … ». Empty for no date."""
    shown = date_text(iso, language=language)
    if not shown:
        return ""
    if language == "en":
        return f"of {shown}"
    if _is_day(iso):
        return f"du {shown}"
    return f"d’{shown}" if shown[0] in "ao" else f"de {shown}"


def since_date(iso: str | None, *, language: Language = "fr") -> str:
    """`depuis le 12/03/2024`, `depuis mars 2024`, `depuis 2024`. Empty for no date."""
    shown = date_text(iso, language=language)
    if not shown:
        return ""
    if language == "en":
        return f"since {shown}"
    return f"depuis {'le ' if _is_day(iso) else ''}{shown}"


def span_text(first: str | None, last: str | None, *, language: Language = "fr") -> str:
    """`du 12/03/2024 au 20/03/2024`; a single day or an open end as such. Empty when nothing is known."""
    start, end = date_text(first, language=language), date_text(last, language=language)
    if start and end and start != end:
        if language == "en":
            return f"from {start} to {end}"
        if _is_day(first) and _is_day(last):
            return f"du {start} au {end}"
        return f"de {start} à {end}"
    if start and not end:
        return since_date(first, language=language) if last is None else on_date(first, language=language)
    return on_date(first or last, language=language) if start or end else ""


def _is_day(iso: str | None) -> bool:
    return bool(iso and re.match(r"\d{4}-\d\d-\d\d", iso))


def duration(iso: str, *, language: Language = "fr") -> str:
    """`P3D` -> `3 jours`, `PT90M` -> `90 minutes`; text that is no ISO 8601 duration as it is."""
    match = _DURATION.fullmatch(iso.strip())
    if match is None or not any(match.groupdict().values()):
        return iso
    french = {
        "Y": "an",
        "M": "mois",
        "W": "semaine",
        "D": "jour",
        "h": "heure",
        "m": "minute",
        "s": "seconde",
    }
    english = {"Y": "year", "M": "month", "W": "week", "D": "day", "h": "hour", "m": "minute", "s": "second"}
    words = french if language == "fr" else english
    parts = []
    for key, word in words.items():
        if match[key]:
            plural = "" if word == "mois" or int(match[key]) < 2 else "s"
            parts.append(f"{match[key]}{NBSP}{word}{plural}")
    return join_list(parts, language=language)


def join_list(parts: Sequence[str], *, language: Language = "fr") -> str:
    """`a`, `a et b`, `a, b et c`."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {'et' if language == 'fr' else 'and'} {parts[-1]}"


def reference_text(limits: ReferenceRange | None, *, language: Language = "fr") -> str:
    """`valeurs usuelles 3,5–5,0`, with one bound `valeurs usuelles ≥ 60`; empty for none."""
    if limits is None or (limits.low is None and limits.high is None and not limits.text):
        return ""
    words = "valeurs usuelles" if language == "fr" else "reference range"
    low, high = (
        None if x is None else format_number(x, language=language) for x in (limits.low, limits.high)
    )
    if low is not None and high is not None:
        return f"{words} {low}–{high}"
    if low is None and high is None:
        return f"{words} {limits.text}"
    return f"{words} ≥{NBSP}{low}" if low is not None else f"{words} ≤{NBSP}{high}"


def lowered(text: str) -> str:
    """`text` with its first letter in lower case, unless the word is an abbreviation or a code."""
    return text if len(text) < 2 or not text[1].islower() else text[:1].lower() + text[1:]


def of_name(text: str) -> str:
    """`de diabète`, `d’asthme`: the name of a thing after « absence », « mention »."""
    name = lowered(text)
    return f"d’{name}" if fold(name[:1]) in set("aeiouy") else f"de {name}"


def capital(text: str) -> str:
    """`text` with its first letter in upper case; nothing else changes (`pH` and `pO2` stay as they are)."""
    return text if len(text) > 1 and text[1].isupper() else text[:1].upper() + text[1:]


def fact_value(fact: Fact, *, language: Language = "fr") -> str:
    """The value of a fact for a reader."""
    return value_text(fact.value, language=language)
