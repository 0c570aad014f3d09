"""The value of an observation by its HL7 v3 data type, typed and in words."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple, cast

from retrieval.fact import (
    Boolean,
    Code,
    Coded,
    Identifier,
    Interval,
    Media,
    Missing,
    Moment,
    Quantity,
    Ratio,
    ReferenceRange,
    Text,
    Value,
)
from retrieval.formats import french
from retrieval.formats.cda import times, words
from retrieval.formats.cda.narrative import text_of
from retrieval.formats.cda.nodes import Node
from retrieval.formats.cda.words import Anchors

_NUMBER = re.compile(r"[+-]?\d{1,40}(?:\.\d{1,40})?(?:[eE][+-]?\d{1,2})?\Z", re.ASCII)
MAX_TEXT = 1_000_000


class Reading(NamedTuple):
    """A value typed, its words, and the codes that it names."""

    value: Value
    text: str
    codes: tuple[Code, ...] = ()


def number_of(written: str) -> Decimal | None:
    """A decimal number as HL7 v3 writes it; None for anything else."""
    text = written.strip()
    return Decimal(text) if _NUMBER.match(text) else None


def codes_of(node: Node) -> tuple[Code, ...]:
    """The code of a coded element, then those of its translations."""
    found = [_code(each) for each in (node, *node.all("translation")) if each.get("code")]
    return tuple(dict.fromkeys(found))


def _code(node: Node) -> Code:
    return Code(
        system=node.get("codeSystemName") or node.get("codeSystem"),
        code=node.get("code"),
        display=" ".join(node.get("displayName").split()),
    )


def read_value(node: Node, anchors: Anchors) -> Reading:
    """The value of an element, by its `xsi:type`, or by what it holds where there is none."""
    if node.get("nullFlavor"):
        reason = words.null_words(node)
        said = words.original(node, anchors)
        if said and words.is_uncoded(node):
            return Reading(Coded(text=said, code=next(iter(codes_of(node)), None)), said)
        return Reading(Missing(reason=reason), f"{reason} ({said})" if said else reason)
    kind = _kind(node)
    if kind == "quantity":
        return _quantity(node)
    if kind == "interval":
        return _interval(node, anchors)
    if kind == "coded":
        return _coded(node, anchors)
    if kind == "ratio":
        return _ratio(node, anchors)
    return _simple(node, kind, anchors)


_KINDS = {
    "PQ": "quantity",
    "INT": "quantity",
    "REAL": "quantity",
    "MO": "quantity",
    "CD": "coded",
    "CE": "coded",
    "CO": "coded",
    "CV": "coded",
    "CS": "coded",
    "BL": "boolean",
    "BN": "boolean",
    "TS": "moment",
    "II": "identifier",
}


def _kind(node: Node) -> str:
    declared = node.get("type").rpartition(":")[2]
    if declared.startswith(("IVL", "PIVL")) or node.child("low") or node.child("high"):
        return "interval"
    if declared.startswith("RTO") or node.child("numerator"):
        return "ratio"
    if declared in _KINDS:
        return _KINDS[declared]
    if node.get("code") or node.get("displayName"):
        return "coded"
    if node.get("value") and not node.text.strip():
        return "quantity" if number_of(node.get("value")) is not None else "text"
    return "text"


def _quantity(node: Node) -> Reading:
    magnitude = number_of(node.get("value"))
    also = " ; ".join(filter(None, (words.amount(each) for each in node.all("translation"))))
    shown = words.amount(node)
    if magnitude is None:
        return Reading(Text(text=shown or node.text.strip()), shown or node.text.strip())
    text = french.number(magnitude) + (f" {unit}" if (unit := words.unit_words(node.get("unit"))) else "")
    value = Quantity(magnitude=magnitude, unit=node.get("unit"))
    return Reading(value, f"{text} (soit {also})" if also else text)


def _interval(node: Node, anchors: Anchors) -> Reading:
    low, high = node.child("low"), node.child("high")
    text = words.period(node, anchors)
    unit = next((each.get("unit") for each in (low, high) if each and each.get("unit")), "")
    if node.get("type").endswith("TS"):
        start, end = (times.iso_of(each.get("value")) if each else None for each in (low, high))
        return Reading(Interval(low=start, high=end), text)
    one = _one_bound(low, high)
    if one is not None:
        return Reading(one, text)
    bounds = (each.get("value") or None if each else None for each in (low, high))
    return Reading(Interval(low=next(bounds), high=next(bounds), unit=unit), text)


def _one_bound(low: Node | None, high: Node | None) -> Quantity | None:
    """`< 5` is stated as an interval with one bound."""
    given = [(each, sign) for each, sign in ((low, ">"), (high, "<")) if each and each.get("value")]
    if len(given) != 1:
        return None
    bound, sign = given[0]
    magnitude = number_of(bound.get("value"))
    if magnitude is None:
        return None
    sign += "" if bound.get("inclusive") == "false" else "="
    comparator = "<" if sign == "<" else ">" if sign == ">" else "<=" if sign == "<=" else ">="
    return Quantity(magnitude=magnitude, unit=bound.get("unit"), comparator=cast("None", comparator))


def _coded(node: Node, anchors: Anchors) -> Reading:
    codes = codes_of(node)
    text = words.coded(node, anchors)
    also = words.original(node, anchors)
    qualifiers = [words.words(each, anchors) for each in node.children if each.name == "qualifier"]
    shown = ", ".join(filter(None, (text, *qualifiers)))
    if also and also.casefold() not in shown.casefold() and shown.casefold() not in also.casefold():
        shown = f"{shown} ({also})"
    code = codes[0] if node.get("code") and codes else None
    return Reading(Coded(text=text, code=code), shown, codes)


def _ratio(node: Node, anchors: Anchors) -> Reading:
    above, below = node.child("numerator"), node.child("denominator")
    text = ratio_words(node)
    numbers = [number_of(each.get("value")) if each else None for each in (above, below)]
    units = [each.get("unit") for each in (above, below) if each]
    if numbers[0] is not None and numbers[1] is not None and not any(units):
        return Reading(Ratio(numerator=numbers[0], denominator=numbers[1]), text)
    return Reading(Text(text=text), text or words.words(node, anchors))


def ratio_words(node: Node) -> str:
    """`200 mg par jour`, `500 mg`, `1/128`."""
    above, below = node.child("numerator"), node.child("denominator")
    first = words.amount(above) if above else ""
    if below is None or not (below.get("value") or below.get("unit")):
        return first
    period = words.duration_words(below)
    if below.get("value") == "1" and below.get("unit"):
        return f"{first} par {period.removeprefix('1 ')}"
    return first if below.get("value") == "1" else f"{first} / {period}"


def _simple(node: Node, kind: str, anchors: Anchors) -> Reading:
    written = node.get("value")
    if kind == "boolean" and written in ("true", "false"):
        return Reading(Boolean(value=written == "true"), "oui" if written == "true" else "non")
    if kind == "moment":
        iso = times.iso_of(written)
        return Reading(Moment(iso=iso) if iso else Text(text=written), times.shown(written))
    if kind == "identifier":
        return Reading(
            Identifier(id=node.get("extension") or node.get("root"), issuer=node.get("root")),
            words.identifier(node) or node.get("root"),
        )
    if node.get("representation") == "B64":
        return Reading(Media(media_type=node.get("mediaType")), f"pièce jointe ({node.get('mediaType')})")
    text = written or text_of(node) or words.words(node, anchors)
    return Reading(Text(text=text), text)


def range_of(node: Node, anchors: Anchors) -> tuple[ReferenceRange | None, str]:
    """The limits of a `referenceRange` and its words."""
    inner = node.child("observationRange")
    value = inner.child("value") if inner is not None else None
    if value is None:
        text = words.words(node, anchors)
        return (ReferenceRange(text=text) if text else None), text
    low, high = value.child("low"), value.child("high")
    note = words.original_text(found, anchors) if inner and (found := inner.child("text")) else ""
    meant = inner.child("interpretationCode") if inner else None
    if meant is not None and meant.get("code") != "N":  # the range of another finding than the normal one
        note = ", ".join(filter(None, (note, words.words(meant, anchors))))
    text = words.period(value, anchors) if low or high else read_value(value, anchors).text
    shown = f"{text} ({note})" if note and text else text or note
    bounds = [number_of(each.get("value")) if each else None for each in (low, high)]
    return ReferenceRange(low=bounds[0], high=bounds[1], text=shown), shown
