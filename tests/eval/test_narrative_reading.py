"""Figures of the reading of prose: floors on a fixed hospital, and on the labelled public notes."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.narrative_reading import Tally, labels, main, synthetic

LABELS = Path(__file__).parents[1] / "data" / "narrative_labels.csv"
NEVER = ("negation never made present", "hypothesis never made present", "relative never made the patient")


@pytest.fixture(scope="module")
def figures() -> dict[str, Tally]:
    """A hospital of a tuning seed: the floor guards against a fall, the figures of docs/narrative.md do not."""
    return synthetic([41], patients=4, open_held_out=False)


@pytest.mark.parametrize(
    ("name", "floor"),
    [
        ("precision negation", 0.9),
        ("precision present", 0.9),
        ("precision family", 0.9),
        ("precision date", 0.8),
        ("precision value", 0.95),
        ("recall negation", 0.5),
        ("recall family", 0.5),
    ],
)
def test_a_figure_does_not_fall(figures: dict[str, Tally], name: str, floor: float) -> None:
    assert figures[name].stated > 0
    assert figures[name].right / figures[name].stated >= floor, figures[name]


@pytest.mark.parametrize("name", NEVER)
def test_what_is_denied_supposed_or_of_a_relative_is_never_made_the_patients(
    figures: dict[str, Tally], name: str
) -> None:
    assert figures[name].stated > 0
    assert figures[name].right == figures[name].stated, figures[name]


def test_a_line_shows_the_interval() -> None:
    assert Tally(9, 10).line("x").endswith("9/10 0.900 [0.596, 0.982]")
    assert Tally(0, 0).line("x").endswith("no case")


@pytest.mark.data
def test_the_labelled_notes(shared_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    templates = shared_data / "text_eds_pseudo_fictif" / "templates.txt"
    found = labels(templates, LABELS)
    assert (
        found["silent where nothing is said, IPP"].right == found["silent where nothing is said, IPP"].stated
    )
    assert found["precision other"].right / found["precision other"].stated >= 0.7
    assert main(["labels", str(templates), str(LABELS)]) == 0
    assert "precision other" in capsys.readouterr().out
