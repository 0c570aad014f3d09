"""People in a composition: who took part, who it is about."""

from __future__ import annotations

from retrieval.fact import Subject
from retrieval.formats.openehr.identity import subject_id
from retrieval.formats.openehr.ranges import written_range
from retrieval.formats.openehr.reference_model import actual_type
from retrieval.formats.openehr.state import Place, State, listed
from retrieval.formats.openehr.vocabulary import is_relative, table
from retrieval.formats.openehr.vocabulary import label as word
from retrieval.formats.tree import Node, node_of, text_of, value_at


def party_words(party: object) -> str:
    """A party as a reader names it: its name, with its relationship; `le patient` for the subject itself."""
    node = node_of(party)
    name = text_of(node.get("name"))
    relationship = value_at(node, "relationship", "value")
    if name and relationship:
        return f"{name} ({relationship})"
    if name or relationship:
        return name or relationship
    return word("self") if actual_type(node.get("_type"), "") == "PARTY_SELF" else ""


def participations(state: State, value: object, place: Place) -> None:
    """Write `Participant : name (function, mode)` for each participation."""
    for node in listed(value):
        who = party_words(node.get("performer"))
        code = value_at(node, "mode", "defining_code", "code_string")
        mode = table("mode").get(code, value_at(node, "mode", "value"))
        when = written_range(node_of(node.get("time")), None)
        how = ", ".join(part for part in (value_at(node, "function", "value"), mode, when) if part)
        if who or how:
            shown = f"{who} ({how})" if who and how else who or how
            state.writer.resume_block(place.trail, place.path)
            state.writer.statement(word("participation"), shown, indent=place.indent)


def subject_of(state: State, entry: Node) -> Subject:
    """Whom an entry is about; a reference of PARTY_SELF to the patient is kept for the envelope."""
    subject = node_of(entry.get("subject"))
    if not subject or actual_type(subject.get("_type"), "") == "PARTY_SELF":
        if reference := subject_id(subject):
            state.subject_refs.add(reference)
        return "patient"
    code = value_at(subject, "relationship", "defining_code", "code_string")
    said = value_at(subject, "relationship", "value")
    if code == "0" or said.lower() == "self":
        return "patient"
    return "family" if is_relative(code, said) else "other"
