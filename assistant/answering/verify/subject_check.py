"""Subject: what a source says of the family is not said of the patient, nor the reverse."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.answering.verify.anchors import Anchor
from assistant.answering.verify.reading import Statement
from assistant.answering.verify.verdict import NOT_APPLICABLE, PASSED, Outcome
from assistant.answering.verify.vocabulary import vocabulary


def check_subject(sentence: Statement, sources: Sequence[Statement], found: Sequence[Anchor]) -> Outcome:
    """Fail with `other_subject` when a sentence and every source of the same thing differ on whose it is."""
    family = vocabulary().family
    here = family.search(sentence.folded) is not None
    there = [
        family.search(s.folded) is not None or (s.fact is not None and s.fact.subject != "patient")
        for s in sources
    ]
    if not here and not any(there):
        return NOT_APPLICABLE
    if here and not any(there):
        return Outcome(passed=False, reason="other_subject")
    if not here and all(there):
        return Outcome(passed=False, reason="other_subject")
    concepts = [anchor for anchor in found if anchor.concept is not None]
    if any(all(how.family != anchor.here.family for how in anchor.there) for anchor in concepts):
        return Outcome(passed=False, reason="other_subject")
    return PASSED
