"""Problems, allergies, devices and acts, from one sentence of prose."""

from __future__ import annotations

import re
from collections.abc import Iterator

from retrieval.clinical_text import Assertion
from retrieval.fact import Certainty, Coded, Subject, Text
from retrieval.narrative.dating import date_with, is_ahead
from retrieval.narrative.draft import Draft, Part
from retrieval.narrative.rules import rules
from retrieval.narrative.sentence import Named, Sentence

_ALLERGENS = ("drug", "drug_class", "allergy")
_REACTION = re.compile(r"^ ?\(([^()]{3,80})\)")
_PROFILES = re.compile(r"\b(?:allergi|allergique|anaphyla|intoleran)")


def certainty_of(meant: Assertion) -> Certainty:
    """Denial first, then doubt."""
    return "absent" if meant.negated else "suspected" if meant.hypothesis else "present"


def problems(sentence: Sentence) -> Iterator[Draft]:
    """Diagnoses present, denied or supposed; a relative's are family history. Not from plans."""
    named = [each for each in sentence.named if each.concept.kind == "problem"]
    if not named or sentence.role in ("plan", "allergy", "active", "entry", "stopped"):
        return
    for each, meant in zip(named, sentence.meant([each.span for each in named]), strict=True):
        before = sentence.before(each.span)
        words = rules().clause
        if words["screening"].search(before) or ends_in_question(sentence):
            continue
        if words["other_after"].search(sentence.after(each.span)):
            continue
        family = meant.family or sentence.role == "family"
        subject: Subject = "family" if family else "patient"
        dated = None if family else date_with(sentence, each.span)
        yield Draft(
            kind="family_history" if family else "problem",
            key=each.concept.key,
            label=sentence.text[slice(*each.span)],
            span=(0, len(sentence.text)),
            value=Coded(text=sentence.text[slice(*each.span)]),
            certainty=certainty_of(meant),
            subject=subject,
            effective=dated,
            of_document=dated is None,
        )


def ends_in_question(sentence: Sentence) -> bool:
    """Whether the sentence asks rather than states."""
    return sentence.text.rstrip().endswith("?")


def allergies(sentence: Sentence) -> Iterator[Draft]:
    """Allergens of an allergy section or after « allergie à », and the statement that none is known.

    A denial with an exception (« aucune allergie connue, sauf ... ») states the exception and denies nothing.
    """
    if sentence.role == "family":
        return
    held = rules().allergy
    none = held["none_known"].search(sentence.folded)
    exception = held["exception"].search(sentence.folded, none.end()) if none else None
    told = list(_allergens(sentence, after=exception.end() if exception else None))
    yield from told
    if none is not None and exception is None and all(draft.certainty == "absent" for draft in told):
        yield Draft(
            kind="allergy",
            key="none",
            label="Aucune allergie connue",
            span=(0, len(sentence.text)),
            value=Text(text=sentence.text[none.start() : none.end()]),
            certainty="absent",
            of_document=True,
        )


def _allergens(sentence: Sentence, *, after: int | None) -> Iterator[Draft]:
    """Substances told as allergens; those `after` an exception to a denial are not denied by it."""
    listed = sentence.role == "allergy" and "|" not in sentence.text
    named = [each for each in sentence.named if each.concept.kind in _ALLERGENS]
    told = [
        each
        for each in named
        if listed or _follows_allergy(sentence, each) or (after is not None and each.span[0] >= after)
    ]
    for each, meant in zip(told, sentence.meant([each.span for each in told]), strict=True):
        if meant.family:
            continue
        excepted = after is not None and each.span[0] >= after
        certainty = "suspected" if excepted and meant.hypothesis else certainty_of(meant)
        label = sentence.text[slice(*each.span)]
        yield Draft(
            kind="allergy",
            key=each.concept.key,
            label=label,
            span=(0, len(sentence.text)),
            value=Coded(text=label),
            certainty="present" if excepted and meant.negated else certainty,
            of_document=True,
            parts=_allergy_parts(sentence, each),
        )


def _allergy_parts(sentence: Sentence, each: Named) -> tuple[Part, ...]:
    parts = []
    reaction = _REACTION.match(sentence.text[each.span[1] :])
    if reaction is not None:
        place = each.span[1] + reaction.start(1)
        parts.append(Part("reaction", "Réaction", (place, place + len(reaction[1]))))
    start, _ = sentence.clause(each.span)
    nature = rules().allergy["intolerance"].search(sentence.folded[start : each.span[0]])
    if nature is not None:
        parts.append(Part("other", "Nature", (start + nature.start(), start + nature.end())))
    return tuple(parts)


def _follows_allergy(sentence: Sentence, each: Named) -> bool:
    start, _ = sentence.clause(each.span)
    return rules().allergy["before"].search(sentence.folded[start : each.span[0]]) is not None


def speaks_of_allergy(sentence: Sentence) -> bool:
    """Whether substances of the sentence may be named as allergens rather than as treatment."""
    return sentence.role == "allergy" or _PROFILES.search(sentence.folded) is not None


def devices(sentence: Sentence) -> Iterator[Draft]:
    """Devices that are put in or carried; one that is taken out, wanted or planned gives none."""
    held = rules().device
    named = [each for each in sentence.named if each.concept.kind == "device"]
    if not named or sentence.role in ("plan", "family"):
        return
    for each, meant in zip(named, sentence.meant([each.span for each in named]), strict=True):
        before, after = sentence.before(each.span), sentence.after(each.span)
        dated = date_with(sentence, each.span)
        carried = held["before"].search(before) or held["after"].search(after)
        if held["removed"].search(before) or meant.hypothesis or meant.family or is_ahead(sentence):
            continue
        if _not_done(sentence, each):
            continue
        if not (carried or dated or meant.negated or sentence.role == "history"):
            continue
        label = sentence.text[slice(*each.span)]
        yield Draft(
            kind="device",
            key=each.concept.key,
            label=label,
            span=(0, len(sentence.text)),
            value=Coded(text=label),
            certainty=certainty_of(meant),
            effective=dated,
            of_document=dated is None,
        )


def acts(sentence: Sentence) -> Iterator[Draft]:
    """Acts and imaging that were done, with the date beside them where there is one, and planned ones."""
    held = rules()
    named = [each for each in sentence.named if each.concept.kind in ("procedure", "imaging")]
    if not named or sentence.role in ("family", "allergy"):
        return
    for each, meant in zip(named, sentence.meant([each.span for each in named]), strict=True):
        if meant.negated or meant.family or meant.hypothesis:
            continue
        clause = sentence.folded[slice(*sentence.clause(each.span))]
        label = sentence.text[slice(*each.span)]
        draft = Draft(
            kind="imaging" if each.concept.kind == "imaging" else "procedure",
            key=each.concept.key,
            label=label,
            span=(0, len(sentence.text)),
            value=Coded(text=label),
        )
        dated = date_with(sentence, each.span)
        if held.clause["unsure"].search(clause) or _not_done(sentence, each):
            continue
        if sentence.role == "plan" or held.clause["planned"].search(clause) or is_ahead(sentence):
            yield draft._replace(kind="plan", status="planned", of_document=True)
        elif dated:
            yield draft._replace(effective=dated, status="completed")
        elif each.concept.key not in held.general and _done(sentence, each):
            yield draft._replace(status="completed")


def _not_done(sentence: Sentence, each: Named) -> bool:
    """Whether its clause says that it was called off, or a condition stands before it."""
    words = rules().clause
    clause = sentence.folded[slice(*sentence.clause(each.span))]
    return bool(words["cancelled"].search(clause) or words["condition"].search(sentence.before(each.span)))


def _done(sentence: Sentence, each: Named) -> bool:
    held = rules().act
    return bool(
        held["done_before"].search(sentence.before(each.span))
        or held["done_after"].match(sentence.after(each.span))
    )
