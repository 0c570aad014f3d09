"""Problems, allergies and family history as entries of CDA R2: as `cda_entries`.

Templates of CI-SIS under 1.2.250.1.213.1.1.3: problem .37 and .39, allergy .40 and .41, family .59.
"""

from eval.synthetic import writing_items as it
from eval.synthetic.cda_entries import Cell, Row
from eval.synthetic.cda_xml import Ref, code, el, loinc, period, status, templates, words
from eval.synthetic.fhir_codes import RELATIONS
from eval.synthetic.plain_words import day

_IHE = "1.3.6.1.4.1.19376.1.5.3.1.4"
_ANS = "1.2.250.1.213.1.1.3"
_CERTAINTIES = {
    "present": ("confirmed", "Confirmé"),
    "confirmed": ("confirmed", "Confirmé"),
    "suspected": ("provisional", "Suspecté"),
    "refuted": ("refuted", "Réfuté"),
}
_SEVERITIES = {
    "mild": ("255604002", "léger"),
    "moderate": ("6736007", "modéré"),
    "severe": ("24484000", "sévère"),
}


def diagnosis(item: it.Diagnosis, ref: Ref) -> Row:
    """A problem; an absent one is negated, one that is only suspected says so."""
    observation = el(
        "observation",
        templates("2.16.840.1.113883.10.20.1.28", f"{_IHE}.5", f"{_ANS}.37"),
        code("code", it.Coding("interprétation diagnostique", "SNOMED CT", "282291009")),
        el("text", ref("nom")),
        status(),
        period(item.onset, item.resolved),
        code("value", item.name, ref("nom"), xsi_type="CD"),
        "" if item.certainty == "absent" else _certainty(item.certainty, ref("certitude")),
        classCode="OBS",
        moodCode="EVN",
        negationInd="true" if item.certainty == "absent" else "false",
    )
    said = {"present": "Confirmé", "suspected": "Suspecté", "absent": "Absence de ce problème"}
    cells = (
        Cell("nom", "Problème", item.name.text),
        Cell("certitude", "Certitude", said[item.certainty]),
        Cell("debut", "Début", day(item.onset)),
        Cell("fin", "Fin", day(item.resolved)),
    )
    return Row(cells, _concern(f"{_IHE}.5.2", f"{_ANS}.39", observation, item.onset, item.resolved))


def _concern(ihe: str, ans: str, observation: str, low: str, high: str) -> str:
    return el(
        "act",
        templates("2.16.840.1.113883.10.20.1.27", f"{_IHE}.5.1", ihe, ans),
        el("code", nullFlavor="NA"),
        status("completed" if high else "active"),
        period(low, high),
        el("entryRelationship", observation, typeCode="SUBJ", inversionInd="false"),
        classCode="ACT",
        moodCode="EVN",
    )


def _certainty(certainty: str, reference: str) -> str:
    value, display = _CERTAINTIES[certainty]
    observation = el(
        "observation",
        templates(f"{_IHE}.13", f"{_ANS}.48", f"{_ANS}.171"),
        loinc("66455-7", "Certitude"),
        el("text", reference),
        status(),
        code("value", it.Coding(display, "HL7:condition-ver-status", value), xsi_type="CD"),
        classCode="OBS",
        moodCode="EVN",
    )
    return el("entryRelationship", observation, typeCode="SUBJ", inversionInd="true")


def reaction(item: it.Reaction, ref: Ref) -> Row:
    """An allergy or an intolerance, or the statement that none is known."""
    if item.certainty == "none_known":
        value = code(
            "value", it.Coding(item.substance, "SNOMED CT", "716186003"), ref("agent"), xsi_type="CD"
        )
        kind, parts = it.Coding("allergie", "SNOMED CT", "609328004"), ""
    else:
        kind = (
            it.Coding("allergie", "SNOMED CT", "609328004")
            if item.allergy
            else it.Coding("intolérance", "HL7:ActCode", "NAINT")
        )
        agent = code("code", it.Coding(item.substance), ref("agent"))
        entity = el("playingEntity", agent, el("name", words(item.substance)), classCode="MMAT")
        value = el("value", xsi_type="CD", nullFlavor="OTH")
        parts = el("participant", el("participantRole", entity, classCode="MANU"), typeCode="CSM")
        parts += _manifestation(item, ref) + _certainty(item.certainty, ref("certitude"))
    observation = el(
        "observation",
        templates("2.16.840.1.113883.10.20.1.18", f"{_IHE}.5", f"{_IHE}.6", f"{_ANS}.41"),
        code("code", kind),
        el("text", ref("agent")),
        status(),
        period(""),
        value,
        parts,
        classCode="OBS",
        moodCode="EVN",
        negationInd="false",
    )
    said = "" if item.certainty == "none_known" else _CERTAINTIES[item.certainty][1]
    cells = (
        Cell("agent", "Agent", item.substance),
        Cell("type", "Type", "Allergie" if item.allergy else "Intolérance"),
        Cell("reaction", "Réaction", item.manifestation),
        Cell("severite", "Sévérité", _SEVERITIES.get(item.severity, ("", ""))[1]),
        Cell("certitude", "Certitude", said),
    )
    return Row(cells, _concern(f"{_IHE}.5.3", f"{_ANS}.40", observation, "", ""))


def _manifestation(item: it.Reaction, ref: Ref) -> str:
    severity = ""
    if item.severity:
        value, display = _SEVERITIES[item.severity]
        observation = el(
            "observation",
            templates("2.16.840.1.113883.10.20.1.55", f"{_IHE}.1", f"{_ANS}.29"),
            code("code", it.Coding("Sévérité", "HL7:ActCode", "SEV")),
            el("text", ref("severite")),
            status(),
            code("value", it.Coding(display, "SNOMED CT", value), xsi_type="CD"),
            classCode="OBS",
            moodCode="EVN",
        )
        severity = el("entryRelationship", observation, typeCode="SUBJ", inversionInd="true")
    if not item.manifestation:
        return severity
    shown = el(
        "observation",
        templates("2.16.840.1.113883.10.20.1.54", f"{_IHE}.5", f"{_ANS}.37"),
        code("code", it.Coding("problème", "SNOMED CT", "55607006")),
        el("text", ref("reaction")),
        status(),
        code("value", it.Coding(item.manifestation), ref("reaction"), xsi_type="CD"),
        severity,
        classCode="OBS",
        moodCode="EVN",
    )
    return el("entryRelationship", shown, typeCode="MFST", inversionInd="true")


def relative(item: it.Relative, ref: Ref) -> Row:
    """A condition of a relative."""
    value, display = RELATIONS.get(item.relation, ("", item.relation))
    relation = it.Coding(display, "HL7:RoleCode" if value else "", value)
    observation = el(
        "observation",
        templates("2.16.840.1.113883.10.20.1.22", f"{_IHE}.13", f"{_IHE}.13.3", f"{_ANS}.51"),
        code("code", it.Coding("interprétation diagnostique", "SNOMED CT", "282291009")),
        el("text", ref("probleme")),
        status(),
        el("effectiveTime", nullFlavor="UNK"),
        code("value", it.Coding(item.condition), ref("probleme"), xsi_type="CD"),
        classCode="OBS",
        moodCode="EVN",
    )
    subject = el(
        "subject",
        templates(f"{_IHE}.15.2", f"{_ANS}.60"),
        el("relatedSubject", code("code", relation, ref("lien")), classCode="PRS"),
        typeCode="SBJ",
    )
    organizer = el(
        "organizer",
        templates("2.16.840.1.113883.10.20.1.23", f"{_IHE}.15", f"{_ANS}.59"),
        status(),
        subject,
        el("component", observation, typeCode="COMP"),
        classCode="CLUSTER",
        moodCode="EVN",
    )
    cells = (
        Cell("lien", "Lien de parenté", item.relation),
        Cell("probleme", "Pathologie", item.condition),
        Cell("deces", "Décédé", "oui" if item.deceased else "non"),
    )
    return Row(cells, organizer)
