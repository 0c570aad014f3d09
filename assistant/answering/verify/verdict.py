"""Verdict: what the checks found about one sentence."""

from __future__ import annotations

from typing import Literal, NamedTuple

from assistant.answering.answer import Checks
from retrieval.frozen import Frozen

DropReason = Literal[
    "unsafe_text",
    "no_citation",
    "number_not_in_source",
    "unit_not_in_source",
    "date_not_in_source",
    "drug_not_in_source",
    "negation_mismatch",
    "laterality_mismatch",
    "other_subject",
    "not_current",
    "wrong_concept",
    "not_bound",
    "off_topic",
]


Made = Literal["worded", "composed", "pointed"]
"""How a sentence came about: in words of its own (a model's, or the record's, found by its words), by code
from facts, or the record's, pointed at by a model and found to be about what is asked."""


class Outcome(NamedTuple):
    """What one check found: `passed` is None where it does not apply; `reason` says why it failed."""

    passed: bool | None
    reason: DropReason | None = None


NOT_APPLICABLE = Outcome(None)
PASSED = Outcome(passed=True)


class Verdict(Frozen):
    """The ten checks of one sentence and, when it must not be shown, the first reason why."""

    checks: Checks
    reason: DropReason | None = None

    @property
    def supported(self) -> bool:
        """Whether the sentence may be shown."""
        return self.reason is None
