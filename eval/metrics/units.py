"""Units: how France prints them, their UCUM expression, and conversion inside one dimension.

Factors are exact decimals of `units.toml`. Nothing converts a mass into an amount of substance: that needs to
know the substance, and a scorer that guesses it would forgive a wrong unit.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal, DivisionByZero, InvalidOperation, localcontext
from fractions import Fraction
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

MAX_UNIT = 80
_SPACE = r"[ \u00a0\u202f\u2009]"
_PER = rf"{_SPACE}{{0,2}}/{_SPACE}{{0,2}}|{_SPACE}+(?:par|per){_SPACE}+"
_TIMES = frozenset({"min", "h", "d", "wk"})
_TOKEN = re.compile(
    r"10\*\d+|\d+|\{[^{}]*\}|[^\d\s/.(){}\[\]*]*(?:\[[^\[\]]*\])?[^\d\s/.(){}\[\]*]*\d?|[/.()]"
)


class Measure(NamedTuple):
    """What a unit measures: its base dimensions with exponents, and how many base units it is."""

    dimensions: tuple[tuple[str, int], ...]
    factor: Fraction


class PrintedUnit(NamedTuple):
    """A unit as it stands in a text, up to `end` (exclusive), and its UCUM expression."""

    ucum: str
    end: int


class _Table(NamedTuple):
    measures: dict[str, Measure]
    printed: dict[str, str]
    pattern: re.Pattern[str]


def convert(value: Decimal, from_: str, to: str) -> Decimal | None:
    """`value` in the unit `to`, or None when the two do not measure the same thing or one is unknown.

    Units are UCUM or as France prints them (`µg`, `G/L`, `mg/24 h`); empty and `1` are the same.
    """
    if from_.strip() == to.strip():
        return value
    first, second = measure(from_), measure(to)
    if first is None or second is None or first.dimensions != second.dimensions:
        return None
    ratio = first.factor / second.factor
    with localcontext() as context:
        context.prec = 40
        try:
            return value * ratio.numerator / ratio.denominator
        except (InvalidOperation, DivisionByZero):
            return None


def same_dimension(first: str, second: str) -> bool:
    """Whether one converts into the other."""
    return convert(Decimal(1), first, second) is not None


@lru_cache(maxsize=4096)
def ucum_of(printed: str) -> str | None:
    """The UCUM expression of a unit written as France prints it; None when it is not one as a whole."""
    text = printed.strip()
    found = printed_unit(text, 0)
    return found.ucum if found and found.end == len(text) else None


@lru_cache(maxsize=4096)
def measure(unit: str) -> Measure | None:
    """What a unit measures, read as UCUM first, then as printed; None when neither."""
    text = unit.strip()
    if text in {"", "1"}:
        return Measure((), Fraction(1))
    if len(text) > MAX_UNIT:
        return None
    found = _expression(text)
    if found is None and (ucum := ucum_of(text)) is not None:
        found = _expression(ucum) if ucum else Measure((), Fraction(1))
    return found


def printed_unit(text: str, start: int) -> PrintedUnit | None:
    """The longest unit that begins at `start`: `mmol/L`, `mg par jour`, `/min`; None when there is none."""
    table = _table()
    parts: list[str] = []
    at = start
    if (first := table.pattern.match(text, at)) is not None:
        parts.append(table.printed[_key(first.group())])
        at = first.end()
    while (per := re.compile(_PER).match(text, at)) is not None:
        found = _denominator(text, per.end())
        if found is None:
            break
        parts = parts or [""]
        parts.append(found.ucum)
        at = found.end
    if not parts:
        return None
    return PrintedUnit(_tidy(parts), at)


def _denominator(text: str, at: int) -> PrintedUnit | None:
    table = _table()
    if (found := table.pattern.match(text, at)) is not None:
        return PrintedUnit(table.printed[_key(found.group())], found.end())
    number = re.compile(rf"(\d{{1,3}}){_SPACE}?").match(text, at)
    if number and (found := table.pattern.match(text, number.end())) is not None:
        unit = table.printed[_key(found.group())]
        return PrintedUnit(f"({number[1]}.{unit})", found.end()) if unit in _TIMES else None
    return None


def _tidy(parts: list[str]) -> str:
    """`{times}` counts nothing of its own: `3 fois par jour` is `3 /d`, `3 fois` a bare number."""
    head, rest = parts[0], parts[1:]
    return "/".join(["" if head == "{times}" else head, *rest])


def _expression(text: str) -> Measure | None:
    tokens = [token for token in _TOKEN.findall(text) if token]
    if "".join(tokens) != text:
        return None
    found, rest = _product(tokens, 0)
    return found if found is not None and rest == len(tokens) else None


def _product(tokens: list[str], at: int) -> tuple[Measure | None, int]:
    powers: Counter[str] = Counter()
    factor = Fraction(1)
    sign, pending = 1, False
    while at < len(tokens) and tokens[at] != ")":
        if tokens[at] in {"/", "."}:
            sign, pending, at = (-1 if tokens[at] == "/" else 1), True, at + 1
            continue
        if tokens[at] == "(":
            inner, at = _product(tokens, at + 1)
            if inner is None or at >= len(tokens):
                return None, at
        else:
            inner = _atom(tokens[at])
        if inner is None:
            return None, at
        at, pending = at + 1, False
        factor *= inner.factor**sign
        for name, power in inner.dimensions:
            powers[name] += sign * power
    kept = tuple(sorted((name, power) for name, power in powers.items() if power))
    return (None if pending else Measure(kept, factor)), at


def _atom(token: str) -> Measure | None:
    if (known := _table().measures.get(token)) is not None:
        return known
    if token.isdigit():
        return Measure((), Fraction(int(token))) if int(token) else None
    return Measure(((token, 1),), Fraction(1)) if token.startswith("{") else None


@lru_cache(maxsize=1)
def _table() -> _Table:
    source = files("eval.metrics") / "units.toml"
    data = tomllib.loads(source.read_text(encoding="utf-8"))
    measures = {
        code: Measure(((row["dimension"], 1),) if row["dimension"] else (), Fraction(row["factor"]))
        for code, row in data["units"].items()
    }
    atoms = [(code, name) for code, row in data["units"].items() for name in row["spellings"]]
    whole = [(code, name) for code, names in data["expressions"].items() for name in names]
    printed = {_key(name): code for code, name in (*atoms, *whole)}
    claims: dict[str, set[str]] = {}
    for code, name in atoms:
        for other in _other_cases(name):
            claims.setdefault(other, set()).add(code)
    for other, codes in claims.items():
        if len(codes) == 1:
            printed.setdefault(other, *codes)
    longest = sorted(printed, key=lambda name: (-len(name), name))
    body = "|".join(_loose(name) for name in longest)
    return _Table(measures, printed, re.compile(rf"(?:{body})(?![\w²³])"))


def _other_cases(name: str) -> Iterator[str]:
    key = _key(name)
    if len(key) > 1:
        yield from {key.upper()} - {key}
        if not key.isupper():
            yield from {key.lower()} - {key}


def _key(name: str) -> str:
    return re.sub(r"\s+", "", name)


def _loose(key: str) -> str:
    """A spelling whose spaces may be there or not, of any kind, one between any two characters at most."""
    return rf"{_SPACE}?".join(re.escape(char) for char in key) if _spaced(key) else re.escape(key)


def _spaced(key: str) -> bool:
    return any(char in key for char in "/'’°^*×") or len(key) > 6 or key.startswith(("1", "x1", "mmH", "cmH"))
