"""How an answer ends: its status and, for anything but answered, the reason."""

from __future__ import annotations

from typing import NamedTuple

from assistant.answering.answer import Reason, Status
from assistant.answering.run_state import RunState


class Outcome(NamedTuple):
    """Status, reason and, for `clarify`, the readings to choose from."""

    status: Status
    reason: Reason | None = None
    options: tuple[str, ...] = ()


_REFUSALS: tuple[tuple[str, Reason], ...] = (
    ("write", "write_request"),
    ("advice", "out_of_scope_advice"),
    ("general", "use_chat"),
)


def outcome(run: RunState) -> Outcome:
    """Say how a run ended.

    `not_in_record` needs an exhaustive scan that found nothing and a search that worked; whatever else is
    missing is `not_verified`, with the evidence shown. A model that failed is an error only where nothing but
    facts that leave the question open was said.
    """
    lead = run.understanding.intents[0]
    for intent, reason in _REFUSALS:
        if lead == intent:
            return Outcome("refused", reason)
    if run.understanding.ambiguous:
        options = tuple(concept.label for concept in run.understanding.ambiguous)
        return Outcome("clarify", "ambiguous", options)
    worded = any(author != "facts" for author in run.authors)
    if run.sentences:
        failed = run.model_failed and not worded and not run.gathered.complete and not run.premise_told
        return Outcome("error", "model_unavailable") if failed else Outcome("answered")
    if run.gathered.search_failed:
        return Outcome("error", "retrieval_failed")
    if run.gathered.absent and not run.dropped:
        return Outcome("abstained", "not_in_record")
    return Outcome("error", "model_unavailable") if run.model_failed else Outcome("abstained", "not_verified")
