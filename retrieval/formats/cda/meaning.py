"""What a statement is for this product: its kind, status and certainty."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple, cast

from retrieval.fact import Certainty, Code, Coded, Detail, FactKind, Missing, ReferenceRange, Text, Value
from retrieval.formats.cda.context import Context, Place
from retrieval.formats.cda.nodes import Node
from retrieval.formats.cda.values import number_of
from retrieval.formats.cda.vocabulary import says_absent, section_kind, table, template_kind, word
from retrieval.formats.writer import Statement
from retrieval.moments import order_of

Interpretation = Literal["low", "high", "critical_low", "critical_high", "abnormal", "normal"]
_PLANNED = {"INT", "RQO", "PRMS", "PRP", "ARQ", "APT", "GOL"}
_BY_SECTION = {"problem", "allergy", "vital_sign", "social_history", "family_history", "laboratory"}
_CONCERNS = {
    "1.3.6.1.4.1.19376.1.5.3.1.4.5.1",
    "1.3.6.1.4.1.19376.1.5.3.1.4.5.2",
    "1.3.6.1.4.1.19376.1.5.3.1.4.5.3",
}
_DENIABLE = {"problem", "allergy", "medication", "immunisation", "device", "procedure", "family_history"}
_MEASURED = {"laboratory", "vital_sign", "plan"}
"""What is found in a measurement is its value, never its absence."""
_STATUS_CODE, _CERTAINTY_CODE = "33999-4", "66455-7"


def _no_details(_: Statement) -> Iterator[Detail]:
    return iter(())


class Draft(NamedTuple):
    """A statement before its line is written: `name : text tail`. `written` are the children in it.

    `details` gives the details that stand in the line itself, once it is known where that is.
    """

    kind: FactKind
    name: str
    label: str
    value: Value
    text: str
    path: str
    tail: str = ""
    codes: tuple[Code, ...] = ()
    effective: str | None = None
    effective_end: str | None = None
    interpretation: Interpretation | None = None
    reference_range: ReferenceRange | None = None
    written: tuple[str, ...] = ()
    details: Callable[[Statement], Iterator[Detail]] = _no_details


def is_planned(node: Node) -> bool:
    """Whether a statement is of what is to be done (`moodCode`)."""
    return node.get("moodCode") in _PLANNED


def is_concern(node: Node) -> bool:
    """Whether an act only holds the problems or allergies that are followed together."""
    if node.name != "act":
        return False
    if any(each.get("root") in _CONCERNS for each in node.all("templateId")):
        return True
    code = node.child("code")
    bare = code is None or code.get("nullFlavor") or code.get("code") == "CONC"
    return bool(bare) and node.child("entryRelationship", "observation") is not None


def is_grouping(node: Node) -> bool:
    """Whether an act only puts the results that it holds together (a chapter of a laboratory report)."""
    links = [each for each in node.all("entryRelationship") if each.get("typeCode") == "COMP"]
    return node.name == "act" and bool(links) and node.child("value") is None


def kind_of(node: Node, place: Place) -> FactKind:
    """By template, then by what is planned, then by element and section."""
    by_template = _by_template(node)
    if node.name == "substanceAdministration":
        return _kind_of_product(node, place, by_template)
    if is_planned(node):
        return "plan"
    if by_template is not None:
        if by_template == "problem" and place.subject == "family":
            return "family_history"
        return by_template
    if node.name not in ("observation", "act"):
        return cast(FactKind, word("classes", node.name, "generic"))
    if place.subject == "family":
        return "family_history"
    return _kind_in_section(node, place)


def _kind_of_product(node: Node, place: Place, by_template: FactKind | None) -> FactKind:
    code = node.child("code")
    coded = code is not None and code.get("code") in table("vaccinations")
    vaccine = coded or by_template == "immunisation" or place.section == "immunisation"
    return "immunisation" if vaccine else "medication"


def _kind_in_section(node: Node, place: Place) -> FactKind:
    holder = node.parent.name if node.parent is not None else ""
    of_section = place.concern is not None or holder in ("entry", "component")
    if node.name != "observation" or not of_section or place.section not in _BY_SECTION:
        return "generic"
    if place.section == "laboratory" and not _is_measured(node):
        return "generic"
    return place.section


def _is_measured(node: Node) -> bool:
    """Whether an observation of a section of results states a number."""
    value = node.child("value")
    return value is not None and (
        number_of(value.get("value")) is not None
        or any(each.name in ("low", "high") for each in value.children)
    )


def _by_template(node: Node) -> FactKind | None:
    """By the templates of a statement; an allergy or a family history is a problem to IHE too."""
    found = [kind for each in node.all("templateId") if (kind := template_kind(each.get("root")))]
    return next((kind for kind in found if kind != "problem"), found[0] if found else None)


def section_kind_of(section: Node) -> FactKind | None:
    """What a section is about, by its code."""
    code = section.child("code")
    return section_kind(code.get("code")) if code is not None else None


def status_of(node: Node, draft: Draft, context: Context, place: Place) -> tuple[str | None, Certainty]:
    """The status of a fact in the words of `Fact`, and whether it is stated to be so."""
    certainty = _certainty(node, draft)
    code = node.child("statusCode")
    stated = code.get("code") if code is not None else ""
    if stated == "nullified":
        return "entered_in_error", certainty
    if draft.kind in ("medication", "immunisation"):
        return _treatment(node, stated, draft, context, place), certainty
    if draft.kind in ("problem", "allergy", "family_history"):
        return _followed(node, place), certainty
    if draft.kind == "plan":
        return "planned", certainty
    return table("result_status").get(stated), certainty


def _certainty(node: Node, draft: Draft) -> Certainty:
    if node.get("negationInd") == "true":
        return "absent"
    code = draft.value.code if isinstance(draft.value, Coded) else None
    if code is not None and (known := word("unknown", code.code)):
        return cast(Certainty, known)
    spoken = node.child("value") is not None or draft.kind in _DENIABLE
    said = draft.value.text if isinstance(draft.value, Coded | Text) and spoken else ""
    if draft.kind not in _DENIABLE and " " in said.strip():
        said = ""  # a finding of an examination ("Pas d'embolie") does not deny the examination
    if said and draft.kind not in _MEASURED and says_absent(code.code if code else "", said):
        return "absent"
    if isinstance(draft.value, Missing) and draft.kind in _DENIABLE:
        return "unknown"
    return cast(Certainty, word("certainty", _nested(node, _CERTAINTY_CODE), "present"))


def _nested(node: Node, code: str) -> str:
    """The coded value of the nested statement with this code."""
    for link in node.all("entryRelationship"):
        for child in link.children:
            own, value = child.child("code"), child.child("value")
            if own is not None and own.get("code") == code and value is not None:
                return value.get("code")
    return ""


def _followed(node: Node, place: Place) -> str | None:
    """The clinical status of a problem; without one, whether the act that follows it is open."""
    stated = word("clinical_status", _nested(node, _STATUS_CODE))
    if stated:
        return stated
    code = place.concern.child("statusCode") if place.concern is not None else None
    return table("concern_status").get(code.get("code")) if code is not None else None


def _treatment(node: Node, stated: str, draft: Draft, context: Context, place: Place) -> str | None:
    """CI-SIS sets `completed` on every treatment: the dates, beside that of the document, tell."""
    fixed = table("treatment_status").get(stated)
    if fixed:
        return fixed
    if draft.kind == "immunisation":
        return "planned" if is_planned(node) else "completed"
    if is_planned(node) and place.section == "plan":
        return "planned"
    today = context.effective
    if today and draft.effective and _day(draft.effective) > _day(today):
        return "planned"
    if today and draft.effective_end and _is_over(draft.effective_end, today):
        return "completed"
    return "active"


def _is_over(end: str, today: str) -> bool:
    """Whether an end lies before the document; on the same day only where both state the hour."""
    if "T" in end and "T" in today:
        return order_of(end) < order_of(today)
    return _day(end) < _day(today)


def _day(iso: str) -> str:
    return order_of(iso.partition("T")[0])
