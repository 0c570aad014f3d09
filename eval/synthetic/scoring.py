"""Whether an answer, as the contract's JSON, is right by the synthetic truth. Imports nothing from the service."""

from __future__ import annotations

from typing import Any

from eval.synthetic.questions import Question, holds, normalise


def faults(question: Question, answer: dict[str, Any]) -> tuple[str, ...]:
    """What is wrong with an answer to a question; empty when it is right.

    Checks status, reason, value, forbidden values, that every citation names an evidence item whose quote has
    the length of its span, and that the gold document and words are among what is cited.
    """
    status = answer["status"]
    if status not in {question.expect_status, *question.accept_status}:
        return (f"status {status} ({answer.get('reason')}) instead of {question.expect_status}",)
    if status != "answered":
        wanted = question.expect_reason
        return (f"reason {answer['reason']}",) if wanted and answer["reason"] != wanted else ()
    found = [*_citation_faults(answer), *_value_faults(question, answer)]
    cited = _cited(answer)
    documents = {item["locator"]["record_id"] for item in cited}
    if question.gold_documents and not documents & {uid.split("::")[0] for uid in question.gold_documents}:
        found.append("no gold document is cited")
    quotes = [normalise(item["locator"]["quote"]) for item in cited]
    if question.gold_quotes and not _quoted(question.gold_quotes, quotes):
        found.append("no cited quote holds the gold words")
    if question.premise_corrected and not answer["premise_corrected"]:
        found.append("the premise is not corrected")
    return tuple(found)


def _value_faults(question: Question, answer: dict[str, Any]) -> list[str]:
    told = "\n".join(sentence["text"] for sentence in answer["sentences"])
    found = []
    if question.gold_values and not any(holds(told, gold) for gold in question.gold_values):
        found.append(f"none of {question.gold_values[:3]} is said")
    found += [f"{gold!r} is not said" for gold in question.required if not holds(told, gold)]
    found += [f"{gold!r} is said" for gold in question.forbidden if holds(told, gold)]
    return found


def _cited(answer: dict[str, Any]) -> list[dict[str, Any]]:
    labels = {label for sentence in answer["sentences"] for label in sentence["citations"]}
    return [item for item in answer["evidence"] if item["id"] in labels]


def _citation_faults(answer: dict[str, Any]) -> list[str]:
    known = {item["id"]: item["locator"] for item in answer["evidence"]}
    found = []
    for sentence in answer["sentences"]:
        if not sentence["citations"] and not answer["premise_corrected"]:
            found.append("a sentence cites nothing")
        found += [f"{label} is cited and unknown" for label in sentence["citations"] if label not in known]
    for label, place in known.items():
        if place["end"] - place["start"] != len(place["quote"]):
            found.append(f"the quote of {label} differs from its span")
    return found


def _quoted(gold: tuple[str, ...], quotes: list[str]) -> bool:
    return any(normalise(words) in quote for words in gold for quote in quotes)
