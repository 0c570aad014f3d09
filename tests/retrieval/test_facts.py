"""Typed look-ups: series in order of time, the latest and its rivals."""

from __future__ import annotations

from retrieval.fact import Fact
from retrieval.facts import by_code, by_label, in_order, latest, rivals, series
from tests.retrieval.documents import document


def fact(name: str, effective: str | None, *, label: str = "Potassium") -> Fact:
    made = document(name, label, facts=[(label, "1")], effective=effective).facts[0]
    return made.model_copy(update={"id": name})


def test_series_by_code_or_label_oldest_first() -> None:
    facts = (
        fact("b", "2024-03-02"),
        fact("a", "2024-03-01T10:00:00+01:00"),
        fact("x", "2024", label="Sodium"),
    )
    assert [each.id for each in series(facts, codes=["POTASSIUM"])] == ["a", "b"]
    assert [each.id for each in series(facts, labels=["POTÀSSIUM ", "sodium"])] == ["x", "a", "b"]
    assert series(facts, codes=["potassium"]) == ()
    assert [each.id for each in by_code(facts, {"SODIUM"})] == ["x"]
    assert [each.id for each in by_label(facts, ["sodium"])] == ["x"]


def test_the_latest_by_instant_not_by_text() -> None:
    facts = (
        fact("late", "2024-03-01T09:30:00Z"),
        fact("early", "2024-03-01T10:00:00+01:00"),
        fact("no", None),
    )
    found = latest(facts)
    assert found is not None
    assert found.id == "late"
    assert [each.id for each in in_order(facts)] == ["no", "early", "late"]


def test_rivals_may_be_as_late() -> None:
    facts = (
        fact("latest", "2024-03-01T10:00:00+01:00"),
        fact("same", "2024-03-01T09:00:00Z"),
        fact("day", "2024-03-01"),
        fact("year", "2024"),
        fact("undated", None),
        fact("before", "2024-02-28"),
        fact("minute", "2024-03-01T09:59:00+01:00"),
    )
    found = latest(facts)
    assert found is not None
    assert found.id == "latest"
    assert {each.id for each in rivals(facts)} == {"same", "day", "year", "undated"}
    assert latest(()) is None
    assert latest((fact("undated", None),)) is None
    assert [each.id for each in rivals((fact("undated", None),))] == ["undated"]
