"""How numbers, dates, times and durations are written for a French reader. No digit is added or lost."""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal
from functools import cache
from importlib import resources

_DATE = re.compile(r"(?P<y>\d{4})(?:-?(?P<m>\d{2})(?:-?(?P<d>\d{2}))?)?\Z")
_TIME = re.compile(
    r"(?P<h>\d{2})(?::?(?P<min>\d{2})(?::?(?P<s>\d{2})(?:[.,](?P<f>\d+))?)?)?"
    r"(?P<z>Z|[+-]\d{2}(?::?\d{2})?)?\Z"
)
_DURATION = re.compile(
    r"(?P<sign>-?)P(?=.)(?:(?P<Y>[\d.,]+)Y)?(?:(?P<M>[\d.,]+)M)?(?:(?P<W>[\d.,]+)W)?(?:(?P<D>[\d.,]+)D)?"
    r"(?:T(?:(?P<h>[\d.,]+)H)?(?:(?P<m>[\d.,]+)M)?(?:(?P<s>[\d.,]+)S)?)?\Z"
)
_UNITS = {"Y": "an", "M": "mois", "W": "semaine", "D": "jour", "h": "heure", "m": "minute", "s": "seconde"}
_FRANCE = ("+01", "+02", "+0100", "+0200", "+01:00", "+02:00")


def number(value: Decimal) -> str:
    """`5.40` -> `5,40`: decimal comma, the digits of the source; far exponents stay scientific."""
    written = str(value) if abs(value.adjusted()) > 30 else f"{value:f}"
    return written.replace(".", ",")


def unit(recorded: str) -> str:
    """The display of a UCUM unit: `mm[Hg]` -> `mmHg`, `1` -> nothing; any other unit as recorded."""
    return _units_shown().get(recorded, recorded)


@cache
def _units_shown() -> dict[str, str]:
    text = resources.files(__package__).joinpath("units_shown.toml").read_text("utf-8")
    units: dict[str, str] = tomllib.loads(text)["units"]
    return units


def moment(iso: str) -> str:
    """`2026-02-27T08:00:00+01:00` -> `27/02/2026 08:00`; partial stays partial, unreadable text as it is.

    The offset is written unless it is one of mainland France's, so that no hour is read wrongly.
    """
    text = iso.strip()
    date, _, time = text.partition("T") if "T" in text else (text, "", "")
    if "T" not in text and _TIME.match(text) and ":" in text:
        return _time(text) or iso
    day = _DATE.match(date)
    if day is None:
        return _time(text) or iso
    written = "/".join(part for part in (day["d"], day["m"], day["y"]) if part)
    if not time:
        return written
    clock = _time(time)
    return iso if clock is None else f"{written} {clock}"


def _time(text: str) -> str | None:
    match = _TIME.match(text.removeprefix("T"))
    if match is None:
        return None
    clock = f"{match['h']}:{match['min']}" if match["min"] else f"{match['h']} h"
    fraction = (match["f"] or "").rstrip("0")
    if match["s"] and (match["s"] != "00" or fraction):
        clock += f":{match['s']}" + (f",{fraction}" if fraction else "")
    zone = match["z"]
    if zone is None or zone in _FRANCE:
        return clock
    return f"{clock} (UTC)" if zone in ("Z", "+00:00", "+0000", "+00", "-00:00") else f"{clock} (UTC{zone})"


def extended(iso: str) -> str | None:
    """ISO 8601 in extended form: `20190128T224340+0000` -> `2019-01-28T22:43:40+00:00`; None if no date."""
    date, _, time = iso.strip().partition("T")
    day = _DATE.match(date)
    if day is None:
        return None
    written = "-".join(part for part in (day["y"], day["m"], day["d"]) if part)
    clock = _TIME.match(time)
    if not time or clock is None or not day["d"]:
        return written
    hours = ":".join(part for part in (clock["h"], clock["min"] or "00", clock["s"]) if part)
    fraction = f".{clock['f'][:6]}" if clock["f"] else ""
    zone = clock["z"] or ""
    if zone not in ("", "Z") and ":" not in zone:
        zone = f"{zone[:3]}:{zone[3:] or '00'}"
    return f"{written}T{hours}{fraction}{zone}"


def duration(iso: str) -> str:
    """`P1Y2M` -> `1 an 2 mois`, `PT90M` -> `90 minutes`; unreadable text as it is."""
    match = _DURATION.match(iso.strip())
    if match is None:
        return iso
    parts = [
        f"{match[key].replace('.', ',')} {word}{'s' if _plural(match[key]) and word != 'mois' else ''}"
        for key, word in _UNITS.items()
        if match[key]
    ]
    if not parts:
        return iso
    return ("moins " if match["sign"] else "") + " ".join(parts)


def _plural(amount: str) -> bool:
    digits = amount.replace(",", ".")
    try:
        return float(digits) >= 2
    except ValueError:
        return True
