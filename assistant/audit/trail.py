"""Trail: the durable writes that surround every answer."""

from __future__ import annotations

from typing import Any, Protocol

from assistant.answering.answer import Answer
from retrieval.frozen import Frozen
from retrieval.scope import Scope


class Trace(Frozen):
    """What only the evaluator and the auditor may see: prompts sent, raw model output, dropped texts."""

    understanding: dict[str, Any]
    prompt: str | None = None
    raw_output: str | None = None
    dropped: tuple[dict[str, Any], ...] = ()
    notes: tuple[str, ...] = ()


class KeptAnswer(Frozen):
    """An answer as it was given, with what only evaluators and auditors may see."""

    patient_id: str
    answer: Answer
    trace: Trace


class Trail(Protocol):
    """The audit trail as answering sees it. Every call is durable when it returns."""

    def begin(
        self, *, answer_id: str, scope: Scope, question: str, conversation_id: str | None = None
    ) -> None:
        """Write the intent. Raises AuditUnavailable; then no event may leave."""
        ...

    def last_of(self, conversation_id: str, *, scope: Scope) -> KeptAnswer | None:
        """The last finished answer of this person's conversation about this patient, unless it was erased.

        Raises AuditUnavailable.
        """
        ...

    def finish(self, *, answer: Answer, scope: Scope, trace: Trace) -> None:
        """Write the outcome and keep the answer. Raises AuditUnavailable; then the answer is not returned."""
        ...

    def interrupt(self, *, answer_id: str, scope: Scope) -> None:
        """Close an answer that was begun and will not be finished; nothing when it has ended.

        Raises AuditUnavailable; the trail then closes it at its next start.
        """
        ...
