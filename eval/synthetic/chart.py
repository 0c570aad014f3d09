"""Everything true of one patient before any document is written, and look-ups in it by time."""

from datetime import date, datetime
from random import Random

from eval.synthetic import story as st
from eval.synthetic import trajectory as tr
from eval.synthetic.corrections import corrected
from eval.synthetic.results import Readings, Report, Sampler, readings, reports
from eval.synthetic.style import Style
from eval.synthetic.trajectory import Acts, Clock, Person
from eval.synthetic.truth import (
    Allergy,
    Identity,
    Lab,
    Medication,
    Problem,
    Side,
    Stay,
    Truth,
    Value,
)


class Chart(Value):
    """The truths of one patient, with the story they come from."""

    identity: Identity
    story: st.Story
    analytes: dict[str, st.Analyte]
    clock: Clock
    side: Side
    problems: tuple[Problem, ...]
    allergies: tuple[Allergy, ...]
    medications: tuple[Medication, ...]
    stays: tuple[Stay, ...]
    acts: Acts
    reports: tuple[Report, ...]
    readings: tuple[Readings, ...]
    style: Style = Style()

    def truths(self) -> tuple[Truth, ...]:
        """Every truth, in a fixed order."""
        labs = (lab for report in self.reports for lab in report.labs)
        vitals = (vital for taken in self.readings for vital in taken.vitals)
        acts = self.acts
        return (
            *self.problems,
            *self.allergies,
            *self.medications,
            *labs,
            *vitals,
            *acts.procedures,
            *acts.imaging,
            *self.stays,
            *acts.devices,
            *acts.immunisations,
            *acts.family,
            *acts.notes,
            *acts.pending,
            *acts.transfusions,
            *acts.microbiology,
        )

    def truth(self, short: str) -> Truth:
        """The truth of the story's key `short`; KeyError when the story has none."""
        for truth in self.truths():
            if truth.key.partition("/")[2] == short:
                return truth
        raise KeyError(f"{self.story.name}: no truth {short!r}")

    def labs(self, analyte: str, *, until: datetime) -> list[Lab]:
        """Valid results of one analyte to `until`, oldest first: none superseded, preliminary or mistaken."""
        found = [lab for report in self.reports for lab in report.labs if lab.analyte == analyte]
        valid = [lab for lab in found if lab.status in ("final", "amended") and not lab.superseded]
        return sorted((lab for lab in valid if lab.time <= until), key=lambda lab: lab.time)

    def taken(self, when: datetime) -> Readings:
        """The vital signs nearest before `when`, or the first ones."""
        before = [taken for taken in self.readings if taken.time <= when]
        return before[-1] if before else self.readings[0]

    def treatment(self, day: date) -> list[Medication]:
        """The medications in force on `day`."""
        return [medication for medication in self.medications if medication.dose_on(day) is not None]

    def day_of(self, short: str) -> date:
        """The day of the event with the story's key `short`: a visit, a stay, an act."""
        told = self.story
        events: tuple[st.Event, ...] = (
            *told.visit,
            *told.stay,
            *told.imaging,
            *told.procedure,
            *told.vaccine,
            *told.transfusion,
            *told.culture,
        )
        for event in events:
            if event.key == short:
                return self.clock.on(event.at)
        raise KeyError(f"{self.story.name}: no event {short!r}")


def chart(
    rng: Random,
    story: st.Story,
    identity: Identity,
    *,
    clock: Clock,
    analytes: dict[str, st.Analyte],
    index: int,
    style: Style | None = None,
    wide: bool = False,
) -> Chart:
    """Play a story for the hospital's patient number `index`; `wide` draws results further from the story's."""
    side: Side = rng.choice(("droite", "gauche"))
    person = Person(sex=identity.sex, birth_date=identity.birth_date, side=side)
    stays = tr.stays(story, clock, side=side)
    draw = Sampler.drawn(rng, story, person, clock=clock, analytes=analytes, wide=wide)
    return Chart(
        identity=identity,
        story=story,
        analytes=analytes,
        clock=clock,
        side=side,
        problems=tr.problems(story, clock, side=side),
        allergies=tr.allergies(story, clock),
        medications=tr.medications(story, clock),
        stays=stays,
        acts=tr.acts(rng, story, clock, side=side),
        reports=tuple(corrected(rng, reports(rng, draw, stays), draw, index=index)),
        readings=tuple(readings(rng, story, clock, stays=stays, child=story.age[1] < 16)),
        style=style or Style(),
    )
