"""Structured documents of one patient: laboratory, vital signs, movements, orders, lists, imaging, acts.

Letters and notes are in `narratives`.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, NamedTuple

from eval.synthetic import acts_entries, care_entries, entries
from eval.synthetic.chart import Chart
from eval.synthetic.drafts import Draft, draft, ward_on
from eval.synthetic.letters import chosen, scene
from eval.synthetic.results import Readings, Report
from eval.synthetic.truth import Dose, Medication


def structured(rng: Random, chart: Chart, words: dict[str, Any]) -> Iterator[Draft]:
    """Every structured document of the patient."""
    authors = words["authors"]
    for report in chart.reports:
        yield laboratory_report(report, authors["laboratory"])
    for taken in chart.readings:
        yield vital_signs(taken, rng.choice(authors["nurse"]), chart)
    yield from movements(chart, authors["admissions"])
    yield from treatment_changes(chart)
    yield from imaging_reports(rng, chart, authors["radiology"])
    yield from acts(rng, chart)
    yield from lists(chart)
    yield from care(chart, authors)
    for pending in chart.acts.pending:
        when = datetime.combine(pending.requested, time(16, 5))
        yield draft(
            [acts_entries.request(pending)],
            key=pending.key.replace("/", "-"),
            kind="demande",
            archetype="request.v1",
            title="Demande d’examen",
            when=when,
            author=chart.story.attending,
            ward="Consultations",
        )


def laboratory_report(report: Report, author: str) -> Draft:
    """A laboratory report, one entry a panel; version 2 has the same key."""
    names = ", ".join(panel.title for panel in report.panels)
    stated = [
        entries.laboratory(panel.title, list(panel.labs), comment=report.comment) for panel in report.panels
    ]
    return draft(
        stated,
        key=report.key,
        kind="biologie",
        archetype="report-result.v1",
        title=f"Biologie : {names}",
        when=report.time,
        author=author,
        ward="Laboratoire de biologie médicale",
        version=report.version,
    )


def vital_signs(taken: Readings, author: str, chart: Chart) -> Draft:
    """The vital signs of one moment."""
    by_kind = {vital.kind: vital for vital in taken.vitals}
    stated = [entries.blood_pressure(by_kind["systolic"], by_kind["diastolic"])]
    stated += [entries.vital(vital) for vital in taken.vitals if vital.kind not in ("systolic", "diastolic")]
    return draft(
        stated,
        key=taken.key,
        kind="constantes",
        archetype="encounter.v1",
        title="Constantes",
        when=taken.time,
        author=author,
        ward=ward_on(chart, taken.time.date()),
    )


def movements(chart: Chart, author: str) -> Iterator[Draft]:
    """Admission and discharge of each stay."""
    for stay in chart.stays:
        name = stay.key.replace("/", "-")
        common = {"kind": "mouvement", "archetype": "encounter.v1", "author": author, "ward": stay.ward}
        yield draft(
            [acts_entries.admission(stay)],
            key=f"{name}-entree",
            title="Admission",
            when=stay.admitted,
            **common,
        )
        yield draft(
            [acts_entries.discharge(stay)],
            key=f"{name}-sortie",
            title="Sortie",
            when=stay.discharged,
            **common,
        )


class Change(NamedTuple):
    """A start, a change of dose or a stop."""

    medication: Medication
    step: str
    reason: str | None
    dose: Dose | None


def changes(chart: Chart) -> dict[date, list[Change]]:
    """What happened to the medications, by day; a hidden reason of a stop is left out."""
    hidden = {f"medication/{item.key}" for item in chart.story.medication if item.reason_hidden}
    found: defaultdict[date, list[Change]] = defaultdict(list)
    for medication in chart.medications:
        for number, dose in enumerate(medication.doses):
            step = "changed" if number else "commenced"
            found[dose.start].append(Change(medication, step, dose.reason, dose))
        if medication.stopped_on is not None:
            reason = None if medication.key in hidden else medication.stop_reason
            found[medication.stopped_on].append(Change(medication, "stopped", reason, None))
    return dict(sorted(found.items()))


def treatment_changes(chart: Chart) -> Iterator[Draft]:
    """For each day with a change: the events, and a prescription of all that is taken from then on."""
    for day, made in changes(chart).items():
        when = datetime.combine(day, time(17, 30))
        common = {"author": chart.story.attending, "ward": ward_on(chart, day), "when": when}
        events = [
            entries.medication_event(
                item.medication, item.step, when=when, reason=item.reason, dose=item.dose
            )
            for item in made
        ]
        yield draft(
            events,
            key=f"traitement-{day:%Y%m%d}",
            kind="traitement",
            archetype="encounter.v1",
            title="Modification du traitement",
            **common,
        )
        orders = [entries.medication_order(drug, dose) for drug, dose in in_force(chart, day)]
        if orders:
            yield draft(
                orders,
                key=f"prescription-{day:%Y%m%d}",
                kind="prescription",
                archetype="prescription.v0",
                title="Prescription médicamenteuse",
                **common,
            )


def in_force(chart: Chart, day: date) -> list[tuple[Medication, Dose]]:
    """The medications in force on `day` with their dose."""
    found = [(medication, medication.dose_on(day)) for medication in chart.medications]
    return [(medication, dose) for medication, dose in found if dose is not None]


def imaging_reports(rng: Random, chart: Chart, author: str) -> Iterator[Draft]:
    """One report for each imaging examination."""
    for told, fact in zip(chart.story.imaging, chart.acts.imaging, strict=True):
        when = datetime.combine(fact.on, time(11, 45))
        findings = chosen(rng, told.findings, scene(rng, chart, when))
        yield draft(
            [acts_entries.imaging(fact, findings.text, when)],
            key=fact.key.replace("/", "-"),
            kind="imagerie",
            archetype="report-result.v1",
            title=fact.label,
            when=when,
            author=author,
            ward="Imagerie médicale",
        )


def acts(rng: Random, chart: Chart) -> Iterator[Draft]:
    """Operations with their report, planned acts, devices and vaccines."""
    devices = {item.key: fact for item, fact in zip(chart.story.device, chart.acts.devices, strict=True)}
    for told, fact in zip(chart.story.procedure, chart.acts.procedures, strict=True):
        planned = fact.state == "planned"
        when = datetime.combine(chart.clock.on(-0.6) if planned else fact.on, time(12, 15))
        stated = [acts_entries.procedure(fact, when)]
        if told.report:
            prose = chosen(rng, told.report, scene(rng, chart, when))
            stated.append(entries.synopsis("Compte rendu opératoire", prose.text, prose.marks))
        stated += [acts_entries.device(item) for item in devices.values() if item.on == fact.on]
        yield draft(
            stated,
            key=fact.key.replace("/", "-"),
            kind="acte",
            archetype="report-procedure.v1",
            title=f"Acte programmé : {fact.label}" if planned else f"Compte rendu opératoire : {fact.label}",
            when=when,
            author=chart.story.attending,
            ward=told.ward,
        )
    for vaccine in chart.acts.immunisations:
        yield draft(
            [acts_entries.immunisation(vaccine)],
            key=vaccine.key.replace("/", "-"),
            kind="vaccination",
            archetype="encounter.v1",
            title="Vaccination",
            when=datetime.combine(vaccine.on, time(10, 0)),
            author=chart.story.attending,
            ward="Consultations",
        )


def care(chart: Chart, authors: dict[str, Any]) -> Iterator[Draft]:
    """Transfusions on their day, cultures two days after sampling."""
    for given in chart.acts.transfusions:
        yield draft(
            [care_entries.transfusion(given)],
            key=given.key.replace("/", "-"),
            kind="transfusion",
            archetype="report-procedure.v1",
            title="Acte transfusionnel",
            when=datetime.combine(given.on, time(16, 40)),
            author=chart.story.attending,
            ward=ward_on(chart, given.on),
        )
    for culture in chart.acts.microbiology:
        yield draft(
            [care_entries.culture(culture)],
            key=culture.key.replace("/", "-"),
            kind="microbiologie",
            archetype="report-result.v1",
            title=f"Bactériologie : {culture.label}",
            when=culture.time + timedelta(days=2, hours=6),
            author=authors["laboratory"],
            ward="Laboratoire de biologie médicale",
        )


def lists(chart: Chart) -> Iterator[Draft]:
    """The persistent lists, as they stand shortly before today."""
    when = datetime.combine(chart.clock.on(-0.5), time(9, 5))
    common = {"when": when, "author": chart.story.attending, "ward": "Consultations", "persistent": True}
    known = [item for item in chart.problems if item.onset is None or item.onset <= when.date()]
    yield draft(
        [entries.problem(item) for item in known],
        key="liste-problemes",
        kind="liste",
        archetype="problem_list.v1",
        title="Liste des problèmes",
        **common,
    )
    yield draft(
        [entries.allergy(item) for item in chart.allergies],
        key="liste-allergies",
        kind="liste",
        archetype="adverse_reaction_list.v1",
        title="Allergies et intolérances",
        **common,
    )
    yield draft(
        [entries.medication_order(drug, dose) for drug, dose in in_force(chart, when.date())],
        key="liste-medicaments",
        kind="liste",
        archetype="medication_list.v1",
        title="Traitement en cours",
        **common,
    )
    if chart.acts.family:
        yield draft(
            [acts_entries.family_history(item) for item in chart.acts.family],
            key="antecedents-familiaux",
            kind="liste",
            archetype="health_summary.v1",
            title="Antécédents familiaux",
            **common,
        )
