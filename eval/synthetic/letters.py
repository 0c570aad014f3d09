"""French prose of the record: wordings chosen by seed, placeholders filled from truth, literal words marked.

A wording is plain French with two kinds of marks:

`{…}` a placeholder. `{creatinine}` latest valid result up to the document's time, `{creatinine@first}` first
one of the stay (`@low` and `@high` the lowest and highest); `{on:key}` the date of an event, `{ago:key}` the
same relatively, `{dose:key}` the posology of a drug that day; `{pa}`, `{pouls}`, `{spo2}`, `{poids}`, `{temp}` the nearest vital signs; `{age}`, `{nom}`
(`{Nom}` opening a sentence), `{date}`, `{e}` (feminine ending),
`{il}`, `{Il}`, `{patient}`, `{Patient}`, `{cote}` (droite, gauche), `{coteM}` (droit, gauche).

`[[words]]` the words state the results named inside; `[[key|words]]` they also state that truth of the story.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from random import Random
from typing import NamedTuple

from eval.synthetic.chart import Chart
from eval.synthetic.entries import posology
from eval.synthetic.style import abbreviated
from eval.synthetic.truth import Lab, Truth, Value

_MARK = re.compile(r"\[\[(?:(?P<key>\w+)\|)?(?P<body>.*?)\]\]", re.DOTALL)
_PLACE = re.compile(r"\{([\w:@]+)\}")
_MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
# Which results of a stay: the first, the lowest, the highest.
_PICK: dict[str, Callable[[list[Lab]], list[Lab]]] = {
    "first": lambda labs: labs[:1],
    "low": lambda labs: sorted(labs, key=lambda lab: lab.value)[:1],
    "high": lambda labs: sorted(labs, key=lambda lab: lab.value)[-1:],
}
# Between a number and its unit: an ordinary space, a no-break space, a narrow no-break space (style noise).
_SPACES = (" ", "\u00a0", "\u202f")


class Scene(Value):
    """When and in what style a text is written; `since` opens the stay, if it is about one."""

    chart: Chart
    when: datetime
    since: datetime | None = None
    space: str = " "


class Prose(NamedTuple):
    """A text and the truths that its literal words state."""

    text: str
    marks: list[tuple[Truth, str]]


def scene(rng: Random, chart: Chart, when: datetime, *, since: datetime | None = None) -> Scene:
    """A scene with a spacing style drawn by seed."""
    return Scene(chart=chart, when=when, since=since, space=rng.choice(_SPACES))


def french_date(day: date) -> str:
    """« 12/03/2025 »."""
    return day.strftime("%d/%m/%Y")


def long_date(day: date) -> str:
    """« 12 mars 2025 », with « 1er » for the first."""
    number = "1er" if day.day == 1 else str(day.day)
    return f"{number} {_MONTHS[day.month - 1]} {day.year}"


def of(word: str) -> str:
    """« de furosémide », « d’amlodipine »."""
    return f"d’{word}" if word[0].lower() in "aeéiouh" else f"de {word}"


def ago(day: date, today: date) -> str:
    """A relative date as it is said in a letter: « il y a 3 mois », « en mars dernier », « en mars 2022 »."""
    days = (today - day).days
    if days < 14:
        return f"il y a {days} jours" if days > 1 else "hier"
    if days < 60:
        return f"il y a {round(days / 7)} semaines"
    if days < 330 and day.month % 2:
        return f"en {_MONTHS[day.month - 1]} dernier"
    if days < 700:
        return f"il y a {round(days / 30.4375)} mois"
    return f"en {_MONTHS[day.month - 1]} {day.year}"


def amount(lab: Lab, chart: Chart, *, space: str) -> str:
    """A result as it is written in French: « 5,4 mmol/L », « 6 840 ng/L », « 2,4 » for an INR."""
    whole, _, fraction = f"{lab.value:f}".partition(".")
    if len(whole) > 3:
        whole = f"{whole[:-3]}{space}{whole[-3:]}"
    number = f"{whole},{fraction}" if fraction else whole
    unit = chart.analytes[lab.analyte].shown
    return f"{number}{space}{unit}" if unit else number


def dose_words(chart: Chart, key: str, day: date) -> str:
    """The posology of the story's drug `key` on that day; KeyError when it is not taken then."""
    drug = next((item for item in chart.medications if item.key == f"medication/{key}"), None)
    dose = None if drug is None else drug.dose_on(day)
    if drug is None or dose is None:
        raise KeyError(f"{chart.story.name}: no dose of {key!r} on {day}")
    return posology(drug, dose)


def render(template: str, scene: Scene) -> Prose:
    """Fill one wording; KeyError names a placeholder or a mark that the story does not know."""
    text, position = "", 0
    marks: list[tuple[Truth, str]] = []
    for match in _MARK.finditer(template):
        before, _ = _filled(template[position : match.start()], scene)
        words, labs = _filled(match["body"], scene)
        text += _styled(before, scene) + words
        marks += [(lab, words) for lab in labs]
        if match["key"]:
            marks.append((scene.chart.truth(match["key"]), words))
        position = match.end()
    rest, _ = _filled(template[position:], scene)
    return Prose(text + _styled(rest, scene), marks)


def _styled(words: str, scene: Scene) -> str:
    """Words outside marks, as the patient's letters abbreviate."""
    return abbreviated(words) if scene.chart.style.abbreviate else words


def _filled(template: str, scene: Scene) -> tuple[str, list[Lab]]:
    labs: list[Lab] = []

    def put(match: re.Match[str]) -> str:
        name = match[1]
        analyte, _, which = name.partition("@")
        if analyte in scene.chart.analytes:
            lab = _lab(scene, analyte, which)
            labs.append(lab)
            return amount(lab, scene.chart, space=scene.space)
        return _word(scene, name)

    return _PLACE.sub(put, template), labs


def _lab(scene: Scene, analyte: str, which: str) -> Lab:
    found = scene.chart.labs(analyte, until=scene.when)
    if which and scene.since is not None:
        start = scene.since
        found = _PICK[which]([lab for lab in found if lab.time >= start])
    if not found:
        raise KeyError(f"{scene.chart.story.name}: no {analyte} before {scene.when:%Y-%m-%d}")
    return found[-1]


def _word(scene: Scene, name: str) -> str:
    kind, _, key = name.partition(":")
    if kind == "on":
        return french_date(scene.chart.day_of(key))
    if kind == "ago":
        return ago(scene.chart.day_of(key), scene.when.date())
    if kind == "dose":
        return dose_words(scene.chart, key, scene.when.date())
    return _WORDS[name](scene)


def _vital(kind: str) -> Callable[[Scene], str]:
    def read(scene: Scene) -> str:
        vitals = {vital.kind: vital for vital in scene.chart.taken(scene.when).vitals}
        return f"{vitals[kind].value:f}".replace(".", ",")  # type: ignore[index]

    return read


def _gendered(female: str, male: str) -> Callable[[Scene], str]:
    return lambda scene: female if scene.chart.identity.sex == "female" else male


def title(chart: Chart, when: datetime) -> str:
    """« Mme », « M. », or the child's given name alone."""
    if (when.date() - chart.identity.birth_date).days < 15 * 365:
        return "Enfant"
    return "Mme" if chart.identity.sex == "female" else "M."


def _called(scene: Scene) -> str:
    called = title(scene.chart, scene.when)
    return "l’enfant" if called == "Enfant" else called


_WORDS: dict[str, Callable[[Scene], str]] = {
    "pa": lambda scene: f"{_vital('systolic')(scene)}/{_vital('diastolic')(scene)}",
    "pouls": _vital("pulse"),
    "spo2": _vital("spo2"),
    "poids": _vital("weight"),
    "taille": _vital("height"),
    "temp": _vital("temperature"),
    "age": lambda scene: str((scene.when.date() - scene.chart.identity.birth_date).days * 4 // 1461),
    "nom": lambda scene: f"{_called(scene)} {scene.chart.identity.family_name}",
    "Nom": lambda scene: f"{title(scene.chart, scene.when)} {scene.chart.identity.family_name}",
    "prenom": lambda scene: scene.chart.identity.given_names[0],
    "date": lambda scene: french_date(scene.when.date()),
    "e": _gendered("e", ""),
    "il": _gendered("elle", "il"),
    "Il": _gendered("Elle", "Il"),
    "patient": _gendered("patiente", "patient"),
    "Patient": _gendered("Patiente", "Patient"),
    "cote": lambda scene: scene.chart.side,
    "coteM": lambda scene: "droit" if scene.chart.side == "droite" else "gauche",
}


def chosen(rng: Random, wordings: tuple[str, ...], scene: Scene) -> Prose:
    """One of the wordings, by seed, rendered."""
    return render(rng.choice(wordings), scene)


def joined(parts: list[Prose], separator: str = "\n") -> Prose:
    """Several pieces of prose as one, empty ones left out."""
    kept = [part for part in parts if part.text]
    return Prose(separator.join(part.text for part in kept), [mark for part in kept for mark in part.marks])
