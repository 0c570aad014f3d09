"""Aspects: what is asked of a thing beside its value, and which texts tell it."""

from __future__ import annotations

import pytest

from assistant.answering.aspects import asked_aspects, tells


@pytest.mark.parametrize(
    ("question", "named", "telling", "other"),
    [
        ("Cible de pression artérielle ?", ["target"], "PA cible inférieure à 140/85 mmHg", "Dernière PA : 133/78"),
        ("Temps passé dans la cible d’INR ?", ["target", "time_in_range"], "Temps dans la cible : 62 %", "INR 2,8"),
        ("Durée prévue de l’anticoagulation ?", ["duration"], "Anticoagulation pour 12 mois au moins", "Apixaban 5 mg"),
        ("Quelle est la puissance de l’implant ?", ["power"], "Implant de +21,5 dioptries", "Implant posé le 10/09/2024"),
        ("Quel produit de contraste peut être utilisé ?", ["allowed"], "Iodixanol utilisable", "Allergie à l’iode"),
        ("Quelle était la longueur du col ?", ["length"], "Col long de 21 mm", "Grossesse évolutive"),
    ],
)  # fmt: skip
def test_an_aspect_is_asked_and_told(question: str, named: list[str], telling: str, other: str) -> None:
    aspects = asked_aspects(question)
    assert [each.name for each in aspects] == named
    assert tells(telling, aspects)
    assert not tells(other, aspects)


@pytest.mark.parametrize(
    "question",
    [
        "Dernière kaliémie ?",
        "Depuis combien de temps prend-il du bisoprolol ?",
        "Quelle est sa taille ?",
        "INR dans la cible ?",
    ],
)
def test_most_questions_ask_for_none(question: str) -> None:
    assert asked_aspects(question) == ()
    assert tells("n’importe quoi", ())
