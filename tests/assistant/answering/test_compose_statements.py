"""Problems, allergies, events, stays, safety subjects, refusals."""

from __future__ import annotations

import pytest

from assistant.answering.facts_first import answer_from_facts
from assistant.answering.safety import safety_concepts
from assistant.answering.understand import understand
from retrieval.fact import Code, Text
from retrieval.terminology.lexicon import Lexicon, load_lexicon
from tests.assistant.answering.facts_by_hand import TODAY, ask, document, fact, plain, start, texts


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon()


DIABETES = fact(
    "problem",
    "Diabète de type 2",
    status="active",
    effective="2026-02-01",
    codes=(Code(system="CIM-10", code="E11.9"),),
    details=[start("2010-04")],
)
NO_ASTHMA = fact("problem", "Asthme", certainty="absent", effective="2026-02-01")
AMOXICILLIN = fact(
    "allergy",
    "Amoxicilline",
    effective="2020-01-01",
    details=[("reaction", "Urticaire"), ("severity", "Modérée")],
)
NO_ALLERGY = fact("allergy", "Aucune allergie connue", certainty="absent", effective="2025-01-01")


def test_a_special_problem_answers_the_general_question(lexicon: Lexicon) -> None:
    assert texts(ask("Est-elle diabétique ?", [DIABETES], lexicon=lexicon)) == [
        "Oui : Diabète de type 2, depuis avril 2010."
    ]
    assert texts(ask("Depuis quand est-elle diabétique ?", [DIABETES], lexicon=lexicon)) == [
        "Diabète de type 2, depuis avril 2010."
    ]


def test_documented_absence_is_told_as_such(lexicon: Lexicon) -> None:
    assert texts(ask("Est-il asthmatique ?", [NO_ASTHMA], lexicon=lexicon)) == [
        "Non : absence d’asthme documentée le 01/02/2026."
    ]
    corrected = ask("Depuis quand est-il asthmatique ?", [NO_ASTHMA], lexicon=lexicon)
    assert corrected.premise_corrected
    assert ask("A-t-il une épilepsie ?", [NO_ASTHMA], lexicon=lexicon).reason == "not_in_record"


def test_present_and_absent_are_both_shown(lexicon: Lexicon) -> None:
    facts = [fact("problem", "Asthme", effective="2024-01-01"), NO_ASTHMA]
    found = ask("Est-il asthmatique ?", facts, lexicon=lexicon)
    assert texts(found)[0].startswith("Oui : Asthme")
    assert texts(found)[1] == "Absence d’asthme documentée le 01/02/2026."
    assert len(found.conflicts) == 1


def test_suspected_is_never_told_as_present(lexicon: Lexicon) -> None:
    facts = [fact("problem", "Embolie pulmonaire", certainty="suspected", effective="2026-01-01")]
    assert texts(ask("A-t-elle une embolie pulmonaire ?", facts, lexicon=lexicon)) == [
        "Embolie pulmonaire : suspecté le 01/01/2026, à confirmer."
    ]


def test_family_history_is_never_the_patient_s(lexicon: Lexicon) -> None:
    facts = [
        fact(
            "family_history",
            "Cancer du côlon",
            subject="family",
            effective="2026-01-01",
            details=[("other", "père")],
        )
    ]
    assert ask("A-t-il un cancer du côlon ?", facts, lexicon=lexicon).status == "abstained"
    for question in ("Depuis quand a-t-il un cancer du côlon ?", "À quel âge a-t-il eu un cancer du côlon ?"):
        supposed = ask(question, facts, lexicon=lexicon)
        assert supposed.premise_corrected
        assert texts(supposed) == ["Antécédent familial : Cancer du côlon."]
    assert (
        "Antécédent familial : Cancer du côlon."
        in texts(ask("Antécédents familiaux ?", facts, lexicon=lexicon))[0]
    )


def test_the_problem_list_is_exhaustive_and_leaves_absences_out(lexicon: Lexicon) -> None:
    facts = [
        DIABETES,
        NO_ASTHMA,
        fact("problem", "Appendicite", status="resolved", effective="1999", effective_end="1999"),
    ]
    assert texts(ask("Liste des antécédents", facts, lexicon=lexicon)) == [
        "Diabète de type 2, depuis avril 2010.",
        "Appendicite (résolu en 1999).",
    ]


def test_allergies_positive_first_then_what_contradicts(lexicon: Lexicon) -> None:
    found = ask("A-t-il des allergies ?", [NO_ALLERGY, AMOXICILLIN], lexicon=lexicon)
    assert texts(found) == [
        "Allergie : Amoxicilline (réaction : urticaire ; sévérité : modérée).",
        "Aucune allergie connue, noté le 01/01/2025.",
    ]
    assert len(found.conflicts) == 1


def test_an_allergy_of_the_class_concerns_the_drug_and_back(lexicon: Lexicon) -> None:
    assert ask("Est-il allergique à la pénicilline ?", [AMOXICILLIN], lexicon=lexicon).complete
    penicillin = fact("allergy", "Pénicilline", effective="2020-01-01")
    assert ask("Est-il allergique à l’amoxicilline ?", [penicillin], lexicon=lexicon).complete


def test_another_allergy_is_told_but_does_not_close_the_question(lexicon: Lexicon) -> None:
    found = ask("Est-il allergique au latex ?", [AMOXICILLIN], lexicon=lexicon)
    assert texts(found) == ["Allergie : Amoxicilline (réaction : urticaire ; sévérité : modérée)."]
    assert not found.complete


def test_refuted_suspected_and_intolerance_have_their_own_words(lexicon: Lexicon) -> None:
    facts = [
        fact("allergy", "Pénicilline", certainty="absent", effective="2024-05-06"),
        fact("allergy", "Codéine", certainty="suspected", effective="2024-05-06"),
        fact(
            "allergy",
            "Tramadol",
            effective="2024-05-06",
            details=[("other", "Intolérance"), ("reaction", "Nausées")],
        ),
    ]
    assert texts(ask("Allergies ?", facts, lexicon=lexicon)) == [
        "Intolérance : Tramadol (réaction : nausées).",
        "Allergie suspectée : Codéine (notée le 06/05/2024).",
        "Allergie écartée : Pénicilline (notée le 06/05/2024).",
    ]


def test_events_done_and_planned(lexicon: Lexicon) -> None:
    facts = [
        fact("procedure", "Coloscopie totale", status="completed", effective="2019-05-06"),
        fact("procedure", "Coloscopie totale", status="completed", effective="2024-09-02"),
        fact("procedure", "Coloscopie totale", status="planned", effective="2026-06-01"),
    ]
    told = texts(ask("Quand a eu lieu la dernière coloscopie ?", facts, lexicon=lexicon))
    assert told == [
        "Dernière coloscopie : Coloscopie totale, le 02/09/2024.",
        "Coloscopie totale : prévu le 01/06/2026.",
    ]
    planned = texts(ask("Quand la prochaine coloscopie est-elle prévue ?", facts, lexicon=lexicon))
    assert planned == ["Coloscopie totale : prévu le 01/06/2026."]
    assert (
        ask("Quand la prochaine coloscopie est-elle prévue ?", facts[:2], lexicon=lexicon).status
        == "abstained"
    )


def test_the_other_side_corrects_the_premise(lexicon: Lexicon) -> None:
    facts = [
        fact(
            "device",
            "Prothèse totale de hanche",
            details=[("body_site", "côté droit"), start("2024-04-30")],
            effective="2024-04-30",
        )
    ]
    found = ask("Quand la prothèse de hanche gauche a-t-elle été posée ?", facts, lexicon=lexicon)
    assert found.premise_corrected
    assert texts(found) == ["Prothèse totale de hanche (côté droit) : le 30/04/2024."]
    assert not ask(
        "Quand la prothèse de hanche droite a-t-elle été posée ?", facts, lexicon=lexicon
    ).premise_corrected


def test_imaging_conclusion_is_quoted(lexicon: Lexicon) -> None:
    facts = [fact("imaging", "Scanner thoracique", "Pas de récidive.", effective="2025-07-22")]
    assert texts(ask("Que disait le dernier scanner thoracique ?", facts, lexicon=lexicon)) == [
        "Scanner thoracique : le 22/07/2025 ; conclusion : Pas de récidive."
    ]


def test_stays_pair_admission_and_discharge(lexicon: Lexicon) -> None:
    facts = [
        fact("stay", "Admission", "x", effective="2024-09-27T09:30", details=[("ward", "Chirurgie")]),
        fact("stay", "Sortie", "x", effective="2024-10-06T14:00"),
        fact("stay", "Admission", "x", effective="2025-02-26", details=[("ward", "Oncologie")]),
        fact("stay", "Sortie", "x", effective="2025-03-04"),
    ]
    assert texts(ask("Quelles ont été ses hospitalisations ?", facts, lexicon=lexicon)) == [
        "Hospitalisation du 27/09/2024 au 06/10/2024, Chirurgie.",
        "Hospitalisation du 26/02/2025 au 04/03/2025, Oncologie.",
    ]
    assert texts(ask("Date de la dernière hospitalisation ?", facts, lexicon=lexicon)) == [
        "Dernière hospitalisation : du 26/02/2025 au 04/03/2025, Oncologie."
    ]
    assert len(texts(ask("Combien d'hospitalisations en 2024 ?", facts, lexicon=lexicon))) == 1


def test_blood_group_carries_its_warning_and_conflicts(lexicon: Lexicon) -> None:
    facts = [
        fact("laboratory", "Groupe sanguin ABO", Text(text="A"), effective="2020-01-01", record="a"),
        fact("laboratory", "Groupe sanguin ABO", Text(text="O"), effective="2021-01-01", record="b"),
    ]
    found = ask(
        "Quel est le groupe sanguin ?",
        facts,
        lexicon=lexicon,
        documents=[document("a", "2020-01-01", title="CR")],
    )
    assert (
        texts(found)[0] == "Groupe sanguin ABO : A le 01/01/2020 ; ne vaut pas document immuno-hématologique."
    )
    assert "A (01/01/2020, CR)" in plain(found.conflicts[0].text)
    assert not found.complete


@pytest.mark.parametrize(
    ("question", "status", "reason"),
    [
        ("Dois-je augmenter le furosémide ?", "refused", "out_of_scope_advice"),
        ("Quels sont les effets indésirables de la metformine ?", "refused", "use_chat"),
        ("Prescris du paracétamol", "refused", "write_request"),
        ("A-t-elle une IRC ?", "clarify", "ambiguous"),
        ("Dernière TSH ?", "abstained", "not_in_record"),
    ],
)
def test_statuses(lexicon: Lexicon, question: str, status: str, reason: str) -> None:
    found = ask(question, [DIABETES], lexicon=lexicon)
    assert (found.status, found.reason, found.sentences) == (status, reason, ())


def test_open_questions_are_left_to_prose(lexicon: Lexicon) -> None:
    for question in ("Résume le dossier", "Que penser de ce patient ?"):
        asked = understand(question, lexicon=lexicon, today=TODAY)
        assert (
            answer_from_facts(asked, facts=[DIABETES], compositions=[], lexicon=lexicon, today=TODAY) is None
        )


@pytest.mark.parametrize(
    ("question", "keys"),
    [
        ("Est-elle allergique à l’amoxicilline ?", {"topic:allergy", "drug:amoxicillin"}),
        ("Prend-il de l’apixaban ?", {"drug:apixaban"}),
        ("Est-elle enceinte ?", {"topic:pregnancy"}),
        ("A-t-il un pacemaker ?", {"device:pacemaker"}),
        ("Dernière kaliémie ?", set()),
    ],
)
def test_safety_subjects(lexicon: Lexicon, question: str, keys: set[str]) -> None:
    asked = understand(question, lexicon=lexicon, today=TODAY)
    assert {concept.key for concept in safety_concepts(asked, lexicon=lexicon)} == keys


def test_antecedents_of_relatives_are_the_family_history(lexicon: Lexicon) -> None:
    facts = [DIABETES, fact("family_history", "Asthme", subject="family", effective="2026-01-01")]
    for question in (
        "Antécédents chez les apparentés ?",
        "Lien de parenté de la personne atteinte : asthme ?",
    ):
        assert texts(ask(question, facts, lexicon=lexicon)) == ["Antécédent familial : Asthme."]


def test_a_particular_is_told_by_the_name_that_the_source_gives_it(lexicon: Lexicon) -> None:
    details = [start("2025-04-17"), ("other", "Cupule 52 mm, tige taille 4")]
    device = fact("device", "Prothèse totale de hanche", effective="2025-04-17", details=details)
    named = device.details[1].model_copy(update={"label": "Modèle"})
    device = device.model_copy(update={"details": (device.details[0], named)})
    found = ask("Quel est le modèle de la prothèse de hanche ?", [device], lexicon=lexicon)
    assert texts(found) == ["Prothèse totale de hanche : modèle Cupule 52 mm, tige taille 4."]
    dated = ask("Date de pose de la prothèse de hanche ?", [device], lexicon=lexicon)
    assert "Modèle" not in texts(dated)[0]


def test_all_stays_are_told_where_several_are_asked_for(lexicon: Lexicon) -> None:
    stays = [
        fact("stay", "Admission", effective="2024-01-10"),
        fact("stay", "Sortie", effective="2024-01-15"),
        fact("stay", "Admission", effective="2025-02-14"),
        fact("stay", "Sortie", effective="2025-02-20"),
    ]
    assert len(texts(ask("Dates des séjours hospitaliers ?", stays, lexicon=lexicon))) == 2
    assert len(texts(ask("Date de la dernière hospit ?", stays, lexicon=lexicon))) == 1


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("Date du dernier vaccin contre la grippe ?", "Influenza, seasonal : le 03/10/2024."),
        ("When was the last hepatitis B vaccine?", "Hep B, adult: on 5 April 2015."),
        ("Quand a été fait le dernier : Vaccin rougeole, oreillons et rubéole ?", "ROR : le 12/04/2023."),
    ],
)
def test_vaccines_are_known_by_their_codes(question: str, told: str, lexicon: Lexicon) -> None:
    given = (
        ("Influenza, seasonal", "2023-10-03", "140"),
        ("Influenza, seasonal", "2024-10-03", "140"),
        ("Hep B, adult", "2015-04-05", "43"),
        ("ROR", "2023-04-12", "03"),
    )
    facts = [
        fact("immunisation", label, effective=day, codes=(Code(system="CVX", code=code),))
        for label, day, code in given
    ]
    assert texts(ask(question, facts, lexicon=lexicon)) == [told]


def test_a_refuted_class_corrects_what_is_supposed_of_its_members(lexicon: Lexicon) -> None:
    refuted = fact("allergy", "Pénicilline", certainty="absent", effective="2024-01-01")
    found = ask("Depuis quand est-elle allergique à l’amoxicilline ?", [refuted], lexicon=lexicon)
    assert found.premise_corrected
    assert texts(found) == ["Allergie écartée : Pénicilline (notée le 01/01/2024)."]
    none = ask("Depuis quand est-elle allergique à l’iode ?", [NO_ALLERGY], lexicon=lexicon)
    assert none.premise_corrected


def test_an_allergy_of_the_past_is_told_as_such(lexicon: Lexicon) -> None:
    wheat = fact("allergy", "Blé", status="inactive", effective="1996-11-12")
    assert texts(ask("Quelles sont ses allergies ?", [wheat, AMOXICILLIN], lexicon=lexicon)) == [
        "Allergie : Blé (notée le 12/11/1996 ; résolue ou inactive).",
        "Allergie : Amoxicilline (réaction : urticaire ; sévérité : modérée).",
    ]
