"""Passages of a small record written by hand, and questions about it as the pipeline understands them."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from assistant.answering.understand import understand
from assistant.answering.understanding import Understanding
from models.hashing import HashingEmbedder
from retrieval.evidence import EvidenceItem
from retrieval.locator import locate
from retrieval.passage import Passage
from retrieval.terminology.lexicon import Lexicon, load_lexicon
from tests.assistant.answering.facts_by_hand import TODAY


class Prose(NamedTuple):
    """One passage: its text, where it stands and when its document was written."""

    text: str
    heading: str = "Histoire"
    day: str = "2025-02-20"
    title: str = "Compte rendu"
    record: str = "cr1"


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    return load_lexicon()


def embedder() -> HashingEmbedder:
    return HashingEmbedder()


def items(*prose: Prose) -> tuple[EvidenceItem, ...]:
    """The passages as numbered evidence."""
    return tuple(_item(f"E{number}", each) for number, each in enumerate(prose, start=1))


def asked(question: str) -> Understanding:
    return understand(question, lexicon=lexicon(), today=TODAY)


def _item(label: str, prose: Prose) -> EvidenceItem:
    place = locate(
        prose.text, (0, len(prose.text)), system="t", record_id=prose.record, version="1", path="/",
        text_version="t@v1",
    )  # fmt: skip
    passage = Passage(
        id=f"{prose.record}-{label}", text=prose.text, heading=(prose.heading,), kind="letter",
        title=prose.title, effective=prose.day, narrative=True, locator=place,
    )  # fmt: skip
    return EvidenceItem(
        id=label, kind="passage", text=prose.text, title=prose.title, effective=prose.day, locator=place,
        passage=passage,
    )  # fmt: skip
