"""What an element says, in French words on one line: people, addresses, codes, times, anything else.

Nothing that an element states is left out but what `ignored.toml` names.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from retrieval.formats import french
from retrieval.formats.cda import times
from retrieval.formats.cda.narrative import line_of
from retrieval.formats.cda.nodes import Node
from retrieval.formats.cda.vocabulary import table, word

_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?\Z", re.ASCII)
_PERIODS = {"effectiveTime", "time", "comp", "expectedUseTime", "phase"}
_BOUNDS = {"low", "high", "width", "center"}
_SILENT = {"templateId", "typeId", "realmCode", "signatureCode", "sequenceNumber"}
_OF_COURSE = {"addr", "telecom", "id", "name", "time", "family", "functionCode"}
"""Elements whose absence says nothing to a reader."""


class Anchors(NamedTuple):
    """The elements of the narrative by their ID, for the references of entries."""

    nodes: dict[str, Node]

    def text(self, reference: str) -> str:
        """The words at `#id` (the sign may be missing); empty when there is no such place."""
        node = self.nodes.get(reference.removeprefix("#"))
        return line_of(node) if node is not None else ""


def words(node: Node, anchors: Anchors) -> str:
    """All that an element says."""
    if node.name in _SILENT or node.get("representation").upper() == "B64":
        return ""
    if node.get("nullFlavor") and node.name not in _OF_COURSE:
        reason = "" if node.get("nullFlavor") == "NA" else null_words(node)
        if node.name == "effectiveTime" and reason:
            reason = f"date {feminine(reason)}"
        said = _joined(_children(node, anchors))
        return said if said and is_uncoded(node) else _joined([reason, said])
    special = _special(node, anchors)
    if special is not None:
        return special
    if _is_code(node):
        return _joined([coded(node, anchors), *_children(node, anchors, but=("originalText",))])
    if node.name in _PERIODS or _BOUNDS & {child.name for child in node.children}:
        return period(node, anchors)
    return _joined([amount(node), " ".join(node.text.split()), *_children(node, anchors)])


def _special(node: Node, anchors: Anchors) -> str | None:
    """The words of an element that has a form of its own; None for any other."""
    if node.name == "name":
        return person_name(node) if node.children or node.text.strip() else None
    if node.name == "reference":
        value = node.get("value")
        return (anchors.text(value) or _outside(value)) if value else None
    if node.name in ("confidentialityCode", "languageCode"):
        return node.get("displayName") or node.get("code")
    if node.name == "originalText":
        return original_text(node, anchors)
    plain = _PLAIN.get(node.name)
    return plain(node) if plain is not None else None


def _address(node: Node) -> str:
    parts = (" ".join(each.text.split()) for each in node.children)
    return " ".join(filter(None, (*parts, " ".join(node.text.split()))))


def _telecom(node: Node) -> str:
    scheme, _, number = node.get("value").partition(":")
    label = word("telecom", scheme.lower())
    return f"{label} {number}" if label and number else node.get("value")


def _version(node: Node) -> str:
    return f"version {node.get('value')}"


def _status(node: Node) -> str:
    return word("status_words", node.get("code"))


def _outside(reference: str) -> str:
    """A reference that leads out of the document is shown; a pointer that leads nowhere says nothing."""
    return reference if ":" in reference else ""


def _children(node: Node, anchors: Anchors, but: tuple[str, ...] = ()) -> list[str]:
    return [words(child, anchors) for child in node.children if child.name not in but]


def _joined(parts: list[str], *more: str) -> str:
    said: list[str] = []
    for part in (*parts, *more):
        plain = " ".join(part.split())
        if plain and plain not in said:
            said.append(plain)
    return ", ".join(said)


def null_words(node: Node) -> str:
    """Why there is no value (null flavour), in words."""
    flavour = node.get("nullFlavor")
    return word("null", flavour, flavour)


def is_uncoded(node: Node) -> bool:
    """Whether there is a value in words for which the code system has no code: `OTH`, `UNC`."""
    return node.get("nullFlavor") in ("OTH", "UNC")


def _is_code(node: Node) -> bool:
    value = node.name == "translation" and not node.get("displayName")
    return bool(node.get("code") or node.get("displayName")) and not value


def coded(node: Node, anchors: Anchors) -> str:
    """The words of a coded element: its display name, else the narrative it refers to, else the code."""
    return " ".join(node.get("displayName").split()) or original(node, anchors) or node.get("code")


def original(node: Node, anchors: Anchors) -> str:
    """The words that `originalText` states or refers to."""
    found = node.child("originalText")
    return original_text(found, anchors) if found is not None else ""


def original_text(node: Node, anchors: Anchors) -> str:
    """The words of an `originalText`, `text` or such: its own, and those that its reference leads to."""
    reference = node.child("reference")
    inner = words(reference, anchors) if reference is not None else ""
    return _joined([" ".join(node.text.split()), inner])


def amount(node: Node) -> str:
    """The value and the unit of an element as a French reader writes them; other attributes as they are."""
    value, unit = node.get("value"), node.get("unit")
    if node.name == "translation" and not unit:
        unit = node.get("code")
    shown = value.replace(".", ",") if _NUMBER.match(value) else _truth(value)
    unit = unit_words(unit)
    return f"{shown} {unit}".strip() if value or unit else ""


def unit_words(unit: str) -> str:
    """A unit for a French reader: `{tablet}` is `comprimé(s)`; others as `french.unit` writes them."""
    known = table("units").get(unit)
    return french.unit(unit) if known is None else known


def feminine(reason: str) -> str:
    """`inconnu` -> `inconnue`."""
    return f"{reason}e" if reason.endswith(("u", "é")) else reason


def _truth(value: str) -> str:
    return {"true": "oui", "false": "non"}.get(value, value)


def identifier(node: Node) -> str:
    """An identifier with its kind; a root alone is technical, but for that of another document."""
    extension = node.get("extension")
    if not extension:
        other = node.parent is not None and node.parent.name == "parentDocument"
        return node.get("root") if other else ""
    return f"{word('identifiers', node.get('root'), 'n°')} {extension}"


def person_name(node: Node) -> str:
    """`DR Marcel CAMPARINI`: title, given names, family name, whatever their order in the source.

    Name parts with a qualifier are told apart (`nom de naissance`).
    """
    order = {"suffix": 0, "prefix": 1, "given": 2, "family": 3}
    parts = sorted(
        (child for child in node.children if child.text.strip()), key=lambda each: order.get(each.name, 4)
    )
    return " ".join([" ".join(node.text.split()), *(" ".join(part.text.split()) for part in parts)]).strip()


def period(node: Node, anchors: Anchors) -> str:
    """A time, an interval, or limits: `le ...`, `du ... au ...`, `de 1 à 2 comprimés`."""
    if node.get("value"):
        return times.shown(node.get("value"))
    bounds = {child.name: child for child in node.children if child.name in _BOUNDS}
    rest = [words(child, anchors) for child in node.children if child.name not in _BOUNDS]
    low, high, width = (bounds.get(name) for name in ("low", "high", "width"))
    if any(times.iso_of(each.get("value")) for each in (low, high) if each) and not _has_unit(low, high):
        core = times.interval(low.get("value") if low else "", high.get("value") if high else "")
        core = _joined([core, *(_unknown(name, bounds[name]) for name in ("low", "high") if name in bounds)])
    else:
        core = limits(low, high, anchors)
    length = f"pendant {duration_words(width)}" if width is not None else ""
    centre = words(bounds["center"], anchors) if "center" in bounds else ""
    return _joined([f"{core} {length}".strip() if core or length else "", centre, *rest])


def _has_unit(*bounds: Node | None) -> bool:
    return any(bound is not None and bound.get("unit") for bound in bounds)


def _unknown(name: str, bound: Node) -> str:
    flavour = bound.get("nullFlavor")
    if not flavour or flavour == "NA":
        return ""
    return f"début {null_words(bound)}" if name == "low" else f"fin {feminine(null_words(bound))}"


def limits(low: Node | None, high: Node | None, anchors: Anchors) -> str:
    """`0,27 – 4,2 mUI/L`, `≥ 3 g/L`, `< 5`; one amount where both limits are the same."""
    first = amount(low) if low is not None else ""
    last = amount(high) if high is not None else ""
    also = [_children_words(each, anchors) for each in (low, high) if each is not None]
    if first and last:
        same_unit = low is not None and high is not None and low.get("unit") == high.get("unit")
        start = low.get("value").replace(".", ",") if same_unit and low is not None else first
        core = first if first == last else f"{start} – {last}"
    elif first:
        core = f"{'>' if low is not None and low.get('inclusive') == 'false' else '≥'} {first}"
    elif last:
        core = f"{'<' if high is not None and high.get('inclusive') == 'false' else '≤'} {last}"
    else:
        core = ""
        also += [_unknown(name, each) for name, each in (("low", low), ("high", high)) if each is not None]
    note = " – ".join(dict.fromkeys(each for each in also if each))
    return f"{core} ({note})" if core and note else core or note


def _children_words(node: Node, anchors: Anchors) -> str:
    return _joined(_children(node, anchors))


def duration_words(node: Node) -> str:
    """`2 jours`, `8 heures`; a unit that is not one of time as recorded."""
    value, unit = node.get("value"), node.get("unit")
    name = table("period").get(unit)
    if name is None:
        return amount(node)
    many = _NUMBER.match(value) is not None and float(value) >= 2 and name != "mois"
    return f"{value.replace('.', ',')} {name}{'s' if many else ''}"


_PLAIN: dict[str, Callable[[Node], str]] = {
    "addr": _address,
    "telecom": _telecom,
    "id": identifier,
    "setId": identifier,
    "accessionNumber": identifier,
    "versionNumber": _version,
    "statusCode": _status,
}
