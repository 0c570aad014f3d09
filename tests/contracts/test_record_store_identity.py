"""The contract of the record store on who is who: descriptions, conflicts, decisions, quarantine, upgrade."""

from __future__ import annotations

import itertools
import shutil
import sqlite3
import stat
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.hashing import HashingEmbedder
from retrieval.composition import Patient, PatientIdentifier
from retrieval.errors import NotAccepted, StoreError, UnknownRecord
from retrieval.index.memory import MemoryIndex
from retrieval.outbox import apply_outbox, signature_for
from retrieval.passages import passages_of
from retrieval.records import RecordStore, open_store
from retrieval.search import search
from retrieval.store.connection import FILE_NAME
from retrieval.store.freshness import Freshness
from retrieval.store.secret import FILE_NAME as SECRET_FILE
from retrieval.store.values import IdentityConflict, SourceState, Whose
from tests.retrieval.documents import document, scope

INS = "255081416802538"
MARIE = {"birth_name": "DUPONT", "given_names": "Marie", "birth_date": "1951-07-04", "sex": "female"}
JEAN = {"birth_name": "PETIT", "given_names": "Jean", "birth_date": "1960-01-31", "sex": "male"}
NOBODY: dict[str, str] = {}
EMBEDDER = HashingEmbedder()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RecordStore]:
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


def person(traits: dict[str, str], *identifiers: tuple[str, str]) -> Patient:
    held = tuple(PatientIdentifier(system=system, value=value) for system, value in identifiers)
    return Patient.model_validate({"id": "", "identifiers": held, **traits})


def bring(
    store: RecordStore,
    record: str,
    hint: str,
    traits: dict[str, str],
    *identifiers: tuple[str, str],
    claim: str | None = None,
) -> str:
    """One source: a description and a document under it; whose it is."""
    whose = Whose(hint=hint, claim=claim)
    found = store.identify(person(traits, *identifiers), whose)
    read = document(record, f"texte {record}", hint=hint, facts=[(record, "1")])
    return store.put_for(read, Whose(identity=found.identity), passages=passages_of(read)).patient_id


def held(store: RecordStore) -> dict[str, set[str]]:
    """Record ids by patient, as every read tells it."""
    found = {}
    for patient in store.patients():
        who = scope(patient.id)
        records = {each.record_id for each in store.compositions(who)}
        assert {each.locator.record_id for each in store.facts(who)} == records
        assert {each.locator.record_id for each in store.passages(who)} == records
        assert {each.composition.record_id for each in store.texts(who)} == records
        found[patient.id] = records
    return found


def documents(store: RecordStore) -> dict[str, set[str]]:
    return {
        patient.id: {each.record_id for each in store.compositions(scope(patient.id))}
        for patient in store.patients()
    }


def open_pairs(store: RecordStore) -> list[tuple[str, ...]]:
    return [each.kinds for each in store.identity_conflicts()]


def test_an_ins_and_agreeing_traits_bring_two_sources_together(store: RecordStore) -> None:
    assert bring(store, "r1", "a", MARIE, ("INS", INS)) == "a"
    assert (
        bring(store, "r2", "b", {**MARIE, "given_names": "MARIE ODETTE"}, ("1.2.250.1.213.1.4.8", INS)) == "a"
    )
    assert held(store) == {"a": {"r1", "r2"}}
    assert store.current_id("b") == "a"
    assert store.ids_of("b") == store.ids_of("a") >= {"a", "b"}
    assert open_pairs(store) == []
    assert [each.id for each in store.patients(allowed={"b"})] == ["a"]


def test_what_contradicts_is_kept_apart_and_listed_with_its_reason(store: RecordStore) -> None:
    bring(store, "r1", "a", MARIE, ("INS", INS))
    found = store.identify(person(JEAN, ("INS", INS)), Whose(hint="b"))
    assert found.patient_id == "b"
    assert any("may be one" in warning for warning in found.warnings)
    assert not any("PETIT" in warning or INS in warning for warning in found.warnings)
    (conflict,) = store.identity_conflicts()
    assert (conflict.kinds, conflict.first_documents) == (("traits_differ",), 1)
    assert {conflict.first.id, conflict.second.id} == {"a", "b"}
    assert store.count_identity_conflicts() == 1


def test_one_local_id_with_other_traits_is_another_patient(store: RecordStore) -> None:
    assert bring(store, "r1", "42", MARIE) == "42"
    other = bring(store, "r2", "42", JEAN)
    assert other != "42"
    assert held(store) == {"42": {"r1"}, other: {"r2"}}
    assert open_pairs(store) == [("traits_differ",)]
    # a document that names the id and says nothing more could be of either
    read = document("r3", "texte r3", hint="42")
    third = store.put_for(read, Whose(hint="42"), passages=passages_of(read)).patient_id
    assert third not in {"42", other}
    assert len(open_pairs(store)) == 3


def test_same_is_reversible_and_the_old_id_keeps_answering(store: RecordStore) -> None:
    index = MemoryIndex(signature_for(EMBEDDER))
    bring(store, "r1", "a", MARIE, ("INS", INS))
    bring(store, "r2", "b", {**MARIE, "birth_date": "1951-04-07"}, ("INS", INS))
    apply_outbox(store, index, EMBEDDER)
    before = held(store)
    assert store.decide_same("b", "a", by="admin") == "a"
    assert held(store) == {"a": {"r1", "r2"}}
    assert store.current_id("b") == "a"
    for indexed in (False, True):
        if indexed:
            apply_outbox(store, index, EMBEDDER)
        found = search(scope("a"), "texte", store=store, index=index, embedder=EMBEDDER)
        assert {each.passage.locator.record_id for each in found} == {"r1", "r2"}
    (decision,) = store.identity_decisions()
    assert (decision.kind, decision.decided_by) == ("same", "admin")
    with pytest.raises(NotAccepted, match="already"):
        store.decide_same("a", "b", by="admin")
    store.undo_decision(decision.id)
    assert held(store) == before
    assert open_pairs(store) == [("traits_differ",)]
    apply_outbox(store, index, EMBEDDER)
    for patient, records in before.items():
        found = search(scope(patient), "texte", store=store, index=index, embedder=EMBEDDER)
        assert {each.passage.locator.record_id for each in found} == records
    with pytest.raises(UnknownRecord):
        store.undo_decision(decision.id)


def test_different_is_remembered_and_divides_what_was_together(store: RecordStore) -> None:
    bring(store, "r1", "a", MARIE, ("IPP", "7001"))
    bring(store, "r2", "b", MARIE, ("IPP", "7001"))
    assert held(store) == {"a": {"r1", "r2"}}
    store.decide_different("a", "b", by="admin")
    assert held(store) == {"a": {"r1"}, "b": {"r2"}}
    assert open_pairs(store) == []
    bring(store, "r3", "b", {**MARIE, "given_names": "Marie Odette"}, ("IPP", "7001"))
    assert held(store) == {"a": {"r1"}, "b": {"r2", "r3"}}
    assert open_pairs(store) == []
    with pytest.raises(NotAccepted, match="take it back"):
        store.decide_same("a", "b", by="admin")
    with pytest.raises(UnknownRecord):
        store.decide_different("a", "nobody", by="admin")
    with pytest.raises(UnknownRecord):
        store.decide_same("a", "nobody", by="admin")


def test_different_takes_same_back(store: RecordStore) -> None:
    bring(store, "r1", "a", MARIE, ("INS", INS))
    bring(store, "r2", "b", JEAN, ("INS", INS))
    before = held(store)
    store.decide_same("a", "b", by="admin")
    store.decide_different("a", "b", by="admin")
    assert held(store) == before
    assert [each.kind for each in store.identity_decisions()] == ["different"]
    assert open_pairs(store) == []


def test_a_claim_decides_and_what_it_contradicts_is_listed(store: RecordStore) -> None:
    bring(store, "r1", "a", MARIE, ("INS", INS))
    assert bring(store, "r2", "a", MARIE, ("INS", INS), claim="p") == "p"
    assert held(store) == {"a": {"r1"}, "p": {"r2"}}
    assert open_pairs(store) == [("claimed",)]
    assert store.decide_same("a", "p", by="admin") == "a"
    assert held(store) == {"a": {"r1", "r2"}}


def test_an_id_that_is_claimed_goes_to_its_claim(store: RecordStore) -> None:
    bring(store, "r1", "p", JEAN)
    assert bring(store, "r2", "x", MARIE, claim="p") == "p"
    found = held(store)
    assert found["p"] == {"r2"}
    assert sorted(map(sorted, found.values())) == [["r1"], ["r2"]]
    assert open_pairs(store) == [("traits_differ",)]


def test_a_value_that_everybody_bears_joins_nobody(store: RecordStore) -> None:
    for number in range(70):
        day = f"19{number % 70 + 20}-01-01"
        store.identify(person({**MARIE, "birth_date": day}, ("IPP", "999999")), Whose(hint=f"h{number}"))
    before = store.count_identity_conflicts()
    store.identify(person({**MARIE, "birth_date": "1990-05-05"}, ("IPP", "999999")), Whose(hint="last"))
    assert store.count_identity_conflicts() <= before


def test_a_purge_erases_every_description(store: RecordStore, tmp_path: Path) -> None:
    bring(store, "r1", "a", MARIE, ("INS", INS))
    bring(store, "r2", "b", {**MARIE, "family_name": "ZÉPHYRIN"}, ("INS", INS))
    bring(store, "r3", "c", JEAN)
    store.purge_patient("b")
    assert held(store) == {"c": {"r3"}}
    for path in (tmp_path / "data").iterdir():
        data = path.read_bytes()
        assert not any(word.encode() in data for word in (INS, "DUPONT", "ZÉPHYRIN", "1951-07-04")), path.name
    assert bring(store, "r1", "a", MARIE, ("INS", INS)) == "a"


Source = tuple[str, dict[str, str], tuple[tuple[str, str], ...], str | None]


@st.composite
def sources(draw: st.DrawFn) -> list[Source]:
    traits = [MARIE, {**MARIE, "birth_date": "1951-04-07"}, {**MARIE, "birth_date": ""}, JEAN, NOBODY]
    keys = [("INS", INS), ("INS", "269054958815780"), ("IPP", "7001")]
    return [
        (
            draw(st.sampled_from(["a", "b", "c"])),
            draw(st.sampled_from(traits)),
            tuple(sorted(draw(st.sets(st.sampled_from(keys), max_size=2)))),
            draw(st.sampled_from([None, None, None, "a", "p"])),
        )
        for _ in range(draw(st.integers(2, 5)))
    ]


def named(conflicts: Sequence[IdentityConflict]) -> set[tuple[str, str, tuple[str, ...]]]:
    return {(each.first.id, each.second.id, each.kinds) for each in conflicts}


def content(store: RecordStore) -> tuple[object, object]:
    """Who is together, by records, and which pairs are open, whatever they are called."""
    found = held(store)
    pairs = {
        (frozenset({frozenset(found[each.first.id]), frozenset(found[each.second.id])}), each.kinds)
        for each in store.identity_conflicts()
    }
    return frozenset(frozenset(records) for records in found.values()), frozenset(pairs)


def filled(folder: Path, given_: Sequence[tuple[int, Source]]) -> RecordStore:
    store = open_store(folder)
    for number, (hint, traits, identifiers, claim) in given_:
        bring(store, f"r{number}", hint, traits, *identifiers, claim=claim)
    return store


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_order_of_arrival_gives_the_same_patients_and_conflicts(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("order")
    numbered = list(enumerate(data.draw(sources())))
    shuffled = data.draw(st.permutations(numbered))
    one, other = filled(folder / "one", numbered), filled(folder / "other", shuffled)
    try:
        assert content(one) == content(other)
    finally:
        one.close()
        other.close()
        shutil.rmtree(folder)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_together_then_apart_restores_what_was(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("restore")
    store = filled(folder, list(enumerate(data.draw(sources()))))
    try:
        before, conflicts = held(store), store.identity_conflicts()
        everyone = sorted(before)
        pairs = list(itertools.combinations(everyone, 2))
        if not pairs:
            return
        first, second = data.draw(st.sampled_from(pairs))
        store.decide_same(first, second, by="admin")
        assert store.current_id(first) == store.current_id(second)
        assert sum(len(records) for records in held(store).values()) == sum(map(len, before.values()))
        store.undo_decision(store.identity_decisions()[-1].id)
        assert held(store) == before
        assert named(store.identity_conflicts()) == named(conflicts)
    finally:
        store.close()
        shutil.rmtree(folder)


# Quarantine


def test_assigning_is_as_if_it_had_arrived_for_the_patient(store: RecordStore, tmp_path: Path) -> None:
    read = document("q", "Kaliémie à 5,4", facts=[("K", "5.4")])
    store.put_patient(Patient(id="p1", name="UNTEL"))
    store.quarantine(read, reason="whose is it")
    (kept,) = store.quarantined()
    with pytest.raises(UnknownRecord):
        store.assign_quarantined(kept.id, "nobody")
    assert store.assign_quarantined(kept.id, "p1").outcome == "read"
    assert store.quarantined() == ()
    direct = open_store(tmp_path / "direct")
    direct.put(read, patient_id="p1", passages=passages_of(read))
    for call in ("compositions", "facts", "passages"):
        assert getattr(store, call)(scope("p1")) == getattr(direct, call)(scope("p1"))
    assert store.statistics().pending == direct.statistics().pending
    direct.close()
    assert store.assign_quarantined(kept.id, "p1").outcome == "unchanged"
    store.put_patient(Patient(id="p2"))
    with pytest.raises(NotAccepted, match="another patient"):
        store.assign_quarantined(kept.id, "p2")
    assert store.held_identity(read) is not None
    assert store.held_identity(document("q", "autre contenu")) is None


def test_assigning_a_record_held_for_another_is_refused_and_changes_nothing(store: RecordStore) -> None:
    for patient in ("p1", "p2"):
        store.put_patient(Patient(id=patient))
    store.put(document("r1", "à p1"), patient_id="p1", passages=())
    store.quarantine(document("r1", "à qui ?", version="2"), reason="whose is it")
    before = store.quarantined()
    with pytest.raises(NotAccepted, match="another patient"):
        store.assign_quarantined(before[0].id, "p2")
    assert store.quarantined() == before
    assert store.assign_quarantined(before[0].id, "p1").outcome == "replaced"


def test_discarding_leaves_no_trace(store: RecordStore, tmp_path: Path) -> None:
    store.quarantine(document("q", "zébrure", raw=b"zebra unpacked"), reason="whose is it")
    (kept,) = store.quarantined()
    store.discard_quarantined(kept.id)
    assert store.quarantined() == ()
    with pytest.raises(UnknownRecord):
        store.discard_quarantined(kept.id)
    assert not any(kept.id.encode() in path.read_bytes() for path in (tmp_path / "data").iterdir())


# The secret


def test_the_secret_is_the_owners_and_a_store_without_it_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    open_store(folder).close()
    secret = folder / SECRET_FILE
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert len(secret.read_bytes()) == 32
    kept = secret.read_bytes()
    secret.write_bytes(b"x" * 32)
    with pytest.raises(StoreError, match="one backup"):
        open_store(folder)
    secret.write_bytes(b"short")
    with pytest.raises(StoreError, match="damaged"):
        open_store(folder)
    secret.unlink()
    with pytest.raises(StoreError, match="restore it"):
        open_store(folder)
    secret.write_bytes(kept)
    open_store(folder).close()


def test_two_sites_give_two_ids_to_one_number(tmp_path: Path) -> None:
    one, other = open_store(tmp_path / "one"), open_store(tmp_path / "other")
    assert one.opaque_id(INS) != other.opaque_id(INS)
    assert one.opaque_id(INS) == one.opaque_id(INS)
    one.close()
    other.close()


# Upgrade

OLD_ID = "p-fc9b171f97ac0279644d70f5"
"""The plain digest of the INS that version 1 made."""


@pytest.fixture
def version_1(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    with sqlite3.connect(folder / FILE_NAME) as connection:
        connection.executescript(Path(__file__).with_name("record_store_v1.sql").read_text("utf-8"))
    connection.close()
    return folder


def test_a_store_of_version_1_is_upgraded_in_place(version_1: Path) -> None:
    store = open_store(version_1)
    new = store.opaque_id(INS)
    assert store.current_id(OLD_ID) == store.current_id(new)
    found = documents(store)
    assert sorted(map(sorted, found.values())) == [["r-ehr", "r-ins"], ["r-p2"]]  # one INS, agreeing traits
    assert OLD_ID not in found
    together = store.current_id("ehr-1")
    assert store.ids_of(OLD_ID) == {"ehr-1", new, OLD_ID}
    assert [each.current for each in (store.document(scope("p2"), "r-p2", version=v) for v in "12")] == [
        False,
        True,
    ]
    assert [each.reason for each in store.unread(scope(together))] == ["rejected"]
    assert store.file_patients("/in/a") == {together}
    (kept,) = store.quarantined()
    assert kept.claimed == store.opaque_id(f"INS|{INS}")
    statistics = store.statistics()
    assert (statistics.records, statistics.versions, statistics.patients) == (3, 4, 2)
    index = MemoryIndex(signature_for(EMBEDDER))
    apply_outbox(store, index, EMBEDDER)
    hits = search(scope(together), "potassium", store=store, index=index, embedder=EMBEDDER)
    assert {each.passage.locator.record_id for each in hits} == {"r-ehr", "r-ins"}
    store.close()
    again = open_store(version_1)
    assert documents(again) == found
    assert bring(again, "r-new", again.opaque_id(INS), MARIE, ("INS", INS)) == together
    again.close()


def test_an_upgrade_that_stops_leaves_version_1(version_1: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from retrieval.store import migration

    def broken(*_: object) -> None:
        raise StoreError("stopped")

    with monkeypatch.context() as patch:
        patch.setattr(migration, "settle", broken)
        with pytest.raises(StoreError, match="stopped"):
            open_store(version_1)
    store = open_store(version_1)
    assert store.statistics().records == 3
    store.close()


# Freshness


def test_a_source_is_late_after_its_own_hours_or_the_default() -> None:
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)

    def ago(hours: float) -> str:
        return (now - timedelta(hours=hours)).isoformat(timespec="milliseconds")

    states = (
        SourceState(system="labo", last_success=ago(7)),
        SourceState(system="dpi", last_success=ago(7)),
        SourceState(system="old", last_success=ago(80), last_attempt=ago(1)),
        SourceState(system="archive", last_success=ago(9000)),
        SourceState(system="never", last_attempt=ago(1)),
        SourceState(system="by hand"),
    )
    freshness = Freshness(hours=72, by_system={"labo": 6, "archive": 0})
    late = [each.system for each in freshness.judged(states, at=now) if each.stale]
    assert late == ["labo", "old", "never"]
    assert not any(each.stale for each in Freshness().judged(states, at=now))


def test_source_states_say_which_source_is_late(tmp_path: Path) -> None:
    store = open_store(tmp_path, freshness=Freshness(hours=1))
    store.put(document("r1", "un", system="labo"), patient_id="p1", passages=())
    store.mark_source("labo", succeeded=False)
    assert [each.stale for each in store.source_states(scope("p1"))] == [True]
    store.mark_source("labo", succeeded=True)
    assert [each.stale for each in store.source_states(scope("p1"))] == [False]
    store.close()
