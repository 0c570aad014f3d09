"""Verify one sentence against what it cites and against the question: a pure function."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from assistant.answering.answer import CHECK_NAMES, Checks
from assistant.answering.understanding import Understanding
from assistant.answering.verify.anchors import anchors
from assistant.answering.verify.binding_check import check_binding
from assistant.answering.verify.dates_check import check_dates
from assistant.answering.verify.drugs_check import check_drugs
from assistant.answering.verify.laterality_check import check_laterality
from assistant.answering.verify.negation_check import check_negation
from assistant.answering.verify.numbers_check import check_numbers
from assistant.answering.verify.reading import Statement, read, read_sources, widened
from assistant.answering.verify.relevance_check import check_relevance
from assistant.answering.verify.safety import is_safe
from assistant.answering.verify.subject_check import check_subject
from assistant.answering.verify.temporality_check import check_temporality
from assistant.answering.verify.units_check import check_units
from assistant.answering.verify.verdict import NOT_APPLICABLE, Made, Outcome, Verdict
from assistant.answering.verify.vocabulary import vocabulary
from retrieval.evidence import EvidenceItem
from retrieval.folding import fold_with_origins
from retrieval.terminology.lexicon import Lexicon

_ORDER = (
    "numbers",
    "units",
    "dates",
    "drugs",
    "negation",
    "laterality",
    "subject",
    "temporality",
    "binding",
    "relevance",
)
"""The most telling reason first: a wrong number is told as such, although it is unbound too."""


def verify(
    text: str,
    cited: Sequence[EvidenceItem],
    *,
    understanding: Understanding,
    lexicon: Lexicon,
    today: date,
    others: Sequence[EvidenceItem] = (),
    made: Made = "worded",
    settled: frozenset[str] = frozenset(),
) -> Verdict:
    """Check one sentence. `cited` are the evidence items it names, `today` the day of the question.

    `others` is the rest of the evidence: a newer value there makes an older one not the latest.

    Of `composed` sentences, made by code from facts, the fixed words around the record's are taken out first;
    `pointed` ones are the record's and were found to be about what is asked.
    `settled` names the checks that do not apply: a notice that a document mentions something states no
    polarity, subject or time; what stands under the very heading that was asked is relevant by that. A
    sentence without a citation, with unsafe text, or that cites only a text which commands its reader, fails
    before the ten checks are run.
    """
    if not cited:
        return Verdict(checks=Checks(), reason="no_citation")
    if not is_safe(text):
        return Verdict(checks=Checks(), reason="unsafe_text")
    sources = read_sources(cited, lexicon)
    if not sources:
        return Verdict(checks=Checks(), reason="unsafe_text")
    sentence = read(unframed(text) if made == "composed" else text, lexicon, anchor=today)
    asked = tuple(widened(concept, lexicon) for concept in understanding.concepts)
    understanding = understanding.model_copy(update={"concepts": asked})
    newer = read_sources(others, lexicon)
    outcomes = _outcomes(sentence, sources, newer, understanding, lexicon=lexicon, made=made)
    outcomes.update(dict.fromkeys(settled, NOT_APPLICABLE))
    checks = Checks(**{name: outcomes[name].passed for name in CHECK_NAMES})
    reason = next((outcomes[name].reason for name in _ORDER if outcomes[name].reason), None)
    return Verdict(checks=checks, reason=reason)


def _outcomes(
    sentence: Statement,
    sources: Sequence[Statement],
    others: Sequence[Statement],
    understanding: Understanding,
    *,
    lexicon: Lexicon,
    made: Made,
) -> dict[str, Outcome]:
    found = anchors(sentence, sources, language=understanding.language)
    return {
        "numbers": check_numbers(sentence, sources, understanding),
        "units": check_units(sentence, sources),
        "dates": check_dates(sentence, sources),
        "drugs": check_drugs(sentence, sources),
        "negation": check_negation(sentence, sources, found),
        "laterality": check_laterality(sentence, sources),
        "subject": check_subject(sentence, sources, found),
        "temporality": check_temporality(sentence, sources, others=others, understanding=understanding),
        "binding": check_binding(sentence, sources, understanding),
        "relevance": check_relevance(sentence, sources, understanding, lexicon, made=made),
    }


def unframed(text: str) -> str:
    """Return a composed sentence without the fixed words that state nothing of the record."""
    folded = fold_with_origins(text)
    spans = [folded.span(*match.span()) for match in vocabulary().frames.finditer(folded.text)]
    for start, end in reversed(spans):
        text = f"{text[:start]} {text[end:]}"
    return text
