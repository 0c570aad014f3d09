"""The passages of a synthetic patient's documents, as the service reads and cuts them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from eval.metrics.plain import plain
from eval.synthetic.truth import Document, Patient, Statement
from retrieval.composition import ReadDocument
from retrieval.formats.base import Source, load_format
from retrieval.passages import passages_of

_NEAR = r"[^\n]{0,90}?"
"""Between a name and its value: in a list, the value of the next line belongs to somebody else."""


class Sources:
    """One patient's source texts; each document is read once, when it is first needed."""

    def __init__(self, patient: Patient) -> None:
        self._documents = {document.key: document for document in patient.documents}
        self._read: dict[str, tuple[str, ...]] = {}

    def stating(self, places: Sequence[Statement], needed: Sequence[str]) -> str | None:
        """The first passage of those documents that holds the needed words, in order and near, or None."""
        wanted = re.compile(_NEAR.join(_whole(plain(words)) for words in needed if words))
        for key in dict.fromkeys(place.document for place in places):
            for text in self._texts(key):
                if wanted.search(plain(text)):
                    return text
        return None

    def _texts(self, key: str) -> tuple[str, ...]:
        if key not in self._read:
            self._read[key] = tuple(_passages(self._documents[key]))
        return self._read[key]


def _whole(words: str) -> str:
    """A number as a whole number, words from their beginning."""
    body = re.escape(words)
    return rf"(?<![\d.,]){body}(?![.,]?\d)" if words[:1].isdigit() else rf"(?<!\w){body}"


def _passages(document: Document) -> list[str]:
    source = Source(name=document.key, data=document.raw.encode(), system="synthetic")
    when = document.time.strftime("%d/%m/%Y")
    found: list[str] = []
    for item in load_format("openehr-json").read(source):
        if isinstance(item, ReadDocument):
            head = f"{when} · {document.title}\n"
            found += [head + passage.locator.quote for passage in passages_of(item)]
    return found
