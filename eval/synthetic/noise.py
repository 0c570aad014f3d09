"""Notes that mislead on purpose: a contradiction with the rest of the record, a neighbour's result pasted in."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from random import Random
from typing import Any, NamedTuple

from eval.synthetic.chart import Chart
from eval.synthetic.documents import in_force
from eval.synthetic.drafts import Draft, ward_on
from eval.synthetic.entries import Mark, posology, synopsis
from eval.synthetic.letters import french_date, render, scene
from eval.synthetic.truth import Distractor, Truth

_SAID = re.compile(r"\[\[(.*?)\]\]")
_PACKS = re.compile(r"(\d+) PA\b")
# A neighbour's result: far from anything that the stories give, still possible in a hospital.
_NEIGHBOURS = {
    "potassium": ("2.6", "6.8", "6.4"),
    "creatinine": ("486", "612", "398"),
    "haemoglobin": ("6.3", "6.9", "19.2"),
    "inr": ("8.4", "7.1", "6.6"),
    "crp": ("318", "276", "402"),
    "platelets": ("21", "34", "902"),
}


class Contrary(NamedTuple):
    """A truth, and what a note says instead."""

    truth: Truth
    use: str
    values: dict[str, str]
    about: str
    right: str


def misleading_notes(
    rng: Random, chart: Chart, words: dict[str, Any], *, names: dict[str, Any]
) -> Iterator[Draft]:
    """The notes that this patient's style asks for."""
    days = _days(chart)
    if chart.style.contradict:
        day = rng.choice(days)
        found = _contraries(rng, chart, day)
        if found:
            yield _contradiction(rng, chart, rng.choice(found), day=day, words=words)
    if chart.style.neighbour:
        yield _neighbour(rng, chart, rng.choice(days), words=words, names=names)


def _days(chart: Chart) -> list[date]:
    """The days of the recent visits and stays."""
    days = [chart.clock.on(visit.at) for visit in chart.story.visit]
    days += [stay.admitted.date() for stay in chart.stays]
    return sorted(days)[-4:]


def _contraries(rng: Random, chart: Chart, day: date) -> list[Contrary]:
    found = [
        Contrary(item, "contradicted_allergy", {}, f"allergie : {item.substance}", item.substance)
        for item in chart.allergies
        if item.certainty == "confirmed" and (item.since is None or item.since <= day)
    ]
    for note in chart.acts.notes:
        packs = _PACKS.search(note.values[0])
        if note.topic == "tabagisme" and packs:
            other = max(1, int(packs[1]) + rng.choice((-8, -5, 5, 10)))
            found.append(
                Contrary(note, "contradicted_tobacco", {"value": f"{other} PA"}, "tabagisme", note.values[0])
            )
    for drug, dose in in_force(chart, day):
        if not drug.as_needed and dose.start < day:
            amount_said = dose.amount * rng.choice((Decimal("0.5"), Decimal(2)))
            said = posology(drug, dose.model_copy(update={"amount": amount_said.normalize() + 0}))
            values = {"drug": drug.brand, "value": said}
            found.append(
                Contrary(drug, "contradicted_dose", values, f"posologie de {drug.dci}", posology(drug, dose))
            )
    return found


def _contradiction(
    rng: Random, chart: Chart, contrary: Contrary, *, day: date, words: dict[str, Any]
) -> Draft:
    template: str = rng.choice(words[contrary.use])
    for name, value in contrary.values.items():
        template = template.replace("{" + name + "}", value)
    match = _SAID.search(template)
    quote = match[1] if match else template
    when = datetime.combine(day, time(11, 20))
    prose = render(_SAID.sub(r"\1", template), scene(rng, chart, when))
    planted = Distractor(
        kind="contradiction",
        value=contrary.values.get("value", quote),
        about=contrary.about,
        why=f"contredit par le reste du dossier : {contrary.right}",
        truth=contrary.truth.key,
        quote=quote,
    )
    stated = synopsis("Recueil de données", prose.text, [(contrary.truth, quote)])
    marks = [mark._replace(conflict=True) for mark in stated.marks]
    made = stated._replace(marks=marks)
    return _note(rng, chart, when, stated=(made.entry, made.marks), planted=planted, words=words)


def _neighbour(
    rng: Random, chart: Chart, day: date, *, words: dict[str, Any], names: dict[str, Any]
) -> Draft:
    who = chart.identity
    female = rng.random() < 0.5
    others = [name for name in names["families"] if name not in (who.family_name, who.birth_name)]
    given = [name for name in names["female" if female else "male"]["old"] if name != who.given_names[0]]
    name = f"{'Mme' if female else 'M.'} {rng.choice(others)} {rng.choice(given)}"
    known = [key for key in _NEIGHBOURS if key in chart.analytes]
    analyte = chart.analytes[key := rng.choice(known)]
    value = Decimal(rng.choice(_NEIGHBOURS[key]))
    shown = f"{value:f}".replace(".", ",") + (f" {analyte.shown}" if analyte.shown else "")
    when = datetime.combine(day, time(17, 5))
    template = rng.choice(words["neighbour"]).replace("{voisin}", name)
    quote = f"{analyte.words} {shown}"
    template = template.replace("{resultat}", quote)
    prose = render(template, scene(rng, chart, when))
    planted = Distractor(
        kind="neighbour_result",
        value=shown,
        about=analyte.words,
        why=f"résultat de {name}, collé par erreur dans ce dossier le {french_date(day)}",
        quote=quote,
    )
    stated = synopsis("Transmission infirmière", prose.text, [])
    return _note(rng, chart, when, stated=(stated.entry, []), planted=planted, words=words)


def _note(
    rng: Random,
    chart: Chart,
    when: datetime,
    *,
    stated: tuple[dict[str, Any], list[Mark]],
    planted: Distractor,
    words: dict[str, Any],
) -> Draft:
    return Draft(
        key=f"transmission-{when:%Y%m%d-%H%M}",
        kind="transmission",
        archetype="encounter.v1",
        title="Transmission infirmière",
        when=when,
        author=rng.choice(words["authors"]["nurse"]),
        ward=ward_on(chart, when.date()),
        content=[stated[0]],
        marks=stated[1],
        planted=(planted,),
    )
