"""Small invented CDA R2 documents, built from pieces of XML."""

from __future__ import annotations

from base64 import b64encode

LOINC = 'codeSystem="2.16.840.1.113883.6.1" codeSystemName="LOINC"'
SNOMED = 'codeSystem="2.16.840.1.113883.6.96" codeSystemName="SNOMED CT"'
ICD = 'codeSystem="2.16.840.1.113883.6.3" codeSystemName="CIM-10"'
INS = "1.2.250.1.213.1.4.8"
LOCAL = "1.2.3.4.5"

PATIENT = f"""<recordTarget><patientRole>
<id root="{INS}" extension="160012A00123445"/><id root="{LOCAL}" extension="IPP-42"/>
<addr use="H"><houseNumber>3</houseNumber><streetName>rue des Lilas</streetName><city>Tours</city></addr>
<telecom value="mailto:160012A00123445@patient.mssante.fr"/>
<patient><name><family qualifier="BR">DURANT</family><given>ODILE MARIE</given>
<given qualifier="BR">ODILE</given><family qualifier="CL">MARTEL</family><given qualifier="CL">MARIE</given></name>
<administrativeGenderCode code="F" displayName="Féminin"/><birthTime value="19600115"/>
<birthplace><place><addr><county>37261</county><city>TOURS</city></addr></place></birthplace>
</patient></patientRole></recordTarget>"""

AUTHOR = """<author><time value="20240131101500+0100"/><assignedAuthor>
<id root="1.2.250.1.71.4.2.1" extension="810001234567"/>
<code code="SM26" displayName="Médecin généraliste"/>
<telecom value="tel:0102030405"/>
<assignedPerson><name><prefix>MME</prefix><given>Ève</given><family>ROCHE</family></name></assignedPerson>
<representedOrganization><name>Clinique du Parc</name></representedOrganization>
</assignedAuthor></author>"""

STAY = """<componentOf><encompassingEncounter><code code="IMP" displayName="hospitalisation"/>
<effectiveTime><low value="20240120"/><high value="20240131"/></effectiveTime></encompassingEncounter></componentOf>"""


def document(*sections: str, extra: str = "", patient: str = PATIENT, code: str = "11490-0") -> bytes:
    """A document with the sections in its body."""
    body = "".join(f"<component>{each}</component>" for each in sections)
    return whole(f"<component><structuredBody>{body}</structuredBody></component>", extra, patient, code)


def whole(component: str, extra: str = "", patient: str = PATIENT, code: str = "11490-0") -> bytes:
    """A document with the given body component."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/><id root="1.2.3.4.1.1"/>
<code code="{code}" {LOINC} displayName="Lettre de liaison"/><title>Lettre de sortie</title>
<effectiveTime value="20240131110000+0100"/>
<confidentialityCode code="N" displayName="Normal"/><languageCode code="fr-FR"/>
<setId root="1.2.3.4.1"/><versionNumber value="2"/>{patient}{AUTHOR}{extra}{STAY}{component}
</ClinicalDocument>""".encode()


def section(code: str, title: str, text: str, *entries: str, below: str = "") -> str:
    """A section; `text` is the narrative, each entry a clinical statement."""
    inner = "".join(f"<entry>{each}</entry>" for each in entries)
    return (
        f'<section><code code="{code}" {LOINC}/><title>{title}</title><text>{text}</text>{inner}'
        f"{below}</section>"
    )


def observation(
    code: str, label: str, value: str, rest: str = "", *, mood: str = "EVN", head: str = ""
) -> str:
    """An observation with a coded name, its value element, and what else it holds."""
    return (
        f'<observation classCode="OBS" moodCode="{mood}" {head}><code code="{code}" displayName="{label}" {LOINC}/>'
        f'<statusCode code="completed"/><effectiveTime value="20240130080000+0100"/>{value}{rest}</observation>'
    )


def quantity(value: str, unit: str) -> str:
    """A `value` of type PQ."""
    return f'<value xsi:type="PQ" value="{value}" unit="{unit}"/>'


def condition(code: str, label: str, *, rest: str = "", template: str = "5", head: str = "") -> str:
    """A problem (`template` 5) or an allergy (6) inside the act that follows it."""
    return f"""<act classCode="ACT" moodCode="EVN"><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.5.1"/>
<code nullFlavor="NA"/><statusCode code="active"/><effectiveTime><low value="2019"/></effectiveTime>
<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN" {head}>
<templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.{template}"/>
<code code="282291009" displayName="diagnostic" {SNOMED}/><statusCode code="completed"/>
<effectiveTime><low value="20190811"/></effectiveTime>
<value xsi:type="CD" code="{code}" displayName="{label}" {ICD}/>{rest}</observation></entryRelationship></act>"""


def nested(code: str, label: str, value: str, link: str = "SUBJ") -> str:
    """A statement inside another."""
    return (
        f'<entryRelationship typeCode="{link}"><observation classCode="OBS" moodCode="EVN">'
        f'<code code="{code}" displayName="{label}"/>{value}</observation></entryRelationship>'
    )


def treatment(name: str, *, rest: str = "", low: str = "20240120", high: str = "", mood: str = "EVN") -> str:
    """A treatment with its product and its course."""
    end = f'<high value="{high}"/>' if high else '<high nullFlavor="UNK"/>'
    return f"""<substanceAdministration classCode="SBADM" moodCode="{mood}">
<code code="DRUG" displayName="Médicament"/><statusCode code="completed"/>
<effectiveTime xsi:type="IVL_TS"><low value="{low}"/>{end}</effectiveTime>{rest}
<consumable><manufacturedProduct><manufacturedMaterial>
<code code="60000001" displayName="{name}" codeSystemName="CIS">
<translation code="3400900000001" displayName="{name}, boîte" codeSystemName="CIP"/></code>
<name>{name}</name></manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration>"""


def attachment(data: bytes, media: str) -> str:
    """A nonXMLBody with encoded bytes."""
    encoded = b64encode(data).decode()
    return (
        f'<component><nonXMLBody><text mediaType="{media}" representation="B64">{encoded}</text></nonXMLBody>'
        "</component>"
    )


RANGE = """<interpretationCode code="H" displayName="Anormalement haut"/><referenceRange><observationRange>
<value xsi:type="IVL_PQ"><low value="3.5" unit="mmol/L"/><high value="5.0" unit="mmol/L"/></value>
</observationRange></referenceRange>"""
TABLE = """<table><thead><tr><th>Analyse</th><th>Résultat</th><th>Unité</th></tr></thead><tbody>
<tr><td><content ID="k1">Potassium</content></td><td>5,40</td><td>mmol/L</td></tr></tbody></table>"""


def example() -> bytes:
    """A discharge letter with a result, an allergy, a problem and a treatment."""
    schedule = (
        '<effectiveTime xsi:type="PIVL_TS" operator="A"><period value="8" unit="h"/></effectiveTime>'
        '<routeCode code="20053000" displayName="Voie orale"/><doseQuantity value="1" unit="{tablet}"/>'
    )
    return document(
        section(
            "30954-2",
            "Biologie",
            TABLE,
            observation("2823-3", "Potassium", quantity("5.40", "mmol/L"), RANGE),
        ),
        section("48765-2", "Allergies", "Pénicilline", condition("Z88.0", "Pénicilline", template="6")),
        section("11450-4", "Problèmes", "HTA 🩺", condition("I10", "Hypertension essentielle")),
        section("10160-0", "Traitements", "Paracétamol", treatment("PARACÉTAMOL 500 mg", rest=schedule)),
    )
