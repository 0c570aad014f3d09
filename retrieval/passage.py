"""Passage: a readable stretch of a Composition, for search."""

from __future__ import annotations

from retrieval.composition import CompositionKind
from retrieval.frozen import Frozen
from retrieval.locator import Locator


class Passage(Frozen):
    """A stretch of rendered text with its heading trail.

    `text` is what is embedded and matched: the heading trail and date, then the quote.
    `locator.quote` alone is the source's words.
    """

    id: str
    text: str
    heading: tuple[str, ...] = ()
    kind: CompositionKind
    title: str = ""
    effective: str | None = None
    status: str = "final"
    narrative: bool = False
    locator: Locator
