"""What is over is not said of the patient now, and only of the thing it is said of."""

import pytest

from eval.metrics.spoken import is_over


def _over(text: str, name: str) -> bool:
    start = text.index(name)
    return is_over(text, start, start + len(name), measured=False)


@pytest.mark.parametrize(
    ("text", "name", "over"),
    [
        ("Tinzaparine (Innohep) : arrêt le 28/07/2025.", "Tinzaparine", True),
        ("Tinzaparine (Innohep) : arrêt le 28/07/2025 ; Apixaban (Eliquis) 5 mg.", "Apixaban", False),
        ("Gliclazide (Diamicron LM) : arrêt le 30/04/2025.", "Diamicron LM", True),
        ("Gliclazide (Diamicron LM) : 30 mg. Metformine (Glucophage) : arrêt.", "Diamicron LM", False),
        ("Apixaban (Eliquis) 5 mg matin et soir. Warfarine : arrêt en 2024.", "Apixaban", False),
        ("Metformine (arrêtée en mars 2024), insuline glargine 12 UI.", "Metformine", True),
        ("Metformine (arrêtée en mars 2024), insuline glargine 12 UI.", "insuline", False),
    ],
)
def test_a_bracket_with_a_brand_does_not_end_what_is_said(text: str, name: str, over: bool) -> None:
    assert _over(text, name) is over
