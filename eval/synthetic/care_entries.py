"""Entries for transfusions and cultures, as in `entries`: one function per archetype."""

from eval.synthetic import openehr as rm
from eval.synthetic.entries import Mark, Stated
from eval.synthetic.truth import Microbiology, Susceptibility, Transfusion

# French wording of EUCAST categories; codes of HL7 v3 ObservationInterpretation.
_CATEGORIES = {"S": "Sensible", "I": "Sensible à forte posologie", "R": "Résistant"}
# CCAM: transfusion of red cells below half a blood volume; other products are only labelled.
_RED_CELLS = ("concentré de globules rouges", "FELF011")


def products(fact: Transfusion) -> str:
    """« 2 concentrés de globules rouges »."""
    if fact.units == 1:
        return f"1 {fact.product}"
    first, _, rest = fact.product.partition(" ")
    return f"{fact.units} {first}s {rest}" if rest else f"{fact.units} {first}s"


def transfusion(fact: Transfusion) -> Stated:
    """ACTION.procedure.v1, completed: reason at0014, description at0049, complication at0006."""
    code = _RED_CELLS[1] if fact.product == _RED_CELLS[0] else None
    label = f"Transfusion de {products(fact)}"
    name = rm.labelled(label, "CCAM", code)
    reason = rm.text(fact.reason)
    told = rm.text(fact.reaction or "Transfusion bien tolérée, contrôle ultime au lit du patient conforme.")
    items = [
        rm.element("at0002", "Acte", name),
        rm.element("at0014", "Motif", reason),
        rm.element(
            "at0006" if fact.reaction else "at0049", "Complication" if fact.reaction else "Description", told
        ),
    ]
    node = rm.entry(
        "ACTION",
        "openEHR-EHR-ACTION.procedure.v1",
        "Acte réalisé",
        time=rm.hour(fact.on, 15),
        ism_transition={
            "_type": "ISM_TRANSITION",
            "current_state": rm.coded("completed", "openehr", "532"),
            "careflow_step": rm.coded("Acte réalisé", "local", "at0043"),
        },
        description=rm.tree("at0001", items),
    )
    marks = [Mark(fact, name, label), Mark(fact, reason, fact.reason)]
    if fact.reaction:
        marks.append(Mark(fact, told, fact.reaction))
    return Stated(node, marks)


def culture(fact: Microbiology) -> Stated:
    """OBSERVATION.laboratory_test_result.v1: CLUSTER.specimen.v1, the germ, and one analyte an antibiotic."""
    grown = rm.text(_grown(fact))
    marks = [Mark(fact, grown, fact.germ or "Culture stérile")]
    items = [
        rm.element("at0005", "Nom de l’examen", rm.text(fact.label)),
        rm.element("at0073", "Statut global", rm.coded("Définitif", "local", "at0038")),
        rm.cluster(
            "openEHR-EHR-CLUSTER.specimen.v1",
            "Prélèvement",
            [rm.element("at0029", "Type de prélèvement", rm.text(fact.specimen))],
        ),
        _analyte("Culture", fact.loinc, grown),
    ]
    if fact.count is not None:
        count = rm.text(fact.count)
        marks.append(Mark(fact, count, fact.count))
        items.append(_analyte("Numération des germes", None, count))
    for line in fact.antibiogram:
        value = _category(line)
        marks.append(Mark(fact, value, _CATEGORIES[line.category]))
        items.append(_analyte(line.antibiotic, line.loinc, value))
    archetype = "openEHR-EHR-OBSERVATION.laboratory_test_result.v1"
    ids = ("at0001", "at0002", "at0003")
    return Stated(rm.observation(archetype, fact.label, fact.time, ids=ids, items=items), marks)


def _grown(fact: Microbiology) -> str:
    if fact.germ is None:
        return "Culture stérile"
    return f"{fact.germ}, {fact.mechanism}" if fact.mechanism else fact.germ


def _category(line: Susceptibility) -> rm.Node:
    return rm.coded(_CATEGORIES[line.category], "HL7-ObservationInterpretation", line.category)


def _analyte(label: str, loinc: str | None, value: rm.Node) -> rm.Node:
    """CLUSTER.laboratory_test_analyte.v1, definitive."""
    name = rm.labelled(label, "LOINC", loinc)
    return rm.cluster(
        "openEHR-EHR-CLUSTER.laboratory_test_analyte.v1",
        label,
        [
            rm.element("at0024", "Analyte", name),
            rm.element("at0001", "Résultat", value),
            rm.element("at0005", "Statut du résultat", rm.coded("Définitif", "local", "at0018")),
        ],
    )
