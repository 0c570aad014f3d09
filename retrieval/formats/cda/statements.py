"""The entries of a section: each statement is a line with its parts in lines below, and a fact."""

from __future__ import annotations

from collections.abc import Iterator

from retrieval.fact import Detail
from retrieval.formats.cda import words
from retrieval.formats.cda.context import Context, Place
from retrieval.formats.cda.meaning import is_concern, is_grouping, status_of
from retrieval.formats.cda.nodes import Node
from retrieval.formats.cda.observations import draft_of
from retrieval.formats.cda.parts import dosage_lines, modifier_lines, part_lines
from retrieval.formats.cda.times import interval
from retrieval.formats.cda.vocabulary import element_label, modifier, table, word
from retrieval.formats.cda.words import original_text

STATEMENTS = {
    "observation",
    "substanceAdministration",
    "procedure",
    "encounter",
    "supply",
    "act",
    "organizer",
}
_LINKS = {"entryRelationship", "component"}
_HEADS = ("templateId", "id", "code", "statusCode", "effectiveTime", "text", "value")


def write_entry(node: Node, context: Context, place: Place) -> None:
    """Write a statement with all below it."""
    if node.name == "organizer" or is_grouping(node):
        _write_organizer(node, context, place)
    elif is_concern(node):
        _write_concern(node, context, place)
    elif node.name in STATEMENTS:
        _write_statement(node, context, place)
    else:
        _write_unknown(node, context, place)


def linked(node: Node) -> Iterator[tuple[Node, Node]]:
    """The statements inside another, each with the link that joins it."""
    for link in node.children:
        if link.name in _LINKS:
            for child in link.children:
                if child.name not in ("templateId", "sequenceNumber", "seperatableInd", "priorityNumber"):
                    yield link, child


def _write_unknown(node: Node, context: Context, place: Place) -> None:
    """An entry of another kind: what it says in a line, so that nothing is out of reach."""
    text = words.words(node, context.anchors)
    if text:
        context.sheet.say(element_label(node.name), text, indent=place.indent)


def _write_organizer(node: Node, context: Context, place: Place) -> None:
    code, when, subject = (node.child(name) for name in ("code", "effectiveTime", "subject"))
    relative = _relative(subject, context) if subject is not None else place.relative
    title = words.words(code, context.anchors) if code is not None and not code.get("nullFlavor") else ""
    name = title or ("Antécédents familiaux" if relative else "Ensemble")
    said = [words.words(when, context.anchors) if when is not None else "", _status_words(node)]
    text = original_text(node.child("text") or Node("text"), context.anchors)
    who = words.words(subject, context.anchors) if subject is not None else ""
    shown = ", ".join(filter(None, (who, text, *said)))
    if shown:
        context.sheet.say(name, shown, indent=place.indent)
    elif title:
        context.sheet.heading(name, node.path, trail=place.trail, indent=place.indent)
    inner = place.below() if title or shown else place
    if subject is not None:
        inner = inner._replace(subject="family", relative=relative)
    parts = part_lines(node, context, inner, but=(*_HEADS, "subject"))
    specimens = tuple(each for each in parts if each.name == "specimen")
    inner = inner._replace(inherited=specimens or inner.inherited)
    for _, child in linked(node):
        write_entry(child, context, inner)


def _relative(subject: Node, context: Context) -> str:
    code = subject.child("relatedSubject", "code")
    return (words.coded(code, context.anchors) if code is not None else "") or "famille"


def _status_words(node: Node) -> str:
    status = node.child("statusCode")
    return word("status_words", status.get("code")) if status is not None else ""


def _write_concern(node: Node, context: Context, place: Place) -> None:
    """The act around problems and allergies: since when, and whether it is followed still."""
    status, when = node.child("statusCode"), node.child("effectiveTime")
    low, high = (when.child(name) if when is not None else None for name in ("low", "high"))
    period = interval(low.get("value") if low else "", high.get("value") if high else "")
    state = {"active": "en cours", "completed": "terminé"}.get(status.get("code") if status else "", "")
    said = [state or _status_words(node), period or (words.words(when, context.anchors) if when else "")]
    shown = ", ".join(filter(None, said))
    if shown:
        context.sheet.say("Suivi", shown, indent=place.indent)
    part_lines(node, context, place, but=_HEADS)
    for _, child in linked(node):
        write_entry(child, context, place._replace(concern=node))


def _write_statement(node: Node, context: Context, place: Place) -> None:
    draft = draft_of(node, context, place)
    said = context.sheet.say(draft.name, draft.text, indent=place.indent, tail=draft.tail)
    inner = place.below()
    details = list(draft.details(said))
    details += part_lines(node, context, inner, but=draft.written, said=(draft.text, draft.label))
    for link, child in linked(node):
        details += _qualifying(link, child, context, inner)
    status, certainty = status_of(node, draft, context, place)
    if draft.name or draft.text:
        context.sheet.fact(
            draft.kind,
            draft.value,
            draft.path,
            said.line,
            label=draft.label,
            codes=draft.codes,
            effective=draft.effective or (None if _undated(node) else context.effective),
            effective_end=draft.effective_end,
            status=status,
            certainty=certainty,
            subject=place.subject if draft.kind != "family_history" else "family",
            interpretation=draft.interpretation,
            reference_range=draft.reference_range,
            details=(*details, *place.inherited),
            heading=place.trail,
        )
    for link, child in linked(node):
        if not _qualifies(link, child):
            write_entry(child, context, inner._replace(concern=None))


def _undated(node: Node) -> bool:
    """Whether a date is given that cannot be read: the document's must not stand for it."""
    when = node.child("effectiveTime")
    return when is not None and bool(when.get("value"))


def _qualifying(link: Node, child: Node, context: Context, place: Place) -> list[Detail]:
    """The details that a nested statement gives to the one that holds it; none where it stands for itself."""
    if not _qualifies(link, child):
        return []
    if child.name == "substanceAdministration":
        return dosage_lines(child, context, place)
    if child.name == "supply":
        return part_lines(child, context, place)
    found = modifier_lines(link, child, context, place)
    for deeper, grandchild in linked(child):
        found += _qualifying(deeper, grandchild, context, place.below())
        if not _qualifies(deeper, grandchild):
            write_entry(grandchild, context, place.below())
    return found


def _qualifies(link: Node, child: Node) -> bool:
    code = child.child("code")
    if link.get("typeCode") in table("relations"):
        return child.name in ("observation", "act")
    if (
        child.name == "substanceAdministration"
        and link.parent is not None
        and link.parent.name == "observation"
    ):
        return True  # the drug that an adverse effect is put down to is no treatment of today
    if child.name == "substanceAdministration":
        product = child.child("consumable", "manufacturedProduct", "manufacturedMaterial", "code")
        return code is None and (product is None or not product.get("code"))
    if child.name == "supply":
        return code is None and child.child("product") is None
    return code is not None and modifier(code.get("code")) is not None
