"""Safety of a sentence's own text: plain words only, of a sentence's length."""

from __future__ import annotations

import unicodedata

from assistant.answering.verify.reading import tainted
from assistant.answering.verify.vocabulary import vocabulary
from retrieval.folding import fold

MAX_SENTENCE = 600
_MIN_LETTERS = 2


def is_safe(text: str) -> bool:
    """Whether `text` holds no markup, link, label, order, echo of instructions or invisible character."""
    if not 0 < len(text) <= MAX_SENTENCE or sum(character.isalpha() for character in text) < _MIN_LETTERS:
        return False
    if any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn"} for character in text):
        return False
    return vocabulary().unsafe.search(fold(text)) is None and not tainted(text)
