"""What the command line shows: French words for every code, and cells that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import get_args

import pytest
from rich.console import Console

from assistant.answering.verify.verdict import DropReason
from assistant.cli import show
from assistant.cli.audit import _as_csv


@pytest.fixture
def out() -> Iterator[Console]:
    """A console that remembers."""
    console = Console(file=io.StringIO(), width=200, record=True)
    yield console
    console.file.close()


def test_both_languages_have_the_same_words() -> None:
    assert show.words("fr").keys() == show.words("en").keys()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_reason_of_a_dropped_sentence_has_words(language: str) -> None:
    assert {f"dropped_{reason}" for reason in get_args(DropReason)} <= show.words(language).keys()


@pytest.mark.parametrize("n", [0, 1, 2])
def test_an_ending_shows_no_code_and_no_wrong_plural(out: Console, n: int) -> None:
    coverage = {"documents": n, "from": None, "to": None, "unread": [], "sources": []}
    dropped = [{"reason": "number_not_in_source", "count": 1}, {"reason": "not_known_here", "count": 1}]
    answer = {
        "language": "fr",
        "premise_corrected": False,
        "reason": None,
        "options": [],
        "conflicts": [],
        "dropped": dropped,
        "sentences": [],
        "evidence": [],
        "coverage": coverage,
        "mode": "facts",
    }
    show.ending(out, answer)
    told = out.export_text()
    assert "un nombre absent de la source, non confirmée par la source" in told
    assert "_" not in told
    assert f"Documents parcourus\u202f: {n}." in told


def test_people_are_listed_in_french(out: Console) -> None:
    row = {"id": "p", "name": "FAURE Roger", "birth_date": "1956-07-03", "sex": "male"}
    show.patients(out, {"patients": [row | {"identity_status": "qualified"}]})
    told = out.export_text()
    assert "identité qualifiée" in told
    assert "qualified" not in told


def test_an_exported_cell_is_never_a_formula() -> None:
    names = ("seq", "at", "kind", "actor", "patient_id", "detail")
    event: dict[str, object] = dict.fromkeys(names, "") | {"detail": {}, "seq": 1}
    for start in "=+-@\t\r":
        (row,) = csv.DictReader(io.StringIO(_as_csv([event | {"patient_id": f"{start}1+1"}]), newline=""))
        assert row["patient_id"] == f"'{start}1+1"
    (plain,) = csv.DictReader(io.StringIO(_as_csv([event | {"patient_id": "pat-1"}])))
    assert plain["patient_id"] == "pat-1"
