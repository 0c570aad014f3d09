"""The contract of the record store: versions, isolation under a Scope, erasure, durability."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from retrieval.composition import Patient, PatientIdentifier
from retrieval.errors import NotAccepted, StoreError, StoreFull, StoreLocked, UnknownRecord
from retrieval.identity import plain_digest_id
from retrieval.passages import passages_of
from retrieval.records import RecordStore, open_store
from retrieval.scope import Filters
from retrieval.store import connection as store_connection
from retrieval.store import sqlite as sqlite_file
from retrieval.store.values import FileState, StoredRejection
from tests.retrieval.documents import document, scope

SECRET = b"a secret of the tests, 32 bytes."


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RecordStore]:
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


def put(store: RecordStore, record_id: str, text: str, *, patient: str = "p1", **more: object) -> str:
    read = document(record_id, text, **more)  # type: ignore[arg-type]
    return store.put(read, patient_id=patient, passages=passages_of(read))


def quotes(store: RecordStore, patient: str = "p1") -> list[str]:
    return [passage.locator.quote for passage in store.passages(scope(patient))]


# Versions


def test_the_same_version_twice_changes_nothing(store: RecordStore) -> None:
    assert put(store, "r1", "Potassium 5,4", facts=[("K", "5.4")]) == "read"
    before = store.statistics()
    assert put(store, "r1", "Potassium 5,4", facts=[("K", "5.4")]) == "unchanged"
    assert store.statistics() == before
    assert before.records == before.versions == before.facts == before.passages == before.patients == 1


def test_a_newer_version_replaces_and_the_old_one_still_resolves(store: RecordStore) -> None:
    put(store, "r1", "Potassium 5,4", version="a::1", number=1, facts=[("K", "5.4")])
    old = store.passages(scope("p1"))[0].locator
    assert put(store, "r1", "Potassium 4,5", version="a::2", number=2, facts=[("K", "4.5")]) == "replaced"
    assert quotes(store) == ["Potassium 4,5"]
    assert [str(fact.value.magnitude) for fact in store.facts(scope("p1"))] == ["4.5"]  # type: ignore[union-attr]
    then = store.document(scope("p1"), "r1", version=old.version, text_version=old.text_version)
    assert then.text[old.start : old.end] == old.quote
    assert (then.current, then.raw) == (False, b"Potassium 5,4")
    assert store.document(scope("p1"), "r1").current


@pytest.mark.parametrize(
    ("newer", "older"),
    [
        ({"version": "2", "number": 2}, {"version": "1", "number": 1}),
        (
            {"version": "b", "committed": "2024-05-02T10:00:00+02:00"},
            {"version": "a", "committed": "2024-05-02T08:30:00+01:00"},
        ),
        (
            {"version": "10", "number": 10, "committed": "2020"},
            {"version": "9", "number": 9, "committed": "2024"},
        ),
    ],
)
def test_an_older_version_that_arrives_later_is_kept_but_not_current(
    store: RecordStore, newer: dict[str, object], older: dict[str, object]
) -> None:
    put(store, "r1", "nouveau", **newer)
    assert put(store, "r1", "ancien", **older) == "older"
    assert quotes(store) == ["nouveau"]
    assert store.document(scope("p1"), "r1", version=str(older["version"])).text == "ancien"
    assert put(store, "r1", "ancien", **older) == "unchanged"
    assert store.count_documents(scope("p1")) == 1


def test_a_version_never_changes_its_content(store: RecordStore) -> None:
    put(store, "r1", "avant")
    with pytest.raises(NotAccepted, match="another content"):
        put(store, "r1", "après")
    assert quotes(store) == ["avant"]


def test_a_new_rendering_adds_a_text_and_keeps_the_old_one(store: RecordStore) -> None:
    put(store, "r1", "K 5,4", raw=b"raw")
    old = store.passages(scope("p1"))[0].locator
    assert put(store, "r1", "Potassium : 5,4", raw=b"raw", text_version="tests@v2") == "replaced"
    assert quotes(store) == ["Potassium : 5,4"]
    then = store.document(scope("p1"), "r1", version=old.version, text_version=old.text_version)
    assert then.text[old.start : old.end] == "K 5,4"
    assert store.document(scope("p1"), "r1").text == "Potassium : 5,4"


def test_a_deletion_by_the_source_empties_what_came_before(store: RecordStore) -> None:
    put(store, "r1", "secret", version="1", number=1, facts=[("K", "5.4")])
    assert put(store, "r1", "", version="2", number=2, status="deleted") == "replaced"
    assert (quotes(store), store.facts(scope("p1")), store.compositions(scope("p1"))) == ([], (), ())
    with pytest.raises(UnknownRecord):
        store.document(scope("p1"), "r1", version="1")
    assert put(store, "r1", "secret", version="1", number=1) == "older"
    with pytest.raises(UnknownRecord):
        store.document(scope("p1"), "r1", version="1")
    assert store.unread(scope("p1")) == ()


def test_entered_in_error_is_left_out_unless_asked_for(store: RecordStore) -> None:
    put(store, "r1", "erreur", status="entered_in_error", facts=[("K", "9.9")])
    put(store, "r2", "juste", facts=[("K", "4.0")])
    assert quotes(store) == ["juste"]
    assert len(store.facts(scope("p1"))) == len(store.compositions(scope("p1"))) == 1
    assert len(store.facts(scope("p1"), include_withdrawn=True)) == 2
    assert len(store.compositions(scope("p1"), include_withdrawn=True)) == 2
    assert [text.text for text in store.texts(scope("p1"))] == ["juste"]


def test_a_record_is_never_moved_to_another_patient(store: RecordStore) -> None:
    put(store, "r1", "à p1")
    assert put(store, "r1", "à p2 ?", patient="p2", version="2") == "quarantined"
    assert quotes(store) == ["à p1"]
    assert [patient.id for patient in store.patients()] == ["p1"]
    kept = store.quarantined()
    assert [(each.record_id, each.version, each.claimed) for each in kept] == [("r1", "2", "p2")]
    assert "another patient" in kept[0].reason


def test_quarantine_keeps_the_document_whole_until_its_patient_is_known(store: RecordStore) -> None:
    read = document("r1", "à qui ?", raw=b"\xff\x00binary", facts=[("K", "5.4")])
    store.quarantine(read, reason="unknown")
    store.quarantine(read, reason="still unknown")
    assert [each.reason for each in store.quarantined()] == ["still unknown"]
    (kept,) = store.quarantined()
    assert store.quarantined_document(kept.id) == read
    store.put(read, patient_id="p1", passages=passages_of(read))
    assert store.quarantined() == ()
    with pytest.raises(UnknownRecord):
        store.quarantined_document(kept.id)


def test_quarantine_keeps_unlike_documents_under_one_record_id(store: RecordStore) -> None:
    put(store, "r1", "à p1")
    for owner, text in (("p2", "un"), ("p3", "deux"), ("p2", "trois"), ("p2", "trois")):
        assert put(store, "r1", text, patient=owner, version="2") == "quarantined"
    kept = [store.quarantined_document(each.id).text for each in store.quarantined()]
    assert sorted(kept) == ["deux", "trois", "un"]
    assert put(store, "r1", "deux", version="2") == "replaced"
    assert len(store.quarantined()) == 3


# Isolation


@st.composite
def hospitals(draw: st.DrawFn) -> list[tuple[str, str, str]]:
    """(patient, record, text) with each text unlike any other."""
    count = draw(st.integers(2, 8))
    owners = draw(st.lists(st.sampled_from(["p1", "p2", "p3"]), min_size=count, max_size=count))
    return [(owner, f"r{number}", f"texte {number} de {owner}") for number, owner in enumerate(owners)]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hospital=hospitals(), masked=st.sets(st.integers(0, 8)))
def test_no_read_crosses_patients_or_masks(
    tmp_path_factory: pytest.TempPathFactory, hospital: list[tuple[str, str, str]], masked: set[int]
) -> None:
    store = open_store(tmp_path_factory.mktemp("isolation"))
    try:
        for owner, record, text in hospital:
            put(store, record, text, patient=owner, facts=[(record, "1")], hint=owner)
        hidden = {f"r{number}" for number in masked}
        for owner in {each[0] for each in hospital}:
            who = scope(owner, masked=sorted(hidden))
            mine = {record for patient, record, _ in hospital if patient == owner}
            visible = mine - hidden
            assert store.patient(who).id == owner
            assert {each.record_id for each in store.compositions(who, include_withdrawn=True)} == visible
            assert {each.locator.record_id for each in store.facts(who, include_withdrawn=True)} == visible
            assert {each.locator.record_id for each in store.passages(who)} == visible
            everything = [each.id for patient in ("p1", "p2", "p3") for each in _passages(store, patient)]
            assert {each.locator.record_id for each in store.passages(who, ids=everything)} == visible
            waiting = store.unindexed_passages(who)
            assert {each.passage.locator.record_id for each in waiting} == visible
            assert {each.composition.record_id for each in store.texts(who)} == visible
            assert store.count_documents(who) == len(visible)
            assert {each.record_id for each in store.unread(who)} == mine & hidden
            for _, record, text in hospital:
                if record in visible:
                    assert store.document(who, record).text == text
                else:
                    with pytest.raises(UnknownRecord):
                        store.document(who, record)
                    with pytest.raises(UnknownRecord):
                        store.document(who, record, version="1")
    finally:
        store.close()


def _passages(store: RecordStore, patient: str) -> tuple[object, ...]:
    try:
        return store.passages(scope(patient))
    except UnknownRecord:
        return ()


@pytest.mark.parametrize(
    "read",
    ["patient", "compositions", "facts", "passages", "texts", "unread", "source_states", "count_documents"],
)
def test_an_unknown_patient_is_an_error_not_an_empty_record(store: RecordStore, read: str) -> None:
    put(store, "r1", "texte")
    with pytest.raises(UnknownRecord):
        list(getattr(store, read)(scope("nobody")))


# Filters and order


def test_filters_are_days_with_both_ends_and_partial_dates(store: RecordStore) -> None:
    put(store, "year", "a", effective="2024")
    put(store, "day", "b", effective="2024-03-01T23:30:00+01:00", kind="laboratory", system="labo")
    put(store, "stay", "c", effective="2024-01-28", effective_end="2024-02-03")
    put(store, "undated", "d", effective=None)
    put(store, "committed", "e", effective=None, committed="2024-03-05")

    def found(**filters: object) -> set[str]:
        chosen = Filters(**filters)  # type: ignore[arg-type]
        one = {each.record_id for each in store.compositions(scope("p1"), filters=chosen)}
        assert one == {each.locator.record_id for each in store.passages(scope("p1"), filters=chosen)}
        assert len(one) == store.count_documents(scope("p1"), filters=chosen)
        return one

    assert found(from_date="2024-03-01", to_date="2024-03-01") == {"year", "day"}
    assert found(from_date="2024-02-02", to_date="2024-02-02") == {"year", "stay"}
    assert found(from_date="2024-03-02") == {"year", "committed"}
    assert found(to_date="2023-12-31") == set()
    assert found(kinds=("laboratory",)) == {"day"}
    assert found(sources=("labo",)) == {"day"}
    assert len(found()) == 5


def test_newest_first(store: RecordStore) -> None:
    for name, moment in {
        "b": "2024-03-01T10:00:00+01:00",
        "a": "2024-03-01T09:30:00+00:00",
        "d": None,
        "c": "2024",
    }.items():
        put(store, name, name, effective=moment, facts=[(name, "1")])
    assert [each.record_id for each in store.compositions(scope("p1"))] == ["a", "b", "c", "d"]
    assert [each.label for each in store.facts(scope("p1"))] == ["a", "b", "c", "d"]
    assert quotes(store) == ["a", "b", "c", "d"]


def test_facts_by_kind(store: RecordStore) -> None:
    put(store, "r1", "K 5,4", facts=[("K", "5.4")], kind="hospital_report")
    assert len(store.facts(scope("p1"), kinds=("laboratory",))) == 1
    assert store.facts(scope("p1"), kinds=("allergy",)) == ()
    assert len(store.facts(scope("p1"), filters=Filters(kinds=("laboratory",)))) == 1
    assert len(store.facts(scope("p1"), filters=Filters(kinds=("hospital_report",)))) == 1
    assert store.facts(scope("p1"), filters=Filters(kinds=("letter",))) == ()


# People

PEOPLE = (
    Patient(
        id="a1",
        name="LEFÈVRE Hélène",
        family_name="LEFÈVRE",
        birth_name="ÑUÑEZ",
        given_names="Hélène",
        birth_date="1951-07-04",
        sex="female",
        identifiers=(PatientIdentifier(system="IPP", value="8000123"),),
    ),
    Patient(
        id="b2", name="LEFEBVRE Jean", family_name="LEFEBVRE", given_names="Jean", birth_date="1950-01-31"
    ),
    Patient(id="c3", name="100%_réel", family_name="100%_réel"),
)


@pytest.mark.parametrize(
    ("find", "ids"),
    [
        ("", ["c3", "b2", "a1"]),
        ("lefevre", ["a1"]),
        ("HÉLÈNE lef", ["a1"]),
        ("nunez", ["a1"]),
        ("04/07/1951", ["a1"]),
        ("4/7/1951", ["a1"]),
        ("1951-07-04", ["a1"]),
        ("8000123", ["a1"]),
        ("lef", ["b2", "a1"]),
        ("%", ["c3"]),
        ("_", ["c3"]),
        ("personne", []),
    ],
)
def test_people_are_found_by_what_is_written_on_a_wristband(
    store: RecordStore, find: str, ids: list[str]
) -> None:
    for patient in PEOPLE:
        store.put_patient(patient)
    assert [patient.id for patient in store.patients(find=find)] == ids
    assert [patient.id for patient in store.patients(find=find, allowed={"a1"})] == [
        i for i in ids if i == "a1"
    ]
    assert store.patients(find=find, allowed=()) == ()


def test_patients_merge_and_a_changed_identity_is_named(store: RecordStore) -> None:
    put(store, "r1", "texte", patient="a1")
    assert store.put_patient(PEOPLE[0]) == ()
    more = Patient(
        id="a1", identity_status="qualified", identifiers=(PatientIdentifier(system="INS", value="x"),)
    )
    assert store.put_patient(more) == ()
    held = store.patient(scope("a1"))
    assert (held.name, held.identity_status) == ("LEFÈVRE Hélène", "qualified")
    assert [each.system for each in held.identifiers] == ["IPP", "INS"]
    assert store.put_patient(Patient(id="a1", given_names="HELENE")) == ()
    warnings = store.put_patient(Patient(id="a1", birth_date="1952-07-04", name="DURAND"))
    assert len(warnings) == 2
    assert not any("DURAND" in warning or "1952" in warning for warning in warnings)
    assert store.patient(scope("a1")).birth_date == "1952-07-04"


# Erasure


def _words_on_disk(folder: Path, word: str) -> list[str]:
    needles = (word.encode(), word.encode("utf-16-le"))
    return [path.name for path in folder.iterdir() if any(each in path.read_bytes() for each in needles)]


def test_a_deleted_record_leaves_no_trace(store: RecordStore, tmp_path: Path) -> None:
    put(store, "r1", "phénylcétonurie" * 50, version="1", number=1, raw=b"uncompressed zebra word")
    put(store, "r1", "phénylcétonurie bis", version="2", number=2)
    put(store, "r2", "reste")
    assert _words_on_disk(tmp_path / "data", "zebra")
    store.delete_record("r1")
    assert _words_on_disk(tmp_path / "data", "zebra") == []
    assert _words_on_disk(tmp_path / "data", "phénylcétonurie") == []
    assert quotes(store) == ["reste"]
    assert store.statistics().versions == 1
    with pytest.raises(UnknownRecord):
        store.delete_record("r1")
    assert put(store, "r1", "de retour") == "read"


def test_a_purged_patient_leaves_no_trace(store: RecordStore, tmp_path: Path) -> None:
    store.put_patient(PEOPLE[0].model_copy(update={"id": "p1", "name": "Zébulon ZÉPHYR"}))
    put(store, "r1", "zébrure", facts=[("zebre", "1")])
    put(store, "r2", "autre", patient="p2")
    store.quarantine(document("q", "zébrure bis", hint="p1"), reason="x")
    store.purge_patient("p1")
    for word in ("zébrure", "Zébulon", "zebre", "8000123"):
        assert _words_on_disk(tmp_path / "data", word) == []
    assert [patient.id for patient in store.patients()] == ["p2"]
    assert store.quarantined() == ()
    with pytest.raises(UnknownRecord):
        store.purge_patient("p1")


# Coverage


def test_unread_names_masked_blank_and_rejected(store: RecordStore) -> None:
    put(store, "r1", "texte")
    put(store, "scan", " ")
    assert {(each.record_id, each.reason) for each in store.unread(scope("p1", masked=("r1", "other")))} == {
        ("r1", "masked"),
        ("scan", "no_text_layer"),
    }


def test_source_states(store: RecordStore) -> None:
    put(store, "r1", "texte", system="labo")
    put(store, "r2", "texte", system="dpi")
    store.mark_source("labo", succeeded=True, cursor="42")
    store.mark_source("labo", succeeded=False)
    dpi, labo = store.source_states(scope("p1"))
    assert (dpi.system, dpi.last_success, labo.system) == ("dpi", None, "labo")
    assert labo.last_success is not None
    assert labo.last_attempt is not None
    assert labo.last_attempt >= labo.last_success
    assert store.source_state("labo").cursor == "42"


# Durability and failure


def test_files_are_the_owners_only(store: RecordStore, tmp_path: Path) -> None:
    put(store, "r1", "texte")
    files = list((tmp_path / "data").iterdir())
    assert files
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in files)


def test_a_transaction_is_all_or_nothing(store: RecordStore) -> None:
    with contextlib.suppress(RuntimeError), store.transaction():
        put(store, "r1", "texte")
        assert quotes(store) == ["texte"]
        raise RuntimeError
    assert store.statistics().records == store.statistics().pending == store.statistics().patients == 0


def test_threads_write_in_turn(store: RecordStore) -> None:
    def write(worker: int) -> None:
        for number in range(10):
            put(store, f"r{worker}-{number}", f"texte {worker} {number}")

    threads = [threading.Thread(target=write, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.statistics().records == 40


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from retrieval.records import open_store; from tests.retrieval.documents import document\n"
        "store = open_store(Path(sys.argv[1]))\n"
        "store.put(document('r1', 'texte'), patient_id='p1', passages=())\n"
        "with store.transaction():\n"
        "    store.put(document('r2', 'perdu'), patient_id='p1', passages=())\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    root = Path(__file__).parents[2]
    ended = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=root, check=False, timeout=60)
    assert ended.returncode < 0
    store = open_store(tmp_path)
    assert [each.record_id for each in store.compositions(scope("p1"))] == ["r1"]
    store.close()


def test_a_full_disk_is_said_and_nothing_half_written_stays(store: RecordStore, tmp_path: Path) -> None:
    put(store, "r1", "texte")
    before = store.statistics()
    raw = store._database._engine.raw_connection()
    pages = raw.driver_connection.execute("PRAGMA page_count").fetchone()[0]
    raw.close()
    store._database._engine.dispose()

    @event.listens_for(store._database._engine, "connect")
    def _small(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count={pages + 5}").close()

    with pytest.raises(StoreFull, match="no space"):
        put(store, "r2", os.urandom(40_000).hex())
    assert store.statistics() == before
    assert quotes(store) == ["texte"]


def test_a_locked_store_is_said(store: RecordStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = sqlite3.connect(tmp_path / "data" / store_connection.FILE_NAME, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr(sqlite_file, "BUSY_SECONDS", 0.05)
    second = open_store_without_schema(tmp_path / "data")
    with pytest.raises(StoreLocked):
        put(second, "r1", "texte")
    other.execute("ROLLBACK")
    other.close()
    assert put(second, "r1", "texte") == "read"
    second.close()


def open_store_without_schema(folder: Path) -> RecordStore:
    engine = sqlite_file.sqlite_engine(folder / store_connection.FILE_NAME)
    return RecordStore(store_connection.Database(engine), secret=SECRET)


def test_a_store_of_another_schema_is_refused(store: RecordStore, tmp_path: Path) -> None:
    store.close()
    with sqlite3.connect(tmp_path / "data" / store_connection.FILE_NAME) as other:
        other.execute("UPDATE meta SET value = '99'")
    other.close()
    with pytest.raises(StoreError, match="schema 99"):
        open_store(tmp_path / "data")


def test_a_damaged_store_is_said(tmp_path: Path) -> None:
    (tmp_path / store_connection.FILE_NAME).write_bytes(b"not a database at all" * 500)
    with pytest.raises(StoreError, match="damaged"):
        open_store(tmp_path)


def test_a_hint_that_is_no_patient_id_is_kept_as_its_digest(store: RecordStore) -> None:
    ins = "2 69 05 49 588 157 80"
    store.quarantine(document("r1", "un", hint=ins), reason="whose is it")
    (kept,) = store.quarantined()
    assert kept.claimed == store.opaque_id(ins) != plain_digest_id(ins)
    assert "588" not in str(kept.claimed)
    assert put(store, "r1", "un", patient=store.opaque_id(ins)) == "read"
    assert store.quarantined() == ()


def test_what_is_refused_stays_in_quarantine(store: RecordStore) -> None:
    put(store, "r1", "un")
    store.quarantine(document("r1", "autre"), reason="whose is it")
    with store.transaction(), pytest.raises(NotAccepted):  # as in the transaction of a file
        put(store, "r1", "autre")
    assert [item.record_id for item in store.quarantined()] == ["r1"]


def test_a_purge_takes_the_rejected_parts_of_their_files(store: RecordStore) -> None:
    put(store, "r1", "un")
    state = FileState(path="/in/a", system="s", sha256="0", reading="x", documents=1, quarantined=0)
    store.put_file_state(state, records={"r1": "p1"})
    store.replace_rejections("/in/a", [StoredRejection(path="/in/a", record_id="f", file="a", reason="bad")])
    store.replace_rejections("/in/b", [StoredRejection(path="/in/b", record_id="g", file="b", reason="bad")])
    assert store.file_patients("/in/a") == {"p1"}
    store.purge_patient("p1")
    assert [item.path for item in store.rejections()] == ["/in/b"]
    assert store.file_patients("/in/a") == frozenset()


def test_a_period_is_days_whatever_the_precision_it_is_given_with(store: RecordStore) -> None:
    put(store, "r1", "un", effective="2024-03-31")
    for first, last, found in (
        ("2024", "2024", 1),
        ("2024-03", "2024-03", 1),
        ("20240331", "2024-03-31", 1),
        ("2024-04", None, 0),
        (None, "2023", 0),
    ):
        filters = Filters(from_date=first, to_date=last)
        assert store.count_documents(scope("p1"), filters=filters) == found, (first, last)
    for wrong in ("hier", "", "2024-13", "2024-02-30"):
        with pytest.raises(NotAccepted):
            Filters(to_date=wrong)
