"""Sections of letters that list: treatments and results, as lines or tables, and what is copied forward."""

from datetime import date, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from eval.synthetic.chart import Chart
from eval.synthetic.documents import in_force
from eval.synthetic.entries import posology
from eval.synthetic.letters import Prose, amount, french_date, joined
from eval.synthetic.truth import Distractor, Lab, Stay

_TABLE = ("potassium", "creatinine", "haemoglobin", "crp", "ntprobnp", "hba1c", "platelets", "tacrolimus")
_RECENT = (*_TABLE, "inr", "tsh", "egfr", "urate", "ferritin", "ldl", "vitamin_d")
_ROWS = 5
_NOT_COPIED = 0.3


def treatment(chart: Chart, dash: str, day: date) -> Prose:
    """The treatment in force: one line a drug, or a table in the style of some authors."""
    tables = chart.style.tables
    between = " | " if tables else " "
    parts = []
    for drug, dose in in_force(chart, day):
        words = f"{drug.dci} ({drug.brand}){between}{posology(drug, dose)}"
        parts.append(Prose(words if tables else f"{dash}{words}", [(drug, words)]))
    if not parts:
        return Prose("Aucun traitement au long cours.", [])
    return joined([Prose("Médicament | Posologie", []), *parts] if tables else parts)


def laboratory_table(chart: Chart, stay: Stay, *, space: str) -> Prose:
    """A table of the main results, at entry and at discharge, as word processors paste them."""
    rows = ["Examen | Entrée | Sortie"]
    marks = []
    for analyte in _TABLE:
        found = [
            lab
            for lab in chart.labs(analyte, until=stay.discharged)
            if lab.time >= stay.admitted - timedelta(hours=1)
        ]
        if found:
            first, last = amount(found[0], chart, space=space), amount(found[-1], chart, space=space)
            row = f"{found[0].label} | {first} | {last}"
            rows.append(row)
            marks += [(found[0], row), (found[-1], row)]
    return Prose("\n".join(rows), list(marks)) if len(rows) > 1 else Prose("", [])


def recent_results(chart: Chart, when: datetime, *, space: str) -> Prose:
    """A table of results of the last year, one row a result, in the style of some authors."""
    if not chart.style.tables:
        return Prose("", [])
    rows: list[Prose] = []
    for analyte in _RECENT:
        found = [lab for lab in chart.labs(analyte, until=when) if lab.time >= when - timedelta(days=365)]
        rows += [_row(lab, chart, space=space) for lab in found[-1:]]
    if not rows:
        return Prose("", [])
    return joined([Prose("Examen | Date | Résultat", []), *rows[:_ROWS]])


def _row(lab: Lab, chart: Chart, *, space: str) -> Prose:
    row = f"{lab.label} | {french_date(lab.time.date())} | {amount(lab, chart, space=space)}"
    return Prose(row, [(lab, row)])


class Copied(NamedTuple):
    """A paragraph copied from an earlier letter, and the outdated values in it."""

    prose: Prose
    planted: tuple[Distractor, ...]


def copied_forward(
    rng: Random, chart: Chart, when: datetime, *, author: str, words: dict[str, Any], dash: str
) -> Copied:
    """The treatment that an earlier letter of the same author listed, pasted under its date.

    Nothing where nothing has changed since, and not in every letter. The pasted lines state nothing: what has
    changed since then is there to mislead.
    """
    nothing = Copied(Prose("", []), ())
    if not chart.style.copy_forward or rng.random() < _NOT_COPIED:
        return nothing
    today = when.date()
    now = {drug.key: posology(drug, dose) for drug, dose in in_force(chart, today)}
    own = [visit for visit in chart.story.visit if (visit.author or chart.story.attending) == author]
    earlier = [chart.clock.on(visit.at) for visit in own]
    for then in sorted((day for day in earlier if day < today - timedelta(days=60)), reverse=True):
        lines = in_force(chart, then - timedelta(days=1))
        outdated = [
            (drug, posology(drug, dose)) for drug, dose in lines if now.get(drug.key) != posology(drug, dose)
        ]
        if not outdated:
            continue
        told = [f"{dash}{drug.dci} ({drug.brand}) {posology(drug, dose)}" for drug, dose in lines]
        heading = rng.choice(words["copied"]).replace("{then}", french_date(then))
        planted = tuple(
            Distractor(
                kind="copied_treatment",
                value=f"{drug.dci} {said}",
                about=f"posologie de {drug.dci}",
                why=f"recopié du courrier du {french_date(then)} ; {_since(drug.key in now)}",
                truth=drug.key,
                quote=f"{drug.dci} ({drug.brand}) {said}",
            )
            for drug, said in outdated
        )
        return Copied(Prose("\n".join((heading, *told)), []), planted)
    return nothing


def _since(taken: bool) -> str:  # noqa: FBT001
    return "posologie modifiée depuis" if taken else "médicament arrêté depuis"
