"""Treatments and vaccinations: the product, when and how it is given."""

from __future__ import annotations

from collections.abc import Iterator

from retrieval.fact import Code, Coded, Detail, FactKind, Moment
from retrieval.formats.cda import times, words
from retrieval.formats.cda.context import Context
from retrieval.formats.cda.meaning import Draft, is_planned
from retrieval.formats.cda.nodes import Node
from retrieval.formats.cda.schedule import bounds_of, is_course
from retrieval.formats.cda.values import codes_of
from retrieval.formats.cda.vocabulary import word
from retrieval.formats.writer import Statement

_MATERIAL = ("consumable", "manufacturedProduct", "manufacturedMaterial")


def treatment_of(node: Node, context: Context, kind: FactKind) -> Draft:
    """The line of a treatment: `Médicament : PLAVIX 75 mg, comprimé (depuis le 11/08/2019)`."""
    material = node.child(*_MATERIAL)
    code = material.child("code") if material is not None else None
    name = material.child("name") if material is not None else None
    own = node.child("text")
    said = words.original_text(own, context.anchors) if own is not None else ""
    called = words.words(name, context.anchors) if name is not None else ""
    product = (words.coded(code, context.anchors) if code is not None else "") or called or said
    label = (
        product or words.words(node.child("code") or Node("code"), context.anchors) or "Produit non précisé"
    )
    course = next((each for each in node.all("effectiveTime") if is_course(each)), None)
    start, end = bounds_of(course)
    codes = _codes(code, material)
    return Draft(
        kind=kind,
        name="Vaccin" if kind == "immunisation" else "Médicament",
        label=label,
        value=Coded(text=label, code=codes[0] if codes else None),
        text=label,
        path=node.path,
        tail=_tail(node, course, context, _unlike(label, called, said)),
        codes=codes,
        effective=start,
        effective_end=end,
        written=("text", "statusCode"),
        details=lambda statement: _course_details(course, statement),
    )


def _unlike(label: str, *others: str) -> str:
    """Other names that the source gives, where they are not in the first."""
    said = [each for each in others if each and each.casefold() not in label.casefold()]
    return " ; ".join(dict.fromkeys(said))


def _tail(node: Node, course: Node | None, context: Context, names: str) -> str:
    status = node.child("statusCode")
    denied = "non administré" if node.get("negationInd") == "true" else ""
    when = words.words(course, context.anchors) if course is not None else ""
    state = word("status_words", status.get("code")) if status is not None else ""
    planned = "prescrit" if is_planned(node) else ""
    said = [each for each in (names, denied, when, state, planned) if each]
    return f" ({' ; '.join(said)})" if said else ""


def _codes(code: Node | None, material: Node | None) -> tuple[Code, ...]:
    """Those of the product (CIS, CIP, UCD ...), then its class (ATC)."""
    found = list(codes_of(code)) if code is not None else []
    for special in material.all("asSpecializedKind") if material is not None else ():
        generic = special.child("generalizedMedicineClass", "code")
        found += codes_of(generic) if generic is not None else ()
    return tuple(dict.fromkeys(found))


def _course_details(course: Node | None, statement: Statement) -> Iterator[Detail]:
    """Start and stop, which stand in the line itself."""
    if course is None:
        return
    start, end = statement.line
    bounds = (("start", "Début", course.child("low")), ("stop", "Fin", course.child("high")))
    for name, label, bound in bounds:
        iso = times.iso_of(bound.get("value")) if bound is not None else None
        if iso is not None and bound is not None:
            yield Detail(
                name="start" if name == "start" else "stop",
                label=label,
                text=times.shown(bound.get("value")),
                value=Moment(iso=iso),
                path=bound.path,
                start=start,
                end=end,
            )
