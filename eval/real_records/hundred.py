"""The hundred questions of one half of the patients, with the files that hold their records."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from eval.real_records import others, synthea
from eval.real_records.question import Half, RealQuestion, digest, drawn, half_of
from eval.real_records.words import Words, load_words

SYNTHEA = "fhir_synthea_smart_r4"
CDA = "cda_ans_ci_sis"
OPENEHR = ("openehr_ehrbase_integration", "openehr_ehrbase_sdk")
PATIENTS = 16
_PER_PATIENT = 2
_QUOTAS = {
    "latest": 18, "first": 5, "day": 7, "highest": 5, "pressure": 4, "allergies": 6, "presence": 6,
    "since": 6, "treatments": 5, "started": 5, "vaccine": 6, "procedure": 5, "no_drug": 3, "no_problem": 3,
}  # fmt: skip


class Hundred(NamedTuple):
    """Questions, and what to read for them: bundles, CDA documents, manifests of compositions."""

    questions: tuple[RealQuestion, ...]
    files: tuple[Path, ...]
    manifests: tuple[Path, ...]


def hundred(data: Path, half: Half, *, page: int = 0) -> Hundred:
    """The questions of one half: of the sixteen patients that most can be asked about, by hash.

    `page` 1 are the sixteen after these, and so on: patients that nobody has looked at yet.

    `report` also holds every question on the CDA documents and the openEHR compositions, which have too few
    patients to be divided.
    """
    words = load_words()
    bundles = {path.name: path for path in sorted((data / SYNTHEA).glob("*.json"))}
    every = [one for path in bundles.values() for one in synthea.questions(path, words)]
    mine = [one for one in every if half_of(one.patient) == half]
    kept = _patients(mine, page)
    asked = tuple(drawn((one for one in mine if one.patient in kept), _QUOTAS, per_patient=_PER_PATIENT))
    files = sorted({bundles[one.file] for one in mine if one.patient in kept})
    if half == "look" or page:
        return Hundred(asked, tuple(files), ())
    documents = sorted((data / CDA).glob("*.xml"))
    small = (*others.cda_questions(documents, words), *_compositions(data, words))
    manifests = tuple(data / folder / "manifest.csv" for folder in OPENEHR)
    asked_of = {one.file for one in small}
    compositions = [path for path in _composition_files(data) if path.name in asked_of]
    return Hundred((*asked, *small), (*files, *documents, *compositions), manifests)


def _patients(questions: list[RealQuestion], page: int) -> set[str]:
    families: dict[str, set[str]] = {}
    for one in questions:
        families.setdefault(one.patient, set()).add(one.family)
    ordered = sorted(families, key=lambda patient: (-len(families[patient]), digest(patient)))
    return set(ordered[page * PATIENTS : (page + 1) * PATIENTS])


def _composition_files(data: Path) -> Iterator[Path]:
    for folder in OPENEHR:
        with (data / folder / "manifest.csv").open(encoding="utf-8", newline="") as rows:
            yield from (data / folder / row["path"] for row in csv.DictReader(rows))


def _compositions(data: Path, words: Words) -> Iterator[RealQuestion]:
    for folder in OPENEHR:
        with (data / folder / "manifest.csv").open(encoding="utf-8", newline="") as rows:
            for row in csv.DictReader(rows):
                if row["path"].endswith(".json"):
                    yield from others.openehr_questions(data / folder / row["path"], row["patient_id"], words)
