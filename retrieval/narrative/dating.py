"""When a statement of prose held: only a date that stands with it in its clause."""

from __future__ import annotations

import re
from datetime import date, timedelta

from retrieval.narrative.draft import Span
from retrieval.narrative.sentence import Sentence

NEAR = 30
"""A date further from its words than this many characters belongs to something else."""
_AFTER = re.compile(
    r"^(?: ?\(| ?:| depuis| en| du| le| d'| des?| de| realisee?| effectuee?| pratiquee?|\s)*(?:fin |debut )?$"
)
_BEFORE = re.compile(r"^ ?[):,-]? ?(?:un |une |le |la |l'|de |du |d')*$")
_DAY_OF_STAY = re.compile(r"\ba? ?j ?\+? ?(\d{1,2})\b(?! ?(?:post|de l'interv|apres))")


def date_with(sentence: Sentence, span: Span) -> str | None:
    """The one date that stands right after a span (`HTA (2013)`, `en 2019`), or right before it.

    Days after the document are no date of what has happened and are left out.
    """
    found = []
    for mention in sentence.dates:
        if sentence.day is not None and mention.first > sentence.day:
            continue
        after = sentence.folded[span[1] : mention.start] if mention.start >= span[1] else None
        before = sentence.folded[mention.end : span[0]] if mention.end <= span[0] else None
        if after is not None and len(after) <= NEAR and _AFTER.match(after):
            return mention.iso
        if before is not None and _BEFORE.match(before):
            found.append(mention.iso)
    return found[0] if len(found) == 1 else None


def day_of_stay(text: str, entered: date | None) -> str | None:
    """The day that `à J2` means, counted from the entry; None without one, or counted from an operation."""
    match = _DAY_OF_STAY.search(text)
    return (entered + timedelta(days=int(match[1]))).isoformat() if match and entered else None


def is_ahead(sentence: Sentence) -> bool:
    """Whether the sentence names a day after the document."""
    return sentence.day is not None and any(mention.first > sentence.day for mention in sentence.dates)
