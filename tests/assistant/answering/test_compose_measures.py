"""Latest, first, at a date, over time: exact French, and only what the numbers bear."""

from __future__ import annotations

from decimal import Decimal

import pytest

from assistant.answering.compose.trends import direction
from retrieval.fact import Quantity, Ratio
from retrieval.terminology.lexicon import Lexicon, load_lexicon
from tests.assistant.answering.facts_by_hand import ask, document, fact, lab, plain, texts


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon()


def potassium(value: str, day: str, **fields: object) -> object:
    return lab("Potassium", value, "mmol/L", day, loinc="2823-3", low="3.5", high="5.0", **fields)


def test_latest_is_exact_to_the_character(lexicon: Lexicon) -> None:
    found = ask(
        "Dernière kaliémie ?",
        [potassium("4.2", "2025-01-02"), potassium("5.4", "2026-03-12T08:00:00+01:00")],
        lexicon=lexicon,
    )
    assert found.sentences[0].text == (
        "Dernière kaliémie\u202f: 5,4\u00a0mmol/L le 12/03/2026 (valeurs usuelles 3,5–5,0), au-dessus de la normale."
    )
    assert found.complete
    assert len(found.sentences) == 1


def test_english_wording(lexicon: Lexicon) -> None:
    found = ask("What is the latest potassium?", [potassium("3.1", "2026-03-12")], lexicon=lexicon)
    assert texts(found) == [
        "Latest Potassium: 3.1 mmol/L on 12 March 2026 (reference range 3.5–5.0), below the reference range."
    ]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "."),
        ({"interpretation": "high"}, ", au-dessus de la normale."),
        ({"interpretation": "critical_low"}, ", en dessous de la normale (valeur critique)."),
        ({"interpretation": "abnormal"}, ", résultat anormal d’après le laboratoire."),
    ],
)
def test_no_range_no_judgement_but_that_of_the_laboratory(
    lexicon: Lexicon, fields: dict[str, str], words: str
) -> None:
    found = ask(
        "Dernière CRP ?", [lab("CRP", "12", "mg/L", "2026-01-01", loinc="1988-5", **fields)], lexicon=lexicon
    )
    assert texts(found) == ["Dernière CRP : 12 mg/L le 01/01/2026" + words]


def test_a_value_below_a_detection_limit_is_not_judged_low(lexicon: Lexicon) -> None:
    found = ask(
        "Dernière troponine ?",
        [lab("Troponine", "5", "ng/L", "2026-01-01", comparator="<", low="1", high="14")],
        lexicon=lexicon,
    )
    assert texts(found) == ["Dernière troponine : < 5 ng/L le 01/01/2026 (valeurs usuelles 1–14)."]


def test_preliminary_is_said_and_the_last_final_result_follows(lexicon: Lexicon) -> None:
    facts = [potassium("4.0", "2026-02-01"), potassium("5.9", "2026-03-01", status="preliminary")]
    told = texts(ask("Dernière kaliémie ?", facts, lexicon=lexicon))
    assert "(résultat préliminaire)" in told[0]
    assert "5,9 mmol/L" in told[0]
    assert told[1].startswith("Dernière kaliémie définitive : 4,0 mmol/L le 01/02/2026")


def test_the_final_result_agrees_with_its_measure(lexicon: Lexicon) -> None:
    facts = [
        lab("INR", "2.1", "1", "2026-02-01"),
        lab("INR", "3.4", "1", "2026-03-01", status="preliminary"),
    ]
    told = texts(ask("Dernier INR ?", facts, lexicon=lexicon))
    assert told[1].startswith("Dernier INR définitif : 2,1 le 01/02/2026")


def test_an_english_trend_names_the_measure_as_the_record_does(lexicon: Lexicon) -> None:
    facts = [potassium("4.0", "2026-01-01"), potassium("5.4", "2026-02-01")]
    told = texts(ask("How has potassium changed over time?", facts, lexicon=lexicon))
    assert told
    assert all(text.startswith("Potassium: ") for text in told)


def test_entered_in_error_is_never_told(lexicon: Lexicon) -> None:
    facts = [potassium("4.0", "2026-02-01"), potassium("8.9", "2026-03-01", status="entered_in_error")]
    assert "8,9" not in " ".join(texts(ask("Dernière kaliémie ?", facts, lexicon=lexicon)))


def test_only_the_current_version_of_a_record_counts(lexicon: Lexicon) -> None:
    facts = [
        potassium("5.9", "2026-03-01", record="r", version="r::1"),
        potassium("4.9", "2026-03-01", record="r", version="r::2", status="amended"),
    ]
    documents = [
        document("r", "2026-03-01", version="r::1", version_number=1),
        document("r", "2026-03-01", version="r::2", version_number=2),
    ]
    told = texts(ask("Dernière kaliémie ?", facts, lexicon=lexicon, documents=documents))
    assert told == [
        "Dernière kaliémie : 4,9 mmol/L le 01/03/2026 (valeurs usuelles 3,5–5,0), dans la norme (résultat corrigé)."
    ]


def test_two_results_of_one_moment_are_a_conflict(lexicon: Lexicon) -> None:
    found = ask(
        "Dernière kaliémie ?",
        [potassium("4.0", "2026-03-01"), potassium("5.9", "2026-03-01")],
        lexicon=lexicon,
    )
    assert len(found.conflicts) == 1
    assert "4,0 mmol/L" in plain(found.conflicts[0].text)
    assert "5,9 mmol/L" in plain(found.conflicts[0].text)


def test_first_value_and_value_at_a_date(lexicon: Lexicon) -> None:
    facts = [potassium("4.0", "2024-02-01"), potassium("4.4", "2025-03-12"), potassium("4.8", "2026-01-01")]
    assert texts(ask("Première kaliémie ?", facts, lexicon=lexicon))[0].startswith(
        "Première kaliémie : 4,0 mmol/L le 01/02/2024"
    )
    assert texts(ask("Quelle était la kaliémie en mars 2025 ?", facts, lexicon=lexicon))[0].startswith(
        "Kaliémie : 4,4 mmol/L le 12/03/2025"
    )
    assert ask("Kaliémie du 05/06/2023 ?", facts, lexicon=lexicon).status == "abstained"


def test_trend_says_a_direction_only_when_the_numbers_bear_it(lexicon: Lexicon) -> None:
    rising = [
        lab("Créatinine", v, "umol/L", d, loinc="14682-9")
        for v, d in (("80", "2025-06-01"), ("95", "2025-09-01"), ("130", "2026-01-01"))
    ]
    told = texts(ask("Évolution de la créatinine depuis un an ?", rising, lexicon=lexicon))
    assert told == [
        "Créatinine : augmente, de 80 µmol/L le 01/06/2025 à 130 µmol/L le 01/01/2026.",
        "Créatinine : 80 µmol/L le 01/06/2025, 95 µmol/L le 01/09/2025, 130 µmol/L le 01/01/2026.",
    ]
    one = texts(ask("Évolution de la créatinine ?", rising[:1], lexicon=lexicon))
    assert one == [
        "Créatinine : un seul résultat, 80 µmol/L le 01/06/2025 ; aucune évolution ne peut être décrite."
    ]


def test_a_trend_over_two_units_is_not_given_a_direction(lexicon: Lexicon) -> None:
    facts = [
        lab("Créatinine", "9", "mg/L", "2025-06-01", loinc="2160-0"),
        lab("Créatinine", "130", "umol/L", "2026-01-01", loinc="14682-9"),
    ]
    told = texts(ask("Évolution de la créatinine ?", facts, lexicon=lexicon))
    assert told == ["Créatinine : 9 mg/L le 01/06/2025, 130 µmol/L le 01/01/2026."]


@pytest.mark.parametrize(
    ("numbers", "key", "word"),
    [
        (("80", "130"), "analyte:creatinine", "rises"),
        (("130", "80"), "analyte:creatinine", "falls"),
        (("80", "84"), "analyte:creatinine", "steady"),
        (("80", "140", "85"), "analyte:creatinine", "varies"),
        (("140", "133"), "analyte:sodium", "falls"),
        (("140", "133"), "analyte:creatinine", "steady"),
    ],
)
def test_directions_follow_the_thresholds_of_the_file(numbers: tuple[str, ...], key: str, word: str) -> None:
    assert direction([Decimal(number) for number in numbers], key) == word


def test_blood_pressure_is_told_as_a_pair_of_one_record(lexicon: Lexicon) -> None:
    facts = [
        fact(
            "vital_sign",
            "Pression artérielle systolique",
            Quantity(magnitude=Decimal("132.0"), unit="mm[Hg]"),
            effective="2026-03-01",
            record="a",
        ),
        fact(
            "vital_sign",
            "Pression artérielle diastolique",
            Quantity(magnitude=Decimal("78.0"), unit="mm[Hg]"),
            effective="2026-03-01",
            record="a",
        ),
    ]
    found = ask("Dernière tension ?", facts, lexicon=lexicon)
    assert texts(found) == ["Dernière pression artérielle : 132/78 mmHg le 01/03/2026."]
    assert len(found.sentences[0].facts) == 2


def test_a_proportion_is_shown_in_percent(lexicon: Lexicon) -> None:
    facts = [
        fact(
            "vital_sign",
            "SpO₂",
            Ratio(numerator=Decimal("96"), denominator=Decimal("100")),
            effective="2026-03-01",
        )
    ]
    assert texts(ask("Saturation ?", facts, lexicon=lexicon)) == ["Dernière SpO2 : 96 % le 01/03/2026."]


def test_a_drug_with_potassium_is_no_potassium_result(lexicon: Lexicon) -> None:
    facts = [fact("medication", "Canrénoate de potassium", status="active", effective="2026-03-01")]
    assert ask("Dernière kaliémie ?", facts, lexicon=lexicon).reason == "not_in_record"


def test_a_newer_document_that_mentions_the_concept_is_named(lexicon: Lexicon) -> None:
    facts = [potassium("4.0", "2026-02-01", record="bio")]
    documents = [
        document("bio", "2026-02-01", title="Biologie"),
        document("letter", "2026-03-01", title="Courrier"),
        document("old", "2025-01-01", title="Ancien courrier"),
    ]
    found = ask(
        "Dernière kaliémie ?", facts, lexicon=lexicon, documents=documents, mentioned={"bio", "letter", "old"}
    )
    assert [item.record_id for item in found.newer] == ["letter"]


def test_value_at_the_stop_of_a_drug_and_at_the_entry_of_a_stay(lexicon: Lexicon) -> None:
    facts = [
        potassium("4.1", "2025-01-01"),
        potassium("5.7", "2025-06-01"),
        potassium("4.3", "2026-01-15"),
        fact(
            "medication",
            "spironolactone (Aldactone)",
            status="stopped",
            effective="2025-06-01",
            details=[("reason_stopped", "hyperkaliémie")],
        ),
        fact("stay", "Admission", "x", effective="2026-01-14"),
        fact("stay", "Sortie", "x", effective="2026-01-20"),
    ]
    told = texts(ask("À combien était la kaliémie à l’arrêt de la spironolactone ?", facts, lexicon=lexicon))
    assert told[0].startswith("Kaliémie : 5,7 mmol/L le 01/06/2025")
    assert told[1] == "Spironolactone (Aldactone) : arrêt le 01/06/2025 (motif : hyperkaliémie)."
    stay = texts(
        ask("À combien était la kaliémie à l’entrée de la dernière hospitalisation ?", facts, lexicon=lexicon)
    )
    assert stay[0].startswith("Kaliémie : 4,3 mmol/L le 15/01/2026")
