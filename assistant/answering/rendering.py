"""Write values, dates and lists for a reader: French first, English second. No digit is added or lost.

One rendering for sentences and evidence lines alike, so that a check compares what a reader compares.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal, assert_never

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
from retrieval.terminology.units import display

Language = Literal["fr", "en"]
_REASONS = {
    "unknown": "inconnu",
    "no information": "pas d’information",
    "masked": "masqué",
    "not applicable": "sans objet",
}
"""Null flavours of openEHR; in French as its reader words them."""
_ASPIRATED = (
    "halet", "hanch", "handicap", "harc", "hasch", "hashimoto", "haut", "hern", "heurt", "hodgkin", "hoquet",
    "hors", "horton", "huit", "hurl",
)  # fmt: skip
"""Folded beginnings of words that take `de`, not `d’`: aspirated in French, or a foreign name."""
NBSP = "\u00a0"
NARROW = "\u202f"
_BEFORE_MARK = re.compile(r"[ \u00a0\u202f]+([;:?!»])")
_AFTER_OPENING = re.compile(r"«[ \u00a0\u202f]*")
_SPACES = re.compile(r" {2,}")
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
_LOOSE_ENDS = " ,;:·.\u00a0\u202f"
_TAIL = re.compile(r"[\d.,\s]+$")
_NUMBER_LAST = re.compile(r"(?:.*\d)?[ ,;:·.\u00a0\u202f]*")
_DURATION = re.compile(
    r"P(?:(?P<Y>\d+)Y)?(?:(?P<M>\d+)M)?(?:(?P<W>\d+)W)?(?:(?P<D>\d+)D)?(?:T(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+)S)?)?"
)


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


def number_and_unit(number: str, code: str) -> str:
    """A printed number and its unit as France prints it, parted by a no-break space; none for `1` and pH."""
    shown = display(code).replace(" ", NBSP)
    return f"{number}{NBSP}{shown}" if shown else number


def quantity(value: Quantity, *, language: Language = "fr") -> str:
    """`5,4 mmol/L`, `< 0,5 µg/L`: comparator, the digits of the source, no-break space, unit."""
    sign = {"<=": "≤", ">=": "≥", "~": "environ" if language == "fr" else "about"}
    comparator = sign.get(value.comparator or "", value.comparator or "")
    shown = number_and_unit(format_number(value.magnitude, language=language), value.unit)
    return f"{comparator}{NBSP}{shown}" if comparator else shown


def value_text(value: Value, *, language: Language = "fr") -> str:
    """Any value of a fact, for a reader. An hour without a day stays as recorded."""
    match value:
        case Quantity():
            return quantity(value, language=language)
        case Ratio():
            return _ratio(value, language)
        case Interval():
            return _interval(value, language)
        case Coded() | Text():
            return " ".join(value.text.split())
        case Ordinal():
            return " ".join(value.text.split()) or format_number(value.rank, language=language)
        case Moment() | Duration():
            return _moment(value.iso, language)
        case Boolean() | Identifier() | Media() | Missing():
            return _other_value(value, language)
        case _:
            assert_never(value)


def _other_value(value: Boolean | Identifier | Media | Missing, language: Language) -> str:
    if isinstance(value, Boolean):
        words = ("oui", "non") if language == "fr" else ("yes", "no")
        return words[0] if value.value else words[1]
    if isinstance(value, Identifier):
        return value.id
    if isinstance(value, Media):
        name = "pièce jointe" if language == "fr" else "attachment"
        return f"{name} ({value.media_type})" if value.media_type else name
    return _missing(value.reason, language)


def _missing(reason: str, language: Language) -> str:
    """That there is no value, and why: the reasons of openEHR are English words."""
    french = _REASONS.get(fold(reason).strip())
    if french:
        return french if language == "fr" else reason
    words = "non renseigné" if language == "fr" else "not given"
    return f"{words} ({reason})" if reason.strip() else words


def _ratio(value: Ratio, language: Language) -> str:
    numerator = format_number(value.numerator, language=language)
    if value.denominator == 100:
        return f"{numerator}{NBSP}%"
    if value.denominator == 1:
        return numerator
    return f"{numerator}/{format_number(value.denominator, language=language)}"


def _interval(value: Interval, language: Language) -> str:
    """`3,5–5,0 mmol/L`, `≥ 60 mL/min`; days as `du … au …`. Empty when both sides are open."""
    stated = [bound for bound in (value.low, value.high) if bound]
    if stated and all(date_text(bound) and not _NUMBER.fullmatch(bound) for bound in stated):
        return span_text(value.low, value.high, language=language) if value.low else _until(value, language)
    shown = range_text(
        *(_bound(bound, language) if bound else None for bound in (value.low, value.high)), language=language
    )
    return number_and_unit(shown, value.unit) if shown else ""


def _bound(bound: str, language: Language) -> str:
    if _NUMBER.fullmatch(bound):
        return format_number(Decimal(bound), language=language)
    return _moment(bound, language)


def _moment(iso: str, language: Language) -> str:
    return date_text(iso, language=language) or duration(iso, language=language)


def _until(value: Interval, language: Language) -> str:
    shown = date_text(value.high, language=language)
    if language == "en":
        return f"until {shown}"
    return f"jusqu’au {shown}" if _is_day(value.high) else f"jusqu’en {shown}"


def range_text(low: str | None, high: str | None, *, language: Language = "fr") -> str:
    """Printed bounds as one: `3,5–5,0`, `≥ 60`, `≤ 5`; words are joined by `à`. Empty for no bound."""
    if low and high:
        plain = low[-1].isdigit() and high[-1].isdigit()
        return f"{low}–{high}" if plain else f"{low} {'à' if language == 'fr' else 'to'} {high}"
    if low:
        return f"≥{NBSP}{low}"
    return f"≤{NBSP}{high}" if high else ""


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
    french = ("an", "mois", "semaine", "jour", "heure", "minute", "seconde")
    english = ("year", "month", "week", "day", "hour", "minute", "second")
    parts = []
    for key, word in zip("YMWDhms", french if language == "fr" else english, strict=True):
        if match[key]:
            plural = "" if word == "mois" or int(match[key]) < 2 else "s"
            parts.append(f"{match[key]}{NBSP}{word}{plural}")
    return join_list(parts, language=language)


def join_list(parts: Sequence[str], *, language: Language = "fr") -> str:
    """`a`, `a et b`, `a, b et c`."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {'et' if language == 'fr' else 'and'} {parts[-1]}"


def limits_text(limits: ReferenceRange | None, *, language: Language = "fr") -> str:
    """`3,5–5,0`, `≥ 60`, or the words of the source where it gives no bound; empty for none."""
    if limits is None:
        return ""
    low, high = (
        None if x is None else format_number(x, language=language) for x in (limits.low, limits.high)
    )
    return range_text(low, high, language=language) or limits.text


def reference_text(limits: ReferenceRange | None, *, language: Language = "fr") -> str:
    """`valeurs usuelles 3,5–5,0`, with one bound `valeurs usuelles ≥ 60`; empty for none."""
    shown = limits_text(limits, language=language)
    return f"{'valeurs usuelles' if language == 'fr' else 'reference range'} {shown}" if shown else ""


def shortened(text: str, size: int) -> str:
    """`text`, or its first whole words of at most `size` characters and `…`: never a part of a number."""
    if len(text) <= size:
        return text
    cut = text[: size - 2]
    words = cut.split(" ")[:-1]
    while words and _NUMBER_LAST.fullmatch(words[-1]):  # its unit, or the rest of it, may be what is cut
        words.pop()
    kept = " ".join(words) or _TAIL.sub("", cut)
    return f"{kept.rstrip(_LOOSE_ENDS)}{NBSP}…"


def lowered(text: str) -> str:
    """`text` with its first letter in lower case, unless the word is an abbreviation or a code."""
    return text if len(text) < 2 or not text[1].islower() else text[:1].lower() + text[1:]


def of_name(text: str) -> str:
    """`de diabète`, `d’asthme`, `d’hypertension`, `de hernie`: after « absence », « mention »."""
    name = lowered(text)
    folded = fold(name)
    silent = folded.startswith("h") and not folded.startswith(_ASPIRATED)
    return f"d’{name}" if silent or folded[:1] in set("aeiouy") else f"de {name}"


def capital(text: str) -> str:
    """`text` with its first letter in upper case; nothing else changes (`pH` and `pO2` stay as they are)."""
    return text if len(text) > 1 and text[1].isupper() else text[:1].upper() + text[1:]


def fact_value(fact: Fact, *, language: Language = "fr") -> str:
    """The value of a fact for a reader."""
    return value_text(fact.value, language=language)
