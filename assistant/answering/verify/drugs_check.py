"""Drugs: every medicinal product of a sentence is named by a text it cites, brand and substance alike."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.answering.verify.concepts import names
from assistant.answering.verify.reading import Statement
from assistant.answering.verify.verdict import NOT_APPLICABLE, PASSED, Outcome


def check_drugs(sentence: Statement, sources: Sequence[Statement]) -> Outcome:
    """Fail with `drug_not_in_source` when a drug or a class is named by no cited text."""
    drugs = [
        mention.concept for mention in sentence.mentions if mention.concept.kind in {"drug", "drug_class"}
    ]
    if not drugs:
        return NOT_APPLICABLE
    named = [concept for source in sources for concept in source.concepts]
    if all(names(drug, named) for drug in drugs):
        return PASSED
    return Outcome(passed=False, reason="drug_not_in_source")
