"""Which files a run reads, and what manifests may say."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from retrieval.errors import InputError, NotAccepted
from retrieval.identity import is_ins, is_patient_id, opaque_id
from retrieval.sources import Manifest, find_files, read_manifests

NOTHING = read_manifests(())


def tree(root: Path) -> Path:
    folder = root / "in"
    for name in ("b.txt", "a.txt", "sub/c.txt", ".hidden", ".git/d.txt", "sub/.e.txt"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return folder


def names(paths: list[Path], *, manifest: Manifest = NOTHING) -> list[str]:
    return [file.path.name for file in find_files(paths, manifest=manifest).files]


def test_folders_are_walked_in_order_without_hidden_files(tmp_path: Path) -> None:
    folder = tree(tmp_path)
    assert names([folder]) == ["a.txt", "b.txt", "c.txt"]
    assert names([folder / "sub", folder, folder / "a.txt"]) == ["c.txt", "a.txt", "b.txt"]
    assert names([folder / ".hidden"]) == [".hidden"]


def test_links_that_leave_and_pipes_are_not_read(tmp_path: Path) -> None:
    folder = tree(tmp_path)
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "s.txt").write_text("s")
    (folder / "out.txt").symlink_to(secret / "s.txt")
    (folder / "outdir").symlink_to(secret)
    (folder / "in.txt").symlink_to(folder / "a.txt")
    (folder / "loop").symlink_to(folder)
    (folder / "nowhere.txt").symlink_to(folder / "absent")
    os.mkfifo(folder / "pipe")
    found = find_files([folder], manifest=NOTHING)
    assert [file.path.name for file in found.files] == ["a.txt", "b.txt", "c.txt"]
    assert sorted((Path(each.file).name, each.reason.split(" is ")[0][:31]) for each in found.rejected) == [
        ("nowhere.txt", "a symbolic link to nothing"),
        ("out.txt", "a symbolic link that leaves the"),
        ("outdir", "a symbolic link that leaves the"),
    ]


def test_what_does_not_exist_is_said(tmp_path: Path) -> None:
    found = find_files([tmp_path / "absent"], manifest=NOTHING)
    assert [each.reason for each in found.rejected] == ["no such file or folder"]


@pytest.mark.parametrize(
    "text",
    ["path,patient_id\na.txt,p1\nsub/c.txt,p2\n", "\ufeffpatient_id;note;path\np1;é;a.txt\np2;;sub/c.txt\n"],
)
def test_a_manifest_says_whose_files_are(tmp_path: Path, text: str) -> None:
    folder = tree(tmp_path)
    (folder / "manifest.csv").write_text(text, encoding="utf-8")
    manifest = read_manifests([folder / "manifest.csv"])
    assert {path.name: patient for path, patient in manifest.patients.items()} == {
        "a.txt": "p1",
        "c.txt": "p2",
    }
    assert manifest.rejected == ()
    assert names([folder], manifest=manifest) == ["a.txt", "b.txt", "c.txt"]
    assert names([], manifest=manifest) == ["a.txt", "c.txt"]
    assert [file.patient_id for file in find_files([folder], manifest=manifest).files] == ["p1", None, "p2"]


def test_wrong_rows_are_rejected_with_their_line_and_the_file_is_not_read(tmp_path: Path) -> None:
    folder = tree(tmp_path)
    (tmp_path / "x.txt").write_text("x")
    rows = [
        "path,patient_id",
        "a.txt,p1",
        "a.txt,p2",
        "../x.txt,p1",
        "absent.txt,p1",
        ",p1",
        "b.txt,",
        "sub/c.txt,p1",
        "sub/c.txt,p1",
        "/etc/passwd,p1",
        "b.txt,255081416802538",
    ]
    (folder / "m.csv").write_text("\n".join(rows), encoding="utf-8")
    manifest = read_manifests([folder / "m.csv"])
    places = {each.place for each in manifest.rejected}
    assert {"line 4", "line 5", "line 6", "line 7", "line 10", "line 11"} <= places
    assert any("2 patients" in each.reason for each in manifest.rejected)
    assert {path.name for path in manifest.patients} == {"c.txt"}
    found = find_files([folder], manifest=manifest)
    assert [file.path.name for file in found.files] == ["c.txt"] or [f.path.name for f in found.files] == [
        "b.txt",
        "c.txt",
    ]
    assert any(each.file.endswith("a.txt") and "contradicts" in each.reason for each in found.rejected)


def test_several_manifests_add_up_and_may_contradict(tmp_path: Path) -> None:
    folder = tree(tmp_path)
    (folder / "m1.csv").write_text("path,patient_id\na.txt,p1\nb.txt,p1\n")
    (folder / "m2.csv").write_text("path,patient_id\nsub/c.txt,p2\nb.txt,p2\n")
    manifest = read_manifests([folder / "m1.csv", folder / "m2.csv"])
    assert {path.name: who for path, who in manifest.patients.items()} == {"a.txt": "p1", "c.txt": "p2"}
    assert [path.name for path in manifest.doubtful] == ["b.txt"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"file,patient\na.txt,p1\n", "no column path nor patient_id"),
        (b"path,patient\na.txt,p1\n", "no column patient_id"),
        (b"", "no column"),
        (b"path,patient_id\n\xff\xfe\n", "not UTF-8"),
    ],
)
def test_what_is_not_a_manifest_is_refused(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "m.csv").write_bytes(data)
    with pytest.raises(InputError, match=message):
        read_manifests([tmp_path / "m.csv"])


def test_an_absent_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be opened"):
        read_manifests([tmp_path / "absent.csv"])
    assert issubclass(NotAccepted, InputError)


def test_a_patient_id_is_never_an_ins() -> None:
    assert is_ins("255081416802538")
    assert is_ins("2 55 08 14 168 025 38")
    assert not is_ins("255081416802539")
    assert not is_patient_id("255081416802538")
    assert not is_patient_id("")
    assert not is_patient_id("../x")
    assert is_patient_id("ehr-eb1d24")
    assert is_patient_id("7d44b88c-4199-4bad-97dc-d78268e01398")
    assert opaque_id("ehr-1", b"k" * 32) == "ehr-1"
    assert opaque_id("255081416802538", b"k" * 32).startswith("p-")
    assert "255081416802538" not in opaque_id("255081416802538", b"k" * 32)


def test_a_loop_of_links_and_an_impossible_name_stop_nothing(tmp_path: Path) -> None:
    folder = tree(tmp_path)
    (folder / "x").symlink_to(folder / "y")
    (folder / "y").symlink_to(folder / "x")
    found = find_files([folder, tmp_path / ("n" * 300)], manifest=NOTHING)
    assert [file.path.name for file in found.files] == ["a.txt", "b.txt", "c.txt"]
    assert [each.reason for each in found.rejected] == ["a symbolic link to nothing"] * 2 + [
        "no such file or folder"
    ]
    manifest = tmp_path / "m.csv"
    manifest.write_text(f"path,patient_id\nin/x,P1\n{'n' * 300},P1\nin/a.txt,P1\n")
    read = read_manifests([manifest])
    assert list(read.patients.values()) == ["P1"]
    assert [each.place for each in read.rejected] == ["line 2", "line 3"]


def test_names_that_are_not_utf8_stay_apart_and_printable(tmp_path: Path) -> None:
    for byte in (b"\xe8", b"\xe9"):
        with open(os.fsencode(tmp_path) + b"/lettre-" + byte, "wb") as file:
            file.write(b"x")
    found = find_files([tmp_path], manifest=NOTHING)
    assert [file.shown.rpartition("/")[2] for file in found.files] == ["lettre-\\xe8", "lettre-\\xe9"]
    assert found.files[0].path.read_bytes() == b"x"


@pytest.mark.parametrize("name", [".", ".."])
def test_an_id_is_never_a_step_of_a_path(name: str) -> None:
    assert not is_patient_id(name)
    assert opaque_id(name, b"k" * 32).startswith("p-")
