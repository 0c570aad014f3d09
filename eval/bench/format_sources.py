"""One invented report in every format: five analytes and a paragraph, numbered so that no two are alike."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from xml.sax.saxutils import escape, quoteattr

from eval.bench.letters import docx_of, pdf_of, rtf_of

Node = dict[str, Any]


class Analyte(NamedTuple):
    """A result: its name, LOINC code, first value and step from one report to the next, unit."""

    name: str
    loinc: str
    value: float
    step: float
    unit: str


ANALYTES = (
    Analyte("Potassium", "2823-3", 3.4, 0.01, "mmol/L"),
    Analyte("Sodium", "2951-2", 134.0, 0.1, "mmol/L"),
    Analyte("Créatinine", "14682-9", 60.0, 1.0, "umol/L"),
    Analyte("Hémoglobine", "718-7", 10.2, 0.1, "g/dL"),
    Analyte("CRP", "1988-5", 2.0, 0.5, "mg/L"),
)
PROSE = (
    "Patient vu ce jour en consultation de suivi, numéro {number}. Pas de fièvre, pas de douleur thoracique. "
    "Antécédent d’infarctus du myocarde en 2014, mère diabétique. Le bisoprolol est poursuivi. "
    "L’auscultation est libre, les œdèmes des membres inférieurs ont régressé. Tension à 132/78 mmHg. "
    "Une échographie cardiaque est prévue dans trois mois. Pas d’allergie connue à ce jour."
)
_DAY = "2025-{month:02d}-{day:02d}"


def source_of(name: str, number: int) -> tuple[str, bytes]:
    """The file name and the bytes of report `number` in the format called `name`. Raises KeyError."""
    suffix, write = SOURCES[name]
    return f"r{number:06d}{suffix}", write(number)


def _value(analyte: Analyte, number: int) -> str:
    return f"{analyte.value + analyte.step * (number % 40):.2f}"


def _day(number: int) -> str:
    return _DAY.format(month=number % 12 + 1, day=number % 28 + 1)


def _prose(number: int) -> str:
    return PROSE.format(number=number)


def _lines(number: int) -> list[str]:
    results = [f"{each.name} : {_value(each, number).replace('.', ',')} {each.unit}" for each in ANALYTES]
    day = "/".join(reversed(_day(number).split("-")))
    return ["Compte rendu de consultation", f"Lyon, le {day}", "Biologie :", *results, "Conclusion :"]


def _text(number: int) -> bytes:
    return "\n".join([*_lines(number), _prose(number)]).encode()


def _wrapped(number: int) -> list[str]:
    words, lines = _prose(number).split(), [""]
    for word in words:
        if len(lines[-1]) + len(word) > 90:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _pdf(number: int) -> bytes:
    return pdf_of([[*_lines(number), *_wrapped(number)]])


def _docx(number: int) -> bytes:
    return docx_of([*_lines(number), _prose(number)])


def _rtf(number: int) -> bytes:
    return rtf_of([*_lines(number), _prose(number)])


def _words(value: str) -> Node:
    return {"_type": "DV_TEXT", "value": value}


def _phrase(terminology: str, code: str) -> Node:
    place = {"_type": "TERMINOLOGY_ID", "value": terminology}
    return {"_type": "CODE_PHRASE", "terminology_id": place, "code_string": code}


def _item(kind: str, node_id: str, name: str, **rest: Any) -> Node:
    return {"_type": kind, "name": _words(name), "archetype_node_id": node_id, **rest}


def _entry(kind: str, archetype: str, name: str, **rest: Any) -> Node:
    common = {"language": _phrase("ISO_639-1", "fr"), "encoding": _phrase("IANA_character-sets", "UTF-8")}
    subject = {"_type": "PARTY_SELF"}
    return _item(kind, f"openEHR-EHR-{kind}.{archetype}", name, **common, subject=subject, **rest)


def _composition(number: int) -> Node:
    time = {"_type": "DV_DATE_TIME", "value": f"{_day(number)}T08:00:00+01:00"}
    results = [
        _item(
            "ELEMENT",
            "at0078",
            each.name,
            value={"_type": "DV_QUANTITY", "magnitude": float(_value(each, number)), "units": each.unit},
        )
        for each in ANALYTES
    ]
    tree = _item("ITEM_TREE", "at0003", "Tree", items=results)
    event = _item("POINT_EVENT", "at0002", "Any event", time=time, data=tree)
    history = _item("HISTORY", "at0001", "History", origin=time, events=[event])
    synopsis = _item("ELEMENT", "at0002", "Synthèse", value=_words(_prose(number)))
    prose = _item("ITEM_TREE", "at0001", "Tree", items=[synopsis])
    return _item(
        "COMPOSITION",
        "openEHR-EHR-COMPOSITION.report.v1",
        "Compte rendu de consultation",
        uid={"_type": "OBJECT_VERSION_ID", "value": f"00000000-0000-4000-8000-{number:012d}::bench::1"},
        language=_phrase("ISO_639-1", "fr"),
        territory=_phrase("ISO_3166-1", "FR"),
        category={"_type": "DV_CODED_TEXT", "value": "event", "defining_code": _phrase("openehr", "433")},
        composer={"_type": "PARTY_IDENTIFIED", "name": "Dr Anne Lemoine"},
        context={"_type": "EVENT_CONTEXT", "start_time": time, "setting": _setting()},
        content=[
            _entry("OBSERVATION", "laboratory_test_result.v1", "Biologie", data=history),
            _entry("EVALUATION", "clinical_synopsis.v1", "Conclusion", data=prose),
        ],
    )


def _setting() -> Node:
    return {"_type": "DV_CODED_TEXT", "value": "other care", "defining_code": _phrase("openehr", "238")}


def _openehr_json(number: int) -> bytes:
    return json.dumps(_composition(number), ensure_ascii=False).encode()


def _openehr_xml(number: int) -> bytes:
    spaces = ' xmlns="http://schemas.openehr.org/v1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    return _element("composition", _composition(number), spaces).encode()


def _element(name: str, value: Any, spaces: str = "") -> str:
    if isinstance(value, list):
        return "".join(_element(name, each) for each in value)
    if not isinstance(value, dict):
        return f"<{name}>{escape(str(value))}</{name}>"
    attributes = f" xsi:type={quoteattr(value['_type'])}" if "_type" in value else ""
    if "archetype_node_id" in value:
        attributes += f" archetype_node_id={quoteattr(value['archetype_node_id'])}"
    held = ((key, each) for key, each in value.items() if key not in {"_type", "archetype_node_id"})
    return f"<{name}{spaces}{attributes}>{''.join(_element(key, each) for key, each in held)}</{name}>"


def _observations(number: int, day: str) -> list[Node]:
    return [
        {
            "resourceType": "Observation",
            "id": f"o{place}",
            "status": "final",
            "category": [{"coding": [{"system": _CATEGORY, "code": "laboratory"}]}],
            "code": {"coding": [{"system": "http://loinc.org", "code": each.loinc}], "text": each.name},
            "subject": {"reference": "urn:uuid:p1"},
            "effectiveDateTime": f"{day}T08:00:00+01:00",
            "valueQuantity": {
                "value": float(_value(each, number)),
                "unit": each.unit,
                "system": "http://unitsofmeasure.org",
                "code": each.unit,
            },
        }
        for place, each in enumerate(ANALYTES)
    ]


def _bundle(number: int) -> Node:
    day = _day(number)
    patient = {"resourceType": "Patient", "id": "p1", "birthDate": "1950-01-01", "gender": "female"}
    observations = _observations(number, day)
    entries = [{"reference": f"urn:uuid:o{place}"} for place in range(len(ANALYTES))]
    div = f'<div xmlns="http://www.w3.org/1999/xhtml"><p>{escape(_prose(number))}</p></div>'
    composition = {
        "resourceType": "Composition",
        "id": f"c{number}",
        "status": "final",
        "type": {"text": "Compte rendu de consultation"},
        "subject": {"reference": "urn:uuid:p1"},
        "date": f"{day}T08:00:00+01:00",
        "author": [{"display": "Dr Anne Lemoine"}],
        "title": "Compte rendu de consultation",
        "section": [
            {"title": "Biologie", "entry": entries},
            {"title": "Conclusion", "text": {"status": "additional", "div": div}},
        ],
    }
    held: list[Node] = [composition, patient, *observations]
    return {
        "resourceType": "Bundle",
        "id": f"b{number}",
        "identifier": {"system": "urn:bench", "value": f"b{number}"},
        "type": "document",
        "timestamp": f"{day}T08:00:00+01:00",
        "entry": [{"fullUrl": f"urn:uuid:{each['id']}", "resource": each} for each in held],
    }


_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"


def _fhir_json(number: int) -> bytes:
    return json.dumps(_bundle(number), ensure_ascii=False).encode()


def _fhir_xml(number: int) -> bytes:
    return _resource(_bundle(number), ' xmlns="http://hl7.org/fhir"').encode()


def _resource(node: Node, spaces: str = "") -> str:
    kind = node["resourceType"]
    inside = "".join(_fhir(key, value) for key, value in node.items() if key != "resourceType")
    return f"<{kind}{spaces}>{inside}</{kind}>"


def _fhir(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_fhir(name, each) for each in value)
    if name == "div":
        return str(value)
    if not isinstance(value, dict):
        return f"<{name} value={quoteattr(str(value))}/>"
    if "resourceType" in value:
        return f"<{name}>{_resource(value)}</{name}>"
    return f"<{name}>{''.join(_fhir(key, each) for key, each in value.items())}</{name}>"


def _cda(number: int) -> bytes:
    day = _day(number).replace("-", "") + "080000+0100"
    rows, entries = "", ""
    for each in ANALYTES:
        value = _value(each, number)
        rows += f"<tr><td>{each.name}</td><td>{value.replace('.', ',')}</td><td>{each.unit}</td></tr>"
        entries += (
            '<component><observation classCode="OBS" moodCode="EVN">'
            f'<code code="{each.loinc}" codeSystem="2.16.840.1.113883.6.1" displayName="{each.name}"/>'
            f'<statusCode code="completed"/><effectiveTime value="{day}"/>'
            f'<value xsi:type="PQ" value="{value}" unit="{each.unit}"/></observation></component>'
        )
    return _CDA.format(
        number=number, day=day, rows=rows, entries=entries, prose=escape(_prose(number))
    ).encode()


_CDA = """<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
<id root="1.2.250.1.999.1" extension="{number}"/>
<code code="11488-4" codeSystem="2.16.840.1.113883.6.1" displayName="Compte rendu de consultation"/>
<title>Compte rendu de consultation</title><effectiveTime value="{day}"/>
<confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"/><languageCode code="fr-FR"/>
<recordTarget><patientRole><id root="1.2.250.1.999.2" extension="p1"/><patient><name><family>EXEMPLE</family>
<given>Anne</given></name><administrativeGenderCode code="F" codeSystem="2.16.840.1.113883.5.1"/>
<birthTime value="19500101"/></patient></patientRole></recordTarget>
<author><time value="{day}"/><assignedAuthor><id root="1.2.250.1.71.4.2.1" extension="801234567890"/>
<assignedPerson><name><family>LEMOINE</family></name></assignedPerson></assignedAuthor></author>
<custodian><assignedCustodian><representedCustodianOrganization><id root="1.2.250.1.71.4.2.2" extension="1"/>
<name>CHU</name></representedCustodianOrganization></assignedCustodian></custodian>
<component><structuredBody><component><section>
<code code="18719-5" codeSystem="2.16.840.1.113883.6.1"/><title>Biologie</title>
<text><table><tbody>{rows}</tbody></table></text>
<entry><organizer classCode="BATTERY" moodCode="EVN"><statusCode code="completed"/>
{entries}</organizer></entry>
</section></component><component><section><code code="55112-7" codeSystem="2.16.840.1.113883.6.1"/>
<title>Conclusion</title><text><paragraph>{prose}</paragraph></text></section></component></structuredBody>
</component></ClinicalDocument>
"""

SOURCES: Mapping[str, tuple[str, Callable[[int], bytes]]] = {
    "openehr-json": (".json", _openehr_json),
    "openehr-xml": (".xml", _openehr_xml),
    "fhir-json": (".json", _fhir_json),
    "fhir-xml": (".xml", _fhir_xml),
    "cda": (".xml", _cda),
    "text": (".txt", _text),
    "pdf": (".pdf", _pdf),
    "docx": (".docx", _docx),
    "rtf": (".rtf", _rtf),
}
