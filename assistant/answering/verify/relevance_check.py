"""Relevance: a sentence is about what was asked."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.answering.understanding import Understanding
from assistant.answering.verify.concepts import related
from assistant.answering.verify.reading import Statement
from assistant.answering.verify.support import content, same_word
from assistant.answering.verify.verdict import NOT_APPLICABLE, PASSED, Made, Outcome
from assistant.answering.verify.vocabulary import vocabulary
from retrieval.terminology.concept import Concept
from retrieval.terminology.lexicon import Lexicon

_ENOUGH_TERMS = 2
_ENOUGH_MET = 0.5
_FIGURE = re.compile(r"\d")
_DAY_OF_STAY = re.compile(r"\b[JD]\s?\+?\s?\d{1,3}\b")
"""`J15`: the fifteenth day after an operation or an admission."""


def check_relevance(
    sentence: Statement,
    sources: Sequence[Statement],
    understanding: Understanding,
    lexicon: Lexicon,
    *,
    made: Made = "worded",
) -> Outcome:
    """Fail with `off_topic` when neither the sentence nor what it cites is about any asked concept.

    Framing topics (treatment, stay ...) count only for composed sentences, which answer each concept of a
    question in turn; a question without any other concept is not judged here. Of `pointed` sentences, found
    to be about what is asked (`pointing`), only the kind of answer is judged.
    """
    asked = [concept for concept in understanding.concepts if concept.key not in vocabulary().framing]
    if made != "composed" and not _of_kind(sentence, understanding):
        return Outcome(passed=False, reason="off_topic")
    if made == "pointed":
        return PASSED
    if not asked:
        return _worded_as_asked(sentence, sources, understanding)
    if made == "composed":
        asked = list(understanding.concepts)
    if any(_about(concept, sentence, sources, lexicon) for concept in asked):
        return PASSED
    return Outcome(passed=False, reason="off_topic")


def _of_kind(sentence: Statement, understanding: Understanding) -> bool:
    """A when is answered by a date or a delay, a how many by a number, a why by more than what was asked."""
    lead = understanding.intents[0]
    if lead in {"date", "since"}:
        return bool(
            sentence.dates or sentence.quantities or sentence.times or _DAY_OF_STAY.search(sentence.text)
        )
    if lead in {"count", "dose", "value_at"}:
        return bool(sentence.quantities)
    if vocabulary().measured.intersection(understanding.terms) and not _FIGURE.search(sentence.text):
        return False
    if lead == "why":
        asked = {concept.key for concept in understanding.concepts}
        return bool(content(sentence)) or any(m.concept.key not in asked for m in sentence.mentions)
    return True


def _worded_as_asked(
    sentence: Statement, sources: Sequence[Statement], understanding: Understanding
) -> Outcome:
    """A question without a concept, of two content words or more, is met by a text with half of them.

    One word alone is too often asked in another form (`tousse`, `toux`) to tell anything.
    """
    terms = [term for term in understanding.terms if term not in vocabulary().neutral]
    if len(terms) < _ENOUGH_TERMS:
        return NOT_APPLICABLE
    texts = (sentence, *sources)
    known = {word.text for text in texts for word in (*text.words, *text.heading)}
    met = sum(any(same_word(term, word) for word in known) for term in terms)
    if met >= len(terms) * _ENOUGH_MET:
        return PASSED
    return Outcome(passed=False, reason="off_topic")


def _about(asked: Concept, sentence: Statement, sources: Sequence[Statement], lexicon: Lexicon) -> bool:
    """The cited text must name it, and the sentence too unless what it cites is about nothing else."""
    matching = any(lexicon.matches(asked, source.fact) for source in sources if source.fact)
    if (
        not matching
        and not any(related(asked, source.concepts) for source in sources)
        and not _worded(asked, sources)
    ):
        return False
    own = [
        mention.concept for mention in sentence.mentions if mention.concept.key not in vocabulary().framing
    ]
    of_its_kind = [concept for concept in own if concept.kind == asked.kind]
    return matching or related(asked, own) or not of_its_kind


def _worded(asked: Concept, sources: Sequence[Statement]) -> bool:
    """An asked concept that the lexicon does not find in the source may still be there word for word."""
    if asked.kind in {"drug", "drug_class", "analyte", "vital_sign"}:
        return False
    label = [word for word in asked.label.lower().split() if len(word) > 3]
    known = {word.text for source in sources for word in source.words}
    return bool(label) and all(any(same_word(word, other) for other in known) for word in label)
