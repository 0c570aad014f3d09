"""Answer from facts, exactly and without a model, wherever facts can answer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date

from assistant.answering.compose import (
    allergies,
    anchors,
    changes,
    comparisons,
    dose_history,
    measures,
    medication_reasons,
    medications,
    microbiology,
    particulars,
    past,
    problems,
    routing,
    statements,
    stays,
    trends,
)
from assistant.answering.compose.record import Record, make_record, order_of_day
from assistant.answering.compose.result import NOTHING, FactConflict, FactsAnswer, FactSentence
from assistant.answering.compose.vocabulary import record_concepts
from assistant.answering.understand import as_meant, cues
from assistant.answering.understanding import Intent, Understanding
from retrieval.composition import Composition
from retrieval.fact import Fact
from retrieval.terminology.concept import Concept, ConceptKind
from retrieval.terminology.lexicon import Lexicon

__all__ = ["FactConflict", "FactSentence", "FactsAnswer", "answer_from_facts"]

_REFUSALS: dict[Intent, FactsAnswer] = {
    "advice": FactsAnswer(status="refused", reason="out_of_scope_advice"),
    "general": FactsAnswer(status="refused", reason="use_chat"),
    "write": FactsAnswer(status="refused", reason="write_request"),
}
_MEASURES: frozenset[ConceptKind] = frozenset({"analyte", "vital_sign"})
_DRUGS: frozenset[ConceptKind] = frozenset({"drug", "drug_class"})
_ALLERGENS: frozenset[ConceptKind] = _DRUGS | {"allergy"}
_CERTAIN: frozenset[ConceptKind] = _MEASURES | _DRUGS
_LISTS = {
    "topic:history",
    "topic:stay",
    "topic:treatment",
    "topic:procedures",
    "topic:imaging",
    "topic:devices",
    "topic:laboratory",
}
_ON_A_DAY: frozenset[Intent] = frozenset({"dose", "presence", "latest", "list", "value_at", "date"})
"""What may be asked of a treatment on one day of the past."""
_NEWER_MATTERS = {"latest", "presence", "dose", "list", "value_at"}


def answer_from_facts(
    understanding: Understanding,
    *,
    facts: Sequence[Fact],
    compositions: Sequence[Composition],
    lexicon: Lexicon,
    today: date,
    mentioned: Collection[str] = (),
) -> FactsAnswer | None:
    """Answer from typed facts, or None when no rule of facts fits and prose must be read.

    `facts` and `compositions` are all that the Scope and the filters let read. `mentioned` are the record ids
    in which a scan found the words of the concepts: those newer than the answer, without a fact of their
    own, come back as `newer`. Advice, general knowledge and write requests are refused; an ambiguous
    abbreviation asks for clarification. Nothing about the concept: `abstained`, `not_in_record`, and only
    an exhaustive scan may confirm it.
    """
    lead = understanding.intents[0]
    if lead in _REFUSALS:
        return _REFUSALS[lead]
    if understanding.ambiguous:
        return FactsAnswer(status="clarify", reason="ambiguous")
    record = make_record(
        understanding,
        facts=facts,
        compositions=compositions,
        lexicon=lexicon,
        today=today,
        hints=cues(understanding.question),
    )
    found = _answer(record)
    if found is None or not found.sentences:
        found = _by_record_words(record) or found
    if found is None or not found.sentences:
        return found
    newer = _newer(found, record, mentioned) if lead in _NEWER_MATTERS else ()
    return found.model_copy(update={"newer": newer, "sentences": _unique(found.sentences)})


def _by_record_words(record: Record) -> FactsAnswer | None:
    """What the lexicon does not know may be named in the record just as the question names it."""
    named = record_concepts(as_meant(record.asked.question), record.facts)
    known = {concept.kind for concept in record.asked.concepts}
    named = tuple(c for c in named if not known & _CERTAIN or c.kind in known)
    if not named:
        return None
    asked = record.asked.model_copy(update={"concepts": named})
    found = _answer(record._replace(asked=asked))
    return found if found is not None and found.sentences else None


def _unique(sentences: Sequence[FactSentence]) -> tuple[FactSentence, ...]:
    return tuple({item.text: item for item in sentences}.values())


def _answer(record: Record) -> FactsAnswer | None:
    lead, concepts = record.asked.intents[0], anchors.beside_acts(record)
    found = _by_cue(record)
    if found is not None:
        return found
    if not concepts or lead in ("summary", "open"):
        return None
    elsewhere = stays.not_in_ward(record)
    if elsewhere is not None:
        return elsewhere
    keys = {concept.key for concept in concepts}
    if "topic:allergy" in keys and allergies.are_asked(record):
        substances = [c for c in concepts if c.kind in _ALLERGENS]
        return allergies.answer(record, substances)
    if "reaction" in record.hints and keys and all(c.kind in _ALLERGENS for c in concepts):
        return allergies.answer(record, list(concepts))
    if record.asked.subject == "family" and _about_family(record, keys):
        return _family(record, concepts)
    if "treatment_of" in record.hints or (_is_beside_the_list(record) and "ward" not in record.hints):
        return None
    return _about_things(record, concepts)


def _by_cue(record: Record) -> FactsAnswer | None:
    """What is asked by a turn of words, whatever the concepts: germs, what has changed since a day."""
    if record.hints & {"germ", "antibiogram"} and record.asked.intents[0] != "summary":
        found = microbiology.answer(record, [c for c in record.asked.concepts if c.kind in _DRUGS])
        if found.sentences:
            return found
    return changes.answer(record) if "changes" in record.hints else None


def _about_things(record: Record, concepts: Sequence[Concept]) -> FactsAnswer | None:
    """What is asked around an event; else measures first, then drugs, then everything else."""
    measured = [concept for concept in concepts if _is_measure(concept)]
    compared = comparisons.answer(measured, record) if measured else None
    if compared is not None:
        return compared
    around = _around(measured, record)
    if around is not None:
        return around
    named = particulars.asked(record, concepts)
    if named.sentences:
        return named
    if measured and anchors.unknown_stay(record):
        return None
    if measured:
        return _joined([_measure(concept, record) for concept in measured], concepts, measured)
    keys = {concept.key for concept in concepts}
    drugs = [concept for concept in concepts if concept.kind in _DRUGS]
    if drugs or "topic:treatment" in keys:
        return _drug_answer(drugs or [c for c in concepts if c.key == "topic:treatment"], record)
    special = [c for c in concepts if c.kind != "topic"] or list(concepts)
    return _joined([routing.one(concept, record) for concept in special], concepts, special)


def _about_family(record: Record, keys: set[str]) -> bool:
    """Asked about the family's history, or in whom of the family a problem is known."""
    if "topic:family_history" in keys:
        return True
    problems_only = all(concept.kind == "problem" for concept in record.asked.concepts)
    return problems_only and record.asked.intents[0] in ("who", "presence", "list", "open")


def _around(measured: Sequence[Concept], record: Record) -> FactsAnswer | None:
    """Values, doses or the ward at the stop, act or stay that the question names; None when it names none."""
    anchor = anchors.anchor_of(record)
    if anchor is None:
        return None
    measured = [concept for concept in measured if concept.key not in anchors.named_by(anchor, record)]
    if measured:
        return anchors.values(measured, anchor, record)
    drugs = [concept for concept in record.asked.concepts if concept.kind in _DRUGS]
    if drugs and "dose" in record.asked.intents and anchor.place != "stop":
        return anchors.doses(drugs, anchor, record)
    if "ward" in record.hints:
        return anchors.ward(anchor, record)
    return None


def _is_beside_the_list(record: Record) -> bool:
    """Whether a question only brushes a list topic: `quel virus lors de la première hospitalisation`."""
    asked = record.asked
    lists = all(concept.key in _LISTS for concept in asked.concepts)
    wide = asked.intents[0] in ("list", "count") or (
        asked.intents[0] in ("date", "presence", "latest") and not asked.terms
    )
    return lists and bool(asked.terms) and not wide


def _is_measure(concept: Concept) -> bool:
    return concept.kind in _MEASURES or (concept.kind == "topic" and bool(concept.members))


def _family(record: Record, concepts: Sequence[Concept]) -> FactsAnswer:
    asked = [concept for concept in concepts if concept.kind == "problem"]
    every = record.of_kind("family_history")
    facts = [f for f in every if not asked or any(record.lexicon.matches(c, f) for c in asked)]
    return problems.family(facts, record)


def _joined(
    parts: Sequence[FactsAnswer | None], concepts: Sequence[Concept], answered: Sequence[Concept]
) -> FactsAnswer | None:
    """Answers on several concepts, one after the other; complete only if each is and none is left over."""
    found = [part for part in parts if part is not None]
    if not found:
        return None
    told = [part for part in found if part.sentences]
    if not told:
        return NOTHING
    left_over = any(c not in answered and c.kind != "topic" for c in concepts)
    return FactsAnswer(
        sentences=tuple(item for part in told for item in part.sentences),
        premise_corrected=any(part.premise_corrected for part in told),
        conflicts=tuple(conflict for part in told for conflict in part.conflicts),
        complete=len(told) == len(parts) and all(part.complete for part in told) and not left_over,
    )


def _measure(concept: Concept, record: Record) -> FactsAnswer | None:
    lead = record.asked.intents[0]
    if record.hints & {"highest", "lowest"} and lead not in ("why", "who", "since"):
        return trends.extreme(concept, record, which="highest" if "highest" in record.hints else "lowest")
    if lead in ("trend", "count"):
        return trends.trend(concept, record)
    if lead == "first":
        return measures.one_value(concept, record, which="first")
    if lead == "value_at":
        return measures.at_period(concept, record)
    if lead in ("why", "who", "since"):
        found = measures.one_value(concept, record, which="last")
        return found.model_copy(update={"complete": False})
    return measures.one_value(concept, record, which="last")


def _drug_answer(concepts: Sequence[Concept], record: Record) -> FactsAnswer | None:
    lead = record.asked.intents[0]
    rules: dict[Intent, Callable[[Record, Sequence[Concept]], FactsAnswer]] = {
        "dose": medications.dose,
        "since": medications.since,
        "why": medication_reasons.why,
        "presence": medications.presence,
        "latest": medications.current_treatment,
        "list": medications.current_treatment,
        "count": medications.current_treatment,
        "first": medications.since,
        "trend": medications.current_treatment,
        "value_at": medications.current_treatment,
    }
    whole = all(concept.kind == "topic" for concept in concepts)
    if past.names_a_day(record) and lead in _ON_A_DAY and "change" not in record.hints:
        found = past.on_day(record, concepts)
        if found.sentences:
            return found
    if "trend" in record.asked.intents or ("change" in record.hints and lead in ("dose", "presence")):
        successive = dose_history.answer(record, concepts)
        if successive is not None:
            return successive
    if lead == "date":
        return (medications.stop_dates if "stop" in record.hints else medications.since)(record, concepts)
    if whole and lead in ("presence", "dose", "since"):
        return medications.current_treatment(record, concepts)
    rule = rules.get(lead)
    if rule is None:
        return None
    found = rule(record, concepts)
    if found is NOTHING and any(concept.kind in _DRUGS for concept in concepts):
        return statements.plain(concepts[0], record)
    return found


def _newer(found: FactsAnswer, record: Record, mentioned: Collection[str]) -> tuple[Composition, ...]:
    """Documents that mention the concept after the newest fact that the answer cites."""
    cited = [fact for item in found.sentences for fact in item.facts]
    known = {fact.locator.record_id for fact in cited}
    for concept in record.asked.concepts:
        known |= {fact.locator.record_id for fact in record.about(concept)}
    last = max((order_of_day(fact.effective) for fact in cited), default="")
    newer = [
        item
        for item in record.compositions.values()
        if item.record_id in mentioned and item.record_id not in known and order_of_day(item.effective) > last
    ]
    return tuple(sorted(newer, key=lambda item: order_of_day(item.effective), reverse=True))
