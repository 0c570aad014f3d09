"""Gather what a record holds about a question: facts, passages, an exhaustive scan. Sync."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal, NamedTuple

from assistant.answering.answer import Conflict, Coverage, PatientBanner
from assistant.answering.aspects import asked_aspects, tells
from assistant.answering.compose.record import Record, make_record
from assistant.answering.coverage import coverage, not_found
from assistant.answering.evidence import labels_of, select
from assistant.answering.extracted import filled, marked
from assistant.answering.facts_first import FactsAnswer, answer_from_facts
from assistant.answering.newer_documents import newer_documents, newer_notice, shown_at
from assistant.answering.prose import Quote, safety_quotes
from assistant.answering.searching import Sources, passages_for
from assistant.answering.settled_quotes import Settled, settled_quotes
from assistant.answering.understand import cues
from assistant.answering.understanding import Understanding
from assistant.answering.verify.reading import words_of as statement_words
from assistant.answering.verify.support import same_word, with_synonyms
from retrieval.composition import Composition
from retrieval.evidence import EvidenceItem
from retrieval.fact import Fact
from retrieval.passage import Passage
from retrieval.records import RecordStore
from retrieval.scan import ScanHit, scan
from retrieval.scope import Filters, Scope
from retrieval.terminology.lexicon import Lexicon

EVIDENCE_LIMIT = 14
MOST_FACTS = 40
SCANNED = 4
RELATED_FACTS = 6

_FRAMES = frozenset({"topic:history", "topic:treatment"})
"""Topics that say what kind of thing is asked about, where a thing is named: « antécédent de goutte »."""
_QUOTED_INSTEAD = {"premise_corrected": False, "sentences": ()}
"""A positive statement of prose goes before what typed facts would correct."""


class Composed(NamedTuple):
    """A sentence made without a model, with the labels of what it rests on; `line` is what a quote quotes."""

    text: str
    labels: tuple[str, ...]
    author: Literal["facts", "routed", "notice", "quote", "section"] = "facts"
    line: str = ""


class Gathered(NamedTuple):
    """What was found.

    `composed` are sentences to verify and show, in order; `complete` says that they close the question.
    `absent` is true when an exhaustive scan and the facts found nothing of what was asked; `premise` is then
    the sentence that corrects a question which took it for granted. `search_failed`: no index could be used.
    """

    patient: PatientBanner
    coverage: Coverage
    items: tuple[EvidenceItem, ...] = ()
    composed: tuple[Composed, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    complete: bool = False
    premise_corrected: bool = False
    absent: bool = False
    premise: str = ""
    search_failed: bool = False


class _Found(NamedTuple):
    facts: tuple[Fact, ...]
    compositions: tuple[Composition, ...]
    hits: tuple[ScanHit, ...] | None
    answer: FactsAnswer | None


def gather(
    scope: Scope, understanding: Understanding, *, sources: Sources, filters: Filters, today: date
) -> Gathered:
    """Look up facts and scan; unless facts close the question, search too.

    Raises UnknownRecord and StoreError; a search that cannot be made is told in the result.
    """
    banner = _banner(scope, sources.store)
    covered = coverage(scope, store=sources.store, filters=filters)
    if understanding.ambiguous or understanding.intents[0] in {"write", "general"}:
        return Gathered(banner, covered)
    found = _look_up(scope, understanding, sources=sources, filters=filters, today=today)
    told = settled_quotes(
        _record(found, understanding, sources.lexicon, today),
        lambda: sources.store.passages(scope, filters=filters),
    )
    found, quoted = _quoted(found, told, understanding, sources.lexicon)
    closed = bool(told.quotes) or _closed(found.answer)
    passages, failed = ((), False) if closed else passages_for(scope, understanding, sources, filters)
    used = _used(found, understanding, sources.lexicon, closed=closed)
    newer = newer_documents(found.answer, found.hits or (), understanding, lexicon=sources.lexicon)
    first = (*(quote.passage for quote in quoted), *newer.passages)
    items = select(
        understanding,
        used,
        (*first, *passages),
        () if closed else _hit_passages(found.hits),
        limit=max(EVIDENCE_LIMIT, min(MOST_FACTS, len(used) + len(first))),
        titles={composition.record_id: composition.title for composition in found.compositions},
    )
    composed = _in_order(found.answer, told, quoted, items)
    notice = newer_notice(found.answer, newer, items, language=understanding.language)
    composed += [Composed(notice.text, notice.labels, "notice")] if notice else []
    absent = not failed and not told.quotes and _absent(understanding, found, items, sources.lexicon)
    return Gathered(
        banner,
        covered,
        items,
        tuple(composed),
        conflicts=_conflicts(found.answer, items),
        complete=closed,
        premise_corrected=bool(found.answer and found.answer.premise_corrected),
        absent=absent,
        premise=_premise(understanding, covered, filters) if absent else "",
        search_failed=failed,
    )


def _quoted(
    found: _Found, told: Settled, understanding: Understanding, lexicon: Lexicon
) -> tuple[_Found, tuple[Quote, ...]]:
    """What is quoted, and the facts that still stand beside it."""
    if told.quotes and not told.beside_facts:
        found = found._replace(answer=None)
    if told.quotes:
        return found, told.quotes
    quoted = safety_quotes(understanding, found.hits or (), found.answer, lexicon=lexicon)
    if quoted and found.answer is not None and found.answer.premise_corrected:
        found = found._replace(answer=found.answer.model_copy(update=_QUOTED_INSTEAD))
    return found, quoted


def _in_order(
    answer: FactsAnswer | None, told: Settled, quoted: Sequence[Quote], items: Sequence[EvidenceItem]
) -> list[Composed]:
    """Quotes, then what facts tell; a section that stands beside facts comes after them."""
    author: Literal["section", "quote"] = "section" if told.quotes else "quote"
    composed = [Composed(each.text, shown_at(each.passage, items), author, each.line) for each in quoted]
    composed += _composed(answer, items)
    if told.beside_facts:
        composed.sort(key=lambda each: each.author == "section")
    return composed


def _closed(answer: FactsAnswer | None) -> bool:
    return answer is not None and answer.complete and bool(answer.sentences)


def _record(found: _Found, understanding: Understanding, lexicon: Lexicon, today: date) -> Record:
    return make_record(
        understanding,
        facts=found.facts,
        compositions=found.compositions,
        lexicon=lexicon,
        today=today,
        hints=cues(understanding.question),
    )


def _look_up(
    scope: Scope, understanding: Understanding, *, sources: Sources, filters: Filters, today: date
) -> _Found:
    store, lexicon = sources.store, sources.lexicon
    facts = filled(store.facts(scope, filters=filters), lexicon=lexicon)
    compositions = store.compositions(scope, filters=filters)
    words = lexicon.search_words(understanding.concepts) or with_synonyms(understanding.terms)
    hits = scan(scope, words, store=store, filters=filters).hits if words else None
    answer = answer_from_facts(
        understanding,
        facts=facts,
        compositions=compositions,
        lexicon=lexicon,
        today=today,
        mentioned={hit.locator.record_id for hit in hits or ()} if understanding.concepts else (),
    )
    if answer is not None and not _tells_aspect(answer, understanding):
        answer = None  # what facts tell of the thing is not what is asked of it
    listed = "list" in understanding.intents
    answer = marked(answer, language=understanding.language, listed=listed) if answer else None
    return _Found(tuple(facts), tuple(compositions), hits, answer)


def _tells_aspect(answer: FactsAnswer, understanding: Understanding) -> bool:
    told = " ".join(each.text for each in answer.sentences)
    return not told or answer.premise_corrected or tells(told, asked_aspects(understanding.question))


def _banner(scope: Scope, store: RecordStore) -> PatientBanner:
    patient = store.patient(scope)
    return PatientBanner(
        id=patient.id,
        name=patient.name,
        birth_date=patient.birth_date,
        sex=patient.sex,
        identity_status=patient.identity_status,
    )


def _used(found: _Found, understanding: Understanding, lexicon: Lexicon, *, closed: bool) -> tuple[Fact, ...]:
    """The facts that sentences and conflicts rest on; then, if the question is open, others about it."""
    answer = found.answer
    cited = [fact for sentence in answer.sentences for fact in sentence.facts] if answer else []
    cited += [fact for conflict in answer.conflicts for fact in conflict.facts] if answer else []
    used = {fact.id: fact for fact in cited}
    if not closed:
        related = (
            fact
            for fact in found.facts
            if fact.id not in used and any(lexicon.matches(c, fact) for c in understanding.concepts)
        )
        used.update((fact.id, fact) for fact, _ in zip(related, range(RELATED_FACTS), strict=False))
    return tuple(used.values())[:MOST_FACTS]


def _composed(answer: FactsAnswer | None, items: Sequence[EvidenceItem]) -> list[Composed]:
    if answer is None:
        return []
    author: Literal["facts", "routed"] = "routed" if answer.settled else "facts"
    return [Composed(each.text, labels_of(each.facts, items), author) for each in answer.sentences]


def _conflicts(answer: FactsAnswer | None, items: Sequence[EvidenceItem]) -> tuple[Conflict, ...]:
    return tuple(
        Conflict(concept=each.concept, text=each.text, citations=labels_of(each.facts, items))
        for each in (answer.conflicts if answer else ())
    )


def _hit_passages(hits: Sequence[ScanHit] | None) -> tuple[Passage, ...]:
    passages = {hit.passage.id: hit.passage for hit in hits or () if hit.passage}
    return tuple(passages.values())[:SCANNED]


def _absent(
    understanding: Understanding, found: _Found, items: Sequence[EvidenceItem], lexicon: Lexicon
) -> bool:
    """Whether nothing of what was asked (or was taken for granted) stands in a fact or in any word.

    A question that asks to be told something, and names no clinical concept (« Que s’est-il passé… »), has no
    word whose absence would mean anything.
    """
    asked = understanding.assumes or understanding.concepts
    asked = tuple(concept for concept in asked if concept.key not in _FRAMES) or asked
    if "summary" in understanding.intents and not asked:
        return False
    if found.hits is None or (found.answer is not None and found.answer.sentences):
        return False
    if any(lexicon.matches(concept, fact) for concept in asked for fact in found.facts):
        return False
    words = set(lexicon.search_words(asked) or with_synonyms(understanding.terms))
    if any(hit.word in words for hit in found.hits):
        return False
    return bool(asked) or not any(_holds_all(item, understanding.terms) for item in items)


def _holds_all(item: EvidenceItem, terms: Sequence[str]) -> bool:
    """Whether a text has every word of the question in some form: « rappeler » where « rappel » is asked."""
    there = {word.text for word in statement_words(item.text)}
    return bool(terms) and all(any(same_word(term, word) for word in there) for term in terms)


def _premise(understanding: Understanding, covered: Coverage, filters: Filters) -> str:
    told = not_found(understanding, covered, filters=filters)
    return told.text if told.premise_corrected else ""
