"""A structured Dosage in French words: « 1 comprimé matin, midi et soir pendant 7 jours »."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from retrieval.fact import DetailName
from retrieval.formats import french
from retrieval.formats.fhir import words
from retrieval.formats.fhir.paths import At, nodes_under
from retrieval.formats.fhir.posology_timing import timing_parts
from retrieval.formats.fhir.posology_words import Part, amount, per, span
from retrieval.formats.fhir.vocabulary import posology
from retrieval.formats.tree import Node, flag_of, node_of, number_of, value_at

_RATE = "Débit"


def parts_of(dosage: Node, path: str) -> list[Part]:
    """The parts of a Dosage in the order in which they are said; empty when it says nothing."""
    doses = list(_doses(dosage, path))
    times = list(timing_parts(dosage, path))
    if times and doses and doses[-1].label == _RATE:
        times[0] = times[0]._replace(join=", ")
    made = [
        *_free_text(dosage, path),
        *doses,
        *times,
        *_as_needed(dosage, path),
        *_limits(dosage, path),
        *_ways(dosage, path),
        *_instructions(dosage, path),
    ]
    return [part for part in made if part.text]


def sentence(parts: list[Part]) -> str:
    """The whole sentence."""
    return "".join(part.text if place == 0 else part.join + part.text for place, part in enumerate(parts))


def _free_text(dosage: Node, path: str) -> Iterator[Part]:
    text = value_at(dosage, "text").strip()
    if text:
        yield Part(text, f"{path}.text", "other", "Posologie")


def _doses(dosage: Node, path: str) -> Iterator[Part]:
    found = nodes_under(dosage, "doseAndRate", path)
    for place, at in enumerate(found):
        kind = _kind(node_of(at.value.get("type")))
        tail = f" ({kind})" if kind else ""
        join = " ; " if place == 0 else " soit "
        yield from _dose(at, tail, join)
        yield from _rate(at, tail)


def _kind(concept: Node) -> str:
    """What a dose is: `dose calculée`, `dose prescrite`, else the words of the source."""
    codes = [each.code for each in words.codes_of(concept)]
    known = next((posology("dose_types")[code] for code in codes if code in posology("dose_types")), None)
    return words.concept(concept) if known is None else str(known)


def _dose(at: At, tail: str, join: str) -> Iterator[Part]:
    quantity, between = at.value.get("doseQuantity"), at.value.get("doseRange")
    if isinstance(quantity, dict):
        value = words.quantity_value(quantity)
        yield Part(amount(quantity) + tail, f"{at.path}.doseQuantity", "dose", "Dose", join, value)
    elif isinstance(between, dict):
        yield Part(span(between) + tail, f"{at.path}.doseRange", "dose", "Dose", join)


def _rate(at: At, tail: str) -> Iterator[Part]:
    for name in ("rateRatio", "rateQuantity", "rateRange"):
        rate = at.value.get(name)
        if not isinstance(rate, dict):
            continue
        value = words.quantity_value(rate) if name == "rateQuantity" else None
        text = per(rate) if name == "rateRatio" else span(rate) if name == "rateRange" else amount(rate)
        yield Part(f"au débit de {text}{tail}", f"{at.path}.{name}", "other", _RATE, ", ", value)


def _as_needed(dosage: Node, path: str) -> Iterator[Part]:
    reason = dosage.get("asNeededCodeableConcept")
    if isinstance(reason, dict):
        text = words.concept(reason)
        said = text[:1].lower() + text[1:] if text.lower().startswith("si ") else f"si besoin : {text}"
        where = f"{path}.asNeededCodeableConcept"
        yield Part(
            said if text else "si besoin", where, "as_needed", "Si besoin", ", ", words.coded(reason, said)
        )
    flag = flag_of(dosage.get("asNeededBoolean"))
    if flag is not None and not isinstance(reason, dict):
        text = "si besoin" if flag else "systématiquement"
        yield Part(text, f"{path}.asNeededBoolean", "as_needed", "Si besoin")


def _limits(dosage: Node, path: str) -> Iterator[Part]:
    for at in nodes_under(dosage, "maxDosePerPeriod", path):
        yield Part(f"maximum {per(at.value)}", at.path, "other", "Dose maximale par période")
    for name, tail, label in (
        ("maxDosePerAdministration", "par prise", "Dose maximale par prise"),
        ("maxDosePerLifetime", "pour la vie entière", "Dose maximale pour la vie entière"),
    ):
        for at in nodes_under(dosage, name, path):
            value = words.quantity_value(at.value)
            yield Part(f"maximum {amount(at.value)} {tail}", at.path, "other", label, ", ", value)


def _ways(dosage: Node, path: str) -> Iterator[Part]:
    for name, before, kind, label in (
        ("route", "", "route", "Voie"),
        ("site", "site : ", "body_site", "Site"),
        ("method", "", "other", "Mode d’administration"),
    ):
        for at in nodes_under(dosage, name, path):
            text = words.concept(at.value)
            shown = text[:1].lower() + text[1:] if text.lower().startswith("voie") else text
            detail: DetailName = (
                "route" if kind == "route" else "body_site" if kind == "body_site" else "other"
            )
            if text:
                yield Part(before + shown, at.path, detail, label, ", ", words.coded(at.value, text))


def _instructions(dosage: Node, path: str) -> Iterator[Part]:
    for at in nodes_under(dosage, "additionalInstruction", path):
        text = words.concept(at.value)
        yield Part(text, at.path, "comment", "Consigne", " ; ", words.coded(at.value, text))
    text = value_at(dosage, "patientInstruction").strip()
    if text:
        yield Part(text, f"{path}.patientInstruction", "comment", "Consigne au patient", " ; ")


def step_label(dosages: list[At], place: int) -> str:
    """`Posologie`, or `Posologie, étape 2` where the source orders several steps."""
    steps = [number_of(at.value.get("sequence")) for at in dosages]
    distinct = {step for step in steps if step is not None}
    own = steps[place]
    if len(distinct) < 2 or own is None:
        return "Posologie"
    return f"Posologie, étape {french.number(own)}"


def in_order(dosages: list[At]) -> list[At]:
    """Dosages by their sequence, those without one as they stand."""
    return sorted(dosages, key=lambda at: number_of(at.value.get("sequence")) or Decimal(0))
