"""Presence and absence in French: sentences written by hand, with what a reader understands."""

from __future__ import annotations

import pytest

from eval.cases.gold import PolarityGold
from eval.metrics.polarity import polarity
from eval.metrics.value_match import says

SENTENCES = (
    ("Pas de diabète.", "diabète", "absent"),
    ("Non, pas de diabète connu.", "diabète", "absent"),
    ("Le patient n’est pas diabétique.", "diabète", "absent"),
    ("La patiente n'a jamais eu d'asthme.", "asthme", "absent"),
    ("Aucune allergie connue, noté le 03/02/2025.", "allergie", "absent"),
    ("Absence d’asthme documentée le 12/03/2024.", "asthme", "absent"),
    ("Non : absence de rétinopathie diabétique documentée le 12/03/2024.", "rétinopathie diabétique", "absent"),
    ("Non.", "hypertension artérielle", "absent"),
    ("Non", "diabète", "absent"),
    ("Allergie à la pénicilline : réfutée le 04/05/2023.", "allergie à la pénicilline", "absent"),
    ("Allergie à la pénicilline, réfutée par le bilan allergologique.", "allergie à la pénicilline", "absent"),
    ("Allergie écartée : pénicilline (réaction : urticaire).", "allergie à la pénicilline", "absent"),
    ("L’allergie à la pénicilline a été réfutée.", "allergie à la pénicilline", "absent"),
    ("Embolie pulmonaire exclue par l’angioscanner.", "embolie pulmonaire", "absent"),
    ("Une embolie pulmonaire a été éliminée.", "embolie pulmonaire", "absent"),
    ("Le scanner exclut une embolie pulmonaire.", "embolie pulmonaire", "absent"),
    ("Diabète : non.", "diabète", "absent"),
    ("Allergies : aucune.", "allergie", "absent"),
    ("Antécédents de tuberculose : néant.", "tuberculose", "absent"),
    ("Ni diabète ni hypertension.", "hypertension", "absent"),
    ("Ni diabète ni hypertension.", "diabète", "absent"),
    ("Sans antécédent thromboembolique.", "antécédent thromboembolique", "absent"),
    ("Le patient nie toute consommation de tabac.", "tabac", "absent"),
    ("Elle n’a pas de MICI.", "MICI", "absent"),
    ("Sérologie VIH négative.", "VIH", "absent"),
    ("No diabetes.", "diabetes", "absent"),
    ("The patient is not diabetic.", "diabetes", "absent"),
    ("Pas d’allergie, pas d’asthme.", "asthme", "absent"),
    ("Elle n’est pas immunisée contre la toxoplasmose.", "immunisée contre la toxoplasmose", "absent"),
    ("HTA chronique : absence documentée le 02/02/2025.", "HTA chronique", "absent"),
    ("Diabète de type 2 depuis 2014.", "diabète", "present"),
    ("Oui, la patiente est diabétique.", "diabète", "present"),
    ("Oui.", "diabète", "present"),
    ("Oui : asthme, depuis le 12/03/2010.", "asthme", "present"),
    ("Allergie : pénicilline (réaction : urticaire ; sévérité : modérée ; notée le 03/02/2019).", "pénicilline", "present"),
    ("Il est allergique à la pénicilline.", "allergie à la pénicilline", "present"),
    ("Asthme persistant, sans complication.", "asthme", "present"),
    ("Diabète non insulinodépendant.", "diabète", "present"),
    ("Diabète non équilibré.", "diabète", "present"),
    ("Hypertension artérielle non contrôlée.", "hypertension artérielle", "present"),
    ("Pas de fièvre, mais une embolie pulmonaire.", "embolie pulmonaire", "present"),
    ("Insuffisance cardiaque (pas d’œdème).", "insuffisance cardiaque", "present"),
    ("Non seulement un diabète, mais aussi une HTA.", "diabète", "present"),
    ("Antécédent familial : diabète (mère). Le patient est diabétique.", "diabète", "present"),
    ("Diabète suspecté, à confirmer.", "diabète", "uncertain"),
    ("Suspicion d’embolie pulmonaire.", "embolie pulmonaire", "uncertain"),
    ("Une embolie pulmonaire n’est pas exclue.", "embolie pulmonaire", "uncertain"),
    ("On ne peut exclure une embolie pulmonaire.", "embolie pulmonaire", "uncertain"),
    ("Diabète probable.", "diabète", "uncertain"),
    ("Recherche de tuberculose en cours.", "tuberculose", "uncertain"),
    ("Antécédent familial : diabète (mère).", "diabète", None),
    ("Dernière kaliémie : 4,8 mmol/L.", "diabète", None),
    ("Pas de diabète. Diabète de type 2 depuis 2014.", "diabète", "contradictory"),
    ("Non, il est diabétique.", "diabète", "contradictory"),
    ("Asthme : aucun traitement de fond.", "asthme", "present"),
    ("Diabète : non équilibré sous metformine.", "diabète", "present"),
    ("Le diabète n’est pas équilibré.", "diabète", "present"),
    ("L’asthme n’a pas nécessité d’hospitalisation.", "asthme", "present"),
    ("Asthme jamais hospitalisé.", "asthme", "present"),
    ("Pas de complication du diabète.", "diabète", "present"),
    ("Pas de saignement chez ce patient diabétique.", "diabète", "present"),
    ("Il ne prend pas son traitement pour le diabète.", "diabète", "present"),
    ("Plus de 10 ans de diabète.", "diabète", "present"),
    ("Diabète de type 2 sans rétinopathie.", "diabète", "present"),
    ("Diabète de type 2 sans rétinopathie.", "rétinopathie", "absent"),
    ("Diabète : 0,5 UI/kg d’insuline.", "diabète", "present"),
    ("Pas d’argument pour une embolie pulmonaire.", "embolie pulmonaire", "absent"),
    ("Le diagnostic de BPCO n’a pas été retenu.", "BPCO", "absent"),
    ("Dépistage de la rétinopathie diabétique négatif.", "rétinopathie diabétique", "absent"),
    ("Pas de lésion évocatrice de tuberculose.", "tuberculose", "absent"),
    ("Pas d’antécédent personnel ni familial de phlébite.", "antécédent familial de phlébite", "absent"),
    ("Toxoplasmose : non immunisée.", "immunisée contre la toxoplasmose", "absent"),
    ("Aucune mention de diabète dans les 41 documents lisibles.", "diabète", None),
    ("Le dossier ne mentionne pas de diabète.", "diabète", None),
    ("L’embolie pulmonaire n’a pas été confirmée.", "embolie pulmonaire", "absent"),
    ("Tabac : 0.", "tabac", "absent"),
    ("Hyperthyroïdie traitée.", "hypertension", None),
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "about", "expected"), SENTENCES, ids=[text[:50] for text, _, _ in SENTENCES]
)
def test_what_a_reader_understands(text: str, about: str, expected: str | None) -> None:
    assert polarity(text, about) == expected
    assert says(text, PolarityGold(present=True, about=about)) is (expected == "present")
    assert says(text, PolarityGold(present=False, about=about)) is (expected == "absent")


def test_accents_and_apostrophes_do_not_matter() -> None:
    assert polarity("LA PATIENTE N'EST PAS DIABETIQUE", "diabète") == "absent"
    assert polarity("Absence d'asthme", "ASTHME") == polarity("Absence d’asthme", "asthme") == "absent"
