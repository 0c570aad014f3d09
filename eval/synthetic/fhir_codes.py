"""Codes of FHIR R4 and LOINC for what the hospital's documents are and measure."""

LOINC = "http://loinc.org"
SYSTEMS = {
    "LOINC": LOINC,
    "ATC": "http://www.whocc.no/atc",
    "CIM-10": "http://hl7.org/fhir/sid/icd-10",
    "CCAM": "urn:oid:1.2.250.1.215.300.1",
    "HL7-ObservationInterpretation": "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation",
}
"""The URI of each code system that the hospital uses."""
HL7 = "http://terminology.hl7.org/CodeSystem/"
KINDS = {
    "biologie": ("11502-2", "CR d'examens biologiques"),
    "microbiologie": ("11502-2", "CR d'examens biologiques"),
    "constantes": ("8716-3", "Signes vitaux"),
    "prescription": ("57833-6", "Prescription de produits de santé"),
    "ordonnance": ("57833-6", "Prescription de produits de santé"),
    "traitement": ("10160-0", "Traitements"),
    "courrier": ("51852-2", "Lettre"),
    "compte rendu": ("34105-7", "CR hospitalier"),
    "transmission": ("34746-8", "Transmission infirmière"),
    "mouvement": ("34133-9", "Synthèse d'un épisode de soins"),
    "imagerie": ("18748-4", "CR d'imagerie médicale"),
    "acte": ("28570-0", "CR d'acte"),
    "transfusion": ("28570-0", "CR d'acte"),
    "vaccination": ("11369-6", "Historique des vaccinations"),
    "demande": ("57133-1", "Demande d'examen"),
    "liste": ("60591-5", "Synthèse médicale"),
}
"""LOINC code and display of each kind of document of the hospital."""
LISTS = {
    "problem_list": ("11450-4", "Liste des problèmes"),
    "adverse_reaction_list": ("48765-2", "Allergies et intolérances"),
    "medication_list": ("10160-0", "Traitements"),
    "health_summary": ("10157-6", "Antécédents familiaux"),
}
"""LOINC code and display of each persistent list, by its archetype."""
SIGNS = {
    "systolic": "8480-6",
    "diastolic": "8462-4",
    "pulse": "8867-4",
    "temperature": "8310-5",
    "weight": "29463-7",
    "height": "8302-2",
    "spo2": "59408-5",
}
"""LOINC code of each vital sign."""
RELATIONS = {
    "père": ("FTH", "Père"),
    "mère": ("MTH", "Mère"),
    "frère": ("BRO", "Frère"),
    "sœur": ("SIS", "Sœur"),
    "fils": ("SON", "Fils"),
    "fille": ("DAU", "Fille"),
}
"""HL7 RoleCode of a relative; others are stated in words alone."""


def kind_of(kind: str, raw: str) -> tuple[str, str]:
    """The LOINC code and display of a document; a list by the archetype that its raw text names."""
    if kind == "liste":
        for archetype, found in LISTS.items():
            if f"openEHR-EHR-COMPOSITION.{archetype}." in raw:
                return found
    return KINDS[kind]
