"""From a story to the truths of one patient that are not results: dates, doses, stays, acts."""

from datetime import date, datetime, time, timedelta
from random import Random
from typing import Literal

from eval.synthetic import story as st
from eval.synthetic.truth import (
    Allergy,
    Device,
    Dose,
    FamilyHistory,
    Imaging,
    Immunisation,
    Medication,
    Microbiology,
    Note,
    Pending,
    Problem,
    Procedure,
    Side,
    Stay,
    Susceptibility,
    Transfusion,
    Value,
)

_MONTH = 30.4375


class Clock(Value):
    """Turns months before today into dates; every event of a patient is moved by the same `shift` in days."""

    today: date
    shift: int

    def on(self, month: float) -> date:
        """The day of a story's month. Months after today are not shifted."""
        return self.today + timedelta(days=round(month * _MONTH) - (self.shift if month <= 0 else 0))

    def month(self, day: date) -> float:
        """The story's month of a day."""
        return ((day - self.today).days + self.shift) / _MONTH


class Person(Value):
    """What a trajectory needs to know about the patient."""

    sex: Literal["male", "female", "unknown"]
    birth_date: date
    side: Side


def stays(story: st.Story, clock: Clock, *, side: Side) -> tuple[Stay, ...]:
    """The stays, oldest first."""
    found = [
        Stay(
            key=f"stay/{stay.key}",
            ward=stay.ward,
            admitted=datetime.combine(
                clock.on(stay.at), time(15, 30) if stay.mode == "urgences" else time(9, 30)
            ),
            discharged=datetime.combine(clock.on(stay.at) + timedelta(days=stay.days), time(14, 0)),
            mode=stay.mode,
            reason=sided(stay.reason, side),
            diagnosis=sided(stay.diagnosis, side),
        )
        for stay in story.stay
    ]
    return tuple(sorted(found, key=lambda stay: stay.admitted))


def problems(story: st.Story, clock: Clock, *, side: Side) -> tuple[Problem, ...]:
    """The problems and antecedents."""
    return tuple(
        Problem(
            key=f"problem/{item.key}",
            label=sided(item.label, side),
            short=sided(item.short, side),
            code=item.code,
            onset=None if item.at is None else clock.on(item.at),
            resolved=None if item.resolved is None else clock.on(item.resolved),
            certainty=item.certainty,
        )
        for item in story.problem
    )


def allergies(story: st.Story, clock: Clock) -> tuple[Allergy, ...]:
    """The allergies, intolerances, or the statement that none is known."""
    return tuple(
        Allergy(
            key=f"allergy/{item.key}",
            substance=item.substance,
            kind=item.kind,
            reaction=item.reaction,
            severity=item.severity,
            certainty=item.certainty,
            since=None if item.at is None else clock.on(item.at),
        )
        for item in story.allergy
    )


def medications(story: st.Story, clock: Clock) -> tuple[Medication, ...]:
    """The drug courses with their doses."""
    return tuple(
        Medication(
            key=f"medication/{item.key}",
            dci=item.dci,
            brand=item.brand,
            atc=item.atc,
            route=item.route,
            indication=item.indication,
            as_needed=item.as_needed,
            doses=tuple(
                Dose(
                    start=clock.on(dose.at),
                    amount=dose.amount,
                    unit=item.unit,
                    frequency=dose.frequency,
                    reason=dose.reason,
                )
                for dose in item.doses
            ),
            stopped_on=None if item.stop is None else clock.on(item.stop),
            stop_reason=item.stop_reason,
            stop_words=item.stop_words,
        )
        for item in story.medication
    )


class Acts(Value):
    """What was done or is expected, besides stays, results and drugs."""

    procedures: tuple[Procedure, ...]
    imaging: tuple[Imaging, ...]
    devices: tuple[Device, ...]
    immunisations: tuple[Immunisation, ...]
    family: tuple[FamilyHistory, ...]
    notes: tuple[Note, ...]
    pending: tuple[Pending, ...]
    transfusions: tuple[Transfusion, ...] = ()
    microbiology: tuple[Microbiology, ...] = ()


def acts(rng: Random, story: st.Story, clock: Clock, *, side: Side) -> Acts:
    """The remaining truths of the story; sided ones all take the patient's side."""
    return Acts(
        procedures=_procedures(story, clock, side=side),
        imaging=_imaging(story, clock, side=side),
        devices=_devices(rng, story, clock, side=side),
        immunisations=tuple(
            Immunisation(key=f"immunisation/{item.key}", label=item.label, atc=item.atc, on=clock.on(item.at))
            for item in story.vaccine
        ),
        family=tuple(
            FamilyHistory(
                key=f"family/{item.key}",
                relation=item.relation,
                condition=item.condition,
                deceased=item.deceased,
            )
            for item in story.family
        ),
        notes=tuple(
            Note(
                key=f"note/{item.key}",
                topic=item.topic,
                values=tuple(sided(value, side) for value in item.values),
                on=None if item.at is None else clock.on(item.at),
                questions=item.questions,
            )
            for item in story.note
        ),
        pending=tuple(
            Pending(key=f"pending/{item.key}", label=item.label, requested=clock.on(item.at))
            for item in story.pending
        ),
        transfusions=_transfusions(story, clock),
        microbiology=_microbiology(story, clock),
    )


def _transfusions(story: st.Story, clock: Clock) -> tuple[Transfusion, ...]:
    return tuple(
        Transfusion(
            key=f"transfusion/{item.key}",
            product=item.product,
            units=item.units,
            on=clock.on(item.at),
            reason=item.reason,
            reaction=item.reaction,
        )
        for item in story.transfusion
    )


def _microbiology(story: st.Story, clock: Clock) -> tuple[Microbiology, ...]:
    return tuple(
        Microbiology(
            key=f"microbiology/{item.key}",
            label=item.label,
            specimen=item.specimen,
            loinc=item.loinc,
            time=datetime.combine(clock.on(item.at), time(9, 20)),
            germ=item.germ,
            count=item.count,
            mechanism=item.mechanism,
            antibiogram=tuple(
                Susceptibility(antibiotic=name, loinc=code, category=category)
                for name, code, category in item.antibiogram
            ),
        )
        for item in story.culture
    )


def _procedures(story: st.Story, clock: Clock, *, side: Side) -> tuple[Procedure, ...]:
    return tuple(
        Procedure(
            key=f"procedure/{item.key}",
            label=item.label,
            code=item.code,
            on=clock.on(item.at),
            side=side if item.sided else None,
            state="done" if item.at <= 0 else "planned",
        )
        for item in story.procedure
    )


def _imaging(story: st.Story, clock: Clock, *, side: Side) -> tuple[Imaging, ...]:
    return tuple(
        Imaging(
            key=f"imaging/{item.key}",
            label=sided(item.label, side),
            modality=item.modality,
            on=clock.on(item.at),
            side=side if item.sided else None,
            conclusion=sided(item.conclusion, side),
        )
        for item in story.imaging
    )


def _devices(rng: Random, story: st.Story, clock: Clock, *, side: Side) -> tuple[Device, ...]:
    return tuple(
        Device(
            key=f"device/{item.key}",
            label=item.label,
            model=item.model,
            serial=f"SN{rng.randrange(10**8):08d}",
            on=clock.on(item.at),
            side=side if item.sided else None,
        )
        for item in story.device
    )


def sided(words: str, side: Side) -> str:
    """The words with `{cote}` (droite, gauche) and `{coteM}` (droit, gauche) filled in."""
    return words.replace("{coteM}", "droit" if side == "droite" else "gauche").replace("{cote}", side)
