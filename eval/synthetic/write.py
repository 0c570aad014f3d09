"""Write a hospital to a folder: one folder a patient, and a manifest. Nothing of the truth is written."""

import contextlib
import csv
import io
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from eval.synthetic.cda import clinical_document
from eval.synthetic.fhir import bundle
from eval.synthetic.plain import metadata, text
from eval.synthetic.truth import Document, Hospital, Patient
from eval.synthetic.writing_reading import written

MANIFEST = "manifest.csv"
WrittenAs = Literal["openehr", "fhir", "cda", "text"]
_BESIDE = ".meta.json"
_WRITERS = {"fhir": bundle, "cda": clinical_document, "text": text}
_ENDINGS: dict[WrittenAs, str] = {"openehr": "json", "fhir": "json", "cda": "xml", "text": "txt"}


def write(hospital: Hospital, folder: Path, *, format: WrittenAs = "openehr") -> Path:  # noqa: A002
    """Write every person and document, then the manifest; return the manifest's path.

    The same truths and dates in each format: `openehr` canonical JSON with a PERSON a patient, `fhir` document
    Bundles (R4, JSON), `cda` CDA R2 documents, `text` plain text with a metadata file beside each.
    Safe to repeat: a file that already holds the same bytes is left alone, each file is replaced in one step,
    and files of this hospital that are no longer part of it are removed, as the former manifest names them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = [item for patient in hospital.patients for item in _files(patient, format)]
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
    rows.writerows((path, patient_id) for path, patient_id, _ in files if patient_id)
    _replace(folder / MANIFEST, table.getvalue())
    return folder / MANIFEST


def file_name(document: Document, ending: str = "json") -> str:
    """« 2025-03-12_biologie_<uid>.v1.json »: opaque apart from date and kind."""
    kind = document.kind.replace(" ", "-")
    return f"{document.time:%Y-%m-%d}_{kind}_{document.uid}.v{document.version}.{ending}"


def _files(patient: Patient, written_as: WrittenAs) -> Iterator[tuple[str, str, str]]:
    """Path, patient and content of every file; what stands beside a file comes with an empty patient."""
    patient_id = patient.identity.patient_id
    if written_as == "openehr":
        yield f"{patient_id}/person.json", patient_id, patient.person
    for item in patient.documents:
        path = f"{patient_id}/{file_name(item, _ENDINGS[written_as])}"
        if written_as == "openehr":
            yield path, patient_id, item.raw
            continue
        stated = written(patient, item)
        yield path, patient_id, _WRITERS[written_as](stated)
        if written_as == "text":
            yield f"{path}{_BESIDE}", "", metadata(stated)


def _listed(folder: Path) -> set[str]:
    """Paths of a former manifest that lie inside `folder`."""
    manifest = folder / MANIFEST
    if not manifest.is_file():
        return set()
    with manifest.open(encoding="utf-8", newline="") as lines:
        paths = {row["path"] for row in csv.DictReader(lines) if row.get("path")}
    paths |= {f"{path}{_BESIDE}" for path in paths if (folder / f"{path}{_BESIDE}").is_file()}
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
