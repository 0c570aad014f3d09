"""Measures in prose: an analyte or a vital sign with the number that stands right after it.

No number without a unit is taken, except where the measure has none; two columns of a table are not told
apart and give nothing; a target, a norm, a condition or a change is no result.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from retrieval.fact import FactKind, Quantity
from retrieval.narrative.draft import Draft, Span
from retrieval.narrative.rules import rules
from retrieval.narrative.sentence import NAMED, Named, Sentence
from retrieval.narrative.usual_range import usual_range
from retrieval.terminology.lexicon import Lexicon
from retrieval.terminology.units import QuantityMention, canonical, unit_group

_BETWEEN = re.compile(
    r"^[\s:=|<>~]*(?:(?:est|etait|mesuree?|estimee?|dosee?|controlee?|stable|a|de|du jour|plasmatique|"
    r"ce matin|serique|autour de|env(?:iron)?\.?)[\s:=|]*){0,4}$"
)
_ASIDE = re.compile(
    r"^\s*\((?![^)]*\b(?:urin|lcr|ponction|pleur|ascite|selle|foet|cordon|liquide|cible|objectif|norme))"
    r"[^()\d][^()]{0,39}\)"
)
"""« PaCO2 (gaz du sang artériel) : 52 mmHg »; another specimen than blood would be another measure."""
PRESSURE = "vital:blood_pressure"
_PARTS = ("vital:systolic", "vital:diastolic")
_PAIR = re.compile(r"^[\s:=]*(?:a |de |est |mesuree |controlee )*$")
_UNITLESS = {"1", "", "{score}", "{INR}"}


def measures(sentence: Sentence, *, lexicon: Lexicon, of_document: bool = False) -> Iterator[Draft]:
    """Every measure of the sentence with its value.

    `of_document`: the document is a report of results, so that one without a date of its own has the
    document's.
    """
    named = [each for each in sentence.named if each.concept.kind in ("analyte", "vital_sign")]
    if not named or sentence.role in ("plan", "family", NAMED):
        return
    words, quantities = rules().clause, sentence.quantities
    if words["named_person"].search(sentence.folded) or words["relative"].search(sentence.folded):
        return
    if "|" in sentence.text and len(quantities) != 1:
        return
    for each in named:
        if words["change"].search(sentence.before(each.span)):
            continue
        if each.concept.key == PRESSURE:
            drafts = tuple(_pressure(sentence, each, quantities))
        else:
            drafts = tuple(_measure(sentence, each, quantities, unit=lexicon.entry(each.concept.key).unit))
        yield from (draft._replace(of_document=of_document and draft.effective is None) for draft in drafts)


def _measure(
    sentence: Sentence, each: Named, quantities: tuple[QuantityMention, ...], *, unit: str
) -> Iterator[Draft]:
    found = _value(sentence, each, quantities, unit=unit)
    if found is None:
        return
    limits = usual_range(sentence.text, sentence.folded, found.end)
    if _is_unsure(sentence, each.span, but=(found.end, limits.end) if limits else None):
        return
    words, rest = rules().clause, sentence.folded[limits.end if limits else found.end :]
    if words["cancelled"].search(rest) or words["withdrawn"].search(rest):
        return
    status = next((name for name in ("preliminary", "amended") if words[name].search(rest)), None)
    draft = _draft(sentence, each, found)._replace(status=status)
    yield draft._replace(reference_range=limits.range) if limits else draft


def _is_unsure(sentence: Sentence, span: Span, *, but: Span | None = None) -> bool:
    """Whether the clause speaks of a target, a norm or a condition; the usual range at `but` does not."""
    start, end = sentence.clause(span)
    told = sentence.folded[start:end]
    if but is not None:
        told = sentence.folded[start : but[0]] + sentence.folded[but[1] : max(end, but[1])]
    return bool(rules().clause["unsure"].search(told))


def _pressure(sentence: Sentence, each: Named, quantities: tuple[QuantityMention, ...]) -> Iterator[Draft]:
    """`PA 136/78 mmHg`: two measures. Values in cmHg (`13/8`) are left to the reader."""
    pair = next((item for item in quantities if item.start >= each.span[1]), None)
    if (
        pair is None
        or pair.number.form != "pair"
        or not _PAIR.match(sentence.folded[each.span[1] : pair.start])
    ):
        return
    if pair.unit is not None and pair.unit.code != "mm[Hg]":
        return
    if _is_unsure(sentence, each.span):
        return
    if not (60 <= pair.number.values[0] <= 300 and 20 <= pair.number.values[1] <= 200):
        return
    for key, words, value in zip(_PARTS, ("systolique", "diastolique"), pair.number.values, strict=True):
        draft = _draft(sentence, each, pair)
        yield draft._replace(
            key=key,
            label=f"Pression artérielle {words}",
            value=Quantity(magnitude=value, unit="mm[Hg]"),
        )


def _value(
    sentence: Sentence, each: Named, quantities: tuple[QuantityMention, ...], *, unit: str
) -> QuantityMention | None:
    following = [item for item in quantities if item.start >= each.span[1]]
    if not following or following[0].number.form != "plain" or following[0].number.ambiguous:
        return None
    nearest = following[0]
    between = sentence.folded[each.span[1] : nearest.start]
    for mention in sentence.dates:  # « Potassium | 26/06/2022 | 3,8 mmol/L »
        if each.span[1] <= mention.start and mention.end <= nearest.start:
            between = (
                sentence.folded[each.span[1] : mention.start] + sentence.folded[mention.end : nearest.start]
            )
    between = _ASIDE.sub("", between, count=1)
    if len(between) > 40 or not _BETWEEN.match(between):
        return None
    others = (other for other in sentence.named if each.span[1] <= other.span[0] < nearest.start)
    if any(other.concept.key != each.concept.key for other in others):
        return None
    return nearest if _fits(nearest, unit) else None


def _fits(found: QuantityMention, unit: str) -> bool:
    usual = canonical(unit)
    if found.unit is None:
        return usual in _UNITLESS
    if found.unit.code == usual:
        return True
    own, group = unit_group(usual), unit_group(found.unit.code)
    return bool(group) and (own == group or {own, group} == {"amount", "mass_concentration"})


def _draft(sentence: Sentence, each: Named, found: QuantityMention) -> Draft:
    start, end = each.span
    dates = [m for m in sentence.dates if abs(m.start - end) < 40 or abs(m.end - start) < 40]
    dates = [m for m in dates if sentence.day is None or m.first <= sentence.day]
    kind: FactKind = "laboratory" if each.concept.kind == "analyte" else "vital_sign"
    return Draft(
        kind=kind,
        key=each.concept.key,
        label=sentence.text[start:end],
        span=_trimmed(sentence, sentence.clause((start, found.end))),
        value=Quantity(
            magnitude=found.number.values[0],
            unit=found.unit.code if found.unit else "",
            comparator=found.number.comparator,
        ),
        effective=dates[0].iso if len(dates) == 1 else None,
    )


def _trimmed(sentence: Sentence, span: Span) -> Span:
    words = sentence.text[slice(*span)]
    return span[0] + len(words) - len(words.lstrip()), span[1] - len(words) + len(words.rstrip())
