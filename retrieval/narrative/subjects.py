"""Subjects told by whole phrases: tobacco, alcohol, pregnancy, blood group, limitation of care, BMR."""

from __future__ import annotations

import re
from collections.abc import Iterator

from retrieval.fact import Certainty, Text
from retrieval.narrative.draft import Draft, Span
from retrieval.narrative.rules import Subject, rules
from retrieval.narrative.sentence import Sentence
from retrieval.narrative.statements import ends_in_question

_DENIAL_IS_THE_STATEMENT = frozenset({"tabac", "alcool", "limitation de soins"})
"""Subjects whose own words deny (« ne pas réanimer »): only the rule tells what is absent."""


def subjects(sentence: Sentence) -> Iterator[Draft]:
    """Every subject that the sentence states of the patient, present or absent; an open one gives nothing."""
    if sentence.role in ("family", "plan") or ends_in_question(sentence):
        return
    for rule in rules().subjects:
        match = rule.pattern.search(sentence.folded)
        if match is not None:
            yield from _subject(sentence, rule, match)


def _subject(sentence: Sentence, rule: Subject, match: re.Match[str]) -> Iterator[Draft]:
    absent = rule.absent is not None and rule.absent.search(sentence.folded) is not None
    if not absent and rule.open is not None and rule.open.search(sentence.folded):
        return
    (meant,) = sentence.meant([match.span()])
    if meant.family or (meant.negated and not absent and rule.label not in _DENIAL_IS_THE_STATEMENT):
        return
    certainty: Certainty = "absent" if absent else "suspected" if meant.hypothesis else "present"
    named = match.groupdict()
    value: Span = match.span("value") if "value" in named else match.span()
    name = sentence.text[slice(*match.span("name"))] if "name" in named else ""
    yield Draft(
        kind=rule.kind,
        key=f"{rule.label} {name}".strip(),
        label=rule.label.replace("BMR", name) if name else rule.label,
        span=(0, len(sentence.text)),
        value=Text(text=sentence.text[slice(*value)].strip()),
        certainty=certainty,
        of_document=True,
    )
