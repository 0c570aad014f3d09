"""Data values as lines: reading them, writing them, recording where they stand."""

from __future__ import annotations

from retrieval.fact import Missing, Text
from retrieval.formats.openehr.archetypes import base_code, specialises
from retrieval.formats.openehr.names import name_of
from retrieval.formats.openehr.reference_model import actual_type, classes
from retrieval.formats.openehr.state import Group, Leaf, Place, State
from retrieval.formats.openehr.values import Reading, code_of, read_value
from retrieval.formats.openehr.vocabulary import table
from retrieval.formats.tree import Node, node_of, text_of, value_at
from retrieval.formats.writer import Statement, is_long

_NOTHING = ("non renseigné", "no value")
_DECLARED = {
    "start_time": "DV_DATE_TIME",
    "end_time": "DV_DATE_TIME",
    "expiry_time": "DV_DATE_TIME",
    "time": "DV_DATE_TIME",
    "width": "DV_DURATION",
    "period": "DV_DURATION",
    "duration": "DV_DURATION",
    "timing": "DV_PARSABLE",
    "wf_definition": "DV_PARSABLE",
}
_TRANSLATED = {"current_state": "state", "math_function": "math_function", "setting": "setting"}


def at_code(item: Node) -> str:
    """The at-code of a node without its specialisation."""
    return base_code(text_of(item.get("archetype_node_id")))


def words(item: Node) -> str:
    """What an ELEMENT says, as text; empty when it has no value."""
    reading = reading_of(item)
    return reading.text if reading else ""


def reading_of(item: Node) -> Reading | None:
    """The value of an ELEMENT; None when it has none."""
    value = item.get("value")
    if isinstance(value, dict):
        return read_value(value, value_type(value))
    scalar = text_of(value)
    return Reading(scalar, Text(text=scalar)) if scalar else None


def value_type(value: Node, declared: str = "") -> str:
    """The class of a data value: what it states, else what is declared, else what its attributes show."""
    stated = actual_type(value.get("_type"), "")
    if stated in classes() and stated != "DATA_VALUE":
        return stated
    if declared:
        return declared
    shapes = (
        ("defining_code", "DV_CODED_TEXT"),
        ("numerator", "DV_PROPORTION"),
        ("units", "DV_QUANTITY"),
        ("magnitude", "DV_COUNT"),
        ("symbol", "DV_ORDINAL"),
        ("media_type", "DV_MULTIMEDIA"),
        ("formalism", "DV_PARSABLE"),
        ("lower", "DV_INTERVAL"),
        ("upper", "DV_INTERVAL"),
        ("id", "DV_IDENTIFIER"),
    )
    return next((kind for attribute, kind in shapes if attribute in value), "DV_TEXT")


def missing(flavour: Node) -> Reading:
    """The reading of an element that says why it has no value."""
    stated = text_of(flavour.get("value")) or value_at(flavour, "defining_code", "code_string")
    code = code_of(flavour.get("defining_code"), stated)
    shown = table("null_flavour").get(code.code if code else "", stated) or _NOTHING[0]
    return Reading(f"[{shown}]", Missing(reason=stated or _NOTHING[1]), (code,) if code else ())


def label_of(state: State, node: Node, place: Place) -> str:
    """The words before the colon: the element's name, or what the rule of a measurement says."""
    name = name_of(node)
    group = state.current
    if group is None or "value" not in node:  # what has no value states nothing, and keeps its own name
        return name
    code = at_code(node)
    for rule in (*group.rules, *(group.parent.rules if group.parent else ())):
        element = rule.scope == "element" and not rule.prose and specialises(place.root, rule.archetype)
        if element and code in rule.value and rule.label and rule.label[0].startswith("@entry"):
            return joined(group.entry_name, name) if rule.label[0] == "@entry+element" else group.entry_name
    return name


def is_prose(state: State, node: Node, place: Place) -> bool:
    """Whether a rule says that this element is the prose of its entry, which then stands without its name."""
    rules = state.current.rules if state.current else ()
    code = at_code(node)
    return any(
        rule.prose
        and code in rule.value
        and rule.label == ("@entry",)
        and specialises(place.root, rule.archetype)
        for rule in rules
    )


def joined(entry: str, element: str) -> str:
    """`Pression artérielle` + `Systolique` -> `Pression artérielle systolique`; one if they are alike."""
    if not element or element.casefold() in entry.casefold():
        return entry
    if not entry or entry.casefold() in element.casefold():
        return element
    lowered = element[0].lower() + element[1:] if element[1:].islower() else element
    return f"{entry} {lowered}"


def add_leaf(
    state: State,
    node: Node,
    place: Place,
    *,
    reading: Reading,
    label: str,
    attribute: str = "value",
    tail: str = "",
) -> Statement:
    """Write an ELEMENT's line and record its data value in the current group."""
    name_node = node_of(node.get("name"))
    codes = tuple(
        code for code in (code_of(name_node.get("defining_code"), value_at(name_node, "value")),) if code
    )
    path = f"{place.path}/{attribute}" if attribute else place.path
    prose = not tail and is_prose(state, node, place)
    shown = _write(state, label, reading, place, path=path, tail=tail, prose=prose)
    record(
        state,
        Leaf(
            node_id=at_code(node),
            root=place.root,
            name=name_of(node) or label,
            name_codes=codes,
            path=path,
            reading=reading,
            line=shown.line,
            span=shown.value,
            heading=place.trail,
            is_fact=True,
            label=label,
        ),
    )
    return shown


def write_value(
    state: State,
    owner: Node,
    attribute: str,
    place: Place,
    *,
    name: str,
    node_id: str = "",
    fact: bool = False,
) -> None:
    """Write a data value that is an attribute of `owner` (a time, a state, a narrative), if it is there."""
    node = owner.get(attribute)
    if node is None:
        return
    value = node if isinstance(node, dict) else {"value": node}
    reading = read_value(value, value_type(value, _DECLARED.get(attribute, "")))
    if reading is None:
        return
    if translated := _TRANSLATED.get(attribute):
        code = reading.codes[0].code if reading.codes else ""
        reading = reading._replace(text=table(translated).get(code, reading.text))
    path = f"{place.path}/{attribute}"
    shown = _write(state, name, reading, place, path=path)
    leaf_name = name or (state.current.entry_name if state.current else "")
    record(
        state,
        Leaf(
            node_id=node_id,
            root=place.root,
            name=leaf_name,
            name_codes=(),
            path=path,
            reading=reading,
            line=shown.line,
            span=shown.value,
            heading=place.trail,
            is_fact=fact,
            label=leaf_name,
        ),
    )


def _write(
    state: State, name: str, reading: Reading, place: Place, *, path: str, tail: str = "", prose: bool = False
) -> Statement:
    """Write a statement; prose gets a block of its own, with the headings right above it."""
    if not prose and not is_long(reading.text):
        state.writer.resume_block(place.trail, place.path)
        return state.writer.statement(name, reading.text, indent=place.indent, tail=tail)
    state.writer.begin_prose(place.trail, path)
    indent = 0 if prose else place.indent
    shown = state.writer.statement("" if prose else name, reading.text, indent=indent, tail=tail)
    state.writer.end_block()
    return shown


def record(state: State, leaf: Leaf) -> None:
    """Keep a leaf in the current group, or in a group of its own outside any entry."""
    if state.current is None:
        state.current = Group((), leaf.root, "", "", "", None, "patient")
        state.groups.append(state.current)
    state.current.leaves.append(leaf)
