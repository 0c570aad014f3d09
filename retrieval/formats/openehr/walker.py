"""One walk over a COMPOSITION: rendered text, blocks, groups of data values.

The text is plain French-friendly lines: title, context, then each section and entry with its heading, one
statement a line. Prose stands verbatim. The same tree comes from JSON and XML, so both render alike.
"""

from __future__ import annotations

from retrieval.formats.openehr.archetypes import concept_of, rules_for
from retrieval.formats.openehr.entries import walk_entry
from retrieval.formats.openehr.leaves import write_value
from retrieval.formats.openehr.names import name_of
from retrieval.formats.openehr.parties import participations, party_words
from retrieval.formats.openehr.paths import predicates, single
from retrieval.formats.openehr.reference_model import actual_type, classes
from retrieval.formats.openehr.state import Group, Place, State, listed
from retrieval.formats.openehr.structures import walk_extras, walk_structure
from retrieval.formats.openehr.vocabulary import label as word
from retrieval.formats.tree import Node, node_of, text_of, value_at

TEXT_VERSION = "openehr@v1"


def walk(composition: Node) -> State:
    """Walk one composition and return all that was collected."""
    state = State()
    root = concept_of(text_of(composition.get("archetype_node_id")))
    place = Place(path="", indent=0, root=root, trail=())
    _context(state, composition, place)
    content = listed(composition.get("content"))
    for node, predicate in zip(content, predicates(content) if content else [], strict=True):
        walk_content(state, node, place.step(f"/content{predicate}"))
    state.writer.end_block()
    return state


def _context(state: State, composition: Node, place: Place) -> None:
    """Write the title and who, when and where; then the other context as elements."""
    title = name_of(composition) or word("untitled")
    state.writer.begin_block((), "/")
    state.writer.line(title)
    group = Group(rules_for(place.root), place.root, "", title, title, None, "patient")
    state.open_group(group)
    context = node_of(composition.get("context"))
    inner = place.step("/context")
    write_value(state, context, "start_time", inner, name=word("date"))
    write_value(state, context, "end_time", inner, name=word("end"))
    composer = party_words(composition.get("composer"))
    facility = value_at(context, "health_care_facility", "name")
    for key, shown in (
        ("author", composer),
        ("facility", facility),
        ("location", text_of(context.get("location"))),
    ):
        if shown:
            state.writer.statement(word(key), shown, indent=0)
    write_value(state, context, "setting", inner, name=word("setting"))
    participations(state, context.get("participations"), inner)
    walk_extras(state, composition, place)
    walk_structure(state, context, "other_context", inner)
    state.close_group()


def walk_content(state: State, node: Node, place: Place) -> None:
    """Walk one SECTION or ENTRY; anything else is walked for what it holds, with a warning."""
    if not node:
        state.warn(f"{place.path}: expected a section or an entry")
        return
    kind = content_type(node)
    if kind == "SECTION":
        _section(state, node, place)
        return
    stated = actual_type(node.get("_type"), "")
    if stated not in classes():
        state.warn(f"{place.path}: unknown class {stated[:60] or '(none)'}, read as {kind}")
    walk_entry(state, node, place, kind=kind)


def _section(state: State, node: Node, place: Place) -> None:
    """Write a section's heading; it joins the block of the entry that follows it."""
    name = name_of(node)
    if not state.writer.only_headings:
        state.writer.end_block()
        state.writer.write("\n")
    if name:
        state.heading(name, place)
        state.writer.only_headings = True
    inner = place._replace(trail=(*place.trail, name) if name else place.trail)
    walk_extras(state, node, inner)
    items = node.get("items")
    if isinstance(items, dict):
        walk_content(state, items, inner.step(f"/items{single(items)}"))
        return
    nodes = listed(items)
    for item, predicate in zip(nodes, predicates(nodes) if nodes else [], strict=True):
        walk_content(state, item, inner.step(f"/items{predicate}"))


def content_type(node: Node) -> str:
    """The class of a content item: what it states, else what its attributes show."""
    stated = actual_type(node.get("_type"), "")
    if stated in classes():
        return stated
    for attribute, kind in (
        ("activities", "INSTRUCTION"),
        ("ism_transition", "ACTION"),
        ("items", "SECTION"),
    ):
        if attribute in node:
            return kind
    return "OBSERVATION" if "events" in node_of(node.get("data")) else "EVALUATION"
