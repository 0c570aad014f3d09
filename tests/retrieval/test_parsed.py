"""Parsed rows: the same value for the same text, and nothing of what was erased."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.composition import Patient
from retrieval.errors import UnknownRecord
from retrieval.passages import passages_of
from retrieval.records import RecordStore, open_store
from retrieval.scope import Scope
from retrieval.store import parsed
from tests.flows.hospital import JEANNE, document, potassium

SCOPE = Scope(principal_id="dr", patient_id=JEANNE, purpose="care")


@pytest.fixture
def store(tmp_path: Path) -> RecordStore:
    parsed.forget()
    opened = open_store(tmp_path)
    opened.put_patient(Patient(id=JEANNE, name="X", birth_date="1950-01-01", sex="female"))
    read = document("bio/1::a", [potassium("4.1", "2024-01-08")], day="2024-01-08", version="1")
    opened.put(read, patient_id=JEANNE, passages=passages_of(read))
    return opened


def held() -> tuple[int, ...]:
    kept = (parsed.fact_of, parsed.passage_of, parsed.composition_of)
    return tuple(each.cache_info().currsize for each in kept)


def test_a_row_is_parsed_once_and_a_changed_one_again(store: RecordStore) -> None:
    first = store.facts(SCOPE)
    assert store.facts(SCOPE)[0] is first[0]
    newer = document("bio/1::a", [potassium("4.4", "2024-01-08")], day="2024-01-08", version="2")
    store.put(newer, patient_id=JEANNE, passages=passages_of(newer))
    assert [str(fact.value) for fact in store.facts(SCOPE)] != [str(fact.value) for fact in first]


@pytest.mark.parametrize("how", ["patient", "record"])
def test_what_is_erased_is_forgotten(store: RecordStore, how: str) -> None:
    assert store.facts(SCOPE)
    assert store.passages(SCOPE)
    assert store.compositions(SCOPE)
    assert all(held())
    if how == "patient":
        store.purge_patient(JEANNE)
        with pytest.raises(UnknownRecord):
            store.facts(SCOPE)
    else:
        store.delete_record("bio/1::a")
        assert store.facts(SCOPE) == ()
    assert held() == (0, 0, 0)


def test_another_patients_scope_finds_nothing_of_what_is_held(store: RecordStore) -> None:
    assert store.facts(SCOPE)
    other = SCOPE.model_copy(update={"patient_id": "pat-other"})
    with pytest.raises(UnknownRecord):
        store.facts(other)
