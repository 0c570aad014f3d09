"""Treatment: current against stopped, dose, since when, why, and premises that do not hold."""

from __future__ import annotations

import pytest

from retrieval.terminology.lexicon import Lexicon, load_lexicon
from tests.assistant.answering.facts_by_hand import as_needed, ask, document, drug, fact, plain, start, texts


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon()


APIXABAN = drug(
    "apixaban (Eliquis)", "active", "2023-12-23", atc="B01AF02", record="o1",
    details=[("dose", "5 mg matin et soir"), ("frequency", "matin et soir"), ("reason", "fibrillation atriale"), start("2023-12-23")],
)  # fmt: skip
FUROSEMIDE = [
    drug(
        "furosémide (Lasilix)",
        "active",
        "2022-01-05",
        details=[("dose", "40 mg le matin"), start("2022-01-05")],
    ),
    drug(
        "furosémide (Lasilix)",
        "active",
        "2025-06-01",
        details=[("dose", "60 mg le matin"), ("route", "orale"), start("2025-06-01")],
    ),
]
WARFARIN = [
    drug("warfarine (Coumadine)", "active", "2020-01-01", details=[("dose", "4 mg le soir")]),
    drug("warfarine (Coumadine)", "stopped", "2023-12-23", details=[("reason_stopped", "INR instables")]),
]
PARACETAMOL = drug(
    "paracétamol",
    "active",
    "2026-01-01",
    details=[("dose", "1 g"), ("frequency", "toutes les 6 heures"), as_needed()],
)


def test_the_list_gives_current_treatment_then_what_was_stopped(lexicon: Lexicon) -> None:
    found = ask(
        "Quel est son traitement actuel ?", [*WARFARIN, *FUROSEMIDE, APIXABAN, PARACETAMOL], lexicon=lexicon
    )
    assert texts(found) == [
        "Apixaban (Eliquis) : 5 mg matin et soir, depuis le 23/12/2023.",
        "Furosémide (Lasilix) : 60 mg le matin, voie orale, depuis le 01/06/2025 (traitement débuté le 05/01/2022).",
        "Paracétamol : 1 g, toutes les 6 heures, si besoin, depuis le 01/01/2026.",
        "Warfarine (Coumadine) : arrêt le 23/12/2023 (motif : INR instables).",
    ]
    assert found.complete


def test_stopped_drugs_alone_when_asked(lexicon: Lexicon) -> None:
    found = ask("Quels médicaments ont été arrêtés ?", [*WARFARIN, APIXABAN], lexicon=lexicon)
    assert texts(found) == ["Warfarine (Coumadine) : arrêt le 23/12/2023 (motif : INR instables)."]


def test_dose_is_that_of_the_newest_order(lexicon: Lexicon) -> None:
    found = ask("Quelle dose de Lasilix prend-il ?", FUROSEMIDE, lexicon=lexicon)
    assert "60 mg" in texts(found)[0]
    assert "40 mg" not in texts(found)[0]
    assert not found.premise_corrected


def test_dose_of_a_stopped_drug_says_that_it_was_stopped(lexicon: Lexicon) -> None:
    found = ask("Quelle est la dose actuelle de warfarine ?", WARFARIN, lexicon=lexicon)
    assert texts(found) == [
        "Warfarine (Coumadine) : traitement arrêté le 23/12/2023 (motif : INR instables), il n’est plus en cours."
    ]
    assert found.premise_corrected
    assert "4 mg" not in texts(found)[0]


def test_since_is_the_start_of_the_present_course(lexicon: Lexicon) -> None:
    assert texts(ask("Depuis quand prend-il du furosémide ?", FUROSEMIDE, lexicon=lexicon)) == [
        "Furosémide (Lasilix) : depuis le 05/01/2022."
    ]
    again = [*WARFARIN, drug("warfarine (Coumadine)", "active", "2025-02-03", details=[("dose", "5 mg")])]
    assert texts(ask("Depuis quand prend-il de la warfarine ?", again, lexicon=lexicon)) == [
        "Warfarine (Coumadine) : depuis le 03/02/2025."
    ]


def test_why_it_was_stopped(lexicon: Lexicon) -> None:
    found = ask("Pourquoi la warfarine a-t-elle été arrêtée ?", WARFARIN, lexicon=lexicon)
    assert texts(found) == ["Warfarine (Coumadine) : arrêt le 23/12/2023 (motif : INR instables)."]
    assert found.complete


def test_a_stop_without_a_reason_leaves_prose_to_complete(lexicon: Lexicon) -> None:
    facts = [WARFARIN[0], drug("warfarine (Coumadine)", "stopped", "2023-12-23")]
    found = ask("Pourquoi la warfarine a-t-elle été arrêtée ?", facts, lexicon=lexicon)
    assert not found.complete
    assert texts(found) == ["Warfarine (Coumadine) : arrêt le 23/12/2023."]


def test_a_stop_that_never_was_corrects_the_premise(lexicon: Lexicon) -> None:
    found = ask("Pourquoi l’apixaban a-t-il été arrêté ?", [APIXABAN], lexicon=lexicon)
    assert found.premise_corrected
    assert texts(found)[0].startswith(
        "Apixaban (Eliquis) : aucun arrêt enregistré ; traitement en cours : 5 mg"
    )


def test_indication(lexicon: Lexicon) -> None:
    found = ask("Pourquoi est-elle sous apixaban ?", [APIXABAN], lexicon=lexicon)
    assert texts(found) == ["Apixaban (Eliquis), depuis le 23/12/2023 : indication, fibrillation atriale."]


def test_a_class_is_answered_by_its_members(lexicon: Lexicon) -> None:
    found = ask(
        "Le patient est-il sous anticoagulants ?", [*WARFARIN, APIXABAN, PARACETAMOL], lexicon=lexicon
    )
    assert texts(found) == [
        "Oui, traitement en cours : apixaban (Eliquis) : 5 mg matin et soir, depuis le 23/12/2023.",
        "Warfarine (Coumadine) : arrêt le 23/12/2023 (motif : INR instables).",
    ]
    assert ask("Prend-il une statine ?", [APIXABAN], lexicon=lexicon).reason == "not_in_record"


def test_an_end_date_in_the_past_ends_the_course(lexicon: Lexicon) -> None:
    facts = [
        drug("amoxicilline", "active", "2026-01-01", effective_end="2026-01-08", details=[("dose", "1 g")])
    ]
    assert texts(ask("Prend-il de l’amoxicilline ?", facts, lexicon=lexicon)) == [
        "Amoxicilline : traitement terminé le 08/01/2026."
    ]


def test_planned_is_not_current(lexicon: Lexicon) -> None:
    asked = "Prend-elle du méthotrexate ?"
    facts = [drug("méthotrexate", "planned", "2026-03-01")]
    assert texts(ask(asked, facts, lexicon=lexicon)) == ["Méthotrexate : prévu, noté le 01/03/2026."]
    facts = [drug("méthotrexate", "planned", "2026-03-01", details=(start("2026-05-04"),))]
    assert texts(ask(asked, facts, lexicon=lexicon)) == ["Méthotrexate : prévu le 04/05/2026."]


def test_a_drug_copied_forward_after_its_stop_is_a_conflict(lexicon: Lexicon) -> None:
    facts = [
        drug("warfarine", "active", "2020-01-01", record="list"),
        drug("warfarine", "stopped", "2023-12-23", record="stop"),
    ]
    documents = [
        document("list", "2026-02-01", title="Liste"),
        document("stop", "2023-12-23", title="Courrier"),
    ]
    found = ask("Prend-il de la warfarine ?", facts, lexicon=lexicon, documents=documents)
    assert [plain(c.text) for c in found.conflicts] == [
        "Sources discordantes, warfarine : arrêté (23/12/2023, Courrier) ; en cours (01/01/2020, Liste)."
    ]


def test_a_drug_that_no_lexicon_knows_is_found_by_the_words_of_the_record(lexicon: Lexicon) -> None:
    facts = [drug("zorbutamide (Zorbex)", "active", "2026-01-01", details=[("dose", "10 mg")])]
    assert texts(ask("Quelle dose de Zorbex prend-il ?", facts, lexicon=lexicon)) == [
        "Zorbutamide (Zorbex) : 10 mg, depuis le 01/01/2026."
    ]


def test_an_allergy_to_a_drug_is_no_treatment(lexicon: Lexicon) -> None:
    facts = [fact("allergy", "Amoxicilline", effective="2026-01-01")]
    assert ask("Prend-il de l’amoxicilline ?", facts, lexicon=lexicon).status == "abstained"


def test_the_reason_of_a_new_dose_is_no_indication(lexicon: Lexicon) -> None:
    facts = [
        drug("furosémide", "active", "2023-12-17", details=[("dose", "40 mg le matin"), ("reason", "œdèmes")]),
        drug("furosémide", "active", "2025-10-16", details=[("dose", "80 mg le matin"), ("reason", "poids stable")]),
    ]  # fmt: skip
    found = ask("Quelle est l’indication du furosémide ?", facts, lexicon=lexicon)
    assert texts(found) == ["Furosémide, depuis le 17/12/2023 : indication, œdèmes."]


def test_a_need_may_stand_in_the_words_of_the_dose(lexicon: Lexicon) -> None:
    facts = [
        drug("paracétamol", "active", "2025-01-01", details=[("dose", "1000 mg si besoin")]),
        drug("apixaban", "active", "2025-01-01", details=[("dose", "5 mg matin et soir")]),
    ]
    found = ask("Quels médicaments sont prescrits si besoin ?", facts, lexicon=lexicon)
    assert [text.partition(" ")[0] for text in texts(found)] == ["Paracétamol"]
