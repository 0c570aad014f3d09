"""HL7 v3 points in time (`20240131101500+0100`) as ISO 8601, and intervals of them in French words."""

from __future__ import annotations

import re

from retrieval.formats import french

_TS = re.compile(
    r"(?P<y>\d{4})(?:(?P<m>\d{2})(?:(?P<d>\d{2})(?:(?P<h>\d{2})(?:(?P<min>\d{2})"
    r"(?:(?P<s>\d{2})(?:[.,](?P<f>\d+))?)?)?)?)?)?(?P<z>Z|[+-]\d{2}:?\d{2}|[+-]\d{2})?\Z",
    re.ASCII,
)


def iso_of(written: str) -> str | None:
    """ISO 8601 of an HL7 v3 time, as precise as it is written; None when it is none.

    A time of day gets its minutes (`T10:00` of `10`); an offset without a time of day is left out.
    """
    text = written.strip()
    match = _TS.match(text)
    if match is None:
        return french.extended(text)
    date = "-".join(part for part in (match["y"], match["m"], match["d"]) if part)
    if not match["h"]:
        return date if _possible(match) else None
    clock = ":".join(part for part in (match["h"], match["min"] or "00", match["s"]) if part)
    fraction = f".{match['f'][:6]}" if match["f"] else ""
    zone = match["z"] or ""
    if zone not in ("", "Z") and ":" not in zone:
        zone = f"{zone[:3]}:{zone[3:] or '00'}"
    return f"{date}T{clock}{fraction}{zone}" if _possible(match) else None


def _possible(match: re.Match[str]) -> bool:
    limits = (("m", 1, 12), ("d", 1, 31), ("h", 0, 24), ("min", 0, 59), ("s", 0, 60))
    return all(match[key] is None or low <= int(match[key]) <= high for key, low, high in limits)


def shown(written: str) -> str:
    """A point in time for a French reader; text that is no time stays as it is."""
    iso = iso_of(written)
    return french.moment(iso) if iso else written.strip()


def interval(low: str, high: str) -> str:
    """`du 01/02/2024 au 03/02/2024`, `depuis le ...`, `jusqu'au ...`; empty bounds are open."""
    start, end = (shown(each) if each else "" for each in (low, high))
    if start and start == end:
        return on(start)
    if start and end:
        return f"du {start} au {end}" if _is_day(start) and _is_day(end) else f"de {start} à {end}"
    if start:
        return f"depuis le {start}" if _is_day(start) else f"depuis {start}"
    return (f"jusqu’au {end}" if _is_day(end) else f"jusqu’à {end}") if end else ""


def on(moment: str) -> str:
    """`le 01/02/2024`, `en 02/2024`."""
    return f"le {moment}" if _is_day(moment) else f"en {moment}"


def _is_day(moment: str) -> bool:
    return moment[2:3] == "/" and moment[5:6] == "/"
