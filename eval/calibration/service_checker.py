"""The service's own verification as a checker, so that it is measured like any other.

The source text becomes one cited passage and the sentence is checked as a model's would be, with a question
that asks about nothing in particular: relevance to a question is not judged here. Score: 1 when every check
that applies passed; otherwise below one half, by the share of the applicable checks that passed.
"""

from __future__ import annotations

import re
from datetime import date

from assistant.answering.understanding import Understanding
from assistant.answering.verify import Verdict, verify
from eval.calibration.checkers import SUPPORTED, Score
from retrieval.evidence import EvidenceItem
from retrieval.locator import locate
from retrieval.passage import Passage
from retrieval.terminology.lexicon import load_lexicon

_HEAD = re.compile(r"(\d\d/\d\d/\d{4}) · ([^\n]+)\n")
TODAY = date(2026, 3, 2)
"""The day of the synthetic hospital: relative dates of a sentence count from it."""


def verify_checker() -> Score:
    """The checker; the lexicon is read once."""
    lexicon = load_lexicon()
    understanding = Understanding(question="Que dit ce document ?", language="fr", intents=("open",))

    def score(sentence: str, source: str) -> float:
        verdict = verify(
            sentence, (cited(source),), understanding=understanding, lexicon=lexicon, today=TODAY
        )
        return score_of(verdict)

    return score


def score_of(verdict: Verdict) -> float:
    """1 when supported, otherwise under one half: see the module."""
    if verdict.supported:
        return 1.0
    told = [value for value in verdict.checks.model_dump().values() if value is not None]
    return (SUPPORTED - 0.01) * (sum(told) / len(told)) if told else 0.0


def cited(source: str) -> EvidenceItem:
    """The source text as the one item that the sentence cites.

    A first line `dd/mm/yyyy · title` is what the service shows above a passage: it becomes the item's day and
    title.
    """
    head = _HEAD.match(source)
    day, title = ("-".join(reversed(head[1].split("/"))), head[2]) if head else (None, "")
    start = head.end() if head else 0
    locator = locate(
        source,
        (start, len(source)),
        system="calibration",
        record_id="source",
        version="1",
        path="/",
        text_version="calibration@v1",
    )
    passage = Passage(
        id="P1",
        text=source,
        kind="hospital_report",
        title=title,
        effective=day,
        narrative=True,
        locator=locator,
    )
    return EvidenceItem(
        id="E1", kind="passage", text=source, effective=day, title=title, locator=locator, passage=passage
    )
