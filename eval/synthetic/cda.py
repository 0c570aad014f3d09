"""A document of the hospital as CDA R2: a French header, sections with a narrative and its entries."""

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, uuid5

from eval.synthetic import cda_acts as acts
from eval.synthetic import cda_entries as entries
from eval.synthetic import cda_problems as problems
from eval.synthetic import writing_items as it
from eval.synthetic.cda_entries import Row
from eval.synthetic.cda_xml import Ref, code, el, loinc, stamp, templates, words
from eval.synthetic.demographics import INS_TEST_OID
from eval.synthetic.fhir_codes import kind_of
from eval.synthetic.plain_words import moment
from eval.synthetic.truth import Identity

_HEADER = "urn:hl7-org:v3"
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
# An arc of the examples of HL7 France: nobody's.
IPP_OID, LOCAL_OID, FACILITY_OID = "1.2.3.4.567.8.9.10", "1.2.3.4.567.8.9.11", "1.2.3.4.567.8.9"
_SEXES = {"female": ("F", "Féminin"), "male": ("M", "Masculin"), "unknown": ("UN", "Inconnu")}
_MODELS = {"biologie": "1.2.250.1.213.1.1.1.55", "compte rendu": "1.2.250.1.213.1.1.1.29"}
_IHE = "1.3.6.1.4.1.19376.1.5.3.1"


class _Kind(NamedTuple):
    """A section of structured statements: code, title, templates."""

    code: str
    title: str
    templates: tuple[str, ...] = ()


_PROBLEMS = _Kind("11450-4", "Problèmes", (f"{_IHE}.3.6", "1.2.250.1.213.1.1.2.132"))
_SIGNS = _Kind("8716-3", "Signes vitaux", (f"{_IHE}.1.5.3.2", "1.2.250.1.213.1.1.2.155"))
_SECTIONS: dict[type[Any], _Kind] = {
    it.Diagnosis: _PROBLEMS,
    it.Reaction: _Kind("48765-2", "Allergies et intolérances", (f"{_IHE}.3.13", "1.2.250.1.213.1.1.2.137")),
    it.Order: _Kind("10160-0", "Traitements", (f"{_IHE}.3.19", "1.2.250.1.213.1.1.2.143")),
    it.Step: _Kind("10160-0", "Modifications du traitement", (f"{_IHE}.3.19", "1.2.250.1.213.1.1.2.143")),
    it.Act: _Kind("47519-4", "Actes", (f"{_IHE}.3.12", "1.2.250.1.213.1.1.2.136")),
    it.Examination: _Kind("18748-4", "Compte rendu d’imagerie"),
    it.Implant: _Kind("46264-8", "Dispositifs médicaux", (f"{_IHE}.1.5.3.5", "1.2.250.1.213.1.1.2.1")),
    it.Relative: _Kind("10157-6", "Antécédents familiaux", (f"{_IHE}.3.15", "1.2.250.1.213.1.1.2.139")),
    it.Movement: _Kind("46240-8", "Séjour", (f"{_IHE}.1.5.3.3",)),
    it.Request: _Kind("30954-2", "Résultats attendus", (f"{_IHE}.3.27", "1.2.250.1.213.1.1.2.150")),
}
_VACCINES = _Kind("11369-6", "Vaccinations", (f"{_IHE}.3.23", "1.2.250.1.213.1.1.2.147"))
_STOPPED = _Kind("18610-6", "Traitements arrêtés", (f"{_IHE}.3.21", "1.2.250.1.213.1.1.2.145"))
_PLANNED = _Kind("18776-5", "Actes programmés", (f"{_IHE}.3.36", "1.2.250.1.213.1.1.2.158"))
_ROWS: dict[type[Any], Callable[[Any, Ref], Row]] = {
    it.Diagnosis: problems.diagnosis,
    it.Reaction: problems.reaction,
    it.Relative: problems.relative,
    it.Order: acts.order,
    it.Step: acts.step,
    it.Act: acts.act,
    it.Examination: acts.examination,
    it.Implant: acts.implant,
    it.Movement: acts.movement,
    it.Request: acts.request,
}


def clinical_document(written: it.Written) -> str:
    """The XML text of the document; same document, same bytes."""
    body = "".join(el("component", section) for section in _sections(written.items))
    content = "".join((*_header(written), el("component", el("structuredBody", body))))
    opening = f'<ClinicalDocument xmlns="{_HEADER}" xmlns:xsi="{_INSTANCE}">'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{opening}{content}</ClinicalDocument>\n'


def _header(written: it.Written) -> Iterator[str]:
    document = written.document
    own, display = kind_of(document.kind, document.raw)
    model = _MODELS.get(document.kind)
    yield el("realmCode", code="FR")
    yield el("typeId", root="2.16.840.1.113883.1.3", extension="POCD_HD000040")
    yield templates("2.16.840.1.113883.2.8.2.1", "1.2.250.1.213.1.1.1.1", *((model,) if model else ()))
    yield el("id", root=_version_id(document.uid, document.version))
    yield loinc(own, display)
    yield el("title", words(document.title))
    yield el("effectiveTime", value=stamp(written.time))
    yield el("confidentialityCode", code="N", codeSystem="2.16.840.1.113883.5.25", displayName="Normal")
    yield el("languageCode", code="fr-FR")
    yield el("setId", root=document.uid)
    yield el("versionNumber", value=str(document.version))
    yield el("recordTarget", _patient_role(written.identity))
    yield _author(written)
    yield _custodian(written.facility)
    if document.version > 1:
        former = el("parentDocument", el("id", root=_version_id(document.uid, document.version - 1)))
        yield el("relatedDocument", former, typeCode="RPLC")
    yield _encounter(written)


def _version_id(uid: str, version: int) -> str:
    """The identifier of one version; `setId` is that of them all."""
    return str(uuid5(NAMESPACE_URL, f"{uid}/cda/{version}"))


def _patient_role(identity: Identity) -> str:
    value, display = _SEXES[identity.sex]
    names = el("family", words(identity.birth_name), qualifier="BR")
    names += el("given", words(" ".join(identity.given_names)))
    names += el("given", words(identity.given_names[0]), qualifier="BR")
    if identity.family_name != identity.birth_name:
        names += el("family", words(identity.family_name), qualifier="CL")
    patient = el(
        "patient",
        el("name", names),
        el("administrativeGenderCode", code=value, displayName=display, codeSystem="2.16.840.1.113883.5.1"),
        el("birthTime", value=identity.birth_date.strftime("%Y%m%d")),
        classCode="PSN",
    )
    ids = [
        el("id", root=LOCAL_OID, extension=identity.patient_id),
        el("id", root=IPP_OID, extension=identity.ipp),
    ]
    if identity.ins_status == "qualified":  # a number that is not qualified is not conveyed
        ids.insert(0, el("id", root=INS_TEST_OID, extension=identity.ins))
    return el("patientRole", *ids, el("addr", nullFlavor="NAV"), el("telecom", nullFlavor="NAV"), patient)


def _author(written: it.Written) -> str:
    own = str(uuid5(NAMESPACE_URL, written.author))
    person = el("assignedPerson", el("name", words(written.author)))
    place = el("representedOrganization", el("name", words(f"{written.facility}, {written.ward}")))
    return el(
        "author",
        el("time", value=stamp(written.time)),
        el("assignedAuthor", el("id", root=own), person, place),
    )


def _custodian(facility: str) -> str:
    organisation = el(
        "representedCustodianOrganization", el("id", root=FACILITY_OID), el("name", words(facility))
    )
    return el("custodian", el("assignedCustodian", organisation))


def _encounter(written: it.Written) -> str:
    if written.stay is None:
        return ""
    low, high = (el(side, value=stamp(day)) for side, day in zip(("low", "high"), written.stay, strict=True))
    ward = el("location", el("name", words(written.ward)))
    facility = el("location", el("healthCareFacility", ward))
    inner = el("encompassingEncounter", el("effectiveTime", low, high), facility)
    return el("componentOf", inner)


def _sections(items: tuple[it.Item, ...]) -> Iterator[str]:
    for place, (kind, group) in enumerate(groupby(items, key=_kind_of), start=1):
        found = list(group)
        if kind is None:
            yield from (_prose(item) for item in found if isinstance(item, it.Prose))
        elif isinstance(found[0], it.Panel):
            for number, item in enumerate(found):
                if isinstance(item, it.Panel):
                    yield _panel(item, f"s{place}-{number}")
        elif isinstance(found[0], it.Sign):
            yield _vital_signs([item for item in found if isinstance(item, it.Sign)], f"s{place}")
        else:
            refs = [_referrer(f"s{place}-{number}") for number in range(len(found))]
            rows = [_ROWS[type(item)](item, ref) for item, ref in zip(found, refs, strict=True)]
            table = _table([row.cells for row in rows], f"s{place}")
            yield _section(kind, table, [row.entry for row in rows])


def _kind_of(item: it.Item) -> _Kind | None:
    if isinstance(item, it.Prose):
        return None
    if isinstance(item, it.Step) and item.step in ("given", "stopped"):
        return _VACCINES if item.step == "given" else _STOPPED
    if isinstance(item, it.Act) and not item.done:
        return _PLANNED
    if isinstance(item, it.Panel):
        return _Kind("26436-6", "Biologie")
    return _SIGNS if isinstance(item, it.Sign) else _SECTIONS[type(item)]


def _referrer(prefix: str) -> Ref:
    return lambda key: el("reference", value=f"#{prefix}-{key}")


def _table(rows: list[tuple[entries.Cell, ...]], prefix: str) -> str:
    headings = list(dict.fromkeys(cell.heading for row in rows for cell in row))
    head = el("thead", el("tr", *(el("th", words(heading)) for heading in headings)))
    lines = []
    for number, row in enumerate(rows):
        by_heading = {cell.heading: cell for cell in row}
        cells = []
        for heading in headings:
            cell = by_heading.get(heading)
            shown = (
                el("content", words(cell.text), ID=f"{prefix}-{number}-{cell.key}")
                if cell and cell.text
                else ""
            )
            cells.append(el("td", shown))
        lines.append(el("tr", *cells))
    return el("table", head, el("tbody", *lines), border="0")


def _section(kind: _Kind, narrative: str, found: list[str]) -> str:
    return el(
        "section",
        templates(*kind.templates),
        code("code", it.Coding(kind.title, "LOINC", kind.code)),
        el("title", words(kind.title)),
        el("text", narrative),
        *(el("entry", each) for each in found),
    )


def _panel(item: it.Panel, prefix: str) -> str:
    refs = [_referrer(f"{prefix}-{number}") for number in range(len(item.results))]
    rows = [entries.result(result, item.time, ref) for result, ref in zip(item.results, refs, strict=True)]
    table = _table([row.cells for row in rows], prefix)
    told = [("Prélèvement du ", moment(item.time)), ("Nature du prélèvement : ", item.specimen)]
    lines = "".join(el("paragraph", words(name + text)) for name, text in told if text)
    comment = el("reference", value=f"#{prefix}-commentaire") if item.comment else ""
    if item.comment:
        lines += el("paragraph", el("content", words(item.comment), ID=f"{prefix}-commentaire"))
    kind = _Kind("26436-6", item.title, ("1.3.6.1.4.1.19376.1.3.3.2.1", "1.2.250.1.213.1.1.2.70"))
    return _section(kind, lines + table, [entries.panel(item, [row.entry for row in rows], comment)])


def _vital_signs(found: list[it.Sign], prefix: str) -> str:
    rows = [entries.sign(item, _referrer(f"{prefix}-{number}")) for number, item in enumerate(found)]
    table = _table([row.cells for row in rows], prefix)
    return _section(_SIGNS, table, [entries.signs([row.entry for row in rows], found[0].time)])


def _prose(item: it.Prose) -> str:
    lines = el("br").join(words(line) for line in item.text.split("\n"))
    return el("section", el("title", words(item.title)), el("text", el("paragraph", lines)))
