"""Amounts, rates and lists of a posology in French, singular and plural."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from retrieval.fact import DetailName, Value
from retrieval.formats import french
from retrieval.formats.fhir import words
from retrieval.formats.fhir.vocabulary import posology
from retrieval.formats.tree import Node, node_of, number_of, value_at


class Part(NamedTuple):
    """A part of the sentence, what joins it to what stands before, and what it is."""

    text: str
    path: str
    name: DetailName
    label: str
    join: str = ", "
    value: Value | None = None


def listed(items: Sequence[str]) -> str:
    """`a, b et c`."""
    return " et ".join(filter(None, (", ".join(items[:-1]), *items[-1:])))


def unit(node: Node, *, many: bool) -> str:
    """The unit of a quantity: dose forms in lower case and in the plural from 2."""
    ucum = value_at(node, "code") if value_at(node, "system") == words.UCUM else ""
    if ucum in posology("units"):
        return str(posology("units")[ucum][1 if many else 0])
    shown = words.unit_of(node)
    bare = posology("written").get(shown.lower(), shown.lower())
    plural = posology("plurals").get(bare)
    if plural:
        return str(plural) if many else bare
    return shown


def _many(value: object) -> bool:
    found = number_of(value)
    return found is not None and abs(found) >= 2


def amount(node: Node) -> str:
    """`2 comprimés`, `0,5 comprimé`."""
    mark = value_at(node, "comparator")
    number = words.number(node.get("value"))
    return " ".join(filter(None, (mark, number, unit(node, many=_many(node.get("value"))))))


def span(node: Node) -> str:
    """`1 à 2 comprimés`; `au moins 1 comprimé` without an upper bound."""
    low, high = node_of(node.get("low")), node_of(node.get("high"))
    if low and high:
        same = words.unit_of(low) == words.unit_of(high)
        return f"{words.number(low.get('value')) if same else amount(low)} à {amount(high)}"
    return f"au moins {amount(low)}" if low else f"au plus {amount(high)}"


def per(ratio: Node) -> str:
    """`4 comprimés par jour`, `8 comprimés en 24 heures`, `5 mg pour 10 mL`."""
    above, below = node_of(ratio.get("numerator")), node_of(ratio.get("denominator"))
    if not below:
        return amount(above)
    timed = value_at(below, "code") in posology("units")
    if timed and number_of(below.get("value")) == 1:
        return f"{amount(above)} par {unit(below, many=False)}"
    return f"{amount(above)} {'en' if timed else 'pour'} {amount(below)}"


def time(value: object, code: str, *, upper: object = None) -> str:
    """`7 jours`, `5 à 7 jours`; a unit that FHIR does not have as it is."""
    last = upper if upper is not None else value
    name = posology("units").get(code, [code, code])[1 if _many(last) else 0]
    number = words.number(value)
    return (
        f"{number} à {words.number(upper)} {name}"
        if upper is not None and value is not None
        else (f"{words.number(last)} {name}")
    )


def clock(text: str) -> str:
    """`08:00:00` -> `8 h`, `08:30:00` -> `8 h 30`."""
    hours, _, rest = text.partition(":")
    minutes, _, seconds = rest.partition(":")
    if not hours.isdigit() or (seconds.strip("0.") != ""):
        return french.moment(text)
    return f"{int(hours)} h" + (f" {minutes}" if minutes.strip("0") else "")
