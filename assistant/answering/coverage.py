"""What was searched, and how a true "not found" is worded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from assistant.answering.answer import Coverage, Reason, SourceState, Status, Unread
from assistant.answering.compose.wording import part, sentence
from assistant.answering.rendering import Language, join_list, span_text
from assistant.answering.understanding import Understanding
from retrieval.folding import fold
from retrieval.frozen import Frozen
from retrieval.moments import span_of
from retrieval.records import NO_FILTERS, RecordStore
from retrieval.scan import ScanResult
from retrieval.scope import Filters, Scope
from retrieval.terminology.concept import Concept

_REASONS: tuple[Literal["masked", "no_text_layer", "rejected"], ...] = ("masked", "no_text_layer", "rejected")


class NotFound(Frozen):
    """An absence, told: the sentence, and what the answer's status becomes.

    A question that takes a thing for granted is `answered` with `premise_corrected`; any other absence is
    `abstained` with `not_in_record`. The sentence rests on `Coverage`, not on a citation.
    """

    text: str
    status: Status
    reason: Reason | None
    premise_corrected: bool = False


def coverage(
    scope: Scope, *, store: RecordStore, filters: Filters = NO_FILTERS, late: Sequence[str] = ()
) -> Coverage:
    """Say what the Scope and the filters let read: number, kinds and days of documents, sources, unread ones.

    `late` names the source systems that the service knows to be behind schedule. Raises UnknownRecord.
    """
    compositions = store.compositions(scope, filters=filters)
    spans = [span for span in (span_of(item.effective) for item in compositions) if span]
    behind = frozenset(late)
    return Coverage.model_validate(
        {
            "documents": len(compositions),
            "kinds": tuple(sorted({item.kind for item in compositions})),
            "from": min((span.first_day for span in spans), default=None),
            "to": max((span.last_day for span in spans), default=None),
            "sources": tuple(
                SourceState(
                    system=state.system,
                    last_success=state.last_success,
                    stale=state.stale or state.system in behind,
                )
                for state in store.source_states(scope)
            ),
            "unread": tuple(
                Unread(record_id=item.record_id, reason=item.reason) for item in store.unread(scope)
            ),
        }
    )


def not_found(
    understanding: Understanding,
    searched: ScanResult | Coverage,
    *,
    filters: Filters = NO_FILTERS,
    late: Sequence[str] = (),
) -> NotFound:
    """Word an absence over what was searched. The caller has made sure that the scan has no hit that counts.

    `searched` is the scan itself, or the coverage with its sources. No document at all is said as such.
    """
    language = understanding.language
    ends = {
        "filters": part("filters", language) if filters != NO_FILTERS else "",
        "unread": _unread(searched, language),
        "late": _late(searched, late, language),
    }
    if searched.documents == 0:
        text = sentence("nothing_read", language, **ends)
        return NotFound(text=text, status="abstained", reason="not_in_record")
    span = span_text(searched.from_, searched.to, language=language)
    assumed = bool(understanding.assumes)
    text = sentence(
        "premise_absent" if assumed else "not_found",
        language,
        label=_label(understanding),
        documents=_documents(searched.documents, language),
        span=f" {span}" if span else "",
        **ends,
    )
    if assumed:
        return NotFound(text=text, status="answered", reason=None, premise_corrected=True)
    return NotFound(text=text, status="abstained", reason="not_in_record")


def _label(understanding: Understanding) -> str:
    chosen = understanding.assumes or tuple(
        concept for concept in understanding.concepts if concept.key != "topic:allergy"
    )
    labels = [_named(concept, understanding) for concept in chosen or understanding.concepts]
    if not labels and understanding.terms:
        labels = [f"« {' '.join(understanding.terms)} »"]
    joined = join_list(labels, language=understanding.language)
    return joined or part("topic_unnamed", understanding.language)


def _named(concept: Concept, understanding: Understanding) -> str:
    """The concept's French name; in English, the words by which the question names it."""
    if understanding.language == "fr":
        return concept.label
    asked = fold(understanding.question)
    used = [word for word in concept.words if fold(word) in asked]
    return max(used, key=len, default=concept.label)


def _documents(number: int, language: Language) -> str:
    return part("documents_one", language) if number == 1 else part("documents_many", language, number=number)


def _unread(searched: ScanResult | Coverage, language: Language) -> str:
    items = []
    for reason in _REASONS:
        number = sum(1 for item in searched.unread if item.reason == reason)
        if number:
            items.append(part(f"unread_{reason}", language, number=number, s="s" if number > 1 else ""))
    return part("unread", language, items=", ".join(items)) if items else ""


def _late(searched: ScanResult | Coverage, late: Sequence[str], language: Language) -> str:
    systems = list(late)
    if isinstance(searched, Coverage):
        systems += [state.system for state in searched.sources if state.stale]
    named = sorted(dict.fromkeys(systems))
    return part("late", language, systems=", ".join(named)) if named else ""
