"""Intervals: their bounds, their words, and what a normal range says of a value."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, cast

from retrieval.fact import ReferenceRange
from retrieval.formats import french
from retrieval.formats.openehr.precision import magnitude_of
from retrieval.formats.openehr.vocabulary import table
from retrieval.formats.tree import Node, flag_of, number_of, text_of

Interpretation = Literal["low", "high", "critical_low", "critical_high", "abnormal", "normal"]


def _bound(interval: Node, side: str) -> Node:
    """The node of one bound; empty when that side is open."""
    node = interval.get(side)
    if node is None or flag_of(interval.get(f"{side}_unbounded")):
        return {}
    return node if isinstance(node, dict) else {"value": node}


def _scalar(bound: Node) -> object:
    if (magnitude := magnitude_of(bound)) is not None:
        return magnitude
    for key in ("magnitude", "value", "numerator"):
        if key in bound:
            return bound[key]
    return None


def bounds(interval: Node) -> tuple[str | None, str | None, str]:
    """Low and high as the source writes them, and the unit; None where the side is open."""
    low, high = _bound(interval, "lower"), _bound(interval, "upper")
    unit = text_of(low.get("units")) or text_of(high.get("units"))
    return text_of(_scalar(low)) or None, text_of(_scalar(high)) or None, unit


def _written(bound: Node) -> str:
    """The words of one bound without its unit."""
    scalar = _scalar(bound)
    number = number_of(scalar)
    text = text_of(scalar)
    if number is not None and not (isinstance(scalar, str) and "magnitude" not in bound):
        shown = french.number(number)
        bottom = number_of(bound.get("denominator"))
        if "numerator" in bound and bottom is not None:
            shown = f"{shown} %" if bottom == 100 else f"{shown}/{french.number(bottom)}"
        return shown
    if text.startswith(("P", "-P")):
        return french.duration(text)
    return french.moment(text) if text else ""


def written_range(interval: Node, value_unit: str | None) -> str:
    """`3,5 à 5,0`, `≥ 3,5`, `< 10`; with the unit unless it is `value_unit`; empty when both are open."""
    lower, upper = _bound(interval, "lower"), _bound(interval, "upper")
    low, high = _written(lower), _written(upper)
    unit = text_of(lower.get("units")) or text_of(upper.get("units"))
    tail = f" {french.unit(unit)}".rstrip() if unit and unit != value_unit else ""
    low_in = flag_of(interval.get("lower_included")) is not False
    high_in = flag_of(interval.get("upper_included")) is not False
    if low and high:
        if low_in and high_in:
            return f"{low} à {high}{tail}"
        return f"{'≥' if low_in else '>'} {low} et {'≤' if high_in else '<'} {high}{tail}"
    if low:
        return f"{'≥' if low_in else '>'} {low}{tail}"
    return f"{'≤' if high_in else '<'} {high}{tail}" if high else ""


def limits(normal: Node) -> ReferenceRange | None:
    """The ReferenceRange of a normal range; None when it has no bound."""
    words = written_range(normal, None)
    if not words:
        return None
    low = number_of(_scalar(_bound(normal, "lower")))
    high = number_of(_scalar(_bound(normal, "upper")))
    return ReferenceRange(low=low, high=high, text=words)


def interpret(
    stated: str, normal: Node, magnitude: Decimal, *, unit: str, status: str = ""
) -> Interpretation | None:
    """The stated normal status; where there is none, what the normal range says of the magnitude.

    This is the reference model's own `is_normal` rule; bounds in another unit decide nothing. `status` is the
    magnitude status: `> 100` may be any number above, so only what all of them are is said.
    """
    if stated:
        return cast(Interpretation | None, table("interpretation").get(stated))
    lower, upper = _bound(normal, "lower"), _bound(normal, "upper")
    if any(text_of(bound.get("units")) not in ("", unit) for bound in (lower, upper)):
        return None
    low, high = number_of(_scalar(lower)), number_of(_scalar(upper))
    if low is None and high is None:
        return None
    if status not in ("", "=", "~"):
        return _of_a_bound(status, magnitude, low, high)
    if low is not None and (magnitude < low or (magnitude == low and _excluded(normal, "lower"))):
        return "low"
    if high is not None and (magnitude > high or (magnitude == high and _excluded(normal, "upper"))):
        return "high"
    return "normal"


def _of_a_bound(
    status: str, magnitude: Decimal, low: Decimal | None, high: Decimal | None
) -> Interpretation | None:
    """What every value below (`<`) or above (`>`) the magnitude is; None where they differ."""
    if status in ("<", "<=", "≤"):
        if low is not None:
            below = magnitude < low or (magnitude == low and status == "<")
            return "low" if below else None
        return "normal" if high is not None and magnitude <= high and status == "<" else None
    if high is not None:
        above = magnitude > high or (magnitude == high and status == ">")
        return "high" if above else None
    return "normal" if low is not None and magnitude >= low and status == ">" else None


def _excluded(normal: Node, side: str) -> bool:
    return flag_of(normal.get(f"{side}_included")) is False
