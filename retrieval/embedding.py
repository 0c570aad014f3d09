"""What of a passage the encoder is given, and its vectors: each wording is encoded once (decision 016).

The figures of structured entries are left to the word vector and to facts: a vector of meaning tells « 4,1 »
from « 4,8 » badly, and without figures the hundred readings of one panel are one text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from models.base import Embedder
from retrieval.index.base import Vector
from retrieval.passage import Passage

BATCH = 64
FIGURES_IN_A_NAME = 3
"""A word that begins with a letter and holds at most so many digits is a name: HbA1c, PaCO2, B12, E11.9."""
KEPT = 20_000
"""Vectors that are kept for the next passages; at 384 dimensions about 30 MB."""


def meaning_of(passage: Passage) -> str:
    """Return what the encoder is given: all of a narrative passage, the words without figures of any other.

    A structured passage of nothing but figures is given as it is: no text is no direction.
    """
    if passage.narrative:
        return passage.text
    return " ".join(word for word in passage.text.split() if not _is_figure(word)) or passage.text


def _is_figure(word: str) -> bool:
    """Whether a word is a number, a date or an identifier rather than a name."""
    digits = sum(char.isdigit() for char in word)
    first = next((char for char in word if char.isalnum()), "")
    return digits > 0 and (first.isdigit() or digits > FIGURES_IN_A_NAME)


class PassageVectors:
    """The vectors of passages by one encoder. Only wordings of structured passages are kept, `kept` at most,
    and what is kept dies with this."""

    def __init__(self, embedder: Embedder, *, kept: int = KEPT) -> None:
        self._embedder = embedder
        self._kept = kept
        self._known: dict[str, Vector] = {}

    def of(self, passages: Sequence[Passage]) -> list[Vector]:
        """Return one vector of length 1 for each passage. Raises what the encoder raises."""
        texts = [meaning_of(passage) for passage in passages]
        found = {text: self._known[text] for text in texts if text in self._known}
        found.update(self._encoded(text for text in dict.fromkeys(texts) if text not in found))
        pairs = zip(passages, texts, strict=True)
        self._keep({text: found[text] for passage, text in pairs if not passage.narrative})
        return [found[text] for text in texts]

    def _encoded(self, texts: Iterable[str]) -> dict[str, Vector]:
        # texts of like length share a batch of the encoder, which pads to the longest
        ordered = sorted(texts, key=len)
        found: dict[str, Vector] = {}
        for start in range(0, len(ordered), BATCH):
            part = ordered[start : start + BATCH]
            found.update(zip(part, self._embedder.embed_passages(part), strict=True))
        return found

    def _keep(self, vectors: dict[str, Vector]) -> None:
        self._known.update(vectors)
        for text in list(self._known)[: max(0, len(self._known) - self._kept)]:
            del self._known[text]
