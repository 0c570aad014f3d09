"""The digits shown are those measured: a writer's `130.0` with precision 0 is 130."""

from __future__ import annotations

from decimal import Decimal

import pytest

from retrieval.formats.openehr.precision import magnitude_of


@pytest.mark.parametrize(
    ("magnitude", "precision", "shown"),
    [
        ("130.0", 0, "130"),
        ("5.4", 1, "5.4"),
        ("5", 1, "5.0"),
        ("5.46", 1, "5.46"),  # a digit would be lost: the source wins
        ("130.0", None, "130.0"),
        ("130.0", -1, "130.0"),
        ("130.0", 400, "130.0"),
        ("1E+60", 2, "1E+60"),
    ],
)
def test_precision_never_loses_a_digit(magnitude: str, precision: int | None, shown: str) -> None:
    node = {"magnitude": Decimal(magnitude), "precision": precision}
    assert str(magnitude_of(node)) == shown
