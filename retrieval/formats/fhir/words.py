"""The data types of FHIR in words, for a line of text."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from retrieval.fact import Code, Coded, Quantity, Value
from retrieval.formats import french
from retrieval.formats.fhir.vocabulary import said, table
from retrieval.formats.tree import Node, node_of, nodes_of, number_of, text_of, value_at

UCUM = "http://unitsofmeasure.org"
_COMPARATORS = ("<", "<=", ">", ">=")
_OWN = ("http://terminology.hl7.org/", "http://hl7.org/fhir/")
_SHAPES: tuple[tuple[str, frozenset[str], frozenset[str]], ...] = (
    ("Extension", frozenset({"url"}), frozenset()),
    ("Narrative", frozenset({"div"}), frozenset({"status", "div"})),
    ("Concept", frozenset({"coding"}), frozenset({"coding", "text"})),
    ("Concept", frozenset({"text"}), frozenset({"text"})),
    ("Attachment", frozenset({"contentType"}), frozenset()),
    ("Period", frozenset(), frozenset({"start", "end"})),
    ("Range", frozenset(), frozenset({"low", "high"})),
    ("Ratio", frozenset({"numerator"}), frozenset({"numerator", "denominator"})),
    ("Reference", frozenset(), frozenset({"reference", "type", "identifier", "display"})),
    ("Coding", frozenset(), frozenset({"system", "version", "code", "display", "userSelected"})),
    (
        "Contact",
        frozenset({"value", "system", "use"}),
        frozenset({"system", "value", "use", "rank", "period"}),
    ),
    ("Quantity", frozenset({"value"}), frozenset({"value", "comparator", "unit", "system", "code"})),
    ("Money", frozenset({"value", "currency"}), frozenset({"value", "currency"})),
    ("Identifier", frozenset({"value"}), frozenset({"use", "type", "system", "value", "period", "assigner"})),
    (
        "Name",
        frozenset({"family"}),
        frozenset({"use", "text", "family", "given", "prefix", "suffix", "period"}),
    ),
    (
        "Name",
        frozenset({"given"}),
        frozenset({"use", "text", "family", "given", "prefix", "suffix", "period"}),
    ),
)


def shape_of(node: Node) -> str:
    """The data type that a node looks like; empty for an element with parts of its own."""
    keys = {key for key in node if key not in ("id", "extension") and not key.startswith("_")}
    if not keys and "extension" not in node:
        return ""
    if not keys:
        return "Empty"
    for name, needed, allowed in _SHAPES:
        if needed <= keys and (not allowed or keys <= allowed) and _plain(node, name, keys):
            return name
    return ""


def _plain(node: Node, name: str, keys: set[str]) -> bool:
    if name in ("Extension", "Attachment", "Concept", "Ratio", "Narrative"):
        return not isinstance(node.get("text"), dict)
    if name == "Range":
        return all(isinstance(node[key], dict) for key in keys)
    if name == "Reference":
        return all(not isinstance(node.get(key), dict | list) for key in ("reference", "type", "display"))
    return all(not isinstance(node[key], dict) for key in keys if key not in ("period", "type", "assigner"))


def concept(node: Node) -> str:
    """A CodeableConcept or Coding: its text, else the words of its codings, else its codes.

    A text of one or two letters is a code that someone wrote there: the words of the coding say more.
    """
    text = value_at(node, "text").strip()
    if len(text) > 2:
        return text
    codings = nodes_of(node.get("coding")) or ([node] if "code" in node or "display" in node else [])
    shown = [value_at(each, "display").strip() or _own(each) for each in codings]
    named = list(dict.fromkeys(each for each in shown if each))
    return (
        named[0]
        if named
        else text or ", ".join(value_at(each, "code") for each in codings if each.get("code"))
    )


def _own(coding: Node) -> str:
    code = value_at(coding, "code")
    return said(code) if value_at(coding, "system").startswith(_OWN) else ""


def french_concept(node: Node) -> str:
    """As `concept`, in French words where the code is FHIR's own and the source gives no text."""
    if not value_at(node, "text").strip():
        for each in nodes_of(node.get("coding")) or [node]:
            if own := _own(each):
                return own
    return concept(node)


def codes_of(node: Node) -> tuple[Code, ...]:
    """The codings of a concept (or a coding alone)."""
    codings = nodes_of(node.get("coding")) or [node]
    return tuple(
        Code(system=value_at(each, "system"), code=value_at(each, "code"), display=value_at(each, "display"))
        for each in codings
        if value_at(each, "code")
    )


def coded(node: Node, text: str) -> Coded:
    """The concept as a value."""
    codes = codes_of(node)
    return Coded(text=text, code=codes[0] if codes else None)


def number(value: object) -> str:
    """A number with its own digits and a decimal comma; a text that is none as it is."""
    found = number_of(value)
    return french.number(found) if found is not None else text_of(value)


def unit_of(node: Node) -> str:
    """The unit as shown to the reader."""
    return french.unit(value_at(node, "unit") or value_at(node, "code"))


def quantity(node: Node) -> str:
    """`< 5,4 mmol/L`."""
    mark = value_at(node, "comparator")
    return " ".join(filter(None, (mark, number(node.get("value")), unit_of(node))))


def quantity_value(node: Node) -> Quantity | None:
    """The typed quantity; None without a number. The unit is the UCUM code where there is one."""
    magnitude = number_of(node.get("value"))
    if magnitude is None:
        return None
    ucum = value_at(node, "code") if value_at(node, "system") == UCUM else ""
    mark = value_at(node, "comparator")
    return Quantity(
        magnitude=magnitude,
        unit=ucum or value_at(node, "unit") or value_at(node, "code"),
        comparator=mark if mark in _COMPARATORS else None,  # type: ignore[arg-type]
    )


def period(node: Node) -> str:
    """`du 01/02/2026 au 03/02/2026`, `à partir du ...`, `jusqu’au ...`."""
    start, end = (french.moment(value_at(node, key)) for key in ("start", "end"))
    if start and end:
        return f"du {start} au {end}"
    return f"à partir du {start}" if start else f"jusqu’au {end}" if end else ""


def interval(node: Node) -> str:
    """A Range: `3,5 à 5,0 mmol/L`."""
    low, high = node_of(node.get("low")), node_of(node.get("high"))
    if low and high:
        same = unit_of(low) == unit_of(high)
        return f"{number(low.get('value')) if same else quantity(low)} à {quantity(high)}"
    return f"au moins {quantity(low)}" if low else f"au plus {quantity(high)}"


def ratio(node: Node) -> str:
    """`1 sur 128`, or `5 mg pour 1 mL`."""
    above, below = node_of(node.get("numerator")), node_of(node.get("denominator"))
    if not below:
        return quantity(above)
    word = "pour" if unit_of(above) or unit_of(below) else ":"
    return f"{quantity(above)} {word} {quantity(below)}"


def identifier(node: Node) -> str:
    """Type, value and issuer."""
    kind = concept(node_of(node.get("type")))
    issuer = value_at(node, "assigner", "display")
    shown = value_at(node, "value")
    parts = [kind, shown, issuer, period(node_of(node.get("period")))]
    return " ".join(part for part in parts if part)


def contact(node: Node) -> str:
    """`03 20 44 55 66 (travail)`."""
    use = table("codes").get(value_at(node, "use"), value_at(node, "use"))
    span = period(node_of(node.get("period")))
    inside = ", ".join(part for part in (use, span) if part)
    return value_at(node, "value") + (f" ({inside})" if inside else "")


def name(node: Node) -> str:
    """A person's name: as the source writes it, else prefix, given names, family name."""
    text = value_at(node, "text").strip()
    parts = [*_texts(node.get("prefix")), *_texts(node.get("given")), value_at(node, "family")]
    built = " ".join([*parts, *_texts(node.get("suffix"))]).strip()
    if text and all(part in text for part in parts):
        return text
    return f"{text} ({built})" if text and built else text or built


def _texts(value: object) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return [text_of(item) for item in items if text_of(item)]


def money(node: Node) -> str:
    """`12,50 EUR`."""
    return f"{number(node.get('value'))} {value_at(node, 'currency')}"


WORDS: dict[str, Callable[[Node], str]] = {
    "Concept": french_concept,
    "Coding": french_concept,
    "Quantity": quantity,
    "Period": period,
    "Range": interval,
    "Ratio": ratio,
    "Identifier": identifier,
    "Contact": contact,
    "Name": name,
    "Money": money,
}


def value_of(shape: str, node: Node, text: str) -> Value | None:
    """The typed value behind a data type, where there is one."""
    if shape in ("Concept", "Coding"):
        return coded(node, text)
    return quantity_value(node) if shape == "Quantity" else None


def decimal_of(node: Any) -> Decimal | None:
    """The number of a quantity."""
    return number_of(node_of(node).get("value"))
