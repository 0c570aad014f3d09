"""Which rule answers a question about a problem, an examination, a device, a substance or a topic."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.answering.compose import allergies, events, problems, statements, stays
from assistant.answering.compose.record import Record
from assistant.answering.compose.result import FactsAnswer
from retrieval.fact import Fact, FactKind
from retrieval.terminology.concept import Concept, ConceptKind

_EVENTS: frozenset[ConceptKind] = frozenset({"procedure", "imaging", "device"})


def one(concept: Concept, record: Record) -> FactsAnswer | None:
    """Answer about one concept that is neither a measure nor a drug; None when no rule fits."""
    if concept.kind == "problem":
        return _problem(concept, record)
    if concept.kind in _EVENTS:
        return _event(concept, record)
    if concept.kind == "allergy":
        return allergies.answer(record, [concept])
    return _topic(concept, record)


def _problem(concept: Concept, record: Record) -> FactsAnswer | None:
    lead = record.asked.intents[0]
    if lead in ("since", "date"):
        found = problems.since(concept, record)
    elif lead in ("presence", "list", "latest", "count", "first"):
        found = problems.presence(concept, record)
    else:
        return None
    if lead == "date" and (not found.complete or events.side_of(record.asked.question)):
        acts = tuple(
            fact
            for fact in record.of_kind("procedure")
            if record.lexicon.family(concept) & record.lexicon.label_keys(fact.label)
        )
        return events.dates_of(acts, record) if acts else found
    return found


def _event(concept: Concept, record: Record) -> FactsAnswer | None:
    lead = record.asked.intents[0]
    if lead == "who":
        return events.who(concept, record)
    if lead == "why":
        return events.dates(concept, record).model_copy(update={"complete": False})
    if lead == "presence" and "planned" not in record.hints:
        return events.presence(concept, record)
    if lead in ("list", "count"):
        return events.list_events(events.events_of(concept, record), record)
    found = events.dates(concept, record)
    if "result" in record.hints and found.sentences:
        told = any(fact.kind == "imaging" for item in found.sentences for fact in item.facts)
        return found.model_copy(update={"complete": told})
    return found


def _topic(concept: Concept, record: Record) -> FactsAnswer | None:
    entry_kinds = _kinds_of(concept, record)
    if "stay" in entry_kinds:
        return stays.answer_stays(record)
    if "problem" in entry_kinds:
        return problems.list_problems(_own(record.of_kind("problem"), record), record)
    if "family_history" in entry_kinds:
        return problems.family(record.of_kind("family_history"), record)
    if set(entry_kinds) & {"immunisation", "procedure", "imaging", "device"}:
        return events.list_events(record.of_kind(*entry_kinds), record)
    if concept.key.startswith("topic:vaccine_"):
        return _vaccine(concept, record)
    if set(entry_kinds) & {"laboratory", "vital_sign"}:
        return statements.last_document(entry_kinds, record)
    if "plan" in entry_kinds:
        return statements.plans(concept, record)
    return statements.topic(concept, record)


def _own(facts: Sequence[Fact], record: Record) -> list[Fact]:
    return list(record.within(facts))


def _kinds_of(concept: Concept, record: Record) -> tuple[FactKind, ...]:
    try:
        return record.lexicon.entry(concept.key).kinds
    except KeyError:
        return ()


def _vaccine(concept: Concept, record: Record) -> FactsAnswer:
    found = events.list_events(record.about(concept, kinds=("immunisation",)), record)
    last = "last" in record.hints or record.asked.intents[0] == "latest"
    return found.model_copy(update={"sentences": found.sentences[-1:]}) if last else found
