"""The safety rule over prose: positive statements of a safety subject are quoted, and come first.

A fact "no known allergy" never hides a letter that tells of one. Which subjects are of safety is data
(`safety.toml`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from assistant.answering.extractive import quotation
from assistant.answering.facts_first import FactsAnswer
from assistant.answering.safety import safety_concepts
from assistant.answering.understanding import Understanding
from assistant.answering.verify.reading import mentions_in, tainted
from retrieval.clinical_text import Assertion, assert_spans
from retrieval.folding import fold
from retrieval.passage import Passage
from retrieval.scan import ScanHit
from retrieval.terminology.concept import Concept
from retrieval.terminology.lexicon import Lexicon

MOST_QUOTES = 3
_LOOKED_AT = 80
_SHORTEST = 14
_LONGEST = 320


class Quote(NamedTuple):
    """Words of the record (`line`, in `passage`) as they are shown (`text`), ready to be verified."""

    text: str
    line: str
    passage: Passage


def safety_quotes(
    understanding: Understanding, hits: Sequence[ScanHit], answer: FactsAnswer | None, *, lexicon: Lexicon
) -> tuple[Quote, ...]:
    """Return up to three positive sentences of prose about an asked safety subject that facts do not tell.

    `hits` are the places of its words in the whole record. Denied, supposed and family statements are left
    out, as is any sentence whose substances the facts already name.
    """
    asked = safety_concepts(understanding, lexicon=lexicon)
    if not asked or understanding.subject == "family" or _told_for_a_day(understanding, answer):
        return ()
    told = _told(answer, lexicon)
    found: dict[str, Quote] = {}
    words = {fold(word) for word in lexicon.search_words(asked)}
    for hit in hits[:_LOOKED_AT]:
        passage = hit.passage
        if (
            passage is None
            or not passage.narrative
            or fold(hit.word) not in words
            or tainted(passage.locator.quote)
        ):
            continue
        line = _positive_line(hit, passage, understanding)
        if line and not _known(line, told, asked, lexicon):
            text = quotation(
                line, title=passage.title, day=passage.effective, language=understanding.language
            )
            found.setdefault(fold(line), Quote(text, line, passage))
    return tuple(found.values())[:MOST_QUOTES]


def _told_for_a_day(understanding: Understanding, answer: FactsAnswer | None) -> bool:
    """Whether one day of the past is asked about and told: what other documents say is of other days."""
    period = understanding.period
    one_day = period is not None and period.from_date is not None and period.from_date == period.to_date
    return one_day and answer is not None and answer.complete and bool(answer.sentences)


def _positive_line(hit: ScanHit, passage: Passage, understanding: Understanding) -> str:
    text = passage.locator.quote
    start = hit.locator.start - passage.locator.start
    end = hit.locator.end - passage.locator.start
    if not 0 <= start < end <= len(text):
        return ""
    (meant,) = assert_spans(text, [(start, end)], language=understanding.language)
    line = " ".join(text[meant.sentence[0] : meant.sentence[1]].split())
    if not _positive(meant) or not _SHORTEST <= len(line) <= _LONGEST or line.endswith((":", "?")):
        return ""
    return line


def _positive(meant: Assertion) -> bool:
    return not (meant.negated or meant.family or meant.hypothesis)


def _told(answer: FactsAnswer | None, lexicon: Lexicon) -> frozenset[str]:
    """Keys of what positive facts already tell."""
    facts = [fact for sentence in (answer.sentences if answer else ()) for fact in sentence.facts]
    positive = [fact for fact in facts if fact.certainty == "present"]
    return frozenset(key for fact in positive for key in lexicon.label_keys(fact.label))


def _known(line: str, told: frozenset[str], asked: Sequence[Concept], lexicon: Lexicon) -> bool:
    """Whether facts already tell every particular of a line (substances, devices), or the subject itself."""
    topics = {concept.key for concept in asked if concept.kind in {"topic", "drug_class"}}
    named = [m.concept for m in mentions_in(line, lexicon) if m.concept.key not in topics]
    particular = [c for c in named if c.kind in {"drug", "drug_class", "allergy", "device"}]
    wanted = {concept.key for concept in asked if concept.kind in {"drug", "allergy", "device"}}
    if wanted:  # what the line tells of other substances was not asked
        particular = [c for c in particular if c.key in wanted or wanted.intersection(c.members)]
    if particular:
        return all(concept.key in told or told.intersection(concept.members) for concept in particular)
    return bool(told)
