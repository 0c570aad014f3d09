"""An Observation: its value, its range, its interpretation; each component a statement of its own."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal, NamedTuple, cast

from retrieval.fact import (
    Boolean,
    Coded,
    Interval,
    Missing,
    Moment,
    Ratio,
    ReferenceRange,
    Text,
    Value,
)
from retrieval.formats import french
from retrieval.formats.fhir import words
from retrieval.formats.fhir.meaning import certainty_of, fact_kind, french_name, source_status, status_of
from retrieval.formats.fhir.paths import At, choice, first, nodes_under, under
from retrieval.formats.fhir.vocabulary import label_of, said, table
from retrieval.formats.fhir.writing import Writing, keep_value, write_extensions, write_members
from retrieval.formats.tree import Node, flag_of, node_of, nodes_of, number_of, text_of, value_at
from retrieval.formats.writer import Statement

Interpretation = Literal["low", "high", "critical_low", "critical_high", "abnormal", "normal"]


class Result(NamedTuple):
    """A value in words and as a value."""

    text: str
    value: Value
    path: str


def write_observation(resource: Node, path: str, writing: Writing) -> None:
    """Write an Observation and state its facts. Raises TooLarge.

    One that only groups others is no fact: a pressure is its two components, with the details of both.
    """
    components = nodes_under(resource, "component", path)
    for at in components:
        writing.written.add(at.path)
    _write_result(resource, path, writing, resource, indent=0)
    for at in components:
        details = writing.details
        writing.details = list(details)
        _write_result(at.value, at.path, writing, resource, indent=1)
        writing.details = details


def _write_result(node: Node, path: str, writing: Writing, resource: Node, *, indent: int) -> None:
    code = node_of(node.get("code"))
    codes = words.codes_of(code)
    label = words.concept(code) or "Observation"
    result = result_of(node, path)
    denied = french_name([each.code for each in codes])
    groups = result is None and bool(node.get("component") or node.get("hasMember"))
    shown = result.text if result else "voir le détail" if groups else denied
    statement = writing.say(label, shown or "sans valeur", indent, _tail(node, resource, indent))
    _keep(node, path, writing, statement, indent)
    write_members(node, path, writing, indent + 1)
    if groups:
        return
    start, end = _times(resource)
    value: Value = result.value if result else Text(text=shown or "sans valeur")
    writing.sheet.fact(
        fact_kind(resource),
        value,
        result.path if result else path,
        statement.line,
        label=label,
        codes=codes,
        status=status_of(resource),
        certainty="unknown"
        if isinstance(value, Missing)
        else certainty_of(resource, [each.code for each in codes]),
        interpretation=interpretation_of(node),
        reference_range=range_of(node),
        details=tuple(writing.details),
        heading=writing.trail,
        **({"effective": start, "effective_end": end} if start else {}),
    )


def _times(resource: Node) -> tuple[str | None, str | None]:
    period = node_of(resource.get("effectivePeriod"))
    start = value_at(resource, "effectiveDateTime") or value_at(resource, "effectiveInstant")
    start = start or value_at(period, "start") or value_at(period, "end") or value_at(resource, "issued")
    return french.extended(start), french.extended(value_at(period, "end"))


def _keep(node: Node, path: str, writing: Writing, statement: Statement, indent: int) -> None:
    """What the line itself says, so that it is not said again below."""
    for key in ("code", choice(node, "value"), "interpretation", "dataAbsentReason"):
        for at in under(node, key, path) if key else ():
            if isinstance(at.value, dict):
                shape = words.shape_of(at.value)
                if shape not in words.WORDS:
                    continue
                text = _WORDS.get(key, words.WORDS[shape])(at.value)
                span = statement.name if key == "code" else statement.line
                keep_value(key, label_of(key), shape, at, writing, span, text)
                write_extensions(at.value, at.path, writing, indent + 1)
            writing.written.add(at.path)


def _tail(node: Node, resource: Node, indent: int) -> str:
    limits = "; ".join(
        _range_words(each) for each in nodes_of(node.get("referenceRange")) if _range_words(each)
    )
    marks = [_mark(each) for each in nodes_of(node.get("interpretation"))]
    state = source_status(resource) if indent == 0 else ""
    state = "" if state == "final" else said(state) or state
    parts = [f"référence : {limits}" if limits else "", *marks, state]
    inside = " ; ".join(part for part in parts if part)
    return f" ({inside})" if inside else ""


def _mark(concept: Node) -> str:
    codes = [code.code for code in words.codes_of(concept)]
    known = next(
        (table("interpretation_words")[code] for code in codes if code in table("interpretation_words")), ""
    )
    return known or words.concept(concept)


_WORDS = {"code": words.concept, "interpretation": _mark}
"""How the line says what is not said in the way of its data type."""


def interpretation_of(node: Node) -> Interpretation | None:
    """The interpretation that the source states."""
    codes = [code.code for each in nodes_of(node.get("interpretation")) for code in words.codes_of(each)]
    return cast(
        "Interpretation | None",
        next((table("interpretation")[c] for c in codes if c in table("interpretation")), None),
    )


def _range_words(node: Node) -> str:
    low, high, text = node_of(node.get("low")), node_of(node.get("high")), value_at(node, "text").strip()
    bounds = (
        words.interval({key: each for key, each in (("low", low), ("high", high)) if each})
        if low or high
        else ""
    )
    return f"{bounds}, {text}" if bounds and text and text != bounds else bounds or text


def range_of(node: Node) -> ReferenceRange | None:
    """The first reference range, in the unit of the value; limits in another unit stay in its words."""
    found = nodes_of(node.get("referenceRange"))
    if not found:
        return None
    low, high = node_of(found[0].get("low")), node_of(found[0].get("high"))
    own = words.unit_of(node_of(node.get("valueQuantity")))
    same = all(words.unit_of(each) in (own, "") for each in (low, high) if each)
    return ReferenceRange(
        low=words.decimal_of(low) if same else None,
        high=words.decimal_of(high) if same else None,
        text=_range_words(found[0]),
    )


def result_of(node: Node, path: str) -> Result | None:
    """The value of an Observation or component; why there is none; None when it says neither."""
    key = choice(node, "value")
    at = first(node, key, path) if key else None
    if at is not None:
        text, value = typed(key, at)
        return Result(text, value, at.path) if text else None
    absent = node.get("dataAbsentReason")
    if isinstance(absent, dict):
        text = words.french_concept(absent)
        return Result(f"donnée absente : {text}", Missing(reason=text), f"{path}.dataAbsentReason")
    return None


def typed(key: str, at: At) -> tuple[str, Value]:
    """An element of several types in words and as a value."""
    if isinstance(at.value, dict):
        return _of_node(at.value)
    raw = text_of(at.value).strip()
    flag = flag_of(at.value) if key.endswith("Boolean") else None
    if flag is not None:
        return ("oui" if flag else "non"), Boolean(value=flag)
    if key.endswith(("DateTime", "Time", "Date", "Instant")):
        return french.moment(raw), Moment(iso=raw)
    if key.endswith("Integer"):
        return words.number(raw), Text(text=raw)
    return raw, Text(text=raw)


def _of_node(node: dict[str, Any]) -> tuple[str, Value]:
    shape = words.shape_of(node)
    text = words.WORDS[shape](node) if shape in words.WORDS else ""
    if shape == "Quantity":
        value = words.quantity_value(node)
        return text, value if value is not None else Text(text=text)
    if shape in ("Concept", "Coding"):
        return text, words.coded(node, text)
    if shape == "Range":
        return text, _interval(node)
    if shape == "Ratio":
        return text, _ratio(node, text)
    if shape == "Period":
        return text, Interval(low=value_at(node, "start") or None, high=value_at(node, "end") or None)
    return text, Coded(text=text)


def _interval(node: Node) -> Value:
    low, high = node_of(node.get("low")), node_of(node.get("high"))
    unit = value_at(high or low, "code") or value_at(high or low, "unit")
    return Interval(low=text_of(low.get("value")) or None, high=text_of(high.get("value")) or None, unit=unit)


def _ratio(node: Node, text: str) -> Value:
    above, below = (number_of(node_of(node.get(name)).get("value")) for name in ("numerator", "denominator"))
    if above is None:
        return Text(text=text)
    return Ratio(numerator=above, denominator=below if below is not None else Decimal(1))
