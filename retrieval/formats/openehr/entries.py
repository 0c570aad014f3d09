"""Entries: the heading, then data, state, protocol, activities and transitions, in reading order."""

from __future__ import annotations

from retrieval.fact import Subject
from retrieval.formats import french
from retrieval.formats.openehr.archetypes import concept_of, rules_for
from retrieval.formats.openehr.leaves import write_value
from retrieval.formats.openehr.names import name_of
from retrieval.formats.openehr.parties import participations, party_words, subject_of
from retrieval.formats.openehr.paths import predicates, single
from retrieval.formats.openehr.state import Group, Place, State, listed
from retrieval.formats.openehr.structures import walk_extras, walk_structure
from retrieval.formats.openehr.vocabulary import label as word
from retrieval.formats.openehr.vocabulary import plain_event_names
from retrieval.formats.tree import Node, node_of, text_of, value_at


def walk_entry(state: State, node: Node, place: Place, *, kind: str) -> None:
    """Write one ENTRY of class `kind` and collect its data values in a group of its own."""
    root = concept_of(text_of(node.get("archetype_node_id"))) or place.root
    name = name_of(node) or root.partition(".")[2].replace("_", " ")
    if not name_of(node):
        state.warn(f"{place.path}: an entry without a name")
    events = _events(node) if kind == "OBSERVATION" else []
    when = _time_of(node, kind, events)
    subject = subject_of(state, node)
    repeated = place.trail[-1:] == (name,) and not when
    place = place._replace(root=root, trail=place.trail if repeated else (*place.trail, name))
    _heading(state, place, "" if repeated and state.writer.only_headings else name, when)
    rules = tuple(rule for rule in rules_for(root) if rule.scope in ("entry", "element"))
    state.open_group(Group(rules, root, place.path, name, name, french.extended(when), subject))
    _about(state, node, subject)
    _body(state, node, place, kind=kind, events=events)
    for attribute in ("data", "state", "description", "protocol"):
        if attribute in node and not (kind == "OBSERVATION" and attribute != "protocol"):
            walk_structure(state, node, attribute, place)
    participations(state, node.get("other_participations"), place)
    walk_extras(state, node, place, kind=kind)
    state.close_group()
    state.writer.end_block()


def _time_of(node: Node, kind: str, events: list[Node]) -> str:
    """The time in the heading: of an ACTION, of a single event, else the origin of the series."""
    if kind == "ACTION":
        return value_at(node, "time", "value")
    if len(events) == 1:
        return value_at(events[0], "time", "value") or value_at(node, "data", "origin", "value")
    return value_at(node, "data", "origin", "value") if kind == "OBSERVATION" else ""


def _heading(state: State, place: Place, name: str, when: str) -> None:
    """Start the block of an entry; a section heading right above it belongs to the block."""
    writer = state.writer
    if not writer.adopt_block(place.trail, place.path):
        writer.end_block()
        writer.write("\n")
        writer.begin_block(place.trail, place.path)
    if name:
        writer.line(f"{name} ({french.moment(when)})" if when else name)


def _about(state: State, node: Node, subject: Subject) -> None:
    if subject != "patient":
        state.writer.statement(word("subject"), party_words(node.get("subject")) or "?", indent=0)
    if provider := party_words(node.get("provider")):
        state.writer.statement(word("provider"), provider, indent=0)


def _body(state: State, node: Node, place: Place, *, kind: str, events: list[Node]) -> None:
    """What only one class of entry has."""
    if kind == "OBSERVATION":
        _history(state, node, place, attribute="data", events=events)
        if isinstance(node.get("state"), dict):
            _history(
                state, node, place, attribute="state", events=listed(node_of(node["state"]).get("events"))
            )
    elif kind == "INSTRUCTION":
        write_value(state, node, "narrative", place, name="", node_id="narrative", fact=True)
        write_value(state, node, "expiry_time", place, name=word("expiry"), fact=True)
        write_value(state, node, "wf_definition", place, name=word("workflow"))
        _activities(state, node, place)
    elif kind == "ACTION":
        _transition(state, node, place)


def _events(node: Node) -> list[Node]:
    return listed(node_of(node.get("data")).get("events"))


def _history(state: State, node: Node, place: Place, *, attribute: str, events: list[Node]) -> None:
    history = node.get(attribute)
    if not isinstance(history, dict):
        return
    inner = place.step(f"/{attribute}{single(history)}")
    if "events" not in history and ("items" in history or "item" in history or "rows" in history):
        walk_structure(state, node, attribute, place)
        return
    walk_extras(state, history, inner)
    for name in ("period", "duration"):
        write_value(state, history, name, inner, name=word(name))
    for event, predicate in zip(events, predicates(events) if events else [], strict=True):
        if event:
            _event(state, event, inner.step(f"/events{predicate}"), alone=len(events) == 1)
    if isinstance(history.get("summary"), dict):
        state.heading(word("summary"), inner)
        walk_structure(state, history, "summary", inner._replace(indent=inner.indent + 1))


def _event(state: State, event: Node, place: Place, *, alone: bool) -> None:
    """One event; with a heading of its own when there are several or when its name says something."""
    group = state.current
    if group is None:
        return
    when = value_at(event, "time", "value")
    name = name_of(event)
    telling = bool(name) and name.casefold() not in plain_event_names()
    inner = place
    if telling or not alone:
        shown = name if telling else ""
        dated = french.moment(when) if when and not alone else ""
        heading = f"{shown} ({dated})" if shown and dated else shown or dated
        if heading:
            state.heading(heading, place)
            inner = place._replace(indent=place.indent + 1)
    rules = tuple(rule for rule in rules_for(place.root) if rule.scope in ("event", "element"))
    time = french.extended(when) or group.time
    state.open_group(Group(rules, place.root, place.path, name, group.entry_name, time, group.subject))
    for attribute, label in (("width", "width"), ("math_function", "function"), ("sample_count", "samples")):
        write_value(state, event, attribute, inner, name=word(label))
    for attribute in ("data", "state"):
        walk_structure(state, event, attribute, inner)
    walk_extras(state, event, inner)
    state.close_group()


def _activities(state: State, node: Node, place: Place) -> None:
    """The ACTIVITY nodes of an INSTRUCTION, each a statement of its own."""
    group = state.current
    if group is None:
        return
    activities = listed(node.get("activities"))
    rules = tuple(rule for rule in rules_for(place.root) if rule.scope == "activity")
    for activity, predicate in zip(activities, predicates(activities) if activities else [], strict=True):
        inner = place.step(f"/activities{predicate}")
        name = name_of(activity)
        if len(activities) > 1 and name:
            state.heading(name, inner)
            inner = inner._replace(indent=1)
        state.open_group(
            Group(rules, place.root, inner.path, name, group.entry_name, group.time, group.subject)
        )
        walk_structure(state, activity, "description", inner)
        write_value(state, activity, "timing", inner, name=word("timing"), node_id="timing", fact=True)
        walk_extras(state, activity, inner)
        state.close_group()


def _transition(state: State, node: Node, place: Place) -> None:
    """The careflow step, state and reasons of an ACTION."""
    if not isinstance(node.get("time"), dict):
        state.warn(f"{place.path}: an action without a time")
    transition = node_of(node.get("ism_transition"))
    inner = place.step("/ism_transition")
    write_value(state, transition, "careflow_step", inner, name=word("step"), node_id="ism.step")
    write_value(state, transition, "current_state", inner, name=word("state"), node_id="ism.state")
    write_value(state, transition, "transition", inner, name=word("transition"))
    reasons = transition.get("reason")
    if isinstance(reasons, dict):
        write_value(state, transition, "reason", inner, name=word("reason"), node_id="ism.reason", fact=True)
    for position, reason in enumerate(listed(reasons) if isinstance(reasons, list) else [], start=1):
        keyed: Node = {f"reason[{position}]": reason}
        attribute = f"reason[{position}]"
        write_value(state, keyed, attribute, inner, name=word("reason"), node_id="ism.reason", fact=True)
    details = node_of(node.get("instruction_details"))
    walk_structure(state, details, "wf_details", place.step("/instruction_details"))
