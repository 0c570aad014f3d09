"""The inside of entries: item structures, clusters, elements, and statements written in one line."""

from __future__ import annotations

import re

from retrieval.fact import Quantity
from retrieval.formats.openehr.archetypes import Rule, concept_of, rules_for
from retrieval.formats.openehr.leaves import (
    add_leaf,
    at_code,
    label_of,
    missing,
    reading_of,
    words,
    write_value,
)
from retrieval.formats.openehr.names import name_of
from retrieval.formats.openehr.paths import predicates, single
from retrieval.formats.openehr.reference_model import actual_type, classes
from retrieval.formats.openehr.state import Group, Leaf, Place, State, listed
from retrieval.formats.openehr.vocabulary import label as word
from retrieval.formats.tree import Node, node_of, text_of, value_at
from retrieval.formats.writer import Statement

_Pair = tuple[Node, Place]
_NOT_A_STEP = re.compile(r"[\[\]/]")


def walk_structure(state: State, owner: Node, attribute: str, place: Place) -> None:
    """Walk the ITEM_STRUCTURE in `attribute` of `owner`, if there is one."""
    node = owner.get(attribute)
    if not isinstance(node, dict):
        if node is not None:
            state.warn(f"{place.path}/{attribute}: expected a structure")
        return
    inner = place.step(f"/{attribute}{single(node)}")
    if concept := concept_of(text_of(node.get("archetype_node_id"))):
        inner = inner._replace(root=concept)
    walk_extras(state, node, inner)
    found = False
    for name in ("items", "rows", "item"):
        if name in node:
            walk_items(state, node[name], inner.step(f"/{name}"))
            found = True
    if not found and ("value" in node or "null_flavour" in node):
        walk_element(state, node, inner)


def walk_items(state: State, items: object, place: Place) -> None:
    """Walk a list of ELEMENT and CLUSTER nodes; `place` ends with the attribute name."""
    if isinstance(items, dict):
        walk_item(state, items, place.step(single(items)))
        return
    nodes = listed(items)
    for node, predicate in zip(nodes, predicates(nodes) if nodes else [], strict=True):
        walk_item(state, node, place.step(predicate))


def walk_item(state: State, node: Node, place: Place) -> None:
    """Walk one ELEMENT or CLUSTER."""
    kind = actual_type(node.get("_type"), "")
    if not node:
        state.warn(f"{place.path}: expected an element or a cluster")
    elif kind == "ELEMENT" or (kind != "CLUSTER" and "items" not in node):
        walk_element(state, node, place)
    else:
        walk_cluster(state, node, place)


def walk_cluster(state: State, node: Node, place: Place) -> None:
    """Write the heading of a CLUSTER, then its items one step in; or one line where a rule says so."""
    concept = concept_of(text_of(node.get("archetype_node_id")))
    place = place._replace(root=concept) if concept else place
    rules = _cluster_rules(node, concept, place.root)
    name = name_of(node)
    if rules:
        state.open_group(_group(state, rules, place, name))
    lined = next((rule for rule in rules if rule.line), None)
    if lined is None or not _write_in_line(state, node, place, lined):
        if name:
            state.heading(name, place)
        inner = place._replace(indent=place.indent + 1, trail=(*place.trail, name) if name else place.trail)
        walk_extras(state, node, inner)
        walk_items(state, node.get("items"), inner.step("/items"))
    if rules:
        state.close_group()


def _cluster_rules(node: Node, concept: str, root: str) -> tuple[Rule, ...]:
    if concept:
        return tuple(rule for rule in rules_for(concept) if rule.scope == "cluster" and rule.at is None)
    code = at_code(node)
    return tuple(rule for rule in rules_for(root) if rule.scope == "cluster" and rule.at == code)


def _group(state: State, rules: tuple[Rule, ...], place: Place, name: str) -> Group:
    around = state.current
    return Group(
        rules=rules,
        root=place.root,
        path=place.path,
        name=name,
        entry_name=around.entry_name if around else "",
        time=around.time if around else None,
        subject=around.subject if around else "patient",
    )


def _write_in_line(state: State, node: Node, place: Place, rule: Rule) -> bool:
    """Write `label : value unit [status]` for each value, then the rest; False if there is no value."""
    items = listed(node.get("items"))
    marks = predicates(items) if items else []
    pairs = [(item, place.step(f"/items{mark}")) for item, mark in zip(items, marks, strict=True)]
    values = _with_code(pairs, rule.value)
    if not values:
        return False
    label, unit, status = (_with_code(pairs, codes)[:1] for codes in (rule.label, rule.unit, rule.status))
    name = name_of(node)
    title = words(label[0][0]) if label else name
    trail = (*place.trail, name) if name else place.trail
    indent = place.indent
    if label and name and name.casefold() not in (title.casefold(), *rule.plain):
        state.heading(name, place)
        indent += 1
    walk_extras(state, node, place._replace(indent=indent + 1, trail=trail))
    tail = f" [{words(status[0][0])}]" if status else ""
    lent = [*label, *unit, *status]
    for item, where in values:
        at_value = where._replace(indent=indent)
        shown = _value_line(
            state, item, at_value, title=title, unit=words(unit[0][0]) if unit else "", tail=tail
        )
        _lend(state, lent, shown, place)
        lent = []
    written = {id(item) for item, _ in (*label, *unit, *status, *values)}
    for item, where in pairs:
        inside = where._replace(indent=indent + 1, trail=trail)
        if id(item) in written:
            walk_extras(state, item, inside)
        else:
            walk_item(state, item, inside)
    return True


def _with_code(pairs: list[_Pair], codes: tuple[str, ...]) -> list[_Pair]:
    return [pair for pair in pairs if at_code(pair[0]) in codes and words(pair[0])]


def _value_line(state: State, item: Node, place: Place, *, title: str, unit: str, tail: str) -> Statement:
    """Write the line of one value; a unit that stands in its own element becomes part of the quantity."""
    reading = reading_of(item) or missing({})
    value = reading.value
    if unit and isinstance(value, Quantity) and value.unit in ("", "1", "{1}"):
        quantity = value.model_copy(update={"unit": unit})
        reading = reading._replace(text=f"{reading.text} {unit}", value=quantity)
    return add_leaf(state, item, place, reading=reading, label=title, tail=tail)


def _lend(state: State, pairs: list[_Pair], shown: Statement, place: Place) -> None:
    """Record the label, unit and status that were written inside another element's line."""
    if state.current is None:
        return
    for item, where in pairs:
        reading = reading_of(item)
        if reading is not None:
            leaf = Leaf(
                node_id=at_code(item),
                root=place.root,
                name=name_of(item),
                name_codes=(),
                path=f"{where.path}/value",
                reading=reading,
                line=shown.line,
                span=shown.line,
                heading=place.trail,
                is_fact=False,
                label="",
            )
            state.current.leaves.append(leaf)


def walk_element(state: State, node: Node, place: Place) -> None:
    """Write one ELEMENT as `name : value`, a null flavour as `name : [why]`."""
    reading = reading_of(node)
    inner = place._replace(indent=place.indent + 1)
    flavour = node_of(node.get("null_flavour"))
    if reading is None:
        reading = missing(flavour)
        if not flavour:
            state.warn(f"{place.path}: an element with no value and no null flavour")
    title = label_of(state, node, place)
    add_leaf(state, node, place, reading=reading, label=title, attribute="value" if "value" in node else "")
    if isinstance(node.get("null_reason"), dict):
        write_value(state, node, "null_reason", inner, name=word("null_reason"))
    walk_extras(state, node, inner)


def walk_extras(state: State, node: Node, place: Place, *, kind: str = "") -> None:
    """Write the links and feeder audit of any node, and what stands in attributes unknown to its class."""
    if "links" in node:
        links = listed(node["links"])
        for link, predicate in zip(links, predicates(links) if links else [], strict=True):
            target = value_at(link, "target", "value")
            said = [value_at(link, "meaning", "value"), value_at(link, "type", "value"), target]
            shown = " – ".join(part for part in said if part)
            if shown:
                state.writer.resume_block(place.trail, place.step(f"/links{predicate}").path)
                state.writer.statement(word("link"), shown, indent=place.indent)
    if isinstance(node.get("feeder_audit"), dict):
        _feeder_audit(state, node["feeder_audit"], place.step("/feeder_audit"))
    known = classes().get(kind or actual_type(node.get("_type"), ""))
    for name in node:  # in the order of the source: the text must not change from run to run
        if known and name not in known and isinstance(node[name], dict | list):
            _unknown_attribute(state, node[name], place, name)


def _unknown_attribute(state: State, value: object, place: Place, name: str) -> None:
    """Walk what an attribute holds that the reference model does not have there."""
    if _NOT_A_STEP.search(name):
        state.warn(f"{place.path}: the attribute {name[:60]!r} is not read")
        return
    state.warn(f"{place.path}/{name}: an attribute that the reference model does not have here")
    _walk_any(state, value, place.step(f"/{name}"))


def _walk_any(state: State, value: object, place: Place) -> None:
    """Write every data value and element below `value`, whatever its shape."""
    if isinstance(value, list):
        nodes = listed(value)
        for node, predicate in zip(nodes, predicates(nodes) if nodes else [], strict=True):
            _walk_any(state, node, place.step(predicate))
        return
    node = node_of(value)
    if "archetype_node_id" in node and ("value" in node or "null_flavour" in node or "items" in node):
        walk_item(state, node, place)
    elif text_of(node.get("_type")).startswith("DV_"):
        owner, _, attribute = place.path.rpartition("/")
        write_value(
            state, {attribute: node}, attribute, place._replace(path=owner), name=word("other_details")
        )
    else:
        for name, child in node.items():
            if isinstance(child, dict | list) and not _NOT_A_STEP.search(name):
                _walk_any(state, child, place.step(f"/{name}"))


def _feeder_audit(state: State, audit: Node, place: Place) -> None:
    for side, label in (("originating_system", "origin_system"), ("feeder_system", "feeder_system")):
        details = node_of(audit.get(f"{side}_audit"))
        said = [
            text_of(details.get("system_id")),
            value_at(details, "provider", "name"),
            value_at(details, "location", "name"),
            text_of(details.get("version_id")),
        ]
        shown = ", ".join(part for part in said if part)
        inner = place.step(f"/{side}_audit")
        if shown:
            state.writer.resume_block(place.trail, inner.path)
            state.writer.statement(word(label), shown, indent=place.indent)
        write_value(state, details, "time", inner._replace(indent=place.indent + 1), name=word("date"))
        walk_structure(state, details, "other_details", inner._replace(indent=place.indent + 1))
        identifiers = listed(audit.get(f"{side}_item_ids"))
        for position, identifier in enumerate(identifiers, start=1):
            keyed: Node = {f"{side}_item_ids[{position}]": identifier}
            write_value(state, keyed, f"{side}_item_ids[{position}]", place, name=word("item_id"))
    write_value(state, audit, "original_content", place, name=word("original"))
