"""When a treatment is taken, in French words: periods, events of the day, courses, and their combinations."""

from __future__ import annotations

from collections.abc import Sequence

from retrieval.formats.cda import times, words
from retrieval.formats.cda.nodes import Node
from retrieval.formats.cda.vocabulary import table, word
from retrieval.formats.cda.words import Anchors

_FEMININE = {"seconde", "minute", "heure", "semaine"}


def is_course(node: Node) -> bool:
    """Whether an `effectiveTime` states from when to when, not how often."""
    kind = node.get("type")
    return not kind.endswith(("PIVL_TS", "EIVL_TS", "SXPR_TS")) and not node.child("period", "event")


def frequency_of(times_given: Sequence[Node], anchors: Anchors) -> str:
    """How often, from the parts of a schedule; the source's own words stand beside it."""
    return ", ".join(filter(None, (_part(each, anchors) for each in times_given)))


def _part(node: Node, anchors: Anchors) -> str:
    period, event, parts = node.child("period"), node.child("event"), node.all("comp")
    if parts:
        said = [_part(each, anchors) or words.words(each, anchors) for each in parts]
        return ", ".join(filter(None, said))
    said = []
    if period is not None:
        said.append(_often(period, institution=node.get("institutionSpecified") == "true"))
    if event is not None:
        said.append(word("events", event.get("code"), words.words(event, anchors)))
    if offset := node.child("offset"):
        said.append(words.words(offset, anchors))
    if phase := node.child("phase"):
        said.append(words.words(phase, anchors))
    core = " ".join(filter(None, said))
    note = _note(period, anchors) if period is not None else ""
    if core or note:
        return f"{core} ({note})" if core and note else core or note
    if node.get("nullFlavor"):
        return words.null_words(node)
    return words.period(node, anchors)


def _note(period: Node, anchors: Anchors) -> str:
    """The source's own words for a period."""
    said = (words.words(each, anchors) for each in period.children)
    return ", ".join(dict.fromkeys(filter(None, said)))


def _often(period: Node, *, institution: bool) -> str:
    """`toutes les 8 heures`, `chaque jour`; three times a day where the hours are the ward's to choose."""
    value, unit = period.get("value"), period.get("unit")
    name = table("period").get(unit)
    if name is None or not value:
        return words.amount(period)
    if institution and unit == "h" and value in ("4", "6", "8", "12", "24"):
        return f"{24 // int(value)} fois par jour"
    if value == "1":
        return f"une fois par {name}"
    every = "toutes les" if name in _FEMININE else "tous les"
    return f"{every} {words.duration_words(period)}"


def bounds_of(course: Node | None) -> tuple[str | None, str | None]:
    """The first and the last moment of a course, ISO 8601."""
    if course is None:
        return None, None
    if course.get("value"):
        moment = times.iso_of(course.get("value"))
        return moment, None
    low, high = course.child("low"), course.child("high")
    return (
        times.iso_of(low.get("value")) if low else None,
        times.iso_of(high.get("value")) if high else None,
    )
