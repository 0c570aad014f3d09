"""Evidence: the numbered list (E1..En) of facts and passages that an answer may rest on."""

from __future__ import annotations

from typing import Literal

from retrieval.fact import Fact
from retrieval.frozen import Frozen
from retrieval.locator import Locator
from retrieval.passage import Passage


class EvidenceItem(Frozen):
    """One numbered item, over a fact or a passage. `text` is what is shown and what the model reads."""

    id: str
    kind: Literal["fact", "passage"]
    text: str
    effective: str | None = None
    status: str = "final"
    title: str = ""
    locator: Locator
    fact: Fact | None = None
    passage: Passage | None = None
