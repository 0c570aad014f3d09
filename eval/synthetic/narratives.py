"""Narrative documents of one patient: letters, discharge reports, nurses' notes, prescriptions in prose."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from eval.synthetic import openehr as rm
from eval.synthetic import story as st
from eval.synthetic.chart import Chart
from eval.synthetic.documents import in_force
from eval.synthetic.drafts import Draft, ward_on
from eval.synthetic.entries import Mark, posology, synopsis
from eval.synthetic.letter_sections import copied_forward, laboratory_table, recent_results, treatment
from eval.synthetic.letters import (
    Prose,
    Scene,
    chosen,
    french_date,
    joined,
    long_date,
    of,
    render,
    scene,
    title,
)
from eval.synthetic.truth import Stay

Parts = list[tuple[str, Prose]]


def narratives(rng: Random, chart: Chart, words: dict[str, Any]) -> Iterator[Draft]:
    """Every narrative document. The antecedents are worded once and copied forward from letter to letter."""
    background = _Background(rng, chart, words)
    for visit in chart.story.visit:
        yield visit_letter(rng, chart, visit, words=words, background=background)
        if visit.nurse:
            when = datetime.combine(chart.clock.on(visit.at), time(14, 40))
            yield note(rng, chart, chosen(rng, visit.nurse, scene(rng, chart, when)), when=when, words=words)
    for told in chart.story.stay:
        stay = next(item for item in chart.stays if item.key == f"stay/{told.key}")
        yield stay_letter(rng, chart, (told, stay), words=words, background=background)
        yield from nurse_notes(rng, chart, (told, stay), words=words)
        yield prescription(chart, stay.discharged + timedelta(minutes=-30))


class _Background:
    """The wordings that a patient's letters copy from one another."""

    def __init__(self, rng: Random, chart: Chart, words: dict[str, Any]) -> None:
        self.heading: str = rng.choice(words["history_heading"])
        self.treatment: str = rng.choice(words["treatment_heading"])
        more = [rng.choice(wordings) for wordings in chart.story.more_lifestyle]
        self.lifestyle: str = " ".join((rng.choice(chart.story.lifestyle), *more))
        self.family: tuple[str, ...] = tuple(rng.choice(item.words) for item in chart.story.family)
        self.no_allergy: str = rng.choice(words["no_allergy"])
        self.dash: str = rng.choice(("- ", "• ", "– "))


def letter(parts: Parts, **fields: Any) -> Draft:
    """A report made of headed sections of prose."""
    sections: list[rm.Node] = []
    marks: list[Mark] = []
    for heading, prose in parts:
        if prose.text:
            stated = synopsis(heading, prose.text, prose.marks)
            sections.append(rm.section(heading, [stated.entry]))
            marks += stated.marks
    return Draft(archetype="report.v1", content=sections, marks=marks, **fields)


def header(chart: Chart, when: datetime, author: str) -> Prose:
    """Who writes, about whom, when."""
    who = chart.identity
    born = f"né{'e' if who.sex == 'female' else ''}"
    birth = f"{born} le {french_date(who.birth_date)}"
    names = " ".join(who.given_names[:1])
    birth_name = f" {born} {who.birth_name}" if who.birth_name != who.family_name else ""
    lines = (
        rm.FACILITY,
        f"{author}, le {long_date(when.date())}",
        f"Concernant : {title(chart, when)} {who.family_name} {names}{birth_name}, {birth}, IPP {who.ipp}",
    )
    return Prose("\n".join(lines), [])


def antecedents(chart: Chart, background: _Background, scene: Scene) -> Prose:
    """Problems known at the time, family, allergies."""
    day = scene.when.date()
    parts: list[Prose] = []
    for problem in chart.problems:
        if problem.onset is None or problem.onset <= day:
            since = f" ({problem.onset.year})" if problem.onset is not None else ""
            parts.append(Prose(f"{background.dash}{problem.short}{since}", [(problem, problem.short)]))
    parts += [
        joined([Prose(f"{background.dash}Familiaux : ", []), render(words, scene)], "")
        for words in background.family
    ]
    parts.append(_allergies(chart, background, day))
    return joined(parts)


def _allergies(chart: Chart, background: _Background, day: date) -> Prose:
    line = f"{background.dash}Allergies : "
    marks = []
    told: list[str] = []
    for fact in chart.allergies:
        if fact.certainty == "none_known":
            told.append(background.no_allergy)
            marks.append((fact, background.no_allergy))
        elif fact.since is None or fact.since <= day:
            words = fact.substance.lower() + (f" ({fact.reaction.lower()})" if fact.reaction else "")
            told.append(words)
            marks.append((fact, words))
    return Prose(line + ", ".join(told), list(marks)) if told else Prose("", [])


def visit_letter(
    rng: Random, chart: Chart, visit: st.StoryVisit, *, words: dict[str, Any], background: _Background
) -> Draft:
    """A consultation letter."""
    when = datetime.combine(chart.clock.on(visit.at), time(15, 10))
    at = scene(rng, chart, when)
    signed = visit.author or chart.story.attending
    author = f"{signed}, {visit.specialty.lower()}"
    before = when.date() - timedelta(days=1)
    examination = joined([render(rng.choice(words["vitals_line"]), at), chosen(rng, visit.examination, at)])
    copied = copied_forward(rng, chart, when, author=signed, words=words, dash=background.dash)
    parts: Parts = [
        ("En-tête", header(chart, when, author)),
        ("Courrier", chosen(rng, tuple(words["opening"]), at)),
        (background.heading, antecedents(chart, background, at)),
        ("Mode de vie", render(background.lifestyle, at)),
        (background.treatment, treatment(chart, background.dash, before)),
        ("Interrogatoire", chosen(rng, visit.interview, at)),
        ("Courrier précédent", copied.prose),
        ("Examen clinique", examination),
        ("Biologie récente", recent_results(chart, when, space=at.space)),
        ("Au total", chosen(rng, visit.conclusion, at)),
        ("Signature", Prose(f"{rng.choice(words['closing'])}\n{signed}", [])),
    ]
    return letter(
        parts,
        key=f"courrier-{visit.key}",
        kind="courrier",
        title=f"Courrier de consultation : {visit.specialty}",
        when=when,
        author=signed,
        ward="Consultations",
        planted=copied.planted,
    )


def stay_letter(
    rng: Random,
    chart: Chart,
    pair: tuple[st.StoryStay, Stay],
    *,
    words: dict[str, Any],
    background: _Background,
) -> Draft:
    """A discharge report (compte rendu d’hospitalisation)."""
    told, stay = pair
    signed = told.author or chart.story.attending
    arrival = scene(rng, chart, stay.admitted + timedelta(hours=2), since=stay.admitted - timedelta(hours=1))
    leaving = arrival.model_copy(update={"when": stay.discharged})
    before = stay.admitted.date() - timedelta(days=1)
    opening = _stay_opening(rng.choice(words["stay_opening"]), stay, leaving)
    parts: Parts = [
        ("En-tête", header(chart, stay.discharged, signed)),
        ("Séjour", Prose(opening.text, [(stay, opening.text)])),
        ("Motif d’hospitalisation", Prose(f"{stay.reason}.", [(stay, stay.reason)])),
        (background.heading, antecedents(chart, background, arrival)),
        ("Mode de vie", render(background.lifestyle, leaving)),
        ("Traitement à l’entrée", treatment(chart, background.dash, before)),
        ("Histoire de la maladie", chosen(rng, told.history, arrival)),
        ("Examen à l’entrée", chosen(rng, told.examination, arrival)),
        ("Biologie", laboratory_table(chart, stay, space=arrival.space)),
        ("Évolution dans le service", chosen(rng, told.course, leaving)),
        ("Traitement de sortie", treatment(chart, background.dash, stay.discharged.date())),
        ("Conclusion", Prose(f"{stay.diagnosis}.", [(stay, stay.diagnosis)])),
        ("Suites à donner", chosen(rng, told.follow_up, leaving)),
        ("Signature", Prose(f"{rng.choice(words['closing'])}\n{signed}", [])),
    ]
    return letter(
        parts,
        key=f"crh-{told.key}",
        kind="compte rendu",
        title=f"Compte rendu d’hospitalisation : {stay.ward}",
        when=stay.discharged,
        author=signed,
        ward=stay.ward,
    )


def _stay_opening(template: str, stay: Stay, at: Scene) -> Prose:
    for name, value in (
        ("{from}", french_date(stay.admitted.date())),
        ("{to}", french_date(stay.discharged.date())),
        ("{ward}", stay.ward.lower()),
        ("{of_ward}", of(stay.ward.lower())),
    ):
        template = template.replace(name, value)
    return render(template, at)


def nurse_notes(
    rng: Random, chart: Chart, pair: tuple[st.StoryStay, Stay], *, words: dict[str, Any]
) -> Iterator[Draft]:
    """The story's notes, then routine ones, spread over the stay."""
    told, stay = pair
    days = (stay.discharged.date() - stay.admitted.date()).days
    for number in range(min(days, max(len(told.nurse), 3))):
        day = stay.admitted.date() + timedelta(days=number * days // max(len(told.nurse), 3))
        hour = time(20, 15) if number % 2 == 0 else time(6, 50)
        when = max(datetime.combine(day, hour), stay.admitted + timedelta(hours=1))
        wordings = told.nurse[number] if number < len(told.nurse) else tuple(words["routine_note"])
        prose = chosen(rng, wordings, scene(rng, chart, when, since=stay.admitted))
        yield note(rng, chart, prose, when=when, words=words)


def note(rng: Random, chart: Chart, prose: Prose, *, when: datetime, words: dict[str, Any]) -> Draft:
    """A nurse's note (transmission infirmière)."""
    stated = synopsis("Transmission infirmière", prose.text, prose.marks)
    return Draft(
        key=f"transmission-{when:%Y%m%d-%H%M}",
        kind="transmission",
        archetype="encounter.v1",
        title="Transmission infirmière",
        when=when,
        author=rng.choice(words["authors"]["nurse"]),
        ward=ward_on(chart, when.date()),
        content=[stated.entry],
        marks=stated.marks,
    )


def prescription(chart: Chart, when: datetime) -> Draft:
    """The discharge prescription in prose (ordonnance)."""
    lines: list[Prose] = []
    for drug, dose in in_force(chart, when.date()):
        words = f"{drug.brand.upper()} ({drug.dci}) : {posology(drug, dose)}, voie {drug.route}"
        lines.append(Prose(f"{words}\n  QSP 1 mois, à renouveler 2 fois", [(drug, words)]))
    parts: Parts = [
        ("En-tête", header(chart, when, chart.story.attending)),
        ("Ordonnance", joined(lines) if lines else Prose("Pas de traitement médicamenteux à la sortie.", [])),
    ]
    return letter(
        parts,
        key=f"ordonnance-{when:%Y%m%d}",
        kind="ordonnance",
        title="Ordonnance de sortie",
        when=when,
        author=chart.story.attending,
        ward=ward_on(chart, when.date()),
    )
