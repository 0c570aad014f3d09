"""Facts answer the structured questions of synthetic patients, and never invent on the unanswerable ones."""

from __future__ import annotations

from collections import Counter

from assistant.answering.facts_first import FactsAnswer, answer_from_facts
from assistant.answering.understand import understand
from eval.synthetic.generate import generate
from eval.synthetic.questions import Question, normalise, questions
from retrieval.composition import Composition, ReadDocument
from retrieval.fact import Fact
from retrieval.formats.base import Source, load_format
from retrieval.terminology.lexicon import load_lexicon

_PATIENTS = 4
_EXACT = {"latest_value", "trend", "list", "dose", "allergy", "date", "stopped_and_why", "joined"}


def _record(documents: tuple[object, ...]) -> tuple[list[Fact], list[Composition]]:
    reader = load_format("openehr-json")
    facts: list[Fact] = []
    compositions: list[Composition] = []
    for document in documents:
        for item in reader.read(Source(name=document.key, data=document.raw.encode(), system="openehr")):  # type: ignore[attr-defined]
            if isinstance(item, ReadDocument):
                facts += item.facts
                compositions.append(item.composition)
    return facts, compositions


def _is_right(question: Question, found: FactsAnswer | None) -> bool:
    if found is None or not found.sentences:
        return False
    text = normalise(" ".join(sentence.text for sentence in found.sentences))
    return (
        (not question.gold_values or any(value in text for value in question.gold_values))
        and all(any(form in text for form in entry.split("|")) for entry in question.required)
        and not any(entry in text for entry in question.forbidden)
    )


def test_structured_questions_are_answered_from_facts() -> None:
    hospital, lexicon = generate(seed=11, patients=_PATIENTS), load_lexicon()
    records = {p.identity.patient_id: _record(p.documents) for p in hospital.patients}
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    invented: list[str] = []
    for question in questions(hospital):
        facts, compositions = records[question.patient_id]
        asked = understand(question.text, lexicon=lexicon, today=hospital.today)
        found = answer_from_facts(
            asked, facts=facts, compositions=compositions, lexicon=lexicon, today=hospital.today
        )
        if question.family in _EXACT and question.structured:
            total[question.family] += 1
            right[question.family] += _is_right(question, found)
        if question.family == "unanswerable" and found and found.sentences and not _is_right(question, found):
            invented.append(question.text)
    assert sum(total.values()) > 50
    assert {
        family: total[family] - right[family] for family in total if right[family] < 0.95 * total[family]
    } == {}
    assert invented == []
