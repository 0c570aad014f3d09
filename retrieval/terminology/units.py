"""Units of measure in text: which UCUM unit stands after a number, with exact offsets.

The table is `units.toml`. Only notation is folded (`µg`, `mcg`, `ug`); no value is ever converted, and two
units are the same only if their canonical codes are.
"""

from __future__ import annotations

import re
import tomllib
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from retrieval.frozen import Frozen
from retrieval.terminology.dates import find_dates, find_times
from retrieval.terminology.numbers import NumberMention, find_numbers, same_number

_SPACE = re.compile(r"[ \u00a0\u202f\u2009]{0,2}")
_LONGEST = 40
_CONNECTING = "/·^²³*"


class UnitMention(Frozen):
    """A unit as written; `code` is its canonical UCUM code."""

    start: int
    end: int
    text: str
    code: str


class QuantityMention(Frozen):
    """A number with the unit that follows it, if any; `end` is the end of the unit where there is one."""

    start: int
    end: int
    number: NumberMention
    unit: UnitMention | None = None


class _Table(NamedTuple):
    exact: dict[str, str]
    folded: dict[str, str]
    groups: dict[str, str]
    shown: dict[str, str]


def canonical(unit: str) -> str:
    """Return the canonical UCUM code of a unit as written; the text itself when the table has none."""
    bare = _micro(unit.strip())
    table = _table()
    if bare in table.exact:
        return table.exact[bare]
    return table.folded.get(bare.lower(), unit.strip())


def display(unit: str) -> str:
    """Write a unit as a French reader expects it; a unit that the table does not know stays as recorded.

    Only writings that read back as the same unit are used, so nothing changes but the look.
    """
    code = canonical(unit)
    return _table().shown.get(code, unit.strip("{}") if unit.startswith("{") and unit.endswith("}") else unit)


def is_unit(text: str) -> bool:
    """Whether the table knows this writing of a unit."""
    bare = _micro(text.strip())
    return bare in _table().exact or bare.lower() in _table().folded


def unit_group(code: str) -> str:
    """Return the section of `units.toml` that holds a canonical code (`amount`, `vital` ...), or nothing."""
    return _table().groups.get(code, "")


def unit_at(text: str, position: int) -> UnitMention | None:
    """Return the longest unit that begins at `position` (after at most two spaces), or None.

    The unit must end where a word ends: `5 m` in `5 malades` is no unit.
    """
    space = _SPACE.match(text, position)
    start = space.end() if space else position
    for end in range(min(len(text), start + _LONGEST), start, -1):
        written = text[start:end]
        if written == written.strip() and is_unit(written):
            code = canonical(written)
            if _ends_a_word(text, end, dose_form=code.startswith(("{", "[drp]"))):
                return UnitMention(start=start, end=end, text=written, code=code)
    return None


def find_quantities(text: str, *, anchor: date | None = None) -> tuple[QuantityMention, ...]:
    """Return every number of `text` that is no part of a date or a clock time, with its unit.

    Digits inside a unit (`mL/min/1,73m²`) are the unit's.
    """
    skip = [(item.start, item.end) for item in find_dates(text, anchor=anchor)]
    skip += [(item.start, item.end) for item in find_times(text)]
    found: list[QuantityMention] = []
    for number in find_numbers(text, skip=tuple(skip)):
        if found and number.start < found[-1].end:
            continue
        unit = unit_at(text, number.end)
        found.append(
            QuantityMention(
                start=number.start, end=unit.end if unit else number.end, number=number, unit=unit
            )
        )
    return tuple(found)


def same_quantity(left: QuantityMention, right: QuantityMention) -> bool:
    """Same number and, where both name a unit, the same unit."""
    if not same_number(left.number, right.number):
        return False
    return left.unit is None or right.unit is None or left.unit.code == right.unit.code


def _ends_a_word(text: str, end: int, *, dose_form: bool) -> bool:
    """`1 cp/j` counts tablets; but the `mg` of `mg/L` is not a unit of its own."""
    if end == len(text):
        return True
    following, last = text[end], text[end - 1]
    if following in _CONNECTING:
        return dose_form and following == "/"
    return not (following.isalnum() and (last.isalnum() or last in _CONNECTING))


def _micro(text: str) -> str:
    return re.sub("[\u00a0\u202f\u2009]", " ", text).replace("μ", "µ")


@lru_cache(maxsize=1)
def _table() -> _Table:
    data = tomllib.loads(files("retrieval.terminology").joinpath("units.toml").read_text(encoding="utf-8"))
    shown = data.pop("display")
    exact: dict[str, str] = {}
    folded: dict[str, str] = {}
    groups: dict[str, str] = {}
    for name, group in data.items():
        for code, written in group.items():
            exact[code] = code
            groups[code] = name
            exact.update((_micro(form), code) for form in written.get("exact", ()))
            folded.update((_micro(form).lower(), code) for form in written.get("forms", ()))
    return _Table(exact, folded, groups, shown)
