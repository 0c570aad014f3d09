"""Entries for what was done, planned, moved or is awaited: one function per archetype, as in `entries`."""

from datetime import datetime

from eval.synthetic import openehr as rm
from eval.synthetic.entries import Mark, Stated
from eval.synthetic.truth import Device, FamilyHistory, Imaging, Immunisation, Pending, Procedure, Stay


def immunisation(fact: Immunisation) -> Stated:
    """ACTION.medication.v1 at the step « dose administered »."""
    vaccine = rm.coded(fact.label, "ATC", fact.atc)
    label, careflow, state, state_code = ("Dose administrée", "at0006", "active", "245")
    node = rm.entry(
        "ACTION",
        "openEHR-EHR-ACTION.medication.v1",
        "Vaccination",
        time=rm.hour(fact.on, 10),
        ism_transition={
            "_type": "ISM_TRANSITION",
            "current_state": rm.coded(state, "openehr", state_code),
            "careflow_step": rm.coded(label, "local", careflow),
        },
        description=rm.tree("at0017", [rm.element("at0020", "Vaccin", vaccine)]),
    )
    return Stated(node, [Mark(fact, vaccine, fact.label)])


def procedure(fact: Procedure, when: datetime) -> Stated:
    """ACTION.procedure.v1, completed or planned."""
    name = rm.labelled(fact.label, "CCAM", fact.code)
    items = [rm.element("at0002", "Acte", name)]
    if fact.side is not None:
        items.append(rm.element("at0063", "Localisation", rm.text(f"côté {_side(fact.side)}")))
    done = fact.state == "done"
    step = (
        ("Acte réalisé", "at0043", "completed", "532")
        if done
        else ("Acte planifié", "at0004", "planned", "526")
    )
    if not done:
        due = rm.hour(fact.on, 9)
        items.append(rm.element("at0066", "Date prévue", due))
    node = rm.entry(
        "ACTION",
        "openEHR-EHR-ACTION.procedure.v1",
        step[0],
        time=rm.moment(when),
        ism_transition={
            "_type": "ISM_TRANSITION",
            "current_state": rm.coded(step[2], "openehr", step[3]),
            "careflow_step": rm.coded(step[0], "local", step[1]),
        },
        description=rm.tree("at0001", items),
    )
    return Stated(node, [Mark(fact, name, fact.label)])


def _side(side: str) -> str:
    return "droit" if side == "droite" else "gauche"


def imaging(fact: Imaging, findings: str, when: datetime) -> Stated:
    """OBSERVATION.imaging_exam_result.v0: findings at0008, conclusion at0021."""
    name, conclusion = rm.text(fact.label), rm.text(fact.conclusion)
    items = [
        rm.element("at0004", "Examen", name),
        rm.element("at0005", "Modalité", rm.text(fact.modality)),
        rm.element("at0007", "Statut", rm.coded("Définitif", "local", "at0011")),
        rm.element("at0008", "Résultats", rm.text(findings)),
        rm.element("at0021", "Conclusion", conclusion),
    ]
    archetype = "openEHR-EHR-OBSERVATION.imaging_exam_result.v0"
    ids = ("at0001", "at0002", "at0003")
    node = rm.observation(archetype, "Compte rendu d’imagerie", when, ids=ids, items=items)
    return Stated(node, [Mark(fact, name, fact.label), Mark(fact, conclusion, fact.conclusion)])


def device(fact: Device) -> Stated:
    """EVALUATION.device_summary.v0 with CLUSTER.device.v1."""
    name = rm.text(fact.label)
    detail = rm.cluster(
        "openEHR-EHR-CLUSTER.device.v1",
        "Dispositif médical",
        [
            rm.element("at0001", "Nom du dispositif", name),
            rm.element("at0023", "Modèle", rm.text(fact.model)),
            rm.element("at0020", "Numéro de série", rm.text(fact.serial)),
        ],
    )
    start = rm.hour(fact.on, 9)
    items = [
        rm.element("at0007", "Dispositif", rm.text(fact.label)),
        rm.element("at0008", "Date de pose", start),
    ]
    if fact.side is not None:
        items.append(rm.element("at0012", "Localisation", rm.text(f"côté {_side(fact.side)}")))
    data = rm.tree("at0001", [rm.cluster("at0022", "Détails du dispositif", [*items, detail])])
    node = rm.entry(
        "EVALUATION", "openEHR-EHR-EVALUATION.device_summary.v0", "Dispositif implanté", data=data
    )
    return Stated(node, [Mark(fact, name, fact.label), Mark(fact, start, fact.on.isoformat())])


def family_history(fact: FamilyHistory) -> Stated:
    """EVALUATION.family_history.v2."""
    condition = rm.text(fact.condition)
    member = rm.cluster(
        "at0003",
        "Membre de la famille",
        [
            rm.element("at0016", "Lien de parenté", rm.text(fact.relation)),
            rm.element("at0023", "Décédé", rm.boolean(value=fact.deceased)),
            rm.cluster("at0008", "Antécédent", [rm.element("at0009", "Pathologie", condition)]),
        ],
    )
    archetype = "openEHR-EHR-EVALUATION.family_history.v2"
    node = rm.entry("EVALUATION", archetype, "Antécédent familial", data=rm.tree("at0001", [member]))
    return Stated(node, [Mark(fact, condition, fact.condition)])


def admission(fact: Stay) -> Stated:
    """ADMIN_ENTRY.admission.v1."""
    admitted = rm.moment(fact.admitted)
    kind = ("Urgences", "at0015") if fact.mode == "urgences" else ("Programmée", "at0020")
    ward = rm.text(fact.ward)
    items = [
        rm.element("at0002", "Type de patient", rm.coded("Hospitalisation complète", "local", "at0003")),
        rm.cluster("at0073", "Localisation", [rm.element("at0077", "Unité", ward)]),
        rm.element("at0013", "Mode d’entrée", rm.coded(kind[0], "local", kind[1])),
        rm.element("at0071", "Date d’entrée", admitted),
    ]
    archetype = "openEHR-EHR-ADMIN_ENTRY.admission.v1"
    node = rm.entry("ADMIN_ENTRY", archetype, "Admission", data=rm.tree("at0001", items))
    return Stated(node, [Mark(fact, admitted, admitted["value"]), Mark(fact, ward, fact.ward)])


def discharge(fact: Stay) -> Stated:
    """ADMIN_ENTRY.discharge_admin_info.v3."""
    left = rm.moment(fact.discharged)
    ward = rm.element("at0066", "Unité de sortie", rm.text(fact.ward))
    items = [
        rm.element("at0004", "Date de sortie", left),
        rm.cluster("at0057", "Détails de la sortie", [ward]),
    ]
    archetype = "openEHR-EHR-ADMIN_ENTRY.discharge_admin_info.v3"
    node = rm.entry("ADMIN_ENTRY", archetype, "Sortie", data=rm.tree("at0003", items))
    return Stated(node, [Mark(fact, left, left["value"])])


def request(fact: Pending) -> Stated:
    """INSTRUCTION.service_request.v1 for an examination whose result is awaited."""
    service = rm.text(fact.label)
    items = [
        rm.element("at0121", "Examen demandé", service),
        rm.element("at0068", "Urgence", rm.coded("Non urgent", "local", "at0138")),
        rm.element("at0150", "Commentaire", rm.text("Résultat en attente")),
    ]
    activity = rm.locatable(
        "ACTIVITY", "at0001", "Demande", description=rm.tree("at0009", items), action_archetype_id="/.*/"
    )
    node = rm.entry(
        "INSTRUCTION",
        "openEHR-EHR-INSTRUCTION.service_request.v1",
        "Demande d’examen",
        narrative=rm.text(f"{fact.label} : résultat en attente"),
        activities=[activity],
    )
    return Stated(node, [Mark(fact, service, fact.label)])
