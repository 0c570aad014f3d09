"""What a document states, as entries of CDA R2 in the shapes of the French content models (CI-SIS).

One function a kind of statement: the cells of its narrative row, and the entry that points to them. Here results
and vital signs (templates 1.2.250.1.213.1.1.3.21, .80, .49 and .50); `cda_problems` and `cda_acts` have the rest.
"""

from typing import NamedTuple

from eval.synthetic import writing_items as it
from eval.synthetic.cda_xml import Ref, at, code, el, loinc, status, templates
from eval.synthetic.fhir_codes import SIGNS
from eval.synthetic.plain_words import limits, measure, state_words

_IHE = "1.3.6.1.4.1.19376.1.5.3.1.4"
_ANS = "1.2.250.1.213.1.1.3"


class Cell(NamedTuple):
    """A cell of the narrative: key of its identifier, heading of its column, words."""

    key: str
    heading: str
    text: str


class Row(NamedTuple):
    """A row of the narrative and the entry that states it."""

    cells: tuple[Cell, ...]
    entry: str


def sign(item: it.Sign, ref: Ref) -> Row:
    """A vital sign."""
    observation = el(
        "observation",
        templates("2.16.840.1.113883.10.20.1.31", f"{_IHE}.13", f"{_IHE}.13.2", f"{_ANS}.50"),
        loinc(SIGNS[item.kind], item.name),
        el("text", ref("nom")),
        status(),
        at(item.time),
        el("value", xsi_type="PQ", value=f"{item.measure.value:f}", unit=item.measure.unit),
        classCode="OBS",
        moodCode="EVN",
    )
    return Row(
        (Cell("nom", "Mesure", item.name), Cell("valeur", "Valeur", measure(item.measure))), observation
    )


def signs(observations: list[str], time: str) -> str:
    """The organizer that holds the signs of one moment."""
    return el(
        "organizer",
        templates("2.16.840.1.113883.10.20.1.35", f"{_IHE}.13.1", f"{_ANS}.49"),
        loinc("85353-1", "Signes vitaux"),
        status(),
        at(time),
        *(el("component", each, typeCode="COMP") for each in observations),
        classCode="CLUSTER",
        moodCode="EVN",
    )


def result(item: it.Result, time: str, ref: Ref) -> Row:
    """One result of a laboratory panel."""
    bounds = [
        el(side, value=f"{bound:f}", unit=item.measure.unit)
        for side, bound in (("low", item.low), ("high", item.high))
        if bound is not None and item.measure is not None
    ]
    value = (
        el("value", xsi_type="PQ", value=f"{item.measure.value:f}", unit=item.measure.unit)
        if item.measure
        else code("value", item.words or it.Coding(""), ref("valeur"), xsi_type="CD")
    )
    interpreted = it.Coding(item.interpretation, "HL7-ObservationInterpretation", item.interpretation)
    observation = el(
        "observation",
        templates("1.3.6.1.4.1.19376.1.3.1.6", f"{_ANS}.80"),
        code("code", item.name, ref("nom")),
        el("text", ref("nom")),
        status({"preliminary": "active", "entered_in_error": "nullified"}.get(item.state, "completed")),
        at(time),
        value,
        code("interpretationCode", interpreted) if item.interpretation else "",
        _range(bounds),
        classCode="OBS",
        moodCode="EVN",
    )
    told = measure(item.measure) if item.measure else (item.words.text if item.words else "")
    cells = (
        Cell("nom", "Examen", item.name.text),
        Cell("valeur", "Résultat", told),
        Cell("normes", "Valeurs de référence", limits(item)),
        Cell("etat", "Statut", state_words(item.state)),
    )
    return Row(cells, observation)


def _range(bounds: list[str]) -> str:
    if not bounds:
        return ""
    inner = el(
        "observationRange", el("value", *bounds, xsi_type="IVL_PQ"), classCode="OBS", moodCode="EVN.CRT"
    )
    return el("referenceRange", inner, typeCode="REFV")


def panel(item: it.Panel, observations: list[str], comment: str) -> str:
    """The act that holds the results of a panel, with its comment."""
    parts = [el("entryRelationship", each, typeCode="COMP") for each in observations]
    if comment:
        parts.append(el("entryRelationship", comment_act(comment), typeCode="SUBJ", inversionInd="true"))
    title = it.Coding(item.title, "LOINC", "26436-6")
    state = {"preliminary": "active", "entered_in_error": "nullified"}.get(item.state, "completed")
    act = el(
        "act", code("code", title), status(state), at(item.time), *parts, classCode="ACT", moodCode="EVN"
    )
    return templates("1.3.6.1.4.1.19376.1.3.1", f"{_ANS}.21") + act


def comment_act(reference: str) -> str:
    """A comment whose words stand in the narrative."""
    return el(
        "act",
        templates("2.16.840.1.113883.10.20.1.40", f"{_IHE}.2", f"{_ANS}.32"),
        loinc("48767-8", "Commentaire"),
        el("text", reference),
        status(),
        classCode="ACT",
        moodCode="EVN",
    )
