"""Negation: what a sentence affirms, denies or supposes, its sources affirm, deny or suppose."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.answering.verify.anchors import Anchor
from assistant.answering.verify.reading import Statement
from assistant.answering.verify.verdict import NOT_APPLICABLE, PASSED, Outcome
from assistant.answering.verify.vocabulary import vocabulary
from retrieval.clinical_text import cued

_FRAMES = frozenset({"imaging", "procedure", "topic"})
"""Often inside a denial of what was looked for (`pas de lésion au scanner`): these weigh as words."""
_MISMATCH = Outcome(passed=False, reason="negation_mismatch")


def check_negation(sentence: Statement, sources: Sequence[Statement], found: Sequence[Anchor]) -> Outcome:
    """Fail with `negation_mismatch` when a concept has another polarity in every source that names it, when
    most shared words do, or when the sentence denies and no cited text denies anything.
    """
    typed = any(source.fact is not None and source.fact.certainty != "present" for source in sources)
    if not (cued(sentence.text) or typed or any(cued(source.text) for source in sources)):
        return NOT_APPLICABLE
    denies = vocabulary().negation.search(sentence.folded) is not None
    if denies and not typed and not any(vocabulary().negation.search(source.folded) for source in sources):
        return _MISMATCH
    concepts = [
        anchor for anchor in found if anchor.concept is not None and anchor.concept.kind not in _FRAMES
    ]
    if any(not _agrees(anchor) for anchor in concepts):
        return _MISMATCH
    words = [anchor for anchor in found if anchor.concept is None or anchor.concept.kind in _FRAMES]
    if words and sum(_agrees(anchor) for anchor in words) * 2 < len(words):
        return _MISMATCH
    return PASSED


def _agrees(anchor: Anchor) -> bool:
    """A sentence may be less sure than its source, never more."""
    return any(
        there.negated == anchor.here.negated and (anchor.here.hypothesis or not there.hypothesis)
        for there in anchor.there
    )
