"""Results of one patient drawn from a story: laboratory reports and vital signs, with their variation."""

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from random import Random

from eval.synthetic import story as st
from eval.synthetic.trajectory import Clock, Person
from eval.synthetic.truth import Interpretation, Lab, Stay, Value, Vital

Points = tuple[tuple[float, float], ...]
_VITAL_KINDS: tuple[tuple[str, str, str, int], ...] = (
    ("systolic", "Pression artérielle systolique", "mm[Hg]", 0),
    ("diastolic", "Pression artérielle diastolique", "mm[Hg]", 0),
    ("pulse", "Pouls", "/min", 0),
    ("temperature", "Température", "Cel", 1),
    ("weight", "Poids", "kg", 1),
    ("spo2", "SpO₂", "%", 0),
)
_VITAL_SPREAD = {
    "systolic": 0.03,
    "diastolic": 0.03,
    "pulse": 0.04,
    "temperature": 0.003,
    "weight": 0.004,
    "spo2": 0.004,
}


class Panel(Value):
    """The results of one panel of a report."""

    title: str
    labs: tuple[Lab, ...]


class Report(Value):
    """One laboratory report: the panels of one sample. `version` 2 replaces version 1 of the same key."""

    key: str
    time: datetime
    panels: tuple[Panel, ...]
    version: int = 1
    comment: str | None = None

    @property
    def labs(self) -> tuple[Lab, ...]:
        """Every result of the report."""
        return tuple(lab for panel in self.panels for lab in panel.labs)


class Readings(Value):
    """The vital signs taken at one time."""

    key: str
    time: datetime
    vitals: tuple[Vital, ...]


def value_at(points: Points, month: float) -> float:
    """The straight-line value at `month`; constant before the first point and after the last."""
    ordered = sorted(points)
    if month <= ordered[0][0]:
        return float(ordered[0][1])
    for (left, low), (right, high) in pairwise(ordered):
        if month <= right:
            return float(low) + (float(high) - float(low)) * (month - float(left)) / (
                float(right) - float(left)
            )
    return float(ordered[-1][1])


def rounded(value: float, decimals: int) -> Decimal:
    """A decimal with exactly that many decimals, half up."""
    return Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def ckd_epi(creatinine: float, *, age: float, female: bool) -> float:
    """Glomerular filtration rate, CKD-EPI 2009 without race, in mL/min/1.73 m²; creatinine in µmol/L.

    Source: Levey AS et al., Ann Intern Med 2009;150:604-12 (the equation French laboratories report).
    """
    kappa, alpha, factor = (0.7, -0.329, 1.018) if female else (0.9, -0.411, 1.0)
    ratio = creatinine / 88.4 / kappa
    return float(141 * min(ratio, 1) ** alpha * max(ratio, 1) ** -1.209 * 0.993**age * factor)


def interpretation(
    value: Decimal, low: Decimal | None, high: Decimal | None, analyte: st.Analyte
) -> Interpretation:
    """H, L or N against the range; HH or LL beyond the analyte's panic value."""
    if high is not None and value > high:
        return "HH" if analyte.panic is not None and value >= analyte.panic else "H"
    if low is not None and value < low:
        return "LL" if analyte.panic_low is not None and value <= analyte.panic_low else "L"
    return "N"


class Sampler(Value):
    """Draws results of one patient: story points times a personal factor, with the analyte's spread."""

    story: st.Story
    analytes: dict[str, st.Analyte]
    person: Person
    clock: Clock
    factors: dict[str, float]

    @classmethod
    def drawn(
        cls,
        rng: Random,
        story: st.Story,
        person: Person,
        *,
        clock: Clock,
        analytes: dict[str, st.Analyte],
        wide: bool = False,
    ) -> "Sampler":
        """A sampler with personal factors drawn once: within 4 %, or when `wide` within 8 %."""
        bounds = {
            key: min(2.5 * it.spread, 0.08) if wide else min(it.spread, 0.04) for key, it in analytes.items()
        }
        factors = {key: 1 + rng.uniform(-1, 1) * bound for key, bound in bounds.items()}
        return cls(story=story, analytes=analytes, person=person, clock=clock, factors=factors)

    def result(self, rng: Random, key: str, when: datetime) -> Decimal:
        """A new value of analyte `key` at `when`."""
        analyte = self.analytes[key]
        month = self.clock.month(when.date())
        female = self.person.sex == "female" and analyte.typical_female is not None
        typical = analyte.typical_female if female and analyte.typical_female is not None else analyte.typical
        lab = self.story.lab.get(key)
        centre = value_at(lab.points, month) if lab and lab.points else typical
        if lab and lab.delta:
            centre += value_at(lab.delta, month)
        spread = lab.spread if lab and lab.spread is not None else analyte.spread
        drawn = centre * self.factors[key] * (1 + max(-2.0, min(2.0, rng.gauss(0, 1))) * spread * 0.6)
        return rounded(max(drawn, 0.0), analyte.decimals)

    def lab(self, key: str, value: Decimal, *, when: datetime, report: str) -> Lab:
        """The typed result, with the range for the patient's sex, or for a child."""
        analyte = self.analytes[key]
        low, high = analyte.low, analyte.high
        if self.person.sex == "female":
            low = analyte.low_female if analyte.low_female is not None else low
            high = analyte.high_female if analyte.high_female is not None else high
        if (when.date() - self.person.birth_date).days < 16 * 365:
            low = analyte.low_child if analyte.low_child is not None else low
            high = analyte.high_child if analyte.high_child is not None else high
        return Lab(
            key=f"lab/{report}/{key}",
            analyte=key,
            label=analyte.label,
            loinc=analyte.loinc,
            unit=analyte.unit,
            value=value,
            low=low,
            high=high,
            time=when,
            status="final",
            interpretation=interpretation(value, low, high, analyte),
        )


def reports(rng: Random, draw: Sampler, stays: tuple[Stay, ...]) -> list[Report]:
    """Every laboratory report of the patient, oldest first: one a day, with all the panels of that day."""
    asked: defaultdict[date, list[tuple[datetime, st.StoryPanel]]] = defaultdict(list)
    for panel in draw.story.panel:
        # One sample a day: a routine date may fall on the day of another.
        for when in {
            when.date(): when for when in sorted(_times(rng, draw, panel, stays), reverse=True)
        }.values():
            asked[when.date()].append((when, panel))
    drawn = []
    for day, panels in sorted(asked.items()):
        when = min(time for time, _ in panels)
        key = f"bio-{day:%Y%m%d}"
        known: dict[str, Decimal] = {}
        made = tuple(_panel(rng, draw, panel, when=when, key=key, known=known) for _, panel in panels)
        drawn.append(Report(key=key, time=when, panels=tuple(panel for panel in made if panel.labs)))
    return drawn


def _panel(
    rng: Random, draw: Sampler, panel: st.StoryPanel, *, when: datetime, key: str, known: dict[str, Decimal]
) -> Panel:
    """The panel's results; an analyte that the report already holds (`known`) is not measured again."""
    values: dict[str, Decimal] = {}
    for analyte in panel.analytes:
        if analyte in known:
            continue
        if analyte == "egfr":
            age = (when.date() - draw.person.birth_date).days / 365.25
            creatinine = float({**known, **values}["creatinine"])
            rate = ckd_epi(creatinine, age=age, female=draw.person.sex == "female")
            values[analyte] = rounded(rate, 0)
        else:
            values[analyte] = draw.result(rng, analyte, when)
    known.update(values)
    labs = tuple(draw.lab(name, value, when=when, report=key) for name, value in values.items())
    return Panel(title=panel.title, labs=labs)


def _times(rng: Random, draw: Sampler, panel: st.StoryPanel, stays: tuple[Stay, ...]) -> list[datetime]:
    times = _routine(rng, draw, panel, stays)
    times += [datetime.combine(draw.clock.on(month), time(11, 10)) for month in panel.at]
    if panel.before_visits:
        days = [draw.clock.on(visit.at) - timedelta(days=3) for visit in draw.story.visit]
        times += [datetime.combine(day, time(8, 25)) for day in days]
    if panel.in_stays:
        times += [when for stay in stays for when in _daily(stay, every=3)]
    return times


def _routine(rng: Random, draw: Sampler, panel: st.StoryPanel, stays: tuple[Stay, ...]) -> list[datetime]:
    if panel.every is None:
        return []
    month = -float(draw.story.months) if panel.since is None else panel.since
    until = -0.1 if panel.until is None else panel.until
    times: list[datetime] = []
    while month <= until:
        day = draw.clock.on(month) + timedelta(days=rng.randint(-5, 5))
        when = datetime.combine(min(day, draw.clock.today), time(7, rng.randrange(10, 59)))
        inside = any(
            stay.admitted.date() - timedelta(days=8) <= day <= stay.discharged.date() for stay in stays
        )
        if not inside:
            times.append(when)
        month += float(panel.every)
    return times


def _daily(stay: Stay, *, every: int) -> list[datetime]:
    first = stay.admitted + timedelta(minutes=40)
    days = (stay.discharged.date() - stay.admitted.date()).days
    later = [
        datetime.combine(stay.admitted.date() + timedelta(days=day), time(6, 40))
        for day in range(every, days, every)
    ]
    last = datetime.combine(stay.discharged.date(), time(6, 40))
    return [first, *(when for when in later if (last - when).days >= 1), last]


def readings(
    rng: Random, story: st.Story, clock: Clock, *, stays: tuple[Stay, ...], child: bool
) -> list[Readings]:
    """Vital signs at each visit and every other day of each stay, oldest first."""
    times = [datetime.combine(clock.on(visit.at), time(14, 20)) for visit in story.visit]
    times += [when - timedelta(minutes=20) for stay in stays for when in _daily(stay, every=3)]
    days = {when.date(): when for when in sorted(times, reverse=True)}
    return [_taken(rng, story, clock, when, child=child) for when in sorted(days.values())]


def _taken(rng: Random, story: st.Story, clock: Clock, when: datetime, *, child: bool) -> Readings:
    key = f"constantes-{when:%Y%m%d}"
    month = clock.month(when.date())
    taken: list[Vital] = []
    for kind, label, unit, decimals in _VITAL_KINDS:
        points: Points = getattr(story.vitals, kind)
        drawn = value_at(points, month) * (1 + rng.uniform(-1, 1) * _VITAL_SPREAD[kind])
        value = min(rounded(drawn, decimals), Decimal(100)) if kind == "spo2" else rounded(drawn, decimals)
        taken.append(
            Vital.model_validate(
                {
                    "key": f"vital/{key}/{kind}",
                    "kind": kind,
                    "label": label,
                    "unit": unit,
                    "value": value,
                    "time": when,
                }
            )
        )
    grown = story.vitals.height + (0.5 * month if child else 0)
    height = rounded(float(grown), 0)
    taken.append(
        Vital(key=f"vital/{key}/height", kind="height", label="Taille", unit="cm", value=height, time=when)
    )
    return Readings(key=key, time=when, vitals=tuple(taken))
