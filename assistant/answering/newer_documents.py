"""Documents newer than an answer that mention what was asked: named, and shown among the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from assistant.answering.compose.wording import sentence
from assistant.answering.facts_first import FactsAnswer
from assistant.answering.rendering import Language, date_text
from assistant.answering.understanding import Understanding
from assistant.answering.verify.vocabulary import vocabulary
from retrieval.evidence import EvidenceItem
from retrieval.passage import Passage
from retrieval.scan import ScanHit
from retrieval.terminology.lexicon import Lexicon

MOST_NEWER = 3


class Newer(NamedTuple):
    """A concept, and passages that mention it in documents newer than the answer, one a document."""

    label: str
    passages: tuple[Passage, ...] = ()


class Notice(NamedTuple):
    """The sentence that names newer documents, with the labels of the evidence that shows them."""

    text: str
    labels: tuple[str, ...]


def newer_documents(
    answer: FactsAnswer | None, hits: Sequence[ScanHit], understanding: Understanding, *, lexicon: Lexicon
) -> Newer:
    """The passages of `hits` in the answer's newer documents, for the first asked concept they mention."""
    newer = {item.record_id for item in answer.newer} if answer else set()
    named = [c for c in understanding.concepts if c.key not in vocabulary().framing]
    for concept in named if newer else ():
        words = set(lexicon.search_words((concept,)))
        chosen: dict[str, Passage] = {}
        for hit in hits:
            if hit.locator.record_id in newer and hit.passage and hit.word in words:
                chosen.setdefault(hit.locator.record_id, hit.passage)
        if chosen:
            return Newer(concept.label, tuple(chosen.values())[:MOST_NEWER])
    return Newer("")


def newer_notice(
    answer: FactsAnswer | None,
    newer: Newer,
    items: Sequence[EvidenceItem],
    *,
    language: Language,
) -> Notice | None:
    """Name the newer documents that are among the evidence; None when none of them is."""
    cited = {passage.locator.record_id: shown_at(passage, items) for passage in newer.passages}
    labels = tuple(label for found in cited.values() for label in found)
    if answer is None or not labels:
        return None
    named = tuple(item for item in answer.newer if cited.get(item.record_id))
    text = _worded(answer.model_copy(update={"newer": named}), label=newer.label, language=language)
    return Notice(text, labels) if text else None


def _worded(found: FactsAnswer, *, label: str, language: Language) -> str:
    """Name the documents that mention `label` after what is answered; empty when there are none."""
    if not found.newer:
        return ""
    names = [
        f"{item.title or item.kind} ({date_text(item.effective, language=language)})"
        for item in found.newer[:3]
    ]
    name = "newer" if len(names) == 1 else "newer_many"
    return sentence(name, language, label=label, documents=", ".join(names))


def shown_at(passage: Passage, items: Sequence[EvidenceItem]) -> tuple[str, ...]:
    """The labels of the evidence that shows a passage."""
    return tuple(item.id for item in items if item.passage and item.passage.id == passage.id)
