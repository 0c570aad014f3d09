"""RunState: what one answer has so far; it makes events, and the Answer at the end."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from assistant.answering.answer import (
    Answer,
    Checks,
    DroppedEvent,
    DroppedSentence,
    EvidenceEvent,
    Provenance,
    Reason,
    Sentence,
    SentenceEvent,
    ShownEvidence,
    Status,
    Timings,
)
from assistant.answering.gather import Gathered
from assistant.answering.understanding import Understanding
from assistant.answering.verify import Verdict, verify
from assistant.answering.verify.verdict import Made
from assistant.audit.trail import Trace
from retrieval.evidence import EvidenceItem
from retrieval.terminology.dates import day_range
from retrieval.terminology.lexicon import Lexicon

Author = Literal["facts", "routed", "notice", "quote", "section", "model"]
"""Who chose a sentence: code from facts, code about a document, the record itself, a model that pointed."""
_SETTLED: dict[Author, frozenset[str]] = {
    "notice": frozenset({"negation", "subject", "temporality"}),
    "routed": frozenset({"relevance"}),
    "section": frozenset({"relevance"}),
}
"""Checks that do not apply to a sentence, by its author."""
_MADE: dict[Author, Made] = {
    "facts": "composed",
    "routed": "composed",
    "notice": "composed",
    "quote": "worded",
    "section": "worded",
    "model": "pointed",
}


class Stopwatch:
    """Milliseconds since the question was received."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def elapsed(self) -> int:
        """Whole milliseconds."""
        return int((time.monotonic() - self._start) * 1_000)


@dataclass
class RunState:
    """Mutable, for one answer only. `gathered` is set before the first event."""

    id: str
    question: str
    created_at: str
    today: date
    understanding: Understanding
    gathered: Gathered
    lexicon: Lexicon
    watch: Stopwatch
    evidence_ms: int | None = None
    first_sentence_ms: int | None = None
    sentences: list[Sentence] = field(default_factory=list)
    authors: list[Author] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    withheld: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    raw_output: str | None = None
    prompt_text: str | None = None
    model_asked: bool = False
    model_failed: bool = False
    model_read: bool = False
    premise_told: bool = False

    @property
    def open(self) -> bool:
        """Whether something is left to tell, and there is evidence to tell it from."""
        closed = self.premise_told or (self.gathered.complete and bool(self.sentences))
        return not closed and not self.gathered.absent and bool(self.gathered.items)

    def evidence_event(self) -> EvidenceEvent:
        """The first event."""
        self.evidence_ms = self.watch.elapsed()
        return EvidenceEvent(id=self.id, evidence=self.shown(), coverage=self.gathered.coverage)

    def shown(self) -> tuple[ShownEvidence, ...]:
        """The evidence as the reader sees it."""
        return tuple(
            ShownEvidence(
                id=item.id,
                kind=item.kind,
                text=item.text,
                effective=item.effective,
                status=item.status,
                locator=item.locator,
            )
            for item in self.gathered.items
        )

    def consider(
        self,
        text: str,
        labels: tuple[str, ...],
        *,
        author: Author,
        line: str = "",
    ) -> SentenceEvent | DroppedEvent | None:
        """Verify one sentence and return its event; None for a sentence that was already said.

        A label that is not of the evidence counts as no citation. Of a quote, the quoted `line` is checked,
        as of the day of its document.
        """
        known = {item.id: item for item in self.gathered.items}
        cited = [known[label] for label in labels if label in known] if set(labels) <= set(known) else []
        if any(text == sentence.text for sentence in self.sentences):
            return None
        verdict = self._verdict(line or text, cited, author=author, quoted=bool(line))
        if verdict.reason is not None:
            self.dropped[verdict.reason] += 1
            self.withheld.append(
                {"text": text, "citations": list(labels), "reason": verdict.reason, "author": author,
                 "checks": verdict.checks.model_dump()}
            )  # fmt: skip
            return DroppedEvent(reason=verdict.reason)
        sentence = Sentence(text=text, citations=labels, checks=verdict.checks)
        self.sentences.append(sentence)
        self.authors.append(author)
        if self.first_sentence_ms is None:
            self.first_sentence_ms = self.watch.elapsed()
        return SentenceEvent(sentence=sentence)

    def _verdict(
        self, text: str, cited: list[EvidenceItem], *, author: Author, quoted: bool = False
    ) -> Verdict:
        labels = {item.id for item in cited}
        return verify(
            text,
            cited,
            understanding=self.understanding,
            lexicon=self.lexicon,
            today=_day_of(cited, self.today) if quoted else self.today,
            others=[item for item in self.gathered.items if item.id not in labels]
            if author == "model"
            else (),
            made=_MADE[author],
            settled=_SETTLED.get(author, frozenset()),
        )

    def correct_premise(self) -> SentenceEvent:
        """Say that what the question takes for granted is nowhere; this rests on the coverage alone."""
        sentence = Sentence(text=self.gathered.premise, citations=(), checks=Checks())
        self.sentences.append(sentence)
        self.authors.append("facts")
        self.premise_told = True
        self.first_sentence_ms = self.watch.elapsed()
        return SentenceEvent(sentence=sentence)

    @property
    def mode(self) -> Literal["facts", "model", "mixed"]:
        """Who wrote what is shown; quotes are the record's own words, so they count as facts."""
        by_model = [author == "model" for author in self.authors]
        if not any(by_model):
            return "facts"
        return "model" if all(by_model) else "mixed"

    def answer(
        self, status: Status, reason: Reason | None, *, provenance: Provenance, options: tuple[str, ...] = ()
    ) -> Answer:
        """The whole Answer, as in the contract."""
        return Answer(
            id=self.id,
            created_at=self.created_at,
            question=self.question,
            patient=self.gathered.patient,
            status=status,
            language=self.understanding.language,
            mode=self.mode,
            premise_corrected=self.premise_told or (self.gathered.premise_corrected and bool(self.sentences)),
            sentences=tuple(self.sentences),
            dropped=tuple(DroppedSentence(reason=name, count=n) for name, n in sorted(self.dropped.items())),
            reason=reason,
            options=options,
            conflicts=self.gathered.conflicts,
            coverage=self.gathered.coverage,
            evidence=self.shown(),
            provenance=provenance,
            timings_ms=Timings(
                evidence=self.evidence_ms, first_sentence=self.first_sentence_ms, total=self.watch.elapsed()
            ),
        )

    def trace(self) -> Trace:
        """What only the evaluator and the auditor may see."""
        return Trace(
            understanding=self.understanding.model_dump(mode="json"),
            prompt=self.prompt_text,
            raw_output=self.raw_output,
            dropped=tuple(self.withheld),
            notes=tuple(self.notes),
        )


def _day_of(cited: list[EvidenceItem], today: date) -> date:
    days = day_range(cited[0].effective) if cited and cited[0].effective else None
    return days[0] if days else today
