"""Medications in prose: a substance with what the words say of it, or with a dose in a list of treatments."""

from __future__ import annotations

import re
from collections.abc import Iterator

from retrieval.fact import Coded, Quantity
from retrieval.narrative.dating import date_with
from retrieval.narrative.draft import Draft, Part, Span
from retrieval.narrative.rules import rules
from retrieval.narrative.sentence import Named, Sentence
from retrieval.narrative.statements import speaks_of_allergy
from retrieval.terminology.units import QuantityMention, unit_group

_GAP = re.compile(r"^ ?(?:\([^()]{1,40}\))? ?[|:]? ?(?:a la dose de |a |po |iv )?$")
_STATUS = {"stopped": "stopped", "suspended": "suspended", "started": "active", "kept": "active"}


def medications(sentence: Sentence) -> Iterator[Draft]:
    """Each substance once. Lists of what was taken before a stay give none."""
    named = [each for each in sentence.named if each.concept.kind == "drug"]
    if not named or sentence.role in ("family", "plan", "entry") or speaks_of_allergy(sentence):
        return
    for each, meant in zip(named, sentence.meant([each.span for each in named]), strict=True):
        if meant.family or meant.hypothesis:
            continue
        dose = _dose(sentence, each)
        status = _status(sentence, each, meant_negated=meant.negated, has_dose=dose is not None)
        clause = sentence.folded[slice(*sentence.clause(each.span))]
        words = rules().clause
        if status is None or words["unsure"].search(clause) or words["cancelled"].search(clause):
            continue
        if words["condition"].search(sentence.before(each.span)):
            continue
        dated = date_with(sentence, each.span)
        label = sentence.text[slice(*each.span)]
        yield Draft(
            kind="medication",
            key=each.concept.key,
            label=label,
            span=(0, len(sentence.text)),
            value=Coded(text=label),
            status=status,
            effective=dated,
            of_document=dated is None,
            parts=_parts(sentence, dose) if dose is not None and status == "active" else (),
        )


def _status(sentence: Sentence, each: Named, *, meant_negated: bool, has_dose: bool) -> str | None:
    held = rules().medication
    before, after = sentence.before(each.span), sentence.after(each.span)
    start, _ = sentence.clause(each.span)
    if held["denied_before"].search(before[start:]):  # « pas d'arrêt de », « ne pas introduire »
        return None
    for name, status in _STATUS.items():
        if held[f"{name}_before"].search(before) or held[f"{name}_after"].search(after):
            return status
    if meant_negated:
        return None
    if sentence.role == "stopped":
        return "stopped"
    return "active" if sentence.role == "active" and has_dose else None


def _dose(sentence: Sentence, each: Named) -> QuantityMention | None:
    nearest = next((item for item in sentence.quantities if item.start >= each.span[1]), None)
    if nearest is None or nearest.unit is None or nearest.number.form not in ("plain", "fraction", "word"):
        return None
    if not _GAP.match(sentence.folded[each.span[1] : nearest.start]):
        return None
    return nearest if unit_group(nearest.unit.code) in ("dose", "size", "activity") else None


def _parts(sentence: Sentence, dose: QuantityMention) -> tuple[Part, ...]:
    held = rules().medication
    value = Quantity(magnitude=dose.number.values[0], unit=dose.unit.code if dose.unit else "")
    parts = [Part("dose", "Dose", (dose.start, dose.end), value)]
    frequency = held["frequency"].match(sentence.folded[dose.end :])
    if frequency is not None:
        words = frequency[0]
        start = dose.end + len(words) - len(words.lstrip())
        parts.append(Part("frequency", "Fréquence", (start, dose.end + frequency.end())))
    parts += _found(sentence, held["route"], "route", dose.end)
    parts += _found(sentence, held["as_needed"], "as_needed", dose.end)
    return tuple(parts)


def _found(sentence: Sentence, pattern: re.Pattern[str], name: str, start: int) -> list[Part]:
    match = pattern.search(sentence.folded, start)
    if match is None:
        return []
    span: Span = (match.start(), match.end())
    return [Part("route", "Voie", span)] if name == "route" else [Part("as_needed", "Si besoin", span)]
