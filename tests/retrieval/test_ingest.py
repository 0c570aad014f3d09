"""Ingest: whose it is, what is unchanged, what goes wrong and what then stays."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.hashing import HashingEmbedder
from retrieval import ingest as ingest_module
from retrieval.composition import Patient, ReadItem
from retrieval.errors import InputError, NotAccepted, StoreFull, UnknownRecord
from retrieval.formats.base import Source
from retrieval.index.memory import MemoryIndex
from retrieval.ingest import IngestOptions, IngestProgress, IngestReport, Limits, ingest
from retrieval.outbox import signature_for
from retrieval.outcome import rejected_record_id
from retrieval.reading_file import SEVERAL_PATIENTS, UNKNOWN_PATIENT
from retrieval.records import RecordStore, open_store
from retrieval.search import search
from retrieval.terminology.lexicon import load_lexicon
from tests.retrieval.documents import LineFormat, lines, scope

EMBEDDER = HashingEmbedder()
FORMATS = {"lines": LineFormat()}
CONTRACT = [
    "read", "unchanged", "replaced", "patients", "compositions", "facts", "passages", "quarantined", "conflicts",
    "rejected", "seconds",
]  # fmt: skip


def run(store: RecordStore, index: MemoryIndex | None, paths: Sequence[Path], **options: Any) -> IngestReport:
    return ingest(
        paths,
        store=store,
        index=index,
        embedder=EMBEDDER,
        formats=FORMATS,
        options=IngestOptions(**options),
    )


def write(folder: Path, name: str, *items: dict[str, object]) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(lines(*items), encoding="utf-8")
    return path


def counts(report: IngestReport) -> dict[str, int]:
    return {
        name: value
        for name, value in report.model_dump().items()
        if value and name not in {"rejected", "seconds"}
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


def test_a_folder_goes_in_and_can_be_searched(store: RecordStore, index: MemoryIndex, folder: Path) -> None:
    write(
        folder, "a.jsonl", {"record": "r1", "text": "Kaliémie à 5,4", "hint": "p1", "facts": [["K", "5.4"]]}
    )
    write(
        folder,
        "b.jsonl",
        {"person": "p1", "name": "UNTEL"},
        {"record": "r2", "text": "Allergie", "hint": "p1"},
    )
    report = run(store, index, [folder])
    assert list(report.model_dump()) == CONTRACT
    assert counts(report) == {"read": 2, "patients": 1, "compositions": 2, "facts": 1, "passages": 2}
    assert report.rejected == ()
    found = search(scope("p1"), "kaliemie", store=store, index=index, embedder=EMBEDDER)
    assert found[0].passage.locator.quote == "Kaliémie à 5,4"
    assert store.patient(scope("p1")).name == "UNTEL"
    assert store.statistics().pending == 0
    assert [each.system for each in store.source_states(scope("p1")) if each.last_success] == ["tests"]


def test_ingesting_twice_is_ingesting_once(store: RecordStore, index: MemoryIndex, folder: Path) -> None:
    write(folder, "a.jsonl", {"record": "r1", "text": "un", "hint": "p1"}, {"record": "r2", "text": "deux"})
    write(folder, "b.jsonl", {"record": "r3", "text": "trois", "hint": "p2"}, {"bad": "illisible"})
    first = run(store, index, [folder])
    before, points = store.statistics(), index.count()
    again = run(store, index, [folder])
    assert counts(first) == {"read": 2, "patients": 2, "compositions": 2, "passages": 2, "quarantined": 1}
    assert counts(again) == {"unchanged": 2, "quarantined": 1}
    assert [(each.place, each.reason) for each in again.rejected] == [("line 2", "illisible")]
    assert first.rejected == again.rejected
    forced = run(store, index, [folder], again=True)
    assert counts(forced) == {"unchanged": 2, "quarantined": 1}
    assert (store.statistics(), index.count()) == (before, points)


def test_an_amendment_replaces_and_an_old_file_does_not(
    store: RecordStore, index: MemoryIndex, folder: Path
) -> None:
    write(folder, "a.jsonl", {"record": "r1", "text": "avant", "hint": "p1", "version": "1", "number": 1})
    run(store, index, [folder])
    write(folder, "a.jsonl", {"record": "r1", "text": "après", "hint": "p1", "version": "2", "number": 2})
    assert counts(run(store, index, [folder])) == {
        "replaced": 1,
        "patients": 1,
        "compositions": 1,
        "passages": 1,
    }
    write(folder, "z.jsonl", {"record": "r1", "text": "zéro", "hint": "p1", "version": "0", "number": 0})
    assert counts(run(store, index, [folder])) == {
        "unchanged": 1,
        "read": 1,
        "patients": 1,
        "compositions": 1,
    }
    assert [each.locator.quote for each in store.passages(scope("p1"))] == ["après"]
    assert index.count() == 1


def test_the_patient_comes_from_the_option_then_the_manifest_then_the_source(
    store: RecordStore, index: MemoryIndex, folder: Path
) -> None:
    write(folder, "a.jsonl", {"record": "a", "text": "a", "hint": "source"})
    write(
        folder,
        "b.jsonl",
        {"record": "b", "text": "b", "hint": "source"},
        {"person": "source", "name": "UNTEL"},
    )
    write(folder, "c.jsonl", {"record": "c", "text": "c"})
    (folder / "m.csv").write_text("path,patient_id\nb.jsonl,manifest\n")
    report = run(store, index, [folder], manifest=(folder / "m.csv",))
    assert counts(report)["quarantined"] == 1
    assert [each.reason for each in store.quarantined()] == [UNKNOWN_PATIENT]
    owners = {each.id: [c.record_id for c in store.compositions(scope(each.id))] for each in store.patients()}
    assert owners == {"source": ["a"], "manifest": ["b"]}
    assert store.patient(scope("manifest")).name == "UNTEL"
    report = run(store, index, [folder / "c.jsonl"], patient="option")
    # what the source calls `source` was given to somebody else: kept apart, and said
    assert counts(report) == {"read": 1, "patients": 1, "compositions": 1, "passages": 1, "conflicts": 1}
    assert store.quarantined() == ()


def test_a_record_of_another_patient_is_quarantined_not_moved(
    store: RecordStore, index: MemoryIndex, folder: Path
) -> None:
    path = write(folder, "a.jsonl", {"record": "a", "text": "a"})
    run(store, index, [path], patient="p1")
    report = run(store, index, [path], patient="p2")
    assert counts(report) == {"quarantined": 1}
    assert [each.id for each in store.patients()] == ["p1"]


def test_one_patient_cannot_be_given_to_a_source_that_names_two(
    store: RecordStore, index: MemoryIndex, folder: Path
) -> None:
    path = write(
        folder,
        "a.jsonl",
        {"record": "a", "text": "a", "hint": "x"},
        {"record": "b", "text": "b", "hint": "y"},
    )
    assert counts(run(store, index, [path], patient="p1")) == {"quarantined": 2}
    assert {each.reason for each in store.quarantined()} == {SEVERAL_PATIENTS}
    assert counts(run(store, index, [path]))["read"] == 2
    assert store.quarantined() == ()


def test_one_bad_file_never_stops_the_rest(store: RecordStore, index: MemoryIndex, folder: Path) -> None:
    write(folder, "a.jsonl", {"record": "a", "text": "a", "hint": "p1"})
    (folder / "b.jsonl").write_text('{"record": "b", "text": "b", "hint": "p1"}\nnonsense\n')
    write(folder, "c.jsonl", {"record": "c0", "text": "c", "hint": "p1"}, {"crash": True})
    (folder / "d.pdf").write_bytes(b"%PDF")
    (folder / "e.jsonl").write_bytes(b" \n")
    (folder / "f.jsonl").write_bytes(b"\xff\xfe\x00")
    write(folder, "g.jsonl", {"nothing": 1})
    write(folder, "z.jsonl", {"record": "z", "text": "z", "hint": "p1"})
    report = run(store, index, [folder])
    assert counts(report) == {"read": 2, "patients": 1, "compositions": 2, "passages": 2}
    said = {Path(each.file).name: (each.place, each.reason) for each in report.rejected}
    assert said == {
        "b.jsonl": ("line 2", "not JSON"),
        "c.jsonl": ("", "the reader failed on this file (KeyError); please report it"),
        "d.pdf": ("", "no format recognises this file"),
        "e.jsonl": ("", "the file is empty"),
        "f.jsonl": ("", "the reader failed on this file (UnicodeDecodeError); please report it"),
        "g.jsonl": ("line 1", "no record"),
    }
    assert {each.record_id for each in store.compositions(scope("p1"))} == {"a", "z"}


def test_a_file_that_is_too_large_is_not_read(
    store: RecordStore, index: MemoryIndex, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    big = folder / "big.jsonl"
    with big.open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    report = run(store, index, [big], patient="p1")
    assert [each.reason for each in report.rejected] == ["the file is over 50 MB"]
    small = write(folder, "a.jsonl", {"record": "a", "text": "a" * 200, "hint": "p1"})
    report = run(store, index, [small], limits=Limits(max_file_bytes=100))
    assert "over" in report.rejected[0].reason


def test_coverage_names_what_was_rejected_until_it_reads(
    store: RecordStore, index: MemoryIndex, folder: Path
) -> None:
    write(folder, "a.jsonl", {"record": "a", "text": "a"})
    (folder / "b.jsonl").write_text("nonsense")
    write(folder, "c.jsonl", {"record": "c", "text": "c"}, {"bad": "page 2 illisible"})
    run(store, index, [folder], patient="p1")
    unread = {each.record_id: (each.reason, each.detail) for each in store.unread(scope("p1"))}
    assert unread == {
        rejected_record_id(str((folder / "b.jsonl").resolve())): ("rejected", "line 1: not JSON"),
        rejected_record_id(str((folder / "c.jsonl").resolve())): ("rejected", "line 2: page 2 illisible"),
    }
    write(folder, "b.jsonl", {"record": "b", "text": "b"})
    write(folder, "c.jsonl", {"record": "c", "text": "c"})
    run(store, index, [folder], patient="p1")
    assert store.unread(scope("p1")) == ()


def test_a_version_with_another_content_is_rejected_alone(
    store: RecordStore, index: MemoryIndex, folder: Path
) -> None:
    write(folder, "a.jsonl", {"record": "a", "text": "avant", "hint": "p1"})
    run(store, index, [folder])
    write(
        folder,
        "a.jsonl",
        {"record": "a", "text": "après", "hint": "p1"},
        {"record": "b", "text": "b", "hint": "p1"},
    )
    report = run(store, index, [folder])
    assert report.read == 1
    assert [each.place for each in report.rejected] == ["a"]
    assert "another content" in report.rejected[0].reason


def test_a_dry_run_reads_everything_and_writes_nothing(
    store: RecordStore, index: MemoryIndex, folder: Path, tmp_path: Path
) -> None:
    write(
        folder,
        "a.jsonl",
        {"record": "a", "text": "a", "hint": "p1"},
        {"record": "q", "text": "q"},
        {"bad": "x"},
    )
    (folder / "b.jsonl").write_text("nonsense")
    before = _dump(tmp_path / "data")
    dry = run(store, index, [folder], dry_run=True)
    assert counts(dry) == {"read": 1, "patients": 1, "compositions": 1, "passages": 1, "quarantined": 1}
    assert len(dry.rejected) == 2
    assert _dump(tmp_path / "data") == before
    assert index.count() == 0
    wet = run(store, index, [folder])
    assert (counts(wet), wet.rejected) == (counts(dry), dry.rejected)


def _dump(folder: Path) -> list[str]:
    other = sqlite3.connect(folder / "records.sqlite")
    dump = list(other.iterdump())
    other.close()
    return dump


def test_wrong_options_are_refused_before_anything_is_read(
    store: RecordStore, folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(NotAccepted, match="there are: auto, lines"):
        run(store, None, [folder], format="pdf")
    with pytest.raises(NotAccepted, match="never an INS"):
        run(store, None, [folder], patient="255081416802538")
    with pytest.raises(InputError, match="cannot be opened"):
        run(store, None, [folder], manifest=(tmp_path / "absent.csv",))


def test_an_ins_in_the_source_does_not_become_an_id(
    store: RecordStore, index: MemoryIndex, folder: Path
) -> None:
    ins = "255081416802538"
    write(folder, "a.jsonl", {"person": ins, "name": "UNTEL"}, {"record": "a", "text": "a", "hint": ins})
    run(store, index, [folder])
    (patient,) = store.patients()
    assert patient.id.startswith("p-")
    assert patient.name == "UNTEL"
    assert len(store.compositions(scope(patient.id))) == 1


def test_without_an_index_the_work_waits(store: RecordStore, index: MemoryIndex, folder: Path) -> None:
    write(folder, "a.jsonl", {"record": "a", "text": "kaliémie", "hint": "p1"})
    run(store, None, [folder])
    assert store.statistics().pending == 1
    run(store, index, [folder])
    assert (store.statistics().pending, index.count()) == (0, 1)


def test_a_lost_index_is_made_again(store: RecordStore, index: MemoryIndex, folder: Path) -> None:
    write(folder, "a.jsonl", {"record": "a", "text": "kaliémie", "hint": "p1"})
    run(store, index, [folder])
    index.clear()
    run(store, index, [folder])
    assert index.count() == 1


def test_an_erased_record_is_read_again_only_when_asked_again(
    store: RecordStore, index: MemoryIndex, folder: Path
) -> None:
    write(folder, "a.jsonl", {"record": "a", "text": "kaliémie", "hint": "p1"})
    run(store, index, [folder])
    store.delete_record("a")
    assert counts(run(store, index, [folder])) == {"read": 1, "patients": 1, "compositions": 1, "passages": 1}
    store.purge_patient("p1")
    run(store, index, [])
    assert (store.statistics().records, index.count()) == (0, 0)


class Stop(Exception):
    pass


def test_an_interrupted_run_keeps_whole_files_and_the_next_goes_on(
    store: RecordStore, index: MemoryIndex, folder: Path
) -> None:
    for name in "abc":
        items = [{"record": f"{name}{number}", "text": name, "hint": "p1"} for number in range(2)]
        write(folder, f"{name}.jsonl", *items)

    class Interrupting(LineFormat):
        def read(self, source: Any) -> Any:
            for item in super().read(source):
                yield item
                if source.name.endswith("b.jsonl"):
                    raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest([folder], store=store, index=index, embedder=EMBEDDER, formats={"lines": Interrupting()})
    assert {each.record_id for each in store.compositions(scope("p1"))} == {"a0", "a1"}
    told: list[IngestProgress] = []
    report = ingest(
        [folder], store=store, index=index, embedder=EMBEDDER, formats=FORMATS, progress=told.append
    )
    assert report.resumed is not None
    assert "did not end" in told[0].note
    assert (report.read, report.unchanged, index.count()) == (4, 2, 6)
    assert ingest([folder], store=store, index=index, embedder=EMBEDDER, formats=FORMATS).resumed is None


WRITES = [
    "put",
    "put_patient",
    "put_file_state",
    "replace_rejections",
    "index_work_done",
    "begin_run",
    "end_run",
]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(crash_at=st.integers(1, 40), every=st.sampled_from([1, 3, 100]))
def test_a_crash_anywhere_then_a_second_run_is_one_good_run(
    tmp_path_factory: pytest.TempPathFactory, crash_at: int, every: int
) -> None:
    root = tmp_path_factory.mktemp("crash")
    for number in range(4):
        write(
            root / "in",
            f"{number}.jsonl",
            {"person": f"p{number % 2}", "name": "UNTEL"},
            {"record": f"r{number}", "text": f"texte {number}", "hint": f"p{number % 2}"},
            {
                "record": "shared",
                "text": f"v{number}",
                "version": str(number),
                "number": number,
                "hint": "p0",
            },
            {"bad": "illisible"},
        )
    good, shaken = open_store(root / "good"), open_store(root / "shaken")
    indexes = [MemoryIndex(signature_for(EMBEDDER)) for _ in range(2)]
    budget = [crash_at]
    patch = pytest.MonkeyPatch()
    patch.setattr(ingest_module, "INDEX_EVERY", every)
    try:
        ingest([root / "in"], store=good, index=indexes[0], embedder=EMBEDDER, formats=FORMATS)
        for target, names in ((shaken, WRITES), (indexes[1], ["put", "retire"])):
            for name in names:
                _crash_in(patch, target, name, budget)
        with contextlib.suppress(Stop):
            ingest([root / "in"], store=shaken, index=indexes[1], embedder=EMBEDDER, formats=FORMATS)
        patch.undo()
        ingest([root / "in"], store=shaken, index=indexes[1], embedder=EMBEDDER, formats=FORMATS)
        assert good.statistics() == shaken.statistics()
        for patient in ("p0", "p1"):
            assert good.passages(scope(patient)) == shaken.passages(scope(patient))
            assert good.unread(scope(patient)) == shaken.unread(scope(patient))
        assert set(indexes[0]._points) == set(indexes[1]._points)
    finally:
        patch.undo()
        good.close()
        shaken.close()


def _crash_in(patch: pytest.MonkeyPatch, target: object, name: str, budget: list[int]) -> None:
    inner = getattr(target, name)

    def call(*args: object, **named: object) -> object:
        budget[0] -= 1
        if budget[0] == 0:
            raise Stop
        done = inner(*args, **named)
        budget[0] -= 1
        if budget[0] == 0:
            raise Stop
        return done

    patch.setattr(target, name, call)


def test_a_full_disk_stops_the_run_and_keeps_what_was_read(
    store: RecordStore, index: MemoryIndex, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, "a.jsonl", {"record": "a", "text": "a", "hint": "p1"})
    write(folder, "b.jsonl", {"record": "b", "text": "b", "hint": "p1"})
    inner = store.put_file_state

    def full(state: Any, **named: Any) -> None:
        if state.path.endswith("b.jsonl"):
            raise StoreFull("no space")
        inner(state, **named)

    monkeypatch.setattr(store, "put_file_state", full)
    with pytest.raises(StoreFull):
        run(store, index, [folder])
    assert [each.record_id for each in store.compositions(scope("p1"))] == ["a"]
    monkeypatch.undo()
    report = run(store, index, [folder])
    assert (report.read, report.unchanged) == (1, 1)
    assert report.resumed is not None


def test_progress_counts_files(store: RecordStore, index: MemoryIndex, folder: Path) -> None:
    for name in "abc":
        write(folder, f"{name}.jsonl", {"record": name, "text": name, "hint": "p1"})
    told: list[IngestProgress] = []
    ingest([folder], store=store, index=index, embedder=EMBEDDER, formats=FORMATS, progress=told.append)
    reading = [(each.done, each.total) for each in told if each.stage == "reading"]
    assert reading == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert [(each.done, each.total) for each in told if each.stage == "indexing"] == [(3, 3)]


def test_a_file_of_a_known_patient_that_can_no_longer_be_read_is_named_in_coverage(
    store: RecordStore, index: MemoryIndex, folder: Path
) -> None:
    path = write(folder, "a.jsonl", {"record": "r1", "text": "Kaliémie à 5,4", "hint": "p1"})
    run(store, index, [folder])
    path.write_text("broken", encoding="utf-8")
    for _ in range(2):  # the second time, nothing but the rejection remembers whose it was
        run(store, index, [folder])
        assert [item.reason for item in store.unread(scope("p1"))] == ["rejected"]
    path.write_text(lines({"record": "r1", "text": "Kaliémie à 5,4", "hint": "p1"}), encoding="utf-8")
    run(store, index, [folder])
    assert store.unread(scope("p1")) == ()


def test_a_file_of_two_patients_that_breaks_is_named_to_neither(
    store: RecordStore, index: MemoryIndex, folder: Path
) -> None:
    path = write(
        folder,
        "a.jsonl",
        {"record": "r1", "text": "un", "hint": "p1"},
        {"record": "r2", "text": "deux", "hint": "p2"},
    )
    run(store, index, [folder])
    path.write_text("broken", encoding="utf-8")
    run(store, index, [folder])
    assert store.unread(scope("p1")) == store.unread(scope("p2")) == ()
    assert len(store.rejections()) == 1


def test_a_file_whose_name_is_not_utf8_is_read(store: RecordStore, index: MemoryIndex, folder: Path) -> None:
    line = lines({"record": "r1", "text": "Kaliémie", "hint": "p1"}).encode("utf-8")
    for byte, data in ((b"\xe8", line), (b"\xe9", b"broken")):
        with open(os.fsencode(folder) + b"/lettre-" + byte + b".jsonl", "wb") as file:
            file.write(data)
    report = run(store, index, [folder])
    assert (report.read, len(report.rejected)) == (1, 1)
    assert report.rejected[0].file.endswith("lettre-\\xe9.jsonl")
    assert run(store, index, [folder]).unchanged == 1


def test_a_reader_that_fails_with_another_error_of_ours_stops_nothing(
    store: RecordStore, index: MemoryIndex, folder: Path
) -> None:
    class Confused(LineFormat):
        def read(self, source: Source) -> Iterator[ReadItem]:
            if b"lost" in source.data:
                raise UnknownRecord("a word of the patient's text")
            yield from super().read(source)

    write(folder, "a.jsonl", {"record": "r1", "text": "lost", "hint": "p1"})
    write(folder, "b.jsonl", {"record": "r2", "text": "Kaliémie", "hint": "p1"})
    report = ingest([folder], store=store, index=index, embedder=EMBEDDER, formats={"lines": Confused()})
    assert (report.read, len(report.rejected)) == (1, 1)
    assert "patient's text" not in report.rejected[0].reason


def test_what_a_person_assigned_stays_assigned_when_its_file_is_read_again(
    store: RecordStore, index: MemoryIndex, folder: Path
) -> None:
    write(folder, "a.jsonl", {"record": "r1", "text": "à qui ?"})
    run(store, index, [folder])
    (kept,) = store.quarantined()
    store.put_patient(Patient(id="p1"))
    store.assign_quarantined(kept.id, "p1")
    again = run(store, index, [folder], again=True)
    assert counts(again) == {"unchanged": 1}
    assert store.quarantined() == ()
    assert [each.locator.quote for each in store.passages(scope("p1"))] == ["à qui ?"]
    assert index.count() == 1
    write(folder, "a.jsonl", {"record": "r1", "text": "autre contenu", "version": "2"})
    assert counts(run(store, index, [folder])) == {"quarantined": 1}  # another document may be another's


def test_a_run_that_finds_nothing_new_has_read_its_sources(
    store: RecordStore, index: MemoryIndex, folder: Path
) -> None:
    write(folder, "a.jsonl", {"record": "r1", "text": "un", "hint": "p1", "system": "labo"})
    run(store, index, [folder])
    first = store.source_state("labo").last_success
    assert counts(run(store, index, [folder])) == {"unchanged": 1}
    second = store.source_state("labo").last_success
    assert first is not None
    assert second is not None
    assert second > first


def test_a_run_that_fails_is_an_attempt_and_no_success(
    store: RecordStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, "a.jsonl", {"record": "r1", "text": "un", "hint": "p1", "system": "labo"})

    def broken(*_: object) -> int:
        raise StoreFull("no space")

    monkeypatch.setattr(RecordStore, "count_identity_conflicts", broken)
    with pytest.raises(StoreFull):
        run(store, None, [folder])
    state = store.source_state("labo")
    assert state.last_attempt is not None
    assert state.last_success is None


def test_conflicts_are_counted_and_told_without_a_name(
    store: RecordStore, index: MemoryIndex, folder: Path
) -> None:
    for name, person in (("a", "UNTEL Jean"), ("b", "AUTRE Paul")):
        write(
            folder,
            f"{name}.jsonl",
            {"person": "42", "name": person},
            {"record": name, "text": name, "hint": "42"},
        )
    report = run(store, index, [folder])
    assert report.conflicts == 1
    assert sum("may be one" in warning for warning in report.warnings) == 1
    assert not any("UNTEL" in warning or "AUTRE" in warning for warning in report.warnings)
    assert len(store.patients()) == 2
    assert run(store, index, [folder]).conflicts == 1
    store.decide_different(*(patient.id for patient in store.patients()), by="admin")
    assert run(store, index, [folder]).conflicts == 0


def test_a_deletion_in_a_bundle_erases_the_record_from_store_and_index(
    store: RecordStore, index: MemoryIndex, folder: Path
) -> None:
    uid = "0b2f6e0e-1c5d-4d3a-9d5e-3a1f7d6c9b10"
    url = f"Observation/{uid}"
    observation = {
        "resourceType": "Observation",
        "id": uid,
        "status": "final",
        "code": {"text": "Potassium"},
        "subject": {"reference": "Patient/p1"},
        "valueQuantity": {"value": 4.1, "unit": "mmol/L"},
    }
    bundle = {"resourceType": "Bundle", "type": "transaction"}
    entry = {"fullUrl": f"urn:uuid:{uid}", "resource": observation, "request": {"method": "PUT", "url": url}}
    deletion = {"request": {"method": "DELETE", "url": url}}
    (folder / "a.json").write_text(json.dumps(bundle | {"entry": [entry]}), "utf-8")
    (folder / "b.json").write_text(json.dumps(bundle | {"entry": [deletion]}), "utf-8")
    embedder = HashingEmbedder()
    first = ingest([folder / "a.json"], store=store, index=index, embedder=embedder)
    assert (first.compositions, first.facts, index.count()) == (1, 1, 1)
    second = ingest([folder / "b.json"], store=store, index=index, embedder=embedder)
    assert (second.quarantined, second.rejected, second.warnings) == (0, (), ())
    assert index.count() == 0
    assert store.facts(scope("p1")) == ()
    assert search(scope("p1"), "potassium", store=store, index=index, embedder=embedder, limit=5) == ()
    unknown = bundle | {"entry": [{"request": {"method": "DELETE", "url": "Observation/unknown-7"}}]}
    (folder / "c.json").write_text(json.dumps(unknown), "utf-8")
    third = ingest([folder / "c.json"], store=store, index=index, embedder=embedder)
    (warning,) = third.warnings
    assert warning.endswith("c.json: a deletion of a record that is not held here: nothing to delete")


def test_other_words_of_the_site_read_its_prose_again(
    store: RecordStore, index: MemoryIndex, folder: Path, tmp_path: Path
) -> None:
    (folder / "lettre.txt").write_text("Patient suivi pour une zébrose.", "utf-8")
    site = tmp_path / "site"
    site.mkdir()

    def problems() -> list[str]:
        options = IngestOptions(patient="p1")
        lexicon = load_lexicon(site)
        ingest([folder], store=store, index=index, embedder=EMBEDDER, options=options, lexicon=lexicon)
        return [fact.label for fact in store.facts(scope("p1"), kinds=("problem",))]

    assert problems() == []
    (site / "problems.toml").write_text('[problems]\nzebrose = { label = "zébrose" }\n', "utf-8")
    assert problems() == ["zébrose"]
    (site / "problems.toml").unlink()
    assert problems() == []
