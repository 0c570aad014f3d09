"""One synthetic patient against what is read from the patient's prose: every hit and miss, by measure.

Recall counts the statements that a truth has in prose. Precision counts extracted facts whose concept some
truth of the patient names; a fact of a concept without any truth is not judged. A suspected allergy stands in
the letters' lists without a word of doubt, so that doubt is counted for problems only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from eval.synthetic.truth import (
    Allergy,
    Device,
    Document,
    Lab,
    Medication,
    Patient,
    Problem,
    Procedure,
    Statement,
    Truth,
    Vital,
)
from retrieval.composition import ReadDocument
from retrieval.fact import Fact, FactKind, Quantity
from retrieval.folding import fold
from retrieval.formats.base import Source
from retrieval.formats.openehr.canonical_json import CanonicalJson
from retrieval.narrative import with_narrative_facts
from retrieval.terminology.dates import find_dates
from retrieval.terminology.lexicon import Lexicon

Counts = dict[str, list[bool]]
KINDS: dict[type[Truth], frozenset[FactKind]] = {
    Problem: frozenset({"problem"}),
    Allergy: frozenset({"allergy"}),
    Medication: frozenset({"medication"}),
    Lab: frozenset({"laboratory"}),
    Vital: frozenset({"vital_sign"}),
    Procedure: frozenset({"procedure", "imaging"}),
    Device: frozenset({"device"}),
}
_QUALITY = {"absent": "negation", "suspected": "hypothesis"}


class Reading(NamedTuple):
    """What was read from one document, and its prose."""

    facts: tuple[Fact, ...]
    prose: str


def score_patient(patient: Patient, counts: Counts, *, lexicon: Lexicon) -> None:
    """Add every hit and miss of one patient to the counts."""
    read = {document.key: _read(document.raw) for document in patient.documents}
    held = {document.key: document for document in patient.documents}
    for truth in patient.truths():
        for said in (*truth.stated, *truth.conflict):
            if type(truth) in KINDS and not said.structured:
                _recall(truth, said, read[said.document].facts, held, counts)
    for reading in read.values():
        _relatives(reading, patient, counts, lexicon)
        for fact in reading.facts:
            _precision(fact, patient, counts, lexicon)
    for other in patient.distractors:
        if other.kind == "neighbour_result" and other.document and other.quote:
            words = fold(other.quote)
            told = [fact for fact in read[other.document].facts if _holds(fact, words)]
            counts["neighbour's result gives no fact"].append(not told)


def _recall(
    truth: Truth, said: Statement, facts: Sequence[Fact], held: dict[str, Document], counts: Counts
) -> None:
    found = [fact for fact in _quoted(facts, said) if fact.kind in KINDS[type(truth)]]
    right = [fact for fact in found if not isinstance(truth, Lab | Vital) or _measures(fact, truth)]
    counts[f"recall {type(truth).__name__}"].append(bool(right))
    certainty = _certainty(truth)
    if certainty in _QUALITY and said not in truth.conflict and _in_words(truth):
        counts[f"recall {_QUALITY[certainty]}"].append(any(fact.certainty == certainty for fact in found))
        same = [fact for fact in found if not isinstance(truth, Problem) or _names(fact, truth)]
        counts[f"{_QUALITY[certainty]} never made present"].append(
            not any(fact.certainty == "present" for fact in same)
        )
    _dates(truth, said, right, held.get(said.document), counts)


def _measures(fact: Fact, truth: Lab | Vital) -> bool:
    return isinstance(fact.value, Quantity) and fact.value.magnitude == truth.value


def _holds(fact: Fact, words: str) -> bool:
    sentence = fold(fact.locator.quote)
    return isinstance(fact.value, Quantity) and (words in sentence or sentence in words)


def _in_words(truth: Truth) -> bool:
    return isinstance(truth, Problem) or _certainty(truth) == "absent"


def _names(fact: Fact, problem: Problem) -> bool:
    words = {fold(problem.label), fold(problem.short)}
    return any(fold(fact.label) in each or each in fold(fact.label) for each in words)


def _dates(
    truth: Truth, said: Statement, found: Sequence[Fact], document: Document | None, counts: Counts
) -> None:
    """Dates of the words' own: one that is the document's tells nothing of the reading of dates."""
    true = tuple(_days(truth))
    if document is None or not true:
        return
    today = document.time.date()
    own = [fact.effective for fact in found if fact.effective and fact.effective[:10] != today.isoformat()]
    counts["precision date"] += [any(day.startswith(each[:10]) for day in true) for each in own]
    written = [mention.iso for mention in find_dates(said.quote, anchor=today)]
    if any(day.startswith(each) for each in written for day in true if each != today.isoformat()):
        counts["recall date"].append(any(day.startswith(each[:10]) for each in own for day in true))


def _days(truth: Truth) -> Iterator[str]:
    held: list[date | None] = []
    if isinstance(truth, Problem):
        held = [truth.onset, truth.resolved]
    elif isinstance(truth, Procedure | Device):
        held = [truth.on]
    elif isinstance(truth, Medication):
        held = [truth.stopped_on, *(dose.start for dose in truth.doses)]
    elif isinstance(truth, Lab | Vital):
        held = [truth.time.date()]
    yield from (day.isoformat() for day in held if day)


def _certainty(truth: Truth) -> str:
    if isinstance(truth, Problem):
        return truth.certainty
    if isinstance(truth, Allergy):
        told = {"none_known": "absent", "refuted": "absent", "suspected": "suspected"}
        return told.get(truth.certainty, "present")
    return "present"


def _relatives(reading: Reading, patient: Patient, counts: Counts, lexicon: Lexicon) -> None:
    """A document whose prose names what only a relative has: told of the family, never of the patient."""
    own = {
        key for each in patient.problems for key in _keys(each.label, lexicon) | _keys(each.short, lexicon)
    }
    named = {mention.concept.key for mention in lexicon.mentions(reading.prose)}
    for each in patient.family:
        keys = _keys(each.condition, lexicon) - own
        if keys & named:
            told = [fact for fact in reading.facts if keys & _keys(fact.label, lexicon)]
            counts["recall family"].append(any(fact.subject == "family" for fact in told))
            made = [fact for fact in told if fact.kind == "problem" and fact.certainty == "present"]
            counts["relative never made the patient"].append(not made)


def _precision(fact: Fact, patient: Patient, counts: Counts, lexicon: Lexicon) -> None:
    keys = _keys(fact.label, lexicon)
    if fact.kind == "family_history":
        counts["precision family"].append(any(_is(fact, each.condition, lexicon) for each in patient.family))
    elif fact.kind == "laboratory":
        of_analyte = [each for each in patient.labs if keys & _keys(each.label, lexicon)]
        if of_analyte:
            counts["precision value"].append(any(_measures(fact, each) for each in of_analyte))
    elif fact.kind == "problem":
        told = {
            each.certainty
            for each in patient.problems
            if keys & (_keys(each.label, lexicon) | _keys(each.short, lexicon))
        }
        of_relative = any(_is(fact, each.condition, lexicon) for each in patient.family)
        _judge(fact, {str(each) for each in told} or ({"family"} if of_relative else set()), counts)
    elif fact.kind == "allergy":
        none = fact.certainty == "absent" and "topic:allergy" in keys
        held = [
            _certainty(each)
            for each in patient.allergies
            if (none and each.certainty == "none_known") or keys & _keys(each.substance, lexicon)
        ]
        _judge(fact, {"present" if each == "suspected" else each for each in held}, counts)


def _is(fact: Fact, condition: str, lexicon: Lexicon) -> bool:
    return bool(_keys(fact.label, lexicon) & _keys(condition, lexicon)) or fold(fact.label) in fold(condition)


def _judge(fact: Fact, told: set[str], counts: Counts) -> None:
    if told:
        quality = _QUALITY.get(fact.certainty, "present")
        counts[f"precision {quality}"].append(fact.certainty in told)


def _keys(words: str, lexicon: Lexicon) -> frozenset[str]:
    return lexicon.label_keys(words) or frozenset({fold(words)})


def _read(raw: str) -> Reading:
    source = Source(name="document", data=raw.encode(), system="eval", record_hint="document")
    facts: list[Fact] = []
    prose: list[str] = []
    for item in CanonicalJson(validate=False).read(source):
        if isinstance(item, ReadDocument):
            facts += [fact for fact in with_narrative_facts(item).facts if fact.extracted]
            prose += [item.text[block.start : block.end] for block in item.blocks if block.narrative]
    return Reading(tuple(facts), "\n".join(prose))


def _quoted(facts: Sequence[Fact], said: Statement) -> list[Fact]:
    """Facts whose sentence shares the statement's words, and which are about something in them."""
    quote = fold(said.quote)
    return [
        fact
        for fact in facts
        if (quote in fold(fact.locator.quote) or fold(fact.locator.quote) in quote)
        and (fold(fact.label) in quote or isinstance(fact.value, Quantity) or fact.certainty == "absent")
    ]
