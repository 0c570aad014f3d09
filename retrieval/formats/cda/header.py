"""The header of a document: its ids, its Composition, and its lines of text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from retrieval.composition import Composition
from retrieval.fact import Coded
from retrieval.formats.base import Source
from retrieval.formats.cda import times
from retrieval.formats.cda.identity import hint_of, patient_of
from retrieval.formats.cda.nodes import Node
from retrieval.formats.cda.values import codes_of
from retrieval.formats.cda.vocabulary import document_kind, element_label, word
from retrieval.formats.cda.words import Anchors, person_name, words
from retrieval.formats.sheet import Ids, Sheet, ids_from
from retrieval.formats.writer import Span

_CARE = ("componentOf", "encompassingEncounter")
_PEOPLE = (
    "author",
    "dataEnterer",
    "informant",
    "custodian",
    "informationRecipient",
    "legalAuthenticator",
    "authenticator",
    "participant",
    "inFulfillmentOf",
    "documentationOf",
    "relatedDocument",
    "authorization",
)
_ELSEWHERE = {"component", "recordTarget", "componentOf", "title", "code", "effectiveTime", "setId", "id"}
_QUIET = {"templateId", "typeId", "realmCode", "versionNumber", "languageCode"}


def ids_of(document: Node, source: Source, raw: bytes, place: str) -> Ids:
    """Record id from setId, else id; version from versionNumber, else id or the content."""
    whole = document.child("setId") or document.child("id")
    uid = _uid(whole)
    number = document.child("versionNumber")
    version = number.get("value") if number is not None and whole is document.child("setId") else ""
    return ids_from(source, raw, uid=uid, version=version if version.isdecimal() else "", place=place)


def _uid(node: Node | None) -> str:
    if node is None or not node.get("root"):
        return ""
    extension = node.get("extension")
    written = f"{node.get('root')}^{extension}" if extension else node.get("root")
    return written if len(written) <= 200 and written.isprintable() else ""


def composition_of(document: Node, ids: Ids) -> Composition:
    """What the document is."""
    code = document.child("code")
    title = document.child("title")
    language = document.child("languageCode")
    when = document.child("effectiveTime")
    start, end = _care_period(document)
    created = times.iso_of(when.get("value")) if when else None
    return Composition(
        record_id=ids.record_id,
        version=ids.version,
        version_number=ids.number,
        system=ids.system,
        kind=document_kind(code.get("code") if code else ""),
        title=_plain(title) or (code.get("displayName") if code else "") or "Document clinique",
        archetype=f"CDA {code.get('code')}" if code and code.get("code") else "CDA",
        language=language.get("code") if language else "",
        author=_author(document),
        facility=_facility(document),
        effective=created or start,
        effective_end=end if created is None else None,
        committed=created,
        status=_status(document),
        patient_hint=hint_of(document),
    )


def _status(document: Node) -> Literal["final", "preliminary", "amended"]:
    """CDA R2 has no status but the one of its revision (`statusCode`); a replacement amends."""
    stated = document.child("statusCode")
    if stated is not None and stated.get("code") in ("active", "new", "held"):
        return "preliminary"
    links = document.all("relatedDocument")
    return "amended" if any(each.get("typeCode") == "RPLC" for each in links) else "final"


def _plain(node: Node | None) -> str:
    return " ".join(node.text.split()) if node is not None else ""


def _author(document: Node) -> str:
    for author in document.all("author"):
        name = author.child("assignedAuthor", "assignedPerson", "name")
        if name is not None and person_name(name):
            return person_name(name)
        device = author.child("assignedAuthor", "assignedAuthoringDevice", "softwareName")
        if device is not None and _plain(device):
            return _plain(device)
    return ""


def _facility(document: Node) -> str:
    where = document.child(*_CARE, "location", "healthCareFacility", "location", "name")
    kept = document.child("custodian", "assignedCustodian", "representedCustodianOrganization", "name")
    return _plain(where) or _plain(kept)


def _care_period(document: Node) -> tuple[str | None, str | None]:
    period = document.child(*_CARE, "effectiveTime")
    if period is None:
        return None, None
    low, high = period.child("low"), period.child("high")
    start = times.iso_of(period.get("value") or (low.get("value") if low else ""))
    return start, times.iso_of(high.get("value")) if high else None


def write_header(document: Node, sheet: Sheet, anchors: Anchors, composition: Composition) -> None:
    """Write the title, the patient and everything else that the header states, each in a line."""
    sheet.heading(composition.title, "/ClinicalDocument", trail=(composition.title,))
    for name, text in _lines(document, anchors, composition):
        if text:
            sheet.say(name, text)
    _write_care(document, sheet, anchors)
    sheet.writer.end_block()


def _lines(document: Node, anchors: Anchors, composition: Composition) -> Iterator[tuple[str, str]]:
    code, when, own = (document.child(name) for name in ("code", "effectiveTime", "id"))
    yield "Type de document", words(code, anchors) if code else ""
    yield "Date du document", words(when, anchors) if when else ""
    yield "Identifiant du document", _uid(own)
    yield "Version", str(composition.version_number or "")
    yield from _patient_lines(document, anchors)
    for child in document.children:
        if child.name in _PEOPLE:
            yield _label(child), _without(words(child, anchors), _label(child))
        elif child.name not in _ELSEWHERE | _QUIET:
            yield element_label(child.name), words(child, anchors)


def _label(node: Node) -> str:
    """A participant is called by the function that the source names."""
    function = node.child("functionCode")
    if function is not None and function.get("displayName"):
        return function.get("displayName")
    if node.name == "relatedDocument" and node.get("typeCode") == "RPLC":
        return "Document remplacé"
    role = word("participants", node.get("typeCode")) if node.name == "participant" else ""
    return role or element_label(node.name)


def _without(text: str, label: str) -> str:
    """The words without those that the label says already."""
    return text.removeprefix(label).removeprefix(", ") or text


def _patient_lines(document: Node, anchors: Anchors) -> Iterator[tuple[str, str]]:
    patient = patient_of(document)
    for number, target in enumerate(document.all("recordTarget")):
        role = target.child("patientRole")
        person = role.child("patient") if role else None
        for name in person.all("name") if person else ():
            yield "Patient", _names(name)
        if patient is not None and number == 0:
            yield "Sexe", word("sex_words", patient.sex) if patient.sex != "unknown" else ""
        yield from _person_lines(person, anchors)
        for child in role.children if role else ():
            if child.name not in ("id", "telecom", "patient"):
                yield {"addr": "Adresse"}.get(child.name, element_label(child.name)), words(child, anchors)


def _names(name: Node) -> str:
    """`nom de naissance X, prénom de naissance Y, nom utilisé Z`."""
    labels = {"BR": "de naissance", "CL": "utilisé"}
    said = []
    for part in (each for each in name.children if each.text.strip()):
        label = {"family": "nom", "given": "prénom"}.get(part.name, "")
        kind = labels.get(
            part.get("qualifier"), "s" if label == "prénom" and " " in part.text.strip() else ""
        )
        shown = f"{label}{kind}" if kind == "s" else f"{label} {kind}".strip()
        said.append(f"{shown} {_plain(part)}".strip())
    return ", ".join(said) or _plain(name)


def _person_lines(person: Node | None, anchors: Anchors) -> Iterator[tuple[str, str]]:
    labels = {
        "birthTime": "Né(e) le",
        "birthplace": "Lieu de naissance",
        "guardian": "Représentant légal ou personne de confiance",
        "maritalStatusCode": "Situation familiale",
        "deceasedTime": "Décédé(e) le",
        "deceasedInd": "Décédé(e)",
        "multipleBirthInd": "Naissance multiple",
    }
    for child in person.children if person else ():
        if child.name == "birthTime":
            yield labels[child.name], times.shown(child.get("value"))
        elif child.name not in ("name", "administrativeGenderCode"):
            yield labels.get(child.name, element_label(child.name)), words(child, anchors)


def _write_care(document: Node, sheet: Sheet, anchors: Anchors) -> None:
    """The stay or the visit in a line of its own, and as a fact where its dates are stated."""
    for part in document.all("componentOf"):
        text = words(part, anchors)
        if not text:
            continue
        said = sheet.say(element_label("componentOf"), text)
        _state_stay(document, part, sheet, said.line)


def _state_stay(document: Node, part: Node, sheet: Sheet, line: Span) -> None:
    care = part.child("encompassingEncounter")
    start, end = _care_period(document)
    if care is None or not (start or end):
        return
    code = care.child("code")
    label = (code.get("displayName") if code else "") or element_label("componentOf")
    codes = codes_of(code) if code else ()
    sheet.fact(
        "stay",
        Coded(text=label, code=codes[0] if codes else None),
        care.path,
        line,
        label=label,
        codes=codes,
        effective=start,
        effective_end=end,
    )
