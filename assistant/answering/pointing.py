"""Pointing: which sentence of the record a model's words stand in, and whether that is what was asked.

A sentence is found when it holds all the numbers and nearly all the words. Words that merely repeat the
question point nowhere. Decision 017.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.answering.candidates import Candidate
from assistant.answering.extractive import asked_words, share_asked, wants_latest
from assistant.answering.line_parts import kind_of, part_about
from assistant.answering.understanding import Understanding
from assistant.answering.verify.concepts import related
from assistant.answering.verify.reading import mentions_in, widened, words_of
from assistant.answering.verify.support import same_word
from assistant.answering.verify.vocabulary import vocabulary
from retrieval.evidence import EvidenceItem
from retrieval.moments import order_of
from retrieval.terminology.concept import Concept
from retrieval.terminology.lexicon import Lexicon

_HELD = 0.8
_NUMBER = re.compile(r"\d+(?:[.,/]\d+)*")


def pointed_at(
    words: str,
    found: Sequence[Candidate],
    understanding: Understanding,
    *,
    items: Sequence[EvidenceItem],
    lexicon: Lexicon,
) -> Candidate | None:
    """Return the sentence that holds the model's words and is about what was asked; None when none does.

    Of several the one that holds most of the words, the nearest of equals. Where the latest is asked, a newer
    sentence that tells as much of what is asked goes before it. `items` is the whole evidence.
    """
    about = [each for each in found if is_about(each, understanding, items=items, lexicon=lexicon)]
    held = [(_held(words, each, understanding, lexicon), each) for each in about]
    best = max(held, key=lambda pair: pair[0], default=(0.0, None))
    if best[1] is None or best[0] <= 0:
        return None
    # the checks leave it to this module whether a sentence is about it: no other may take its place
    return _newest(best[1], about, understanding, lexicon) if wants_latest(understanding) else best[1]


def _held(words: str, candidate: Candidate, understanding: Understanding, lexicon: Lexicon) -> float:
    """The share of the model's words that a sentence holds; 0 where it does not hold what is new in them."""
    asked = _content(understanding.question)
    said = _content(words)
    new = [word for word in said if not any(same_word(word, other) for other in asked)]
    numbers = set(_NUMBER.findall(words))
    line = part_about(candidate.line, understanding, lexicon=lexicon)
    there = _content(line)
    if not new and not numbers - set(_NUMBER.findall(understanding.question)):
        return 0.0
    if not numbers <= set(_NUMBER.findall(line)) or _share(new, there) < _HELD:
        return 0.0
    return _share(said, there) or _HELD


def _newest(
    chosen: Candidate, about: Sequence[Candidate], understanding: Understanding, lexicon: Lexicon
) -> Candidate:
    enough = _told(chosen, understanding, lexicon)
    as_good = [each for each in about if _told(each, understanding, lexicon) >= enough > 0]
    return max((chosen, *as_good), key=lambda each: order_of(each.item.effective))


def _told(candidate: Candidate, understanding: Understanding, lexicon: Lexicon) -> float:
    heading = f"{candidate.heading} · {candidate.item.title}"
    return share_asked(understanding, candidate.line, heading=heading, lexicon=lexicon)


def is_about(
    candidate: Candidate,
    understanding: Understanding,
    *,
    items: Sequence[EvidenceItem],
    lexicon: Lexicon,
) -> bool:
    """Whether a sentence is about what was asked.

    It names an asked concept; or it names no other thing of that kind, and its document names the concept
    beside it (in the sentence before, in the heading), or anywhere if the sentence has a word of the
    question. Without a concept in the question, a word of it is enough.
    """
    asked = [
        widened(concept, lexicon)
        for concept in understanding.concepts
        if concept.key not in vocabulary().framing
    ]
    beside = f"{candidate.before} {candidate.heading} {candidate.item.title}"
    words = asked_words(understanding)
    if not asked:
        return not words or _share_any(words, f"{candidate.line} {beside}")
    own = [concept for concept in _named(candidate.line, lexicon) if concept.kind != "topic"]
    if any(related(concept, own) for concept in asked):
        return True
    if {kind_of(concept) for concept in own} & {kind_of(concept) for concept in asked}:
        return False
    if not own and any(related(concept, _named(beside, lexicon)) for concept in asked):
        return True
    if not _share_any(words, candidate.line):
        return False
    document = " ".join(
        item.locator.quote for item in items if item.locator.record_id == candidate.item.locator.record_id
    )
    return any(related(concept, _named(document, lexicon)) for concept in asked)


def _named(text: str, lexicon: Lexicon) -> list[Concept]:
    return [mention.concept for mention in mentions_in(text, lexicon)]


def _share_any(words: Sequence[str], text: str) -> bool:
    there = _content(text)
    return any(same_word(word, other) for word in words for other in there)


def _share(words: Sequence[str], there: Sequence[str]) -> float:
    if not words:
        return 1.0
    return sum(any(same_word(word, other) for other in there) for word in words) / len(words)


def _content(text: str) -> list[str]:
    return [word.text for word in words_of(text)]
