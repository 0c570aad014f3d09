"""Select and number the evidence of an answer: short dated lines, no line twice, the most telling first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from assistant.answering.fact_text import fact_line
from assistant.answering.rendering import Language, date_text, shortened, value_text
from assistant.answering.understanding import Understanding
from assistant.answering.verify.reading import words_of
from assistant.answering.verify.support import same_word
from retrieval.clinical_text import split_sentences
from retrieval.evidence import EvidenceItem
from retrieval.fact import Fact
from retrieval.folding import fold
from retrieval.moments import order_of
from retrieval.passage import Passage

EXCERPT = 420
"""Characters of a passage that are shown and read by a model; its locator quotes the whole."""
_COVERED = 0.9
_SAME_TEXT = 0.9


def select(
    understanding: Understanding,
    facts: Sequence[Fact],
    passages: Sequence[Passage],
    scan_hits: Sequence[Passage] = (),
    *,
    limit: int = 12,
    max_chars: int = 4_500,
    titles: Mapping[str, str] | None = None,
) -> tuple[EvidenceItem, ...]:
    """Return the numbered evidence (E1..En): `facts` first in their order, then passages, then scan hits.

    Passages keep the order of the search; those of scan hits come newest first. Facts that say the same are
    one item; a passage whose words are all in chosen facts, or that repeats a newer one, is folded. At most
    `limit` items; passages stop when `max_chars` of text are used. `titles` are those of the documents.
    """
    chosen = _distinct(facts)[:limit]
    items = [
        _fact_item(fact, understanding.language, (titles or {}).get(fact.locator.record_id, ""))
        for fact in chosen
    ]
    used = sum(len(item.text) for item in items)
    wanted = [word.text for word in words_of(understanding.question)]
    ordered = _unfolded([*passages, *_newest_first(scan_hits)], chosen)
    for passage in ordered:
        item = _passage_item(passage, understanding.language, wanted)
        if len(items) >= limit or (used + len(item.text) > max_chars and items):
            break
        items.append(item)
        used += len(item.text)
    return tuple(item.model_copy(update={"id": f"E{number}"}) for number, item in enumerate(items, start=1))


def labels_of(facts: Sequence[Fact], items: Sequence[EvidenceItem]) -> tuple[str, ...]:
    """Return the labels of the items that show `facts`, in their order; a fact said twice has one."""
    ids = {fact.id for fact in facts}
    keys = {_key(fact) for fact in facts}
    return tuple(item.id for item in items if item.fact and (item.fact.id in ids or _key(item.fact) in keys))


def excerpt(text: str, wanted: Sequence[str], *, size: int = EXCERPT) -> str:
    """Return the run of sentences of `text`, at most `size` characters, that holds most wanted words."""
    if len(text) <= size:
        return " ".join(text.split())
    spans = split_sentences(text)
    best, best_start, best_score = text, 0, -1
    for first, (start, _) in enumerate(spans):
        last = first
        while last + 1 < len(spans) and spans[last + 1][1] - start <= size:
            last += 1
        score = _hits(shortened(text[start : spans[last][1]], size), wanted)
        if score > best_score:
            best, best_start, best_score = text[start : spans[last][1]], start, score
    cut = shortened(" ".join(best.split()), size)
    return f"… {cut}" if text[:best_start].strip() else cut


def _hits(piece: str, wanted: Sequence[str]) -> int:
    words = {word.text for word in words_of(piece)}
    return sum(any(same_word(each, word) for word in words) for each in wanted)


def _fact_item(fact: Fact, language: Language, title: str) -> EvidenceItem:
    return EvidenceItem(
        id="E0",
        kind="fact",
        text=fact_line(fact, language=language),
        effective=fact.effective,
        status=fact.status or "final",
        title=title,
        locator=fact.locator,
        fact=fact,
    )


def _passage_item(passage: Passage, language: Language, wanted: Sequence[str]) -> EvidenceItem:
    when = date_text(passage.effective, language=language) or passage.effective or ""
    heading = passage.heading[-1] if passage.heading else ""
    parts = [when, passage.title, heading if fold(heading) != fold(passage.title) else ""]
    shown = _unheaded(excerpt(passage.locator.quote, wanted), heading)
    line = " · ".join(part for part in (*parts, shown) if part)
    return EvidenceItem(
        id="E0",
        kind="passage",
        text=line,
        effective=passage.effective,
        status=passage.status,
        title=passage.title,
        locator=passage.locator,
        passage=passage,
    )


def _unheaded(text: str, heading: str) -> str:
    """The text without the heading it begins with, which stands before it already."""
    begins = heading and text.startswith(heading) and len(text) > len(heading) + 1
    return text[len(heading) :].lstrip(" :") if begins else text


def _distinct(facts: Sequence[Fact]) -> list[Fact]:
    """Each statement once: the same label, value, day, state and details in two documents is one."""
    seen: dict[tuple[str, ...], Fact] = {}
    for fact in facts:
        seen.setdefault(_key(fact), fact)
    return list(seen.values())


def _key(fact: Fact) -> tuple[str, ...]:
    return (
        fact.kind,
        fold(fact.label),
        value_text(fact.value),
        (fact.effective or "")[:10],
        fact.status or "",
        fact.certainty,
        fact.subject,
        "|".join(sorted(fold(detail.text) for detail in fact.details)),
    )


def _newest_first(passages: Iterable[Passage]) -> list[Passage]:
    return sorted(passages, key=lambda passage: order_of(passage.effective), reverse=True)


def _unfolded(passages: Sequence[Passage], facts: Sequence[Fact]) -> list[Passage]:
    kept: list[Passage] = []
    for passage in {passage.id: passage for passage in passages}.values():
        if _covered(passage, facts):
            continue
        twin = next((place for place, other in enumerate(kept) if _repeats(passage, other)), None)
        if twin is None:
            kept.append(passage)
        elif order_of(passage.effective) > order_of(kept[twin].effective):
            kept[twin] = passage  # copied forward: the newest copy speaks, at the best rank
    return kept


def _covered(passage: Passage, facts: Sequence[Fact]) -> bool:
    """Whether chosen facts already state (nearly) every character of a structured passage."""
    if passage.narrative:
        return False
    place = passage.locator
    spans = [
        (fact.locator.start, fact.locator.end)
        for fact in facts
        if (fact.locator.record_id, fact.locator.version) == (place.record_id, place.version)
    ]
    shown = [at for at, character in enumerate(place.quote, start=place.start) if not character.isspace()]
    if not spans or not shown:
        return False
    return sum(any(start <= at < end for start, end in spans) for at in shown) >= _COVERED * len(shown)


def _repeats(passage: Passage, other: Passage) -> bool:
    left = {word.text for word in words_of(passage.locator.quote)}
    right = {word.text for word in words_of(other.locator.quote)}
    if len(left) < 5 or passage.locator.quote == other.locator.quote:
        return left == right and _numbers(passage) == _numbers(other)
    return len(left & right) >= _SAME_TEXT * len(left | right) and _numbers(passage) == _numbers(other)


def _numbers(passage: Passage) -> str:
    """A copy with another number is no copy."""
    return "".join(character for character in passage.locator.quote if character.isdigit())
