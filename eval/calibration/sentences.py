"""True sentences of a synthetic hospital, each with the passage of the record that states it, in several
wordings.

The source text is what a checker would be shown: the passage of the document, as the service cuts it, under
its date and title. A truth whose words are in no passage is left out, so that a supported sentence always is.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from eval.calibration.source_texts import Sources
from eval.calibration.wordings import Wording, filled, wordings
from eval.metrics.dates import dates_in
from eval.metrics.plain import plain
from eval.suites.record_draw import digest
from eval.synthetic.truth import Hospital, Lab, Medication, Patient, Statement, Truth, Value

EACH = 3
"""Truths of one kind that are worded for each patient, drawn by hash."""
UNITS = {
    "umol/L": "µmol/L",
    "ug/L": "µg/L",
    "10*9/L": "G/L",
    "10*12/L": "T/L",
    "m[IU]/L": "mUI/L",
    "[IU]/L": "UI/L",
}
UNITS |= {"1": "", "mm[Hg]": "mmHg", "Cel": "°C", "mL/min/{1.73_m2}": "mL/min/1,73 m²", "/min": "/min"}


class Told(Value):
    """A true sentence with what it was filled from, so that errors can be made in it."""

    id: str
    kind: str
    wording: Wording
    slots: dict[str, str]
    sentence: str
    source: str
    patient: str
    others: dict[str, tuple[str, ...]]
    """What else is true of the patient and could be taken for it: `drug`, `analyte` values of the same
    source.
    """


def told_of(hospital: Hospital) -> Iterator[Told]:
    """Every true sentence of the hospital, patient by patient, in a fixed order."""
    for patient in hospital.patients:
        sources = Sources(patient)
        kinds: dict[str, list[tuple[str, Truth, dict[str, str], str]]] = {}
        for kind, truth, slots, source in _facts(patient, sources):
            kinds.setdefault(kind, []).append((kind, truth, slots, source))
        for found in kinds.values():
            chosen = sorted(found, key=lambda item: digest(f"{patient.identity.patient_id}/{item[1].key}"))
            for kind, truth, slots, source in chosen[:EACH]:
                yield from _worded(patient, kind, truth, slots, source)


def french(value: Decimal) -> str:
    """A number as France prints it, with the digits that the truth has."""
    return format(value.normalize() if value == value.to_integral_value() else value, "f").replace(".", ",")


def day(value: date) -> str:
    """dd/mm/yyyy."""
    return value.strftime("%d/%m/%Y")


def _worded(patient: Patient, kind: str, truth: Truth, slots: dict[str, str], source: str) -> Iterator[Told]:
    who = patient.identity.patient_id
    female = patient.identity.sex == "female"
    for wording in wordings(kind):
        values = slots | {"e": "e" if female else "", "le_patient": "la patiente" if female else "le patient"}
        yield Told(
            id=f"{who}/{truth.key}/{wording.id}",
            kind=kind,
            wording=wording,
            slots=values,
            sentence=filled(wording.text, values),
            source=source,
            patient=who,
            others=_others(patient, truth, source),
        )


def _facts(patient: Patient, sources: Sources) -> Iterator[tuple[str, Truth, dict[str, str], str]]:
    for kind, truth, slots, needed in (
        *_measured(patient),
        *_drugs(patient),
        *_history(patient),
        *_acts(patient),
    ):
        source = sources.stating(_places(truth), needed)
        if source is not None and _dated(slots, source) and plain(slots.get("reason", "")) in plain(source):
            yield kind, truth, slots, source


def _dated(slots: dict[str, str], source: str) -> bool:
    """Whether the source says the day, when the sentence does."""
    iso = "-".join(reversed(slots["date"].split("/"))) if "date" in slots else ""
    return not iso or iso in {one.iso for one in dates_in(source)}


def _places(truth: Truth) -> tuple[Statement, ...]:
    """Newest first: that is where a stop or a change is told."""
    return tuple(reversed(truth.stated))


Fact = tuple[str, Truth, dict[str, str], tuple[str, ...]]


def _measured(patient: Patient) -> Iterator[Fact]:
    for lab in patient.labs:
        if lab.status in ("final", "amended") and not lab.superseded:
            value = french(lab.value)
            slots = {
                "x": small(lab.label),
                "value": value,
                "unit": UNITS.get(lab.unit, lab.unit),
                "date": day(lab.time.date()),
            }
            if slots["unit"]:
                yield "lab", lab, slots, (lab.label, value)
    for vital in patient.vitals:
        value = french(vital.value)
        slots = {
            "x": small(vital.label),
            "value": value,
            "unit": UNITS.get(vital.unit, vital.unit),
            "date": day(vital.time.date()),
        }
        yield "vital", vital, slots, (vital.label.split()[-1], value)


def _drugs(patient: Patient) -> Iterator[Fact]:
    for drug in patient.medications:
        last = drug.doses[-1]
        slots = {"x": drug.dci, "value": french(last.amount), "unit": last.unit, "rhythm": last.frequency}
        if not drug.as_needed and drug.stopped_on is None:
            yield "dose", drug, slots, (drug.dci, french(last.amount))
        if drug.stopped_on is not None and drug.stop_reason:
            stop = {"x": drug.dci, "date": day(drug.stopped_on), "reason": small(drug.stop_reason)}
            yield "stop", drug, stop, (drug.dci, "arrêt")


def _history(patient: Patient) -> Iterator[Fact]:
    for problem in patient.problems:
        kind = {"present": "problem", "absent": "absent"}.get(problem.certainty)
        if kind:
            yield kind, problem, {"x": small(problem.label)}, (problem.label.split()[0],)
    for allergy in patient.allergies:
        if allergy.certainty == "confirmed":
            slots = {"x": small(allergy.substance), "reaction": small(allergy.reaction or "")}
            if allergy.reaction:
                yield "allergy", allergy, slots, (allergy.substance, allergy.reaction.split()[0])
    for relative in patient.family:
        slots = {"x": small(relative.condition), "relation": relative.relation}
        yield "family", relative, slots, (relative.condition.split()[0],)


def _acts(patient: Patient) -> Iterator[Fact]:
    for act in patient.procedures:
        if act.state == "done":
            slots = {"x": small(act.label), "side": act.side or "", "date": day(act.on)}
            yield ("sided" if act.side else "act"), act, slots, (act.label.split()[0], act.side or "")
    for image in patient.imaging:
        slots = {"x": small(image.label), "date": day(image.on), "words": small(image.conclusion.rstrip("."))}
        yield "imaging", image, slots, (image.conclusion.split(".")[0][:30],)


def small(words: str) -> str:
    """A sentence's inside begins in lower case, unless the word is an abbreviation."""
    return words if words[:2].isupper() else words[:1].lower() + words[1:]


def _others(patient: Patient, truth: Truth, source: str) -> dict[str, tuple[str, ...]]:
    if isinstance(truth, Lab):
        near = [lab for lab in patient.labs if lab.time == truth.time and lab.label != truth.label]
        named = [lab for lab in near if lab.label in source and french(lab.value) != french(truth.value)]
        return {"analyte": tuple(f"{lab.label}|{french(lab.value)}" for lab in named)}
    if isinstance(truth, Medication):
        return {"drug": tuple(one.dci for one in patient.medications if one.dci != truth.dci)}
    return {}
