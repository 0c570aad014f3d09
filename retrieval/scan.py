"""Exhaustive scan: every place where given words stand in one patient's documents.

"Not found" rests on this, never on the best hits of a search. It reads the full rendered text of every
current document in Scope, without regard to case, accents, ligatures or typographic quotes, matches whole
words with a little tolerance for French plural and feminine, and gives each place with its exact offsets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from pydantic import Field

from retrieval.folding import Folded, fold, fold_with_origins
from retrieval.frozen import Frozen
from retrieval.locator import Locator, locate
from retrieval.moments import span_of
from retrieval.passage import Passage
from retrieval.records import NO_FILTERS, RecordStore
from retrieval.scope import Filters, Scope
from retrieval.store.values import CurrentText, UnreadRecord

_TOKEN = re.compile(r"\w+|[^\w\s]+")
_BETWEEN = r"[\s\-']*"


class ScanHit(Frozen):
    """A place where a word stands: `locator` is the matched characters, `passage` what surrounds them."""

    word: str
    locator: Locator
    passage: Passage | None = None


class ScanResult(Frozen):
    """What was found, and what was looked through: documents, their kinds, first and last day, unread."""

    hits: tuple[ScanHit, ...]
    documents: int
    kinds: tuple[str, ...] = ()
    from_: str | None = Field(default=None, serialization_alias="from")
    to: str | None = None
    unread: tuple[UnreadRecord, ...] = ()


class Wanted(NamedTuple):
    """A word to look for: as given, a folded piece that any match contains, and the pattern."""

    word: str
    piece: str
    pattern: re.Pattern[str]


def scan(
    scope: Scope, words: Sequence[str], *, store: RecordStore, filters: Filters = NO_FILTERS
) -> ScanResult:
    """Look for `words` (single words or phrases) in all that the Scope and the filters let read.

    Hits come in the order of documents, newest first, then of text. With no words, the result says only what
    would be looked through. Raises UnknownRecord when the patient is not held.
    """
    wanted = [each for each in (wanted_word(word) for word in dict.fromkeys(words)) if each]
    hits: list[ScanHit] = []
    kinds: dict[str, None] = {}
    days: list[str] = []
    documents = 0
    for text in store.texts(scope, filters=filters):
        documents += 1
        kinds.setdefault(text.composition.kind)
        span = span_of(text.composition.effective)
        days.extend((span.first_day, span.last_day) if span else ())
        hits.extend(_hits(text, wanted))
    return ScanResult(
        hits=_with_passages(scope, hits, store=store, filters=filters),
        documents=documents,
        kinds=tuple(sorted(kinds)),
        from_=min(days, default=None),
        to=max(days, default=None),
        unread=store.unread(scope),
    )


def find_words(text: str, words: Sequence[str]) -> list[tuple[str, int, int]]:
    """Return (word, start, end) for each place where one of `words` stands in `text`, in order of text."""
    wanted = [each for each in map(wanted_word, words) if each]
    return list(_places(fold_with_origins(text), wanted))


@lru_cache(maxsize=4096)
def wanted_word(word: str) -> Wanted | None:
    """Prepare a word or phrase; None when nothing of it can be looked for."""
    tokens = [token for token in _TOKEN.findall(fold(word)) if token not in {"-", "'"}]
    if not any(token[0].isalnum() for token in tokens):
        return None
    parts = [_forms(token) for token in tokens]
    before = r"(?<!\w)" if tokens[0][0].isalnum() else ""
    after = r"(?!\w)" if tokens[-1][-1].isalnum() else ""
    piece = max((part.stem for part in parts), key=len)
    pattern = re.compile(before + _BETWEEN.join(part.pattern for part in parts) + after)
    return Wanted(word, piece, pattern)


class _Forms(NamedTuple):
    stem: str
    pattern: str


_ENDINGS = (
    (re.compile(r"(.{3,})(?:ifs?|ives?)"), "(?:ifs?|ives?)"),
    (re.compile(r"(.{3,}eau)x?"), "x?"),
    (re.compile(r"(.{3,})(?:eux|euses?)"), "(?:eux|euses?)"),
    (re.compile(r"(.{4,})(?:als?|ales?|aux)"), "(?:als?|ales?|aux)"),
    (re.compile(r"(.{3,}[^s])(?:e?s)"), "(?:es|e|s)?"),
    (re.compile(r"(.{4,}e)(?:e)"), "(?:es|e|s)?"),
)


def _forms(token: str) -> _Forms:
    """A folded token with its plural and feminine; short words and numbers stand for themselves."""
    if len(token) <= 3 or not token.isalpha():
        return _Forms(token, re.escape(token))
    for ending, pattern in _ENDINGS:
        match = ending.fullmatch(token)
        if match:
            return _Forms(match[1], re.escape(match[1]) + pattern)
    return _Forms(token, re.escape(token) + "(?:es|e|s|x)?")


def _places(folded: Folded, wanted: Sequence[Wanted]) -> Iterator[tuple[str, int, int]]:
    found: list[tuple[int, int, str]] = []
    for each in wanted:
        if each.piece in folded.text:  # most words are nowhere: leave those at the speed of a substring
            for match in each.pattern.finditer(folded.text):
                start, end = folded.span(match.start(), match.end())
                found.append((start, end, each.word))
    for start, end, word in sorted(found):
        yield word, start, end


def _hits(text: CurrentText, wanted: Sequence[Wanted]) -> Iterator[ScanHit]:
    composition = text.composition
    for word, start, end in _places(fold_with_origins(text.text), wanted):
        path = next((block.path for block in text.blocks if block.start <= start < block.end), "")
        locator = locate(
            text.text,
            (start, end),
            system=composition.system,
            record_id=composition.record_id,
            version=composition.version,
            path=path,
            text_version=text.text_version,
        )
        yield ScanHit(word=word, locator=locator)


def _with_passages(
    scope: Scope, hits: Sequence[ScanHit], *, store: RecordStore, filters: Filters
) -> tuple[ScanHit, ...]:
    if not hits:
        return ()
    around: dict[str, list[Passage]] = {}
    for passage in store.passages(scope, filters=filters):
        around.setdefault(passage.locator.record_id, []).append(passage)
    return tuple(
        hit.model_copy(update={"passage": _around(hit.locator, around.get(hit.locator.record_id, ()))})
        for hit in hits
    )


def _around(place: Locator, passages: Sequence[Passage]) -> Passage | None:
    """The passage in which a place begins."""
    same = (each for each in passages if each.locator.version == place.version)
    return next((each for each in same if each.locator.start <= place.start < each.locator.end), None)
