"""Documents of one narrative block, to be read."""

from __future__ import annotations

from retrieval.composition import Block, Composition, ReadDocument
from retrieval.fact import Fact, Quantity, Text
from retrieval.narrative import with_narrative_facts

DAY = "2024-03-05"


def letter(text: str, *, language: str = "fr", facts: tuple[Fact, ...] = ()) -> ReadDocument:
    """A letter of 5 March 2024 whose whole text is narrative."""
    composition = Composition(
        record_id="r", version="1", system="tests", kind="letter", title="", language=language, effective=DAY
    )
    block = Block(start=0, end=len(text), path="/", narrative=True)
    return ReadDocument(
        composition=composition,
        raw=b"",
        media_type="text/plain",
        text=text,
        text_version="tests@1",
        blocks=(block,),
        facts=facts,
    )


def read(text: str) -> tuple[Fact, ...]:
    """The facts of a letter with this text."""
    return with_narrative_facts(letter(text)).facts


def told(fact: Fact) -> str:
    """One fact as the cases write it."""
    value = ""
    if isinstance(fact.value, Quantity):
        value = f"={fact.value.magnitude}{fact.value.unit}"
    elif isinstance(fact.value, Text):
        value = f"={fact.value.text}"
    parts = (fact.kind, fact.label, fact.certainty, fact.subject, fact.status or "", fact.effective or "")
    return "/".join(parts) + value
