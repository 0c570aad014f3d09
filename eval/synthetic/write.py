"""Write a hospital to a folder: one folder a patient, and a manifest. Nothing of the truth is written."""

import contextlib
import csv
import io
import os
import tempfile
from pathlib import Path

from eval.synthetic.truth import Document, Hospital, Patient

MANIFEST = "manifest.csv"


def write(hospital: Hospital, folder: Path) -> Path:
    """Write every person and document as canonical JSON, then the manifest; return the manifest's path.

    Safe to repeat: a file that already holds the same bytes is left alone, each file is replaced in one step,
    and files of this hospital that are no longer part of it are removed, as the former manifest names them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = [item for patient in hospital.patients for item in _files(patient)]
    former = _listed(folder)
    for path, _, content in files:
        _replace(folder / path, content)
    for path in former - {path for path, _, _ in files}:
        (folder / path).unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # still holds files that are not ours, or is already gone
            (folder / path).parent.rmdir()
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(("path", "patient_id"))
    rows.writerows((path, patient_id) for path, patient_id, _ in files)
    _replace(folder / MANIFEST, table.getvalue())
    return folder / MANIFEST


def file_name(document: Document) -> str:
    """« 2025-03-12_biologie_<uid>.v1.json »: opaque apart from date and kind."""
    kind = document.kind.replace(" ", "-")
    return f"{document.time:%Y-%m-%d}_{kind}_{document.uid}.v{document.version}.json"


def _files(patient: Patient) -> list[tuple[str, str, str]]:
    patient_id = patient.identity.patient_id
    files = [(f"{patient_id}/person.json", patient_id, patient.person)]
    files += [(f"{patient_id}/{file_name(item)}", patient_id, item.raw) for item in patient.documents]
    return files


def _listed(folder: Path) -> set[str]:
    """Paths of a former manifest that lie inside `folder`."""
    manifest = folder / MANIFEST
    if not manifest.is_file():
        return set()
    with manifest.open(encoding="utf-8", newline="") as lines:
        paths = {row["path"] for row in csv.DictReader(lines) if row.get("path")}
    inside = folder.resolve()
    return {path for path in paths if (folder / path).resolve().is_relative_to(inside)}


def _replace(path: Path, content: str) -> None:
    data = content.encode("utf-8")
    if path.is_file() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".partial-")
    try:
        with os.fdopen(handle, "wb") as target:
            target.write(data)
            target.flush()
            os.fsync(target.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
