"""Letters through the whole of an ingest: whose they are, what changes, and pages that nobody read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assistant.answering.coverage import coverage
from eval.bench.letters import docx_of, pdf_of
from models.hashing import HashingEmbedder
from retrieval.formats.text import ocr
from retrieval.index.memory import MemoryIndex
from retrieval.ingest import IngestOptions, IngestReport, ingest
from retrieval.records import RecordStore
from retrieval.scan import scan
from tests.retrieval.documents import scope

LETTER = "Lettre de sortie\nLyon, le 12/03/2025\n\nTraitement de sortie :\napixaban 5 mg matin et soir\n"


def beside(path: Path, **fields: str) -> None:
    path.with_name(path.name + ".meta.json").write_text(json.dumps(fields), encoding="utf-8")


def run(store: RecordStore, index: MemoryIndex, folder: Path, **options: Any) -> IngestReport:
    embedder = HashingEmbedder()
    return ingest([folder], store=store, index=index, embedder=embedder, options=IngestOptions(**options))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "in"
    made.mkdir()
    return made


def test_every_kind_of_letter_goes_to_its_patient(
    store: RecordStore, index: MemoryIndex, folder: Path
) -> None:
    lines = LETTER.splitlines()
    files = {
        "a.txt": LETTER.encode("cp1252"),
        "b.pdf": pdf_of([lines]),
        "c.docx": docx_of(lines),
        "d.rtf": b"{\\rtf1 " + "\\par ".join(lines).encode("cp1252") + b"}",
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
        beside(folder / name, patient_id="p-1", author="Dr Roux")
    (folder / "e.txt").write_text("Sans patient.", encoding="utf-8")
    report = run(store, index, folder)
    assert (report.read, report.quarantined, report.rejected) == (4, 1, ())
    held = store.compositions(scope("p-1"))
    assert {(item.kind, item.effective, item.author) for item in held} == {
        ("letter", "2025-03-12", "Dr Roux")
    }
    hits = scan(scope("p-1"), ["apixaban"], store=store).hits
    assert len(hits) == 4
    assert run(store, index, folder).unchanged == 4


def test_changed_metadata_are_read_again_and_replace(
    store: RecordStore, index: MemoryIndex, folder: Path
) -> None:
    (folder / "a.txt").write_text(LETTER, encoding="utf-8")
    beside(folder / "a.txt", patient_id="p-1", title="Un")
    run(store, index, folder)
    beside(folder / "a.txt", patient_id="p-1", title="Deux")
    assert run(store, index, folder).replaced == 1
    assert [item.title for item in store.compositions(scope("p-1"))] == ["Deux"]


def test_wrong_metadata_reject_the_file_and_orphans_are_named(
    store: RecordStore, index: MemoryIndex, folder: Path
) -> None:
    (folder / "a.txt").write_text(LETTER, encoding="utf-8")
    beside(folder / "a.txt", patient_id="p-1", kind="courrier")
    beside(folder / "gone.txt", patient_id="p-1")
    report = run(store, index, folder)
    assert [(Path(item.file).name, item.place) for item in report.rejected] == [
        ("gone.txt.meta.json", ""),
        ("a.txt", "kind"),
    ]
    assert "a.txt.meta.json" in report.rejected[1].reason


def test_metadata_are_not_read_through_a_link_that_leaves(
    store: RecordStore, index: MemoryIndex, folder: Path, tmp_path: Path
) -> None:
    (folder / "a.txt").write_text(LETTER, encoding="utf-8")
    secret = tmp_path / "secret.json"
    secret.write_text('{"patient_id": "p-9"}', encoding="utf-8")
    (folder / "a.txt.meta.json").symlink_to(secret)
    for path in (folder, folder / "a.txt"):
        report = run(store, index, path)
        assert report.read == 0
        assert "leaves the folder" in report.rejected[0].reason


def test_a_document_with_some_pages_unread_is_named_in_every_negative(
    store: RecordStore, index: MemoryIndex, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ocr, "engine", lambda: None)
    (folder / "whole.pdf").write_bytes(pdf_of([LETTER.splitlines()]))
    (folder / "part.pdf").write_bytes(pdf_of([LETTER.splitlines(), ()], images=[2]))
    run(store, index, folder, patient="p-1")
    (unread,) = store.unread(scope("p-1"))
    assert unread.reason == "no_text_layer"
    names = {item.record_id for item in store.compositions(scope("p-1"))}
    assert unread.record_id in names
    assert [item.reason for item in coverage(scope("p-1"), store=store).unread] == ["no_text_layer"]
    assert len(scan(scope("p-1"), ["apixaban"], store=store).hits) == 2


def test_once_ocr_is_installed_unread_pages_are_read(
    store: RecordStore, index: MemoryIndex, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "scan.pdf").write_bytes(pdf_of([()], images=[1]))
    for engine, unread, text in (
        (None, 1, "non lue"),
        (ocr.Engine("/usr/bin/tesseract", "5.3.0"), 0, "Potassium 5,4 mmol/L"),
    ):
        monkeypatch.setattr(ocr, "engine", lambda engine=engine: engine)
        monkeypatch.setattr("retrieval.reading_file.engine", lambda engine=engine: engine)
        monkeypatch.setattr(ocr, "recognise", lambda image, engine: "Potassium 5,4 mmol/L")
        monkeypatch.setattr(ocr, "drawn", lambda page: page)
        run(store, index, folder, patient="p-1")
        assert len(store.unread(scope("p-1"))) == unread
        (held,) = store.compositions(scope("p-1"))
        assert text in store.document(scope("p-1"), held.record_id).text
