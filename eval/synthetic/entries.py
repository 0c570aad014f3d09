"""One function per archetype: a typed truth in, one openEHR ENTRY out, and the data values that state it.

At-codes are those of the international archetypes named in each function (Clinical Knowledge Manager).
Each function returns `Stated`: the entry, and pairs of a data value node with the literal that it carries.
"""

from datetime import datetime
from typing import NamedTuple

from eval.synthetic import openehr as rm
from eval.synthetic.openehr import Node
from eval.synthetic.truth import (
    Allergy,
    Dose,
    Lab,
    Medication,
    Problem,
    Truth,
    Vital,
)

_LAB_STATUS = {
    "preliminary": ("Préliminaire", "at0120", "at0017"),
    "final": ("Définitif", "at0038", "at0018"),
    "amended": ("Modifié", "at0040", "at0020"),
    "entered_in_error": ("Saisi par erreur", "at0116", "at0022"),
}
_MEDICATION_STEPS = {
    "commenced": ("Traitement débuté", "at0004", "active", "245"),
    "changed": ("Modification importante de la prescription", "at0039", "active", "245"),
    "stopped": ("Traitement arrêté", "at0015", "aborted", "531"),
}
_SEVERITY = {"mild": ("Légère", "at0093"), "moderate": ("Modérée", "at0092"), "severe": ("Sévère", "at0090")}
_CERTAINTY = {
    "confirmed": ("Confirmée", "at0065"),
    "suspected": ("Suspectée", "at0127"),
    "refuted": ("Réfutée", "at0066"),
}
_VITALS = {
    "pulse": ("pulse.v2", "Pouls", ("at0002", "at0003", "at0001"), "at0004", "Fréquence"),
    "temperature": (
        "body_temperature.v2",
        "Température corporelle",
        ("at0002", "at0003", "at0001"),
        "at0004",
        "Température",
    ),
    "weight": ("body_weight.v2", "Poids", ("at0002", "at0003", "at0001"), "at0004", "Poids"),
    "height": ("height.v2", "Taille", ("at0001", "at0002", "at0003"), "at0004", "Taille"),
    "spo2": ("pulse_oximetry.v1", "Oxymétrie de pouls", ("at0001", "at0002", "at0003"), "at0006", "SpO₂"),
}


class Mark(NamedTuple):
    """A truth, the data value that states it, the literal that the value carries, and whether it is prose.

    `conflict`: the value says something else about the truth than what is true.
    """

    truth: Truth
    node: Node
    quote: str
    prose: bool = False
    conflict: bool = False


class Stated(NamedTuple):
    """An ENTRY and what it states."""

    entry: Node
    marks: list[Mark]


def laboratory(title: str, labs: list[Lab], *, comment: str | None = None) -> Stated:
    """OBSERVATION.laboratory_test_result.v1 with one laboratory_test_analyte.v1 for each result."""
    changed = [lab.status for lab in labs if lab.status != "final"]
    status, overall, _ = _LAB_STATUS[changed[0] if changed else "final"]
    marks: list[Mark] = []
    items = [rm.element("at0005", "Nom de l’examen", rm.text(title))]
    items.append(rm.element("at0073", "Statut global", rm.coded(status, "local", overall)))
    for lab in labs:
        status, _, code = _LAB_STATUS[lab.status]
        value = rm.quantity(lab.value, lab.unit, low=lab.low, high=lab.high, status=lab.interpretation)
        marks.append(Mark(lab, value, str(value["magnitude"])))
        items.append(
            rm.cluster(
                "openEHR-EHR-CLUSTER.laboratory_test_analyte.v1",
                lab.label,
                [
                    rm.element("at0024", "Analyte", rm.coded(lab.label, "LOINC", lab.loinc)),
                    rm.element("at0001", "Résultat", value),
                    rm.element("at0005", "Statut du résultat", rm.coded(status, "local", code)),
                ],
            )
        )
    if comment is not None:
        items.append(rm.element("at0101", "Commentaire", rm.text(comment)))
    archetype = "openEHR-EHR-OBSERVATION.laboratory_test_result.v1"
    ids = ("at0001", "at0002", "at0003")
    return Stated(rm.observation(archetype, title, labs[0].time, ids=ids, items=items), marks)


def vital(reading: Vital) -> Stated:
    """One vital sign other than blood pressure, in its own OBSERVATION archetype."""
    archetype, name, ids, at, label = _VITALS[reading.kind]
    value = (
        rm.percentage(reading.value) if reading.kind == "spo2" else rm.quantity(reading.value, reading.unit)
    )
    literal = str(value["numerator" if reading.kind == "spo2" else "magnitude"])
    node = rm.observation(
        f"openEHR-EHR-OBSERVATION.{archetype}",
        name,
        reading.time,
        ids=ids,
        items=[rm.element(at, label, value)],
    )
    return Stated(node, [Mark(reading, value, literal)])


def blood_pressure(systolic: Vital, diastolic: Vital) -> Stated:
    """OBSERVATION.blood_pressure.v2."""
    upper = rm.quantity(systolic.value, systolic.unit)
    lower = rm.quantity(diastolic.value, diastolic.unit)
    items = [rm.element("at0004", "Systolique", upper), rm.element("at0005", "Diastolique", lower)]
    archetype = "openEHR-EHR-OBSERVATION.blood_pressure.v2"
    node = rm.observation(
        archetype, "Pression artérielle", systolic.time, ids=("at0001", "at0006", "at0003"), items=items
    )
    marks = [Mark(systolic, upper, str(upper["magnitude"])), Mark(diastolic, lower, str(lower["magnitude"]))]
    return Stated(node, marks)


def problem(fact: Problem) -> Stated:
    """EVALUATION.problem_diagnosis.v1, or exclusion_specific.v1 for a problem that is absent."""
    label = rm.labelled(fact.label, "CIM-10", fact.code)
    marks = [Mark(fact, label, fact.label)]
    if fact.certainty == "absent":
        items = [
            rm.element("at0002", "Énoncé d’exclusion", rm.text("Absence de")),
            rm.named("at0003", rm.coded("Problème ou diagnostic exclu", "local", "at0004"), label),
        ]
        archetype = "openEHR-EHR-EVALUATION.exclusion_specific.v1"
        return Stated(rm.entry("EVALUATION", archetype, "Exclusion", data=rm.tree("at0001", items)), marks)
    items = [rm.element("at0002", "Problème ou diagnostic", label)]
    if fact.onset is not None:
        onset = rm.hour(fact.onset)
        marks.append(Mark(fact, onset, fact.onset.isoformat()))
        items.append(rm.element("at0077", "Date de début", onset))
    if fact.resolved is not None:
        ended = rm.hour(fact.resolved)
        items.append(rm.element("at0030", "Date de résolution", ended))
    sure = ("Confirmé", "at0076") if fact.certainty == "present" else ("Suspecté", "at0074")
    items.append(rm.element("at0073", "Certitude diagnostique", rm.coded(sure[0], "local", sure[1])))
    active = ("Inactif", "at0027") if fact.resolved is not None else ("Actif", "at0026")
    status = rm.element("at0003", "Actif ou inactif", rm.coded(active[0], "local", active[1]))
    items.append(rm.cluster("openEHR-EHR-CLUSTER.problem_qualifier.v1", "Qualificatif", [status]))
    archetype = "openEHR-EHR-EVALUATION.problem_diagnosis.v1"
    return Stated(
        rm.entry("EVALUATION", archetype, "Problème ou diagnostic", data=rm.tree("at0001", items)), marks
    )


def allergy(fact: Allergy) -> Stated:
    """EVALUATION.adverse_reaction_risk.v1, or exclusion_global.v1 when no allergy is known."""
    substance = rm.text(fact.substance)
    marks = [Mark(fact, substance, fact.substance)]
    if fact.certainty == "none_known":
        heading = rm.coded("Exclusion globale des réactions indésirables", "local", "at0007")
        items = [rm.named("at0002", heading, substance)]
        archetype = "openEHR-EHR-EVALUATION.exclusion_global.v1"
        return Stated(rm.entry("EVALUATION", archetype, "Allergies", data=rm.tree("at0001", items)), marks)
    items = [rm.element("at0002", "Substance", substance)]
    status, code = _CERTAINTY[fact.certainty]
    items.append(rm.element("at0063", "Statut de vérification", rm.coded(status, "local", code)))
    mechanism = ("Allergie", "at0059") if fact.kind == "allergy" else ("Intolérance", "at0060")
    items.append(rm.element("at0058", "Mécanisme", rm.coded(mechanism[0], "local", mechanism[1])))
    details: list[Node] = []
    if fact.reaction is not None:
        reaction = rm.text(fact.reaction)
        marks.append(Mark(fact, reaction, fact.reaction))
        details.append(rm.element("at0011", "Manifestation", reaction))
    if fact.severity is not None:
        severity, code = _SEVERITY[fact.severity]
        details.append(rm.element("at0089", "Sévérité", rm.coded(severity, "local", code)))
    if details:
        items.append(rm.cluster("at0009", "Réaction", details))
    archetype = "openEHR-EHR-EVALUATION.adverse_reaction_risk.v1"
    name = "Allergie" if fact.kind == "allergy" else "Intolérance"
    return Stated(rm.entry("EVALUATION", archetype, name, data=rm.tree("at0001", items)), marks)


def posology(fact: Medication, dose: Dose) -> str:
    """The posology as a French prescriber words it: « 40 mg le matin »."""
    amount = str(rm.number(dose.amount)).replace(".", ",")
    need = " si besoin" if fact.as_needed else ""
    return f"{amount} {dose.unit} {dose.frequency}{need}"


def medication_order(fact: Medication, dose: Dose) -> Stated:
    """INSTRUCTION.medication_order.v3, the dose in dosage.v1 (at0144 amount, at0145 dose unit)."""
    drug = rm.coded(f"{fact.dci} ({fact.brand})", "ATC", fact.atc)
    directions = rm.text(posology(fact, dose))
    amount = rm.quantity(dose.amount, "1")
    start = rm.hour(dose.start, 8)
    items = [
        rm.element("at0070", "Médicament", drug),
        rm.element("at0091", "Voie", rm.text(fact.route)),
        rm.element("at0009", "Posologie", directions),
        rm.cluster(
            "openEHR-EHR-CLUSTER.therapeutic_direction.v1",
            "Posologie structurée",
            [rm.cluster("openEHR-EHR-CLUSTER.dosage.v1", "Dose", _dosage(fact, dose, amount))],
        ),
        rm.element("at0018", "Indication", rm.text(fact.indication)),
        rm.cluster("at0113", "Détails de la prescription", [rm.element("at0012", "Début", start)]),
    ]
    activity = rm.locatable(
        "ACTIVITY", "at0001", "Prescription", description=rm.tree("at0002", items), action_archetype_id="/.*/"
    )
    node = rm.entry(
        "INSTRUCTION",
        "openEHR-EHR-INSTRUCTION.medication_order.v3",
        f"Prescription : {fact.dci}",
        narrative=rm.text(f"{fact.dci} ({fact.brand}) : {posology(fact, dose)}, voie {fact.route}"),
        activities=[activity],
    )
    marks = [
        Mark(fact, drug, fact.dci),
        Mark(fact, directions, posology(fact, dose)),
        Mark(fact, amount, str(amount["magnitude"])),
    ]
    return Stated(node, marks)


def _dosage(fact: Medication, dose: Dose, amount: Node) -> list[Node]:
    dosage = [
        rm.element("at0144", "Quantité par prise", amount),
        rm.element("at0145", "Unité de dose", rm.text(dose.unit)),
    ]
    timing = [rm.element("at0027", "Rythme", rm.text(dose.frequency))]
    if fact.as_needed:
        timing.append(rm.element("at0024", "Si besoin", rm.boolean(value=True)))
    dosage.append(rm.cluster("openEHR-EHR-CLUSTER.timing_daily.v1", "Rythme quotidien", timing))
    return dosage


def medication_event(
    fact: Medication, step: str, *, when: datetime, reason: str | None, dose: Dose | None
) -> Stated:
    """ACTION.medication.v1: treatment commenced, changed or stopped, with its reason."""
    label, careflow, state, state_code = _MEDICATION_STEPS[step]
    drug = rm.coded(f"{fact.dci} ({fact.brand})", "ATC", fact.atc)
    items = [rm.element("at0020", "Médicament", drug)]
    marks = [Mark(fact, drug, fact.dci)]
    if reason is not None:
        why = rm.text(reason)
        items.append(rm.element("at0021", "Motif", why))
        marks.append(Mark(fact, why, reason))
    if dose is not None:
        items.append(rm.element("at0024", "Commentaire", rm.text(posology(fact, dose))))
    node = rm.entry(
        "ACTION",
        "openEHR-EHR-ACTION.medication.v1",
        f"{label} : {fact.dci}",
        time=rm.moment(when),
        ism_transition={
            "_type": "ISM_TRANSITION",
            "current_state": rm.coded(state, "openehr", state_code),
            "careflow_step": rm.coded(label, "local", careflow),
        },
        description=rm.tree("at0017", items),
    )
    return Stated(node, marks)


def synopsis(title: str, body: str, marks: list[tuple[Truth, str]]) -> Stated:
    """EVALUATION.clinical_synopsis.v1 carrying prose; `marks` are truths with their literal words in it."""
    node = rm.text(body)
    items = [rm.element("at0002", "Synthèse", node)]
    archetype = "openEHR-EHR-EVALUATION.clinical_synopsis.v1"
    entry = rm.entry("EVALUATION", archetype, title, data=rm.tree("at0001", items))
    return Stated(entry, [Mark(truth, node, quote, prose=True) for truth, quote in marks])
