"""The main statement of a resource, then everything else that it says."""

from __future__ import annotations

from typing import NamedTuple

from retrieval.fact import Boolean, Code, Coded, Moment, Text, Value
from retrieval.formats import french
from retrieval.formats.fhir import posology, words
from retrieval.formats.fhir.family import write_conditions
from retrieval.formats.fhir.ignored import without_identity
from retrieval.formats.fhir.meaning import (
    certainty_of,
    codes_in,
    fact_kind,
    french_name,
    source_status,
    status_of,
)
from retrieval.formats.fhir.observations import typed, write_observation
from retrieval.formats.fhir.paths import At, choice, first, nodes_under, under
from retrieval.formats.fhir.posology_words import Part
from retrieval.formats.fhir.vocabulary import label_of, said
from retrieval.formats.fhir.vocabulary import resource as known
from retrieval.formats.fhir.writing import (
    DOSAGES,
    Writing,
    check_reference,
    keep_parts,
    keep_value,
    write_attachment,
    write_extensions,
    write_members,
    write_narrative,
)
from retrieval.formats.tree import Node, node_of, text_of, value_at
from retrieval.formats.writer import Span, Statement


class Named(NamedTuple):
    """What a resource is about: the words, the codes, and the value that says so."""

    text: str
    codes: tuple[Code, ...]
    at: At | None


def write_resource(resource: Node, path: str, writing: Writing) -> None:
    """Write one resource in a block of its own, its facts included. Raises TooLarge."""
    if value_at(resource, "resourceType") == "Patient":
        resource = without_identity(resource)
    writing.sheet.block(writing.trail, path)
    for name in ("subject", "patient"):
        subject = resource.get(name)
        if isinstance(subject, dict) and "Patient/" not in value_at(subject, "reference"):
            check_reference(subject, f"{path}.{name}", writing)  # a patient often stands in another file
    writer = _WRITERS.get(value_at(resource, "resourceType"), _write_main)
    writer(resource, path, writing)
    for at in nodes_under(resource, "contained", path):
        _write_contained(at, writing)
    for at in nodes_under(resource, "text", path):
        write_narrative(at, writing)
    writing.sheet.writer.end_block()


def _write_main(resource: Node, path: str, writing: Writing) -> None:
    kind = value_at(resource, "resourceType")
    named = name_of(resource, path, writing)
    label = known(kind).get("label") or label_of(kind)
    dosages = _dosages(resource, path)
    statement, parts = _main_line(resource, path, named, dosages, writing, str(label))
    if named.at is not None:
        _keep_name(named.at, writing, statement)
    if parts:
        keep_parts(parts, writing, statement.value.end + len(_JOIN))
    write_members(resource, path, writing, 1)
    write_conditions(resource, path, writing)
    if not _lists_results(resource):
        _state(resource, path, writing, statement, named)


def _lists_results(resource: Node) -> bool:
    """A report of a laboratory that names its results: they are the facts, the report is none beside them."""
    is_report = value_at(resource, "resourceType") == "DiagnosticReport" and bool(resource.get("result"))
    return is_report and fact_kind(resource) != "imaging"


_JOIN = " ; "


def _dosages(resource: Node, path: str) -> list[At]:
    """The only Dosage, which then stands in the main line; several have lines of their own."""
    found = [at for key in DOSAGES for at in nodes_under(resource, key, path)]
    return found if len(found) == 1 and not any("xtension" in key for key in found[0].value) else []


def _main_line(
    resource: Node, path: str, named: Named, dosages: list[At], writing: Writing, label: str
) -> tuple[Statement, list[Part]]:
    """`Prescription : paracétamol 1 g ; 1 comprimé 3 fois par jour (actif)`."""
    parts = posology.parts_of(dosages[0].value, dosages[0].path) if dosages else []
    for at in dosages:
        writing.written.add(at.path)
    shown = ", ".join(_state_words(resource))
    tail = (_JOIN + posology.sentence(parts) if parts else "") + (f" ({shown})" if shown else "")
    if text_of(resource.get("status")) == source_status(resource):
        writing.written.add(f"{path}.status")
    return writing.say(label, named.text, 0, tail), parts


def _state_words(resource: Node) -> list[str]:
    """What must be read with the statement: status, doubt or denial, a mere option, what must not be done."""
    state = source_status(resource)
    checked = [
        code for code in codes_in(resource.get("verificationStatus")) if code not in ("confirmed", state)
    ]
    intent = text_of(resource.get("intent"))
    special = [intent] if intent in ("option", "plan", "proposal") else []
    denied = ["à ne pas faire"] if text_of(resource.get("doNotPerform")) == "true" else []
    found = [*denied, *(said(code) or code for code in (state, *checked, *special) if code)]
    return list(dict.fromkeys(found))


def name_of(resource: Node, path: str, writing: Writing) -> Named:
    """What a resource is about, by the first of its naming elements that says something."""
    kind = value_at(resource, "resourceType")
    for name in known(kind).get("name", ("code", "type", "title", "name", "description")):
        for at in _at(resource, name.split("."), path):
            named = _named(at, resource, writing)
            if named.text:
                return named
    return Named("non précisé", (), None)


def _at(node: object, steps: list[str], path: str) -> list[At]:
    if not isinstance(node, dict):
        return []
    found = under(node, steps[0], path)
    if len(steps) == 1:
        return found
    return [inner for at in found for inner in _at(at.value, steps[1:], at.path)]


def _named(at: At, resource: Node, writing: Writing) -> Named:
    if not isinstance(at.value, dict):
        return Named(text_of(at.value).strip(), (), at)
    codes = words.codes_of(at.value)
    target = (
        writing.links.find(value_at(at.value, "reference"), resource) if "reference" in at.value else None
    )
    if target is not None:
        codes = words.codes_of(node_of(target.get("code")))
    text = french_name([code.code for code in codes]) or writing.links.shown(at.value, resource)
    return Named(text, codes, at)


def _keep_name(at: At, writing: Writing, statement: Statement) -> None:
    """Remember that the name is written, unless parts of it need lines of their own."""
    if not isinstance(at.value, dict):
        writing.written.add(at.path)
        return
    shape = words.shape_of(at.value)
    if shape == "Reference" and "reference" in at.value:
        check_reference(at.value, at.path, writing)
    if shape in ("Concept", "Coding", "Reference"):
        writing.written.add(at.path)
        write_extensions(at.value, at.path, writing, 1)
        text = value_at(at.value, "text") or value_at(at.value, "display")
        if shape == "Concept" and text:
            keep_value("code", "Code", shape, at, writing, statement.value, text)


def _state(resource: Node, path: str, writing: Writing, statement: Statement, named: Named) -> None:
    start, end = times_of(resource)
    value = _value(named)
    line = Span(statement.line.start, statement.line.end)
    writing.sheet.fact(
        fact_kind(resource),
        value,
        named.at.path if named.at is not None else path,
        line,
        label=named.text,
        codes=named.codes,
        status=status_of(resource),
        certainty=certainty_of(resource, [code.code for code in named.codes]),
        subject="family" if value_at(resource, "resourceType") == "FamilyMemberHistory" else "patient",
        details=tuple(writing.details),
        heading=writing.trail,
        **({"effective": start, "effective_end": end} if start else {"effective_end": end}),
    )


def _value(named: Named) -> Value:
    if named.codes:
        return Coded(text=named.text, code=named.codes[0])
    return Text(text=named.text)


def times_of(resource: Node) -> tuple[str | None, str | None]:
    """When a resource held, by its own elements: start and end, ISO 8601."""
    table = known(value_at(resource, "resourceType"))
    start = end = None
    for name in table.get("when", ("date", "effectiveDateTime", "occurrenceDateTime", "created", "period")):
        found = _at(resource, name.split("."), "")
        if not found:
            continue
        value = found[0].value
        start = value_at(value, "start") if isinstance(value, dict) else text_of(value)
        end = value_at(value, "end") if isinstance(value, dict) else None
        if start or end:
            break
    for name in table.get("until", ()):
        end = value_at(resource, name) or end
    return french.extended(start or end or ""), french.extended(end or "")


def _write_contained(at: At, writing: Writing) -> None:
    kind = value_at(at.value, "resourceType")
    label = known(kind).get("label") or kind
    writing.sheet.heading(f"{label_of('contained')} : {label}", at.path, trail=writing.trail, indent=1)
    write_members(at.value, at.path, writing, 2)


def _write_person(resource: Node, path: str, writing: Writing) -> None:
    """What a Patient says beyond the identity; a death is a fact."""
    writing.sheet.heading(str(known("Patient")["label"]), path, trail=writing.trail)
    key = choice(resource, "deceased")
    at = first(resource, key, path) if key else None
    if at is not None:
        text, value = typed(key, at)
        line = writing.say(label_of(key), text, 1).line
        writing.written.add(at.path)
        moment = french.extended(value.iso) if isinstance(value, Moment) else None
        certainty = "absent" if isinstance(value, Boolean) and not value.value else "present"
        rest = {"label": label_of(key), "certainty": certainty, "effective": moment}
        writing.sheet.fact("generic", value, at.path, line, heading=writing.trail, **rest)
    write_members(resource, path, writing, 1)


def _write_binary(resource: Node, path: str, writing: Writing) -> None:
    """The content that another resource names by its address."""
    write_attachment(str(known("Binary")["label"]), At(resource, path), writing, 0)


_WRITERS = {"Observation": write_observation, "Patient": _write_person, "Binary": _write_binary}
