"""Observations, acts, procedures, encounters and devices: the line and the fact that each makes."""

from __future__ import annotations

from typing import NamedTuple, cast

from retrieval.fact import Code, Coded, FactKind, Missing, ReferenceRange, Text, Value
from retrieval.formats.cda import words
from retrieval.formats.cda.context import Context, Place
from retrieval.formats.cda.meaning import Draft, Interpretation, is_planned, kind_of
from retrieval.formats.cda.narrative import line_of
from retrieval.formats.cda.nodes import Node
from retrieval.formats.cda.schedule import bounds_of
from retrieval.formats.cda.treatments import treatment_of
from retrieval.formats.cda.values import Reading, codes_of, range_of, read_value
from retrieval.formats.cda.vocabulary import says_absent, table, word

_NAMES = {
    "problem": "Problème",
    "allergy": "Allergie",
    "procedure": "Acte",
    "stay": "Venue",
    "device": "Dispositif",
    "plan": "Prévu",
    "family_history": "Antécédent familial",
}
MAX_DENIAL = 200
_WRITTEN = ("value", "effectiveTime", "statusCode", "interpretationCode", "referenceRange", "code", "text")
_ABOUT_VALUE = {"problem", "allergy", "family_history"}


def draft_of(node: Node, context: Context, place: Place) -> Draft:
    """What the line of a statement says, before it is written."""
    if node.name == "substanceAdministration":
        return treatment_of(node, context, kind_of(node, place))
    kind = kind_of(node, place)
    if node.name == "observation" and kind in _ABOUT_VALUE:
        return _condition(node, context, place, kind=kind)
    return _event(node, context, kind=kind)


def _when(node: Node) -> tuple[str | None, str | None]:
    return bounds_of(node.child("effectiveTime"))


def _tail(parts: list[str]) -> str:
    said = [each for each in parts if each]
    return f" ({' ; '.join(said)})" if said else ""


def _notes(node: Node, context: Context) -> list[str]:
    """What stands in brackets at the end of a line: negation, when, status, planned."""
    when, status = node.child("effectiveTime"), node.child("statusCode")
    denied = "négation" if node.get("negationInd") == "true" else ""
    date = words.words(when, context.anchors) if when is not None and when.get("nullFlavor") != "NA" else ""
    state = word("status_words", status.get("code")) if status is not None else ""
    mood = word("mood", node.get("moodCode")) if is_planned(node) else ""
    return [denied, date, state, mood]


def _condition(node: Node, context: Context, place: Place, *, kind: FactKind) -> Draft:
    """A problem or an allergy: what it is about is the value, or the agent of the allergy."""
    value = node.child("value")
    reading = read_value(value, context.anchors) if value is not None else Reading(Text(text=""), "")
    agent = _agent(node) if kind == "allergy" else None
    own = node.child("text")
    said = words.original_text(own, context.anchors) if own is not None else ""
    text, codes, stated = reading.text, reading.codes, reading.value
    if agent is not None:
        spoken = (
            words.coded(agent, context.anchors)
            if agent.name == "code"
            else words.words(agent, context.anchors)
        )
        codes = (*codes_of(agent), *codes)
        stated = Coded(text=spoken, code=codes[0] if codes else None)
        text = f"{spoken} ({text})" if text else spoken
    if not text:
        text, stated = _unnamed(node, said)
    label = stated.text if isinstance(stated, Coded | Text) and stated.text else text
    start, end = _when(node)
    name = _NAMES[kind] + (f" ({place.relative})" if place.relative else "")
    return Draft(
        kind=kind,
        name=name,
        label=label,
        value=stated,
        text=text,
        path=value.path if value is not None and agent is None and reading.text else node.path,
        tail=_tail([_different(said, text), *_notes(node, context)]),
        codes=codes,
        effective=start,
        effective_end=end,
        written=("value", "effectiveTime", "statusCode", "text"),
    )


def _unnamed(node: Node, said: str) -> tuple[str, Value]:
    """A condition that the entry does not name: the narrative that it refers to, or that denies it.

    CI-SIS writes `aucune allergie` as an entry without a value beside a section that says so.
    """
    if said:
        return said, Text(text=said)
    section: Node | None = node
    while section is not None and section.name != "section":
        section = section.parent
    narrative = section.child("text") if section is not None else None
    words_of_section = line_of(narrative) if narrative is not None else ""
    if len(words_of_section) <= MAX_DENIAL and says_absent("", words_of_section):
        return words_of_section, Text(text=words_of_section)
    return word("null", "NI"), Missing(reason=word("null", "NI"))


def _different(said: str, text: str) -> str:
    """The words of the narrative where they are not those of the entry."""
    return "" if not said or said.casefold() in text.casefold() else said


def _agent(node: Node) -> Node | None:
    """The substance that an allergy is to: the coded entity of its participant, else its name."""
    for participant in node.all("participant"):
        entity = participant.child("participantRole", "playingEntity")
        if entity is None:
            continue
        code, name = entity.child("code"), entity.child("name")
        if code is not None and (code.get("code") or code.get("displayName") or code.child("originalText")):
            return code
        if name is not None and name.text.strip():
            return name
    return None


class _About(NamedTuple):
    """What a statement is about: its label, its codes, and the words that the narrative has for it."""

    label: str
    codes: tuple[Code, ...]
    said: str
    labelled: str


def _about(node: Node, context: Context, kind: FactKind) -> _About:
    code, own = node.child("code"), node.child("text")
    device = _device(node) if node.name == "supply" else None
    about = code if code is not None and (code.get("code") or code.get("displayName")) else device or code
    label = words.coded(about, context.anchors) if about is not None else ""
    said = words.original_text(own, context.anchors) if own is not None else ""
    return _About(
        label or said or _NAMES.get(kind, "Information"),
        codes_of(about) if about is not None else (),
        said,
        words.original(about, context.anchors) if about is not None else "",
    )


def _event(node: Node, context: Context, *, kind: FactKind) -> Draft:
    """Anything whose code says what it is about and whose value, if any, says what was found."""
    about = _about(node, context, kind)
    value = node.child("value")
    reading = read_value(value, context.anchors) if value is not None else None
    name, text, typed = _line_of(node, about, reading, kind)
    start, end = _when(node)
    limits, limits_text = _limits(node, context)
    shown = f"{about.label} {text}"
    notes = [_interpretation_words(node, context)]
    notes.append(f"valeurs de référence : {limits_text}" if limits_text else "")
    notes += dict.fromkeys((_different(about.said, shown), _different(about.labelled, shown)))
    return Draft(
        kind=kind,
        name=name,
        label=about.label,
        value=typed,
        text=text,
        path=value.path if value is not None else node.path,
        tail=_tail([*notes, *_notes(node, context)]),
        codes=(*about.codes, *(reading.codes if reading else ())),
        effective=start,
        effective_end=end,
        interpretation=_interpretation(node.child("interpretationCode")),
        reference_range=limits,
        written=_WRITTEN,
    )


def _line_of(node: Node, about: _About, reading: Reading | None, kind: FactKind) -> tuple[str, str, Value]:
    """The name and the text of the line, and the value: what was found, what was said, or what was done."""
    if reading is not None:
        return about.label, reading.text, reading.value
    if node.name == "act" and _different(about.said, about.label):
        return about.label, about.said, Text(text=about.said)
    return _NAMES.get(kind, ""), about.label, _named(about.label, about.codes)


def _named(label: str, codes: tuple[Code, ...]) -> Value:
    return Coded(text=label, code=codes[0] if codes else None)


def _device(node: Node) -> Node | None:
    found = node.child("participant", "participantRole", "playingDevice", "code")
    return found or node.child("product", "manufacturedProduct", "manufacturedMaterial", "code")


def _limits(node: Node, context: Context) -> tuple[ReferenceRange | None, str]:
    """The first range with its words; further ones are in the words."""
    found = [range_of(each, context.anchors) for each in node.all("referenceRange")]
    text = " ; ".join(words for _, words in found if words)
    first = next((limits for limits, _ in found if limits is not None), None)
    return (first.model_copy(update={"text": text}) if first is not None else None), text


def _interpretation(flag: Node | None) -> Interpretation | None:
    found = table("interpretation").get(flag.get("code")) if flag is not None else None
    return cast("Interpretation | None", found)


def _interpretation_words(node: Node, context: Context) -> str:
    said = []
    for flag in node.all("interpretationCode"):
        said.append(word("interpretation_words", flag.get("code")) or words.words(flag, context.anchors))
        if flag.get("displayName") and flag.get("displayName").casefold() != said[-1]:
            said.append(flag.get("displayName"))
    return ", ".join(dict.fromkeys(filter(None, said)))
