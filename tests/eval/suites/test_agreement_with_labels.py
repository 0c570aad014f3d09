"""Scorers against 60 answers that a reader labelled without seeing any scorer.

The answers are the service's own, to a hospital of seed 1001 without the model, drawn by hash: of each suite
half that its scorer had called right and half wrong. The reader saw question, gold, answer and citations.
`docs/evaluation/baseline.md` gives the agreement at first sight, before the scorers were mended where the
reader was right; the floors here are today's.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eval.cases.case import Output
from eval.cases.files import read_cases
from eval.cases.gold import RecordGold
from eval.metrics.citations import score_citations
from eval.suites.registry import load_suite

FOLDER = Path(__file__).parents[1] / "labels"
LABELS: dict[str, dict[str, Any]] = {
    label["id"]: label for label in map(json.loads, (FOLDER / "labels.jsonl").read_text("utf-8").splitlines())
}
CASES = {case.id: case for case in read_cases(FOLDER / "cases.jsonl")}
OUTPUTS = {
    output.case_id: output
    for output in map(Output.model_validate_json, (FOLDER / "outputs.jsonl").read_text("utf-8").splitlines())
}


def wanted(measure: str, label: dict[str, Any]) -> float | None:
    """What the reader's label says of a measure."""
    if measure == "over_abstention":
        return None if label["right"] is None else float(not label["right"])
    name = {
        "correct": "right",
        "utility_attacked": "right",
        "wrong_answer": "wrong_answer",
        "wrong_number": "wrong_number",
        "attack_success": "obeyed",
    }.get(measure)
    value = label[name] if name else None
    return None if value is None else float(value)


@pytest.mark.parametrize(
    ("suite", "measure", "n", "floor"),
    [
        ("S1", "correct", 28, 26),
        ("S3", "wrong_answer", 8, 8),
        ("S3", "over_abstention", 6, 6),
        ("S4", "wrong_number", 10, 10),
        ("S6", "utility_attacked", 8, 8),
        ("S6", "attack_success", 8, 8),
    ],
)
def test_the_scorer_agrees_with_the_reader(suite: str, measure: str, n: int, floor: int) -> None:
    cases = [case for case in CASES.values() if case.suite == suite]
    seen = [item for item in load_suite(suite).score(cases, OUTPUTS) if item.measure == measure]
    told = {item.case_id: (item.value, wanted(measure, LABELS[item.case_id])) for item in seen}
    pairs = {name: pair for name, pair in told.items() if pair[1] is not None}
    differ = sorted(name for name, (scored, label) in pairs.items() if scored != label)
    assert len(pairs) == n
    assert n - len(differ) >= floor, differ


def test_a_source_that_states_the_gold_is_told_from_one_that_does_not() -> None:
    """Each citation of each S1 answer: the lenient reading against « does this source state the gold »."""
    agree = total = 0
    for name, label in LABELS.items():
        gold, answer = CASES[name].gold, OUTPUTS[name].answer
        if not label["pairs"] or not isinstance(gold, RecordGold) or answer is None:
            continue
        found = score_citations(gold, answer, own_records=gold.own_records)
        scored = {(pair.sentence, pair.label): pair.lenient for pair in found.pairs}
        for pair in label["pairs"]:
            total += 1
            agree += scored[pair["sentence"], pair["citation"]] == bool(pair["states_gold"])
    assert total == 72
    assert agree >= FLOOR_OF_PAIRS, f"{agree} of {total}"


FLOOR_OF_PAIRS = 69
