"""What a question asks: the typed result of reading it, before anything is looked up."""

from __future__ import annotations

from typing import Literal

from retrieval.frozen import Frozen
from retrieval.terminology.concept import Concept

Intent = Literal[
    "latest",
    "first",
    "trend",
    "list",
    "count",
    "presence",
    "dose",
    "date",
    "since",
    "why",
    "who",
    "value_at",
    "summary",
    "open",
    "advice",
    "general",
    "write",
]
"""`open` is a question that only narrative can answer; `advice` asks for a decision about care;
`general` is knowledge outside the record; `write` asks to change the record."""


class Period(Frozen):
    """Days asked about, ISO 8601, both ends included; `words` is how the question said it."""

    from_date: str | None = None
    to_date: str | None = None
    words: str = ""


class Understanding(Frozen):
    """A question, read. `concepts` are in the order of the question; `ambiguous` are the offered
    readings of an abbreviation with several meanings, empty when nothing is ambiguous.
    `assumes` are concepts whose presence the question takes for granted (a premise to check).
    `terms` are the folded content words left over, for the word scan of open questions.
    """

    question: str
    language: Literal["fr", "en"]
    intents: tuple[Intent, ...]
    concepts: tuple[Concept, ...] = ()
    ambiguous: tuple[Concept, ...] = ()
    assumes: tuple[Concept, ...] = ()
    period: Period | None = None
    subject: Literal["patient", "family"] = "patient"
    terms: tuple[str, ...] = ()
