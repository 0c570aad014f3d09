"""Moments: how a possibly partial ISO 8601 date or time is bounded and put in order.

Sources write `2024`, `2024-03`, `20240301T1000` and `2024-03-01T10:00:00+01:00` side by side. A day is the
day as the source wrote it. Order is by instant: a moment with no offset is taken as local time of `ZONE`;
a partial moment begins where its period begins, and of two that begin together the more exact comes later.
"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

ZONE = "Europe/Paris"
"""Where the clocks of a source without an offset are taken to stand."""

_ISO = re.compile(
    r"(?P<year>\d{4})(?:-?(?P<month>\d{2})(?:-?(?P<day>\d{2})"
    r"(?:[T ](?P<hour>\d{2})(?::?(?P<minute>\d{2})(?::?(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?)?"
    r"\s?(?P<offset>Z|z|[+-]\d{2}(?::?\d{2})?)?)?)?)?"
)


class Span(NamedTuple):
    """What a moment covers: its first and last day (`YYYY-MM-DD`), and where it stands in order.

    `begins` is the first instant in UTC as fixed-width text, `precision` runs from 1 (a year) to 6 (seconds).
    """

    first_day: str
    last_day: str
    begins: str
    precision: int

    @property
    def order(self) -> str:
        """A text that sorts as the moments do."""
        return f"{self.begins}~{self.precision}"


@lru_cache(maxsize=8)
def _zone(name: str) -> ZoneInfo | timezone:
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError:  # a machine without a time zone database
        return UTC


def _offset(text: str) -> timezone:
    if text in {"Z", "z"}:
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    size = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-size if text[0] == "-" else size)


def _last_day(year: int, month: int = 12, day: int | None = None) -> str:
    return f"{year:04d}-{month:02d}-{day or calendar.monthrange(year, month)[1]:02d}"


@lru_cache(maxsize=65_536)
def span_of(iso: str | None, *, zone: str = ZONE) -> Span | None:
    """Return what `iso` covers, or None when it is absent or not a date."""
    match = _ISO.fullmatch(iso.strip()) if iso else None
    if match is None:
        return None
    names = ("year", "month", "day", "hour", "minute", "second")
    parts = [int(match[name]) for name in names if match[name] is not None]
    padded = (parts + [1, 1, 1, 0, 0, 0][len(parts) :])[:6]
    micro = int((match["fraction"] or "0").ljust(6, "0")[:6])
    try:
        wall = datetime(*padded, micro)  # type: ignore[arg-type, call-arg]  # noqa: DTZ001
        last = _last_day(*parts[:3])
        aware = wall.replace(tzinfo=_offset(match["offset"]) if match["offset"] else _zone(zone))
        begins = aware.astimezone(UTC).replace(tzinfo=None)
    except ValueError:
        return None
    except OverflowError:  # the first or last hours of the calendar
        begins = wall
    return Span(wall.date().isoformat(), last, begins.isoformat(timespec="microseconds"), len(parts))


def order_of(iso: str | None, *, zone: str = ZONE) -> str:
    """Return a text that sorts as the moments do; an absent or unreadable moment sorts first."""
    span = span_of(iso, zone=zone)
    return span.order if span else ""
