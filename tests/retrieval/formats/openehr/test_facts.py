"""Typed facts: what each archetype states."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from retrieval.composition import ReadDocument
from retrieval.fact import Coded, Fact, Moment, Quantity, Ratio, ReferenceRange, Text
from tests.retrieval.formats.openehr import shapes as rm
from tests.retrieval.formats.openehr.checks import check_document, check_paths


def facts(*content: rm.Node, **rest: Any) -> list[Fact]:
    """The facts of a document in JSON; the XML of the same tree must give the same."""
    tree = rm.composition(*content, **rest)
    document = rm.read_json(tree)
    check_document(document)
    check_paths(document, tree)
    assert rm.read_xml(tree).facts == document.facts
    return list(document.facts)


def only(kind: str, found: list[Fact]) -> Fact:
    typed = [fact for fact in found if fact.kind == kind]
    assert len(typed) == 1, [(fact.kind, fact.label) for fact in found]
    return typed[0]


def details(fact: Fact) -> dict[str, str]:
    return {detail.name: detail.text for detail in fact.details}


def test_a_laboratory_result() -> None:
    value = rm.quantity(Decimal("5.40"), normal_range=rm.between(Decimal("3.5"), Decimal("5.0")))
    fact = only("laboratory", facts(rm.laboratory(rm.analyte("Potassium", value))))
    assert fact.label == "Potassium"
    assert fact.value == Quantity(magnitude=Decimal("5.40"), unit="mmol/L")
    assert [(code.system, code.code) for code in fact.codes] == [("LOINC", "2823-3")]
    assert fact.reference_range == ReferenceRange(
        low=Decimal("3.5"), high=Decimal("5.0"), text="3,5 à 5,0 mmol/L"
    )
    assert fact.interpretation == "high"
    assert fact.status == "final"
    assert fact.effective == "2026-02-27T08:00:00+01:00"
    assert fact.locator.quote == "Potassium : 5,40 mmol/L (3,5 à 5,0)"
    assert fact.heading == ("Ionogramme sanguin",)
    assert len(fact.id) == 20


@pytest.mark.parametrize(
    ("magnitude", "status", "interpretation"),
    [
        (3, None, "low"),
        (4, None, "normal"),
        (6, None, "high"),
        (4, "HH", "critical_high"),
        (9, "LL", "critical_low"),
        (9, "N", "normal"),
    ],
)
def test_a_stated_normal_status_wins_over_the_range(
    magnitude: int, status: str | None, interpretation: str
) -> None:
    value = rm.quantity(magnitude, normal_range=rm.between(Decimal("3.5"), 5))
    if status:
        value["normal_status"] = rm.code("openehr_normal_statuses", status)
    assert only("laboratory", facts(rm.laboratory(rm.analyte("X", value)))).interpretation == interpretation


@pytest.mark.parametrize(
    ("status", "magnitude", "interpretation"),
    [
        (">", 5, "high"),
        (">=", 5, None),
        (">", 9, "high"),
        (">", 4, None),
        ("<", Decimal("3.5"), "low"),
        ("<=", Decimal("3.5"), None),
        ("<", 4, None),
        ("~", 4, "normal"),
    ],
)
def test_a_bound_is_called_only_what_all_values_beyond_it_are(
    status: str, magnitude: object, interpretation: str | None
) -> None:
    value = rm.quantity(magnitude, magnitude_status=status, normal_range=rm.between(Decimal("3.5"), 5))
    assert only("laboratory", facts(rm.laboratory(rm.analyte("X", value)))).interpretation == interpretation


def test_below_the_threshold_of_a_test_is_normal() -> None:
    value = rm.quantity(14, "ng/L", magnitude_status="<", normal_range=rm.between(None, 14, "ng/L"))
    found = only("laboratory", facts(rm.laboratory(rm.analyte("Troponine", value))))
    assert found.interpretation == "normal"


def test_a_range_in_another_unit_decides_nothing() -> None:
    value = rm.quantity(7, "g/L", normal_range=rm.between(1, 5, "mg/L"))
    assert only("laboratory", facts(rm.laboratory(rm.analyte("X", value)))).interpretation is None


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("Final", "final"),
        ("Préliminaire", "preliminary"),
        ("Modifié", "amended"),
        ("Saisi par erreur", "entered_in_error"),
        ("registered", "preliminary"),
        ("Corrected", "amended"),
        ("Cancelled", "entered_in_error"),
        ("Annulée", "entered_in_error"),
        ("Corrigée", "amended"),
        ("?", None),
    ],
)
def test_the_status_of_the_panel_is_lent_and_the_results_own_wins(words: str, status: str | None) -> None:
    own = rm.element("at0005", "Statut", rm.coded(words, "at9990"))
    found = facts(
        rm.laboratory(rm.analyte("A", rm.quantity(1), own), rm.analyte("B", rm.quantity(2)), status="Final")
    )
    by_label = {fact.label: fact.status for fact in found if fact.kind == "laboratory"}
    assert by_label == {"A": status or "final", "B": "final"}


def test_old_panels_name_the_analyte_by_the_element() -> None:
    result = rm.element("at0001", "Urea", rm.quantity(Decimal("6.7")))
    result["name"] = rm.coded("Urea", "365755003", "SNOMED-CT")
    panel = rm.cluster(
        "openEHR-EHR-CLUSTER.laboratory_test_panel.v0",
        "Panel",
        rm.cluster("at0002", "Laboratory result", result),
    )
    entry = rm.observation(
        "laboratory_test.v0",
        "Laboratory test",
        rm.event(rm.element("at0073", "Status", rm.coded("Final")), panel),
    )
    fact = only("laboratory", facts(entry))
    assert (fact.label, fact.status) == ("Urea", "final")
    assert ("SNOMED-CT", "365755003") in [(code.system, code.code) for code in fact.codes]


def test_blood_pressure_gives_two_facts_of_one_entry() -> None:
    found = facts(
        rm.observation(
            "blood_pressure.v2",
            "Pression artérielle",
            rm.event(
                rm.element("at0004", "Systolique", rm.quantity(142, "mm[Hg]")),
                rm.element("at0005", "Diastolique", rm.quantity(85, "mm[Hg]")),
            ),
        )
    )
    assert [(fact.label, fact.locator.quote, fact.codes[-1].code) for fact in found] == [
        ("Pression artérielle systolique", "Pression artérielle systolique : 142 mmHg", "8480-6"),
        ("Pression artérielle diastolique", "Pression artérielle diastolique : 85 mmHg", "8462-4"),
    ]
    assert {fact.kind for fact in found} == {"vital_sign"}


def test_two_events_give_two_dated_facts() -> None:
    found = facts(
        rm.observation(
            "body_weight.v2",
            "Poids",
            rm.event(rm.element("at0004", "Poids", rm.quantity(70, "kg")), time="2026-02-01T08:00:00+01:00"),
            rm.event(rm.element("at0004", "Poids", rm.quantity(72, "kg")), time="2026-02-02T08:00:00+01:00"),
        )
    )
    assert [(fact.value.magnitude, fact.effective) for fact in found if isinstance(fact.value, Quantity)] == [
        (70, "2026-02-01T08:00:00+01:00"),
        (72, "2026-02-02T08:00:00+01:00"),
    ]


def test_oxygen_saturation_is_a_ratio() -> None:
    value = {"_type": "DV_PROPORTION", "numerator": 97, "denominator": 100, "type": 2}
    fact = only(
        "vital_sign",
        facts(
            rm.observation("pulse_oximetry.v1", "Oxymétrie", rm.event(rm.element("at0006", "SpO₂", value)))
        ),
    )
    assert fact.value == Ratio(numerator=Decimal(97), denominator=Decimal(100))
    assert fact.locator.quote == "Oxymétrie SpO₂ : 97 %"


def test_a_problem_with_its_dates_and_certainty() -> None:
    fact = only(
        "problem",
        facts(
            rm.evaluation(
                "problem_diagnosis.v1",
                "Diagnostic",
                rm.element("at0002", "Problème", rm.coded("Fibrillation atriale", "I48", "CIM-10")),
                rm.element("at0077", "Début", {"_type": "DV_DATE", "value": "2019-05"}),
                rm.element("at0030", "Fin", {"_type": "DV_DATE", "value": "2021"}),
                rm.element("at0073", "Certitude", rm.coded("Suspecté", "at0074")),
                rm.cluster(
                    "openEHR-EHR-CLUSTER.problem_qualifier.v1",
                    "Q",
                    rm.element("at0003", "Actif ?", rm.coded("Inactif", "at0027")),
                ),
            )
        ),
    )
    assert (fact.label, fact.certainty, fact.status) == ("Fibrillation atriale", "suspected", "resolved")
    assert (fact.effective, fact.effective_end) == ("2019-05", "2021")
    assert isinstance(fact.value, Coded)
    assert fact.codes[0].code == "I48"
    assert "Certitude : Suspecté" in fact.locator.quote


def test_exclusions_are_absent_and_absence_of_information_is_unknown() -> None:
    found = facts(
        rm.evaluation(
            "exclusion_specific.v1",
            "Exclusion",
            rm.element("at0002", "Énoncé", rm.text("Pas de")),
            rm.element("at0003", "Problème", rm.text("Asthme")),
        ),
        rm.evaluation(
            "exclusion_global.v1",
            "Allergies",
            rm.element(
                "at0002", "Exclusion globale des réactions indésirables", rm.text("Aucune allergie connue")
            ),
        ),
        rm.evaluation(
            "absence.v2",
            "Absence",
            rm.element("at0002", "Énoncé", rm.text("Pas d’information sur les traitements")),
        ),
    )
    problem = only("problem", found)
    assert (problem.label, problem.certainty) == ("Asthme", "absent")
    assert problem.locator.quote == "Énoncé : Pas de\nProblème : Asthme"
    allergy = only("allergy", found)
    assert (allergy.label, allergy.certainty) == ("Aucune allergie connue", "absent")
    assert [fact.certainty for fact in found if fact.kind == "generic"] == ["unknown"]


def test_an_exclusion_that_names_nothing_known_is_absent_all_the_same() -> None:
    found = facts(
        rm.evaluation(
            "exclusion_global.v1", "Exclusion", rm.element("at0002", "Énoncé", rm.text("Rien à signaler"))
        )
    )
    assert [(fact.kind, fact.certainty) for fact in found] == [("generic", "absent")]


@pytest.mark.parametrize(
    ("code", "words", "certainty"),
    [
        ("at0065", "Confirmée", "present"),
        ("at0127", "Suspectée", "suspected"),
        ("at0066", "Réfutée", "absent"),
        ("x", "Refuted", "absent"),
        ("x", "Likely", "suspected"),
    ],
)
def test_an_allergy(code: str, words: str, certainty: str) -> None:
    fact = only(
        "allergy",
        facts(
            rm.evaluation(
                "adverse_reaction_risk.v2",
                "Allergie",
                rm.element("at0002", "Substance", rm.text("Amoxicilline")),
                rm.element("at0063", "Statut", rm.coded(words, code)),
                rm.element("at0101", "Criticité", rm.coded("Élevée", "at0103")),
                rm.cluster(
                    "at0009",
                    "Réaction",
                    rm.element("at0011", "Manifestation", rm.text("Urticaire")),
                    rm.element("at0089", "Sévérité", rm.coded("Sévère", "at0090")),
                ),
            )
        ),
    )
    assert (fact.label, fact.certainty) == ("Amoxicilline", certainty)
    assert details(fact) | {"other": words} == {
        "reaction": "Urticaire",
        "severity": "Sévère",
        "criticality": "Élevée",
        "other": words,
    }


def test_a_medication_order() -> None:
    fact = only(
        "medication",
        facts(
            rm.instruction(
                "medication_order.v3",
                "Prescription",
                rm.element("at0070", "Médicament", rm.coded("furosémide (Lasilix)", "C03CA01", "ATC")),
                rm.element("at0091", "Voie", rm.text("orale")),
                rm.element("at0009", "Posologie", rm.text("40 mg le matin")),
                rm.cluster(
                    "openEHR-EHR-CLUSTER.therapeutic_direction.v1",
                    "Posologie structurée",
                    rm.cluster(
                        "openEHR-EHR-CLUSTER.dosage.v1",
                        "Dose",
                        rm.element("at0144", "Quantité", rm.quantity(40, "1")),
                        rm.element("at0145", "Unité", rm.text("mg")),
                        rm.cluster(
                            "openEHR-EHR-CLUSTER.timing_daily.v1",
                            "Rythme",
                            rm.element("at0027", "Rythme", rm.text("le matin")),
                            rm.element("at0024", "Si besoin", {"_type": "DV_BOOLEAN", "value": False}),
                        ),
                    ),
                ),
                rm.element("at0018", "Indication", rm.text("insuffisance cardiaque")),
                rm.cluster(
                    "at0113",
                    "Détails",
                    rm.element("at0012", "Début", rm.moment("2026-02-01T08:00:00+01:00")),
                    rm.element("at0013", "Fin", {"_type": "DV_DATE", "value": "2026-03-01"}),
                ),
            )
        ),
    )
    assert (fact.label, fact.status) == ("furosémide (Lasilix)", "active")
    assert (fact.effective, fact.effective_end) == ("2026-02-01T08:00:00+01:00", "2026-03-01")
    found = [(detail.name, detail.text) for detail in fact.details]
    assert ("dose", "40 mg le matin") in found
    assert ("dose", "40 mg") in found
    assert {
        ("route", "orale"),
        ("frequency", "le matin"),
        ("as_needed", "non"),
        ("reason", "insuffisance cardiaque"),
    } <= set(found)


@pytest.mark.parametrize(
    ("step", "state", "status", "reason"),
    [
        (("Traitement débuté", "at0004"), "245", "active", "reason"),
        (("Traitement arrêté", "at0015"), "531", "stopped", "reason_stopped"),
        (("Suspendu", "at0009"), "530", "suspended", "reason_stopped"),
        (("Terminé", "at0007"), "532", "completed", "reason"),
        (("Étape locale", "at9999"), "531", "stopped", "reason_stopped"),
    ],
)
def test_a_medication_action(step: tuple[str, str], state: str, status: str, reason: str) -> None:
    fact = only(
        "medication",
        facts(
            rm.action(
                "medication.v1",
                "Suivi",
                rm.element("at0020", "Médicament", rm.text("ramipril")),
                rm.element("at0021", "Motif", rm.text("toux")),
                step=rm.coded(*step),
                state=rm.coded("x", state, "openehr"),
            )
        ),
    )
    assert (fact.label, fact.status, fact.effective) == ("ramipril", status, "2026-02-20T10:30:00+01:00")
    assert details(fact)[reason] == "toux"


def test_a_vaccine_is_an_immunisation() -> None:
    given = rm.action(
        "medication.v1",
        "Administration",
        rm.element("at0020", "Produit", rm.coded("Influvac", "J07BB02", "ATC")),
        step=rm.coded("Dose administrée", "at0006"),
        state=rm.coded("active", "245", "openehr"),
    )
    assert only("immunisation", facts(given)).status == "completed"


def test_a_procedure_planned_is_dated_by_its_plan() -> None:
    planned = rm.action(
        "procedure.v1",
        "Acte",
        rm.element("at0002", "Acte", rm.text("Coloscopie")),
        rm.element("at0066", "Prévue le", rm.moment("2026-04-01T09:00:00+02:00")),
        rm.element("at0063", "Site", rm.text("côté droit")),
        step=rm.coded("Acte planifié", "at0004"),
        state=rm.coded("planned", "526", "openehr"),
    )
    fact = only("procedure", facts(planned))
    assert (fact.status, fact.effective, details(fact)["body_site"]) == (
        "planned",
        "2026-04-01T09:00:00+02:00",
        "côté droit",
    )


def test_imaging_device_family_stay_and_request() -> None:
    found = facts(
        rm.observation(
            "imaging_exam_result.v0",
            "Imagerie",
            rm.event(
                rm.element("at0004", "Examen", rm.text("Scanner thoracique")),
                rm.element("at0007", "Statut", rm.coded("Final", "at0011")),
                rm.element("at0021", "Conclusion", rm.text("Pas d’embolie")),
            ),
        ),
        rm.evaluation(
            "device_summary.v0",
            "Dispositif",
            rm.element("at0007", "Nom", rm.text("Stimulateur")),
            rm.element("at0008", "Pose", {"_type": "DV_DATE", "value": "2020-01-02"}),
        ),
        rm.evaluation(
            "family_history.v2",
            "Familiaux",
            rm.cluster(
                "at0003",
                "Membre",
                rm.element("at0016", "Lien", rm.text("père")),
                rm.cluster(
                    "at0008", "Histoire", rm.element("at0009", "Pathologie", rm.text("Embolie pulmonaire"))
                ),
            ),
            rm.cluster(
                "at0003",
                "Membre",
                rm.element("at0016", "Lien", rm.text("mère")),
                rm.cluster("at0008", "Histoire", rm.element("at0009", "Pathologie", rm.text("Asthme"))),
            ),
        ),
        rm.entry(
            "ADMIN_ENTRY",
            "admission.v1",
            "Admission",
            data=rm.tree(rm.element("at0071", "Entrée", rm.moment("2026-02-26T18:00:00+01:00"))),
        ),
        rm.instruction("service_request.v1", "Demande", rm.element("at0121", "Examen", rm.text("IRM"))),
    )
    assert (only("imaging", found).label, only("imaging", found).value) == (
        "Scanner thoracique",
        Text(text="Pas d’embolie"),
    )
    assert only("device", found).effective == "2020-01-02"
    family = [fact for fact in found if fact.kind == "family_history"]
    assert [(fact.label, fact.subject, details(fact)["other"]) for fact in family] == [
        ("Embolie pulmonaire", "family", "père"),
        ("Asthme", "family", "mère"),
    ]
    assert "père" in family[0].locator.quote
    assert only("stay", found).value == Moment(iso="2026-02-26T18:00:00+01:00")
    assert (only("plan", found).label, only("plan", found).status) == ("IRM", "planned")


@pytest.mark.parametrize(
    ("relationship", "subject"),
    [
        (rm.coded("mother", "10", "openehr"), "family"),
        (rm.coded("Vater", "x"), "family"),
        (rm.coded("foetus", "3", "openehr"), "other"),
        (rm.coded("Grands-parents", "x"), "family"),
        (rm.coded("stepson", "x"), "family"),
        (rm.coded("Großmutter", "x"), "family"),
        (rm.coded("personne de confiance", "x"), "other"),
        (rm.coded("self", "0", "openehr"), "patient"),
    ],
)
def test_the_subject_of_an_entry(relationship: rm.Node, subject: str) -> None:
    party = {"_type": "PARTY_RELATED", "relationship": relationship}
    entry = rm.evaluation(
        "problem_diagnosis.v1",
        "Diagnostic",
        rm.element("at0002", "Problème", rm.text("Asthme")),
        subject=party,
    )
    document = rm.read_json(rm.composition(entry))
    assert only("problem", list(document.facts)).subject == subject
    assert ("Sujet : " in document.text) == (subject != "patient")


def test_what_no_rule_takes_is_a_generic_fact_and_ids_are_stable() -> None:
    def read() -> ReadDocument:
        return rm.read_json(
            rm.composition(
                rm.evaluation("inconnu.v7", "Divers", rm.element("at0001", "Couleur", rm.text("bleu")))
            )
        )

    fact = only("generic", list(read().facts))
    assert (fact.label, fact.value, fact.heading) == ("Couleur", Text(text="bleu"), ("Divers",))
    assert fact.id == read().facts[0].id


def test_specialised_archetypes_follow_their_parent() -> None:
    entry = rm.observation(
        "body_temperature-zn.v1",
        "Température",
        rm.event(rm.element("at0004.1", "Température", rm.quantity(38, "Cel"))),
    )
    assert only("vital_sign", facts(entry)).locator.quote == "Température : 38 °C"


def test_an_element_without_a_value_keeps_its_own_name() -> None:
    missing = {
        "_type": "ELEMENT",
        "name": {"_type": "DV_TEXT", "value": "Synthèse"},
        "archetype_node_id": "at0002",
        "null_flavour": rm.coded("inconnu", "253"),
    }
    found = facts(rm.evaluation("family_history.v2", "Famille", missing))
    assert [fact.locator.quote for fact in found] == ["Synthèse : [inconnu]"]
