"""What stands in a record and is not the answer, derived from the truth: old doses, stopped drugs, wrong results."""

from collections.abc import Iterator

from eval.synthetic.entries import posology
from eval.synthetic.letters import french_date
from eval.synthetic.truth import Distractor, Lab, Medication, Patient, Truth

_LAB_FAULTS = {
    "entered_in_error": ("mistaken_result", "résultat d’un autre patient, saisi par erreur puis annulé"),
    "preliminary": ("preliminary_result", "résultat préliminaire, non validé"),
}


def derived(patient: Patient) -> Iterator[Distractor]:
    """The distractors that follow from the patient's truths, in a fixed order."""
    valid = {(lab.analyte, lab.time, lab.value) for lab in patient.labs if _valid(lab)}
    for lab in patient.labs:
        # Most results of a first version stand unchanged in the second: their values mislead nobody.
        if (lab.analyte, lab.time, lab.value) not in valid:
            yield from _result(lab)
    for drug in patient.medications:
        yield from _drug(drug)
    for relative in patient.family:
        yield _of(
            relative,
            kind="family_condition",
            value=relative.condition,
            about=f"antécédent de la famille ({relative.relation})",
            why="concerne un parent, pas le patient",
        )
    for problem in patient.problems:
        if problem.certainty == "absent":
            yield _of(
                problem,
                kind="absent_problem",
                value=problem.label,
                about="problème",
                why="le dossier dit que le patient ne l’a pas",
            )
    for act in patient.procedures:
        if act.state == "planned":
            yield _of(
                act, kind="planned_act", value=act.label, about="acte", why="programmé, pas encore réalisé"
            )


def _valid(lab: Lab) -> bool:
    return lab.status in ("final", "amended") and not lab.superseded


def _result(lab: Lab) -> Iterator[Distractor]:
    fault = _LAB_FAULTS.get(lab.status)
    if lab.superseded:
        fault = ("superseded_result", "première version, remplacée par un résultat modifié")
    if fault is not None:
        value = f"{lab.value:f} {lab.unit}"
        yield _of(lab, kind=fault[0], value=value, about=lab.label, why=fault[1])


def _drug(drug: Medication) -> Iterator[Distractor]:
    if drug.stopped_on is not None:
        why = f"arrêté le {french_date(drug.stopped_on)}"
        yield _of(drug, kind="stopped_drug", value=drug.dci, about="traitement", why=why)
    for former, current in zip(drug.doses, drug.doses[1:], strict=False):
        why = f"remplacée le {french_date(current.start)}"
        value = f"{drug.dci} {posology(drug, former)}"
        if posology(drug, former) == posology(drug, drug.doses[-1]):
            continue
        yield _of(drug, kind="former_dose", value=value, about=f"posologie de {drug.dci}", why=why)


def _of(truth: Truth, **fields: str) -> Distractor:
    first = truth.stated[0] if truth.stated else None
    return Distractor.model_validate(
        {
            "truth": truth.key,
            "document": None if first is None else first.document,
            "quote": None if first is None else first.quote,
            **fields,
        }
    )
