"""Every failed case as a reader wants it: question, record, what was expected, answered, and is wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from eval.cases.case import Case, Observation, Output
from eval.cases.gold import (
    ChoiceGold,
    DraftGold,
    Gold,
    GoldSpan,
    IdentityGold,
    InjectionGold,
    LeakGold,
    RecordGold,
    RefusalGold,
)
from eval.reporting import french
from eval.reporting.reading import Asked
from eval.reporting.wording import Words, typeset
from eval.runner.results import SuiteResult
from eval.synthetic.truth import Value
from eval.verdicts import Gate

MAX_QUOTE = 600
MAX_CANARIES = 8


class Line(Value):
    """A label and its text."""

    label: str
    text: str


class Quote(Value):
    """A cited passage: its label in the answer, the record, the words."""

    label: str
    record: str
    words: str


class Sentence(Value):
    """A sentence of the answer with its citations and what its checks said."""

    text: str
    citations: tuple[str, ...]
    verdict: str


class FailedCase(Value):
    """One failed case of one suite. `anchor` is unique in the page."""

    anchor: str
    id: str
    suite: str
    steps: tuple[str, ...]
    patient: str
    facts: tuple[str, ...]
    wrong: tuple[Line, ...]
    expected: tuple[Line, ...]
    spans: tuple[Quote, ...]
    outcome: str
    sentences: tuple[Sentence, ...]
    quotes: tuple[Quote, ...]


def failed_cases(
    suite: SuiteResult, gates: Iterable[Gate], asked: Asked, words: Words
) -> tuple[FailedCase, ...]:
    """The cases of a suite with an observation on the wrong side, or that could not be scored, in order."""
    by_measure = _measures(gates)
    faults: dict[str, list[Observation]] = {}
    for item in suite.observations:
        gate = by_measure.get(item.measure)
        if gate is not None and _is_fault(item, gate):
            faults.setdefault(item.case_id, []).append(item)
    return tuple(
        _failed(suite.suite, name, found, by_measure, asked, words) for name, found in faults.items()
    )


def _measures(gates: Iterable[Gate]) -> dict[str, Gate]:
    """The gate that names each measure: the first, which is the one without strata. Scores printed apart."""
    found: dict[str, Gate] = {}
    for gate in gates:
        if gate.kind == "D" and gate.statistic == "mean":
            continue
        for measure in (gate.measure, gate.over):
            if measure is not None:
                found.setdefault(measure, gate)
    return found


def _is_fault(item: Observation, gate: Gate) -> bool:
    if item.value is None or item.unscored:
        return True
    return item.value < 1 if gate.side == "least" else item.value > 0


def _failed(
    suite: str,
    case_id: str,
    found: list[Observation],
    gates: Mapping[str, Gate],
    asked: Asked,
    words: Words,
) -> FailedCase:
    case, output = asked.cases.get(case_id), asked.outputs.get(case_id)
    answer = _answer(output)
    wrong = tuple(
        Line(label=typeset(gates[item.measure].title), text=words.said(item.unscored or item.note))
        for item in found
    )
    return FailedCase(
        anchor=f"cas-{suite}-{hashlib.sha256(case_id.encode()).hexdigest()[:10]}",
        id=case_id,
        suite=suite,
        steps=_steps(case),
        patient=(case.patient_id or "") if case else "",
        facts=_strata(case, words),
        wrong=tuple(dict.fromkeys(wrong)),
        expected=tuple(_expected(case.gold, words)) if case else (),
        spans=_spans(case.gold) if case else (),
        outcome=_outcome(output, answer, words),
        sentences=tuple(_sentences(answer, words)),
        quotes=tuple(_quotes(answer)),
    )


def _steps(case: Case | None) -> tuple[str, ...]:
    """What was asked. The steps before a draft hold its truth, not a question."""
    if case is None:
        return ()
    steps = case.steps[-1:] if isinstance(case.gold, DraftGold) else case.steps
    return tuple(step.text for step in steps)


def _answer(output: Output | None) -> Mapping[str, Any]:
    if output is None:
        return {}
    return output.answer or output.draft or {}


def _strata(case: Case | None, words: Words) -> tuple[str, ...]:
    if case is None:
        return ()
    shown = (case.strata.get(key) for key in ("stratum", "critical", "family", "carrier", "variant", "label"))
    return tuple(words.word("strata", value) for value in shown if value)


def _expected(gold: Gold, words: Words) -> Iterator[Line]:
    match gold:
        case RecordGold():
            yield from _record(gold, words)
        case InjectionGold():
            yield from _record(gold.benign, words)
            if gold.success_marks:
                forms = ", ".join(french.quoted(mark.forms[0]) for mark in gold.success_marks)
                yield Line(label="Ne doit pas dire", text=forms)
        case LeakGold():
            told = "Accès refusé" if gold.forbidden_to_caller else "Rien d’un autre dossier"
            yield Line(label="Attendu", text=told)
            shown = ", ".join(map(french.quoted, gold.canaries[:MAX_CANARIES]))
            yield Line(label="Ne doit pas apparaître", text=shown)
        case RefusalGold():
            yield Line(
                label="Attendu", text="Une réponse" if gold.answerable else "Un refus, ou une réponse sûre"
            )
        case ChoiceGold():
            yield Line(label="Attendu", text=", ".join(gold.right))
        case IdentityGold():
            yield Line(
                label="Attendu", text=", ".join(item.label for item in gold.entities) or "aucune identité"
            )
        case DraftGold():
            yield from (Line(label="Doit y figurer", text=french.gold(value)) for value in gold.must_have)


def _record(gold: RecordGold, words: Words) -> Iterator[Line]:
    statuses = dict.fromkeys((gold.status, *gold.accept))
    told = " ou ".join(words.word("wanted", status) for status in statuses)
    premise = ", en corrigeant la fausse prémisse" if gold.premise_corrected else ""
    yield Line(label="Attendu", text=f"{told}{premise}")
    if gold.reasons:
        motives = ", ".join(words.word("reason", reason) for reason in gold.reasons)
        yield Line(label="Motif admis", text=motives)
    rows = (("Doit dire", gold.all_of, " et "), ("Doit dire l’un de", gold.any_of, " ou "))
    for label, values, joint in rows:
        if values:
            yield Line(label=label, text=joint.join(map(french.gold, values)))
    if gold.none_of:
        yield Line(label="Ne doit pas dire", text=", ".join(map(french.gold, gold.none_of)))


def _spans(gold: Gold) -> tuple[Quote, ...]:
    found = gold.benign if isinstance(gold, InjectionGold) else gold
    spans: tuple[GoldSpan, ...] = found.spans if isinstance(found, RecordGold) else ()
    return tuple(Quote(label="", record=span.record_id, words=_cut(span.words)) for span in spans)


def _outcome(output: Output | None, answer: Mapping[str, Any], words: Words) -> str:
    if output is None:
        return "Aucune réponse n’a été conservée."
    if output.error is not None:
        return typeset(f"Erreur : {words.word('error', output.error)}")
    if output.choices:
        return typeset(f"Choix : {', '.join(output.choices)}")
    if not answer:
        told = ", ".join(str(item.get("label", "")) for item in output.found)
        return typeset(f"Repéré : {told or 'rien'}")
    status = words.word("status", str(answer.get("status", "none")))
    parts = [status[:1].upper() + status[1:]]
    if answer.get("reason"):
        parts.append(words.word("reason", str(answer["reason"])))
    if answer.get("mode") and answer.get("mode") != "none":
        parts.append(words.word("mode", str(answer["mode"])))
    if answer.get("premise_corrected"):
        parts.append("prémisse corrigée")
    return ", ".join(parts)


def _items(answer: Mapping[str, Any], key: str) -> Iterator[Mapping[str, Any]]:
    told = answer.get(key)
    yield from (item for item in (told if isinstance(told, list) else ()) if isinstance(item, Mapping))


def _sentences(answer: Mapping[str, Any], words: Words) -> Iterator[Sentence]:
    for item in _items(answer, "sentences"):
        labels = item.get("citations")
        yield Sentence(
            text=str(item.get("text", "")),
            citations=tuple(map(str, labels)) if isinstance(labels, list) else (),
            verdict=words.word("verdict", str(item.get("verdict", ""))),
        )


def _quotes(answer: Mapping[str, Any]) -> Iterator[Quote]:
    """The evidence that is cited; where nothing is said, none of it."""
    cited = {str(label) for item in _items(answer, "sentences") for label in item.get("citations") or ()}
    for item in _items(answer, "evidence"):
        locator = item.get("locator")
        if str(item.get("id")) in cited and isinstance(locator, Mapping):
            yield Quote(
                label=str(item.get("id")),
                record=str(locator.get("record_id", "")),
                words=_cut(str(locator.get("quote") or item.get("text") or "")),
            )


def _cut(text: str) -> str:
    return text if len(text) <= MAX_QUOTE else f"{text[: MAX_QUOTE - 1]}…"
