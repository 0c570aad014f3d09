"""Title, kind and date of a letter from its first lines; what is in doubt is left out."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from retrieval.formats.text.heading import heading_of_letter

ROWS = list(csv.DictReader((Path(__file__).parent / "headings.csv").read_text("utf-8").splitlines()))


@pytest.mark.parametrize("row", ROWS, ids=[row["line"] for row in ROWS])
def test_a_line_of_the_head(row: dict[str, str]) -> None:
    found = heading_of_letter(["Hôpital", row["line"], "Madame"], name="x.txt")
    assert (found.kind, found.date or "") == (row["kind"], row["date"])


def test_two_days_in_the_head_are_none() -> None:
    assert heading_of_letter(["Lyon, le 12/03/2025", "Date : 13/03/2025"], name="x.txt").date is None
    assert heading_of_letter(["Lyon, le 12/03/2025", "Date : 12/03/2025"], name="x.txt").date == "2025-03-12"


def test_a_date_beyond_the_head_does_not_count() -> None:
    assert heading_of_letter([*["ligne"] * 15, "Lyon, le 12/03/2025"], name="x.txt").date is None


def test_the_title_is_the_document_s_name_else_the_first_line_else_the_file_s() -> None:
    lines = ["Hôpital Saint-Éloi", "# Lettre de sortie", "texte"]
    assert heading_of_letter(lines, name="x.txt").title == "Lettre de sortie"
    assert heading_of_letter(["Hôpital Saint-Éloi", "texte"], name="x.txt").title == "Hôpital Saint-Éloi"
    assert heading_of_letter(["mot " * 60], name="a/b/courrier 12.txt").title == "courrier 12"
