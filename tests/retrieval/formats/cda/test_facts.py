"""What the statements of a document become."""

from __future__ import annotations

from decimal import Decimal

import pytest

from retrieval.fact import Boolean, Coded, Fact, Missing, Quantity, Text
from tests.retrieval.formats.cda import shapes as cda
from tests.retrieval.formats.cda.checks import check_document, read


def facts_of(*sections: str) -> tuple[Fact, ...]:
    document = read(cda.document(*sections)).document
    check_document(document)
    return tuple(fact for fact in document.facts if fact.kind != "stay")


def only(*sections: str) -> Fact:
    (fact,) = facts_of(*sections)
    return fact


def lab(value: str, rest: str = "", *, head: str = "") -> Fact:
    entry = cda.observation("2823-3", "Potassium", value, rest, head=head)
    return only(cda.section("30954-2", "Biologie", "", entry))


def test_a_result_keeps_its_digits_unit_range_and_flag() -> None:
    fact = lab(cda.quantity("5.40", "mmol/L"), cda.RANGE)
    assert fact.value == Quantity(magnitude=Decimal("5.40"), unit="mmol/L")
    assert str(fact.value.magnitude) == "5.40"
    assert fact.interpretation == "high"
    assert fact.reference_range is not None
    assert (fact.reference_range.low, fact.reference_range.high) == (Decimal("3.5"), Decimal("5.0"))
    assert fact.effective == "2024-01-30T08:00:00+01:00"
    assert fact.status == "final"
    assert fact.codes[0].code == "2823-3"
    assert fact.locator.quote.startswith(
        "Potassium : 5,40 mmol/L (haut, Anormalement haut ; valeurs de référence"
    )
    assert "3,5 – 5,0 mmol/L" in fact.locator.quote


@pytest.mark.parametrize(
    ("bound", "comparator", "shown"),
    [
        ('<high value="1.0" unit="mg/L" inclusive="false"/>', "<", "< 1,0 mg/L"),
        ('<high value="1.0" unit="mg/L"/>', "<=", "≤ 1,0 mg/L"),
        ('<low value="200" unit="mg/L" inclusive="false"/>', ">", "> 200 mg/L"),
        ('<low value="200" unit="mg/L"/>', ">=", "≥ 200 mg/L"),
    ],
)
def test_an_interval_with_one_bound_is_a_comparison(bound: str, comparator: str, shown: str) -> None:
    fact = lab(f'<value xsi:type="IVL_PQ">{bound}</value>')
    assert isinstance(fact.value, Quantity)
    assert fact.value.comparator == comparator
    assert shown in fact.locator.quote


@pytest.mark.parametrize(
    ("value", "type_", "shown"),
    [
        ('<value xsi:type="BL" value="true"/>', Boolean, "oui"),
        ('<value xsi:type="ST">culture stérile</value>', Text, "culture stérile"),
        ('<value xsi:type="INT" value="12"/>', Quantity, "12"),
        ('<value xsi:type="CD" code="P" displayName="positif"/>', Coded, "positif"),
        ('<value xsi:type="PQ" nullFlavor="NASK"/>', Missing, "non demandé"),
        ('<value xsi:type="PQ" value="moins de 3" unit="g/L"/>', Text, "moins de 3 g/L"),
    ],
)
def test_each_type_of_value(value: str, type_: type, shown: str) -> None:
    fact = lab(value)
    assert isinstance(fact.value, type_)
    assert shown in fact.locator.quote


def test_a_result_that_was_entered_in_error_says_so() -> None:
    entry = cda.observation("2823-3", "Potassium", cda.quantity("9", "mmol/L")).replace(
        "completed", "nullified"
    )
    assert only(cda.section("30954-2", "Biologie", "", entry)).status == "entered_in_error"


def test_a_problem_and_what_qualifies_it() -> None:
    rest = (
        cda.nested("SEV", "Sévérité", '<value xsi:type="CD" code="S" displayName="modéré"/>')
        + cda.nested("33999-4", "Statut", '<value xsi:type="CE" code="resolved" displayName="Résolu"/>')
        + cda.nested(
            "66455-7", "Certitude", '<value xsi:type="CE" code="provisional" displayName="À confirmer"/>'
        )
    )
    fact = only(cda.section("11450-4", "Problèmes", "", cda.condition("I10", "Hypertension", rest=rest)))
    assert (fact.kind, fact.label, fact.status, fact.certainty) == (
        "problem",
        "Hypertension",
        "resolved",
        "suspected",
    )
    assert fact.codes[0].code == "I10"
    assert [d.text for d in fact.details if d.name == "severity"] == ["modéré"]


def test_the_act_says_whether_a_problem_is_followed() -> None:
    entry = cda.condition("I10", "Hypertension")
    assert only(cda.section("11450-4", "Problèmes", "", entry)).status == "active"
    over = entry.replace('statusCode code="active"', 'statusCode code="completed"')
    assert only(cda.section("11450-4", "Problèmes", "", over)).status == "resolved"


def test_a_negation_is_an_absence_and_is_read_in_the_line() -> None:
    entry = cda.condition("E11", "Diabète de type 2", head='negationInd="true"')
    fact = only(cda.section("11450-4", "Problèmes", "", entry))
    assert fact.certainty == "absent"
    assert "négation" in fact.locator.quote


@pytest.mark.parametrize(
    ("code", "label", "certainty"),
    [
        ("716186003", "aucune allergie connue", "absent"),
        ("Z1", "Absence d’allergie médicamenteuse", "absent"),
        ("Z2", "Pas d'allergie connue", "absent"),
        ("no-allergy-info", "Aucune information sur les allergies", "unknown"),
        ("Z88.0", "Pénicilline", "present"),
    ],
)
def test_an_allergy_that_is_denied_unknown_or_there(code: str, label: str, certainty: str) -> None:
    fact = only(cda.section("48765-2", "Allergies", "", cda.condition(code, label, template="6")))
    assert (fact.kind, fact.certainty) == ("allergy", certainty)


def test_an_allergy_without_a_value_beside_a_denial_is_none() -> None:
    entry = cda.condition("X", "Y", template="6").replace(
        f'<value xsi:type="CD" code="X" displayName="Y" {cda.ICD}/>', '<value xsi:type="CD"/>'
    )
    fact = only(cda.section("48765-2", "Allergies", "Aucune allergie connue", entry))
    assert fact.certainty == "absent"
    unnamed = only(cda.section("48765-2", "Allergies", "Voir le dossier", entry))
    assert unnamed.certainty == "unknown"


def test_the_agent_of_an_allergy_is_what_it_is_about() -> None:
    agent = """<participant typeCode="CSM"><participantRole><playingEntity><code code="A" displayName="Amoxicilline"/>
    <name>amoxicilline</name></playingEntity></participantRole></participant>"""
    reaction = cda.nested(
        "R", "symptôme", '<value xsi:type="CD" code="L50" displayName="Urticaire"/>', "MFST"
    )
    entry = cda.condition("Z88", "Allergie à un antibiotique", template="6", rest=agent + reaction)
    fact = only(cda.section("48765-2", "Allergies", "", entry))
    assert fact.label == "Amoxicilline"
    assert [detail.text for detail in fact.details if detail.name == "reaction"] == ["Urticaire"]


def medication(**given: str) -> Fact:
    return only(cda.section("10160-0", "Traitements", "", cda.treatment("BISOPROLOL 5 mg", **given)))


def test_a_treatment_with_its_schedule() -> None:
    rest = """<effectiveTime xsi:type="PIVL_TS" operator="A"><period value="8" unit="h"/></effectiveTime>
    <routeCode code="20053000" displayName="Voie orale"/>
    <doseQuantity><low value="1" unit="{tablet}"/><high value="2" unit="{tablet}"/></doseQuantity>
    <precondition><criterion><text>si douleur</text></criterion></precondition>"""
    fact = medication(rest=rest)
    said = {detail.name: detail.text for detail in fact.details}
    assert fact.label == "BISOPROLOL 5 mg"
    assert [code.system for code in fact.codes] == ["CIS", "CIP"]
    assert said["frequency"] == "toutes les 8 heures"
    assert said["dose"] == "1 – 2 comprimé(s)"
    assert said["route"] == "Voie orale"
    assert said["as_needed"] == "si douleur"
    assert said["start"] == "20/01/2024"


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        ('xsi:type="PIVL_TS"><period value="1" unit="d"/>', "une fois par jour"),
        ('xsi:type="PIVL_TS"><period value="2" unit="wk"/>', "toutes les 2 semaines"),
        ('xsi:type="PIVL_TS" institutionSpecified="true"><period value="8" unit="h"/>', "3 fois par jour"),
        ('xsi:type="EIVL_TS"><event code="HS"/>', "au coucher"),
        ('xsi:type="EIVL_TS"><event code="ACM"/>', "avant le petit-déjeuner"),
        (
            """xsi:type="SXPR_TS"><comp xsi:type="EIVL_TS"><event code="CM"/></comp>
            <comp xsi:type="EIVL_TS"><event code="CV"/></comp>""",
            "au petit-déjeuner, au dîner",
        ),
    ],
)
def test_schedules_in_french(schedule: str, words: str) -> None:
    fact = medication(rest=f"<effectiveTime {schedule}</effectiveTime>")
    assert next(detail.text for detail in fact.details if detail.name == "frequency") == words


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({}, "active"),
        ({"high": "20240125"}, "completed"),
        ({"high": "20240301"}, "active"),
        ({"low": "20240215", "mood": "INT"}, "planned"),
        ({"low": "20240131", "mood": "INT", "high": "20240207"}, "active"),
    ],
)
def test_dates_tell_the_status_of_a_treatment(given: dict[str, str], status: str) -> None:
    assert medication(**given).status == status


def test_a_stopped_treatment_and_one_that_was_not_given() -> None:
    entry = cda.treatment("X")
    section = cda.section(
        "10160-0", "T", "", entry.replace('statusCode code="completed"', 'statusCode code="aborted"')
    )
    assert only(section).status == "stopped"
    denied = entry.replace('moodCode="EVN"', 'moodCode="EVN" negationInd="true"')
    fact = only(cda.section("10160-0", "T", "", denied))
    assert fact.certainty == "absent"
    assert "non administré" in fact.locator.quote


def test_the_drug_behind_an_adverse_effect_is_no_treatment() -> None:
    link = f'<entryRelationship typeCode="COMP">{cda.treatment("AMOXICILLINE 1 g")}</entryRelationship>'
    facts = facts_of(cda.section("11450-4", "Problèmes", "", cda.condition("T88", "Réaction", rest=link)))
    assert [fact.kind for fact in facts] == ["problem"]
    assert any(detail.text == "AMOXICILLINE 1 g" for detail in facts[0].details)


def test_what_is_to_be_done_is_a_plan() -> None:
    entry = cda.observation("2823-3", "Kaliémie de contrôle", "", mood="INT")
    fact = only(cda.section("18776-5", "Plan de soins", "", entry))
    assert (fact.kind, fact.status) == ("plan", "planned")
    assert "prévu" in fact.locator.quote


def test_family_history_is_not_the_patients() -> None:
    entry = f"""<organizer classCode="CLUSTER" moodCode="EVN"><subject><relatedSubject>
    <code code="MTH" displayName="Mère"/></relatedSubject></subject><component>
    <observation classCode="OBS" moodCode="EVN"><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.5"/>
    <code code="D" displayName="diagnostic"/>
    <value xsi:type="CD" code="C50" displayName="Cancer du sein" {cda.ICD}/></observation></component></organizer>"""
    fact = only(cda.section("10157-6", "Antécédents familiaux", "", entry))
    assert (fact.kind, fact.subject, fact.label) == ("family_history", "family", "Cancer du sein")
    assert "Mère" in fact.locator.quote


def test_an_unknown_entry_is_within_reach() -> None:
    entry = '<regionOfInterest><code code="X1" displayName="zone d’intérêt"/><value value="12"/></regionOfInterest>'
    document = read(cda.document(cda.section("1", "Image", "", entry))).document
    assert "zone d’intérêt" in document.text
    assert "12" in document.text


def test_the_label_falls_back_to_the_narrative() -> None:
    entry = """<observation classCode="OBS" moodCode="EVN"><code nullFlavor="UNK"><originalText>
    <reference value="#k1"/></originalText></code><value xsi:type="ST">vu</value></observation>"""
    fact = only(cda.section("30954-2", "Biologie", cda.TABLE, entry))
    assert fact.label == "Potassium"


def test_a_target_is_not_a_result() -> None:
    entry = cda.observation("34714-6", "INR", '<value xsi:type="REAL" value="2.5"/>', mood="GOL")
    fact = only(cda.section("30954-2", "Résultats", "", entry))
    assert (fact.kind, fact.status) == ("plan", "planned")
    assert "objectif" in fact.locator.quote


def test_a_result_whose_date_cannot_be_read_does_not_get_that_of_the_document() -> None:
    entry = cda.observation("2823-3", "Potassium", cda.quantity("4.1", "mmol/L"))
    wrong = entry.replace("20240130080000+0100", "20092012081500+0100")
    assert only(cda.section("30954-2", "Biologie", "", wrong)).effective is None


def test_results_of_an_isolate_say_which_it_is() -> None:
    entry = f"""<organizer classCode="CLUSTER" moodCode="EVN"><specimen><specimenRole><specimenPlayingEntity>
    <code code="E" displayName="Escherichia coli"/></specimenPlayingEntity></specimenRole></specimen>
    <component>{cda.observation("A", "Amoxicilline", '<value xsi:type="ST">R</value>')}</component></organizer>"""
    fact = only(cda.section("18725-2", "Microbiologie", "", entry))
    assert [d.text for d in fact.details if d.name == "specimen"] == ["Escherichia coli"]


def test_a_comment_is_its_words() -> None:
    text = '<content ID="c">Hémolyse</content>'
    entry = """<act classCode="ACT" moodCode="EVN"><code code="48767-8" displayName="Commentaire"/>
    <text><reference value="#c"/></text></act>"""
    assert only(cda.section("1", "T", text, entry)).locator.quote == "Commentaire : Hémolyse"


def test_a_finding_that_is_denied_does_not_deny_the_examination() -> None:
    entry = cda.observation("C", "Scanner", '<value xsi:type="ST">Pas d\'embolie pulmonaire</value>')
    assert only(cda.section("1", "Imagerie", "", entry)).certainty == "present"
    none = cda.observation("C", "Complications", '<value xsi:type="ST">Aucune</value>')
    assert only(cda.section("1", "Suites", "", none)).certainty == "absent"


def test_what_was_given_before_the_document_of_the_same_day_is_over() -> None:
    given = {"low": "202401310900+0100", "high": "202401310915+0100"}
    assert medication(**given).status == "completed"
