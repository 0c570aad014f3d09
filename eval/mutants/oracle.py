"""The oracle: answers every case from its gold. A gate that it does not pass measures something else.

It is no service: it is handed its cases, and finds the one it is asked by its words, patient and account.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from eval.cases.case import Capability, Case, Step
from eval.cases.gold import (
    ChoiceGold,
    DraftGold,
    DrugGold,
    GoldSpan,
    GoldValue,
    IdentityGold,
    InjectionGold,
    LeakGold,
    NumberGold,
    RecordGold,
    RefusalGold,
)
from eval.errors import TargetError
from eval.mutants.sentences import sentence

EVERYTHING: frozenset[Capability] = frozenset({"ask", "sessions", "choose", "draft", "chat", "identify"})
Answer = dict[str, Any]
_Key = tuple[str, str | None, str]
_ANYBODY = "physician"
"""The account of a step that names none."""


class Oracle:
    """A target that knows the gold of its cases. Raises TargetError for anything else."""

    def __init__(self, cases: Iterable[Case]) -> None:
        self.cases = tuple(cases)
        self._asked: dict[_Key, Case] = {}
        self._prepared: set[_Key] = set()
        self._drafts: dict[tuple[str | None, str], Case] = {}
        for case in self.cases:
            self._prepared |= {_key(step) for step in case.steps[:-1]}
            self._asked.setdefault(_key(case.steps[-1]), case)
            if isinstance(case.gold, DraftGold):
                self._drafts[case.patient_id, case.gold.kind] = case

    @property
    def name(self) -> str:
        """`oracle`."""
        return "oracle"

    @property
    def capabilities(self) -> frozenset[Capability]:
        """All of them."""
        return EVERYTHING

    async def ask(self, step: Step) -> Answer:
        """The perfect answer; to a step that only prepares another, that nothing was found."""
        case = self._asked.get(_key(step))
        if case is None and _key(step) in self._prepared:
            return silent("not_in_record")
        return self.answer(self._known(case))

    async def choose(self, question: str, options: Mapping[str, str], *, several: bool) -> tuple[str, ...]:
        """The right letters."""
        del options, several
        gold = self._known(self._asked.get((question, None, _ANYBODY))).gold
        if not isinstance(gold, ChoiceGold):
            raise TargetError("not a question of choices", code="unknown_case")
        return gold.right

    async def draft(self, patient_id: str, kind: str) -> Answer:
        """Every must-have fact, each in a sentence."""
        return self.drafted(self._known(self._drafts.get((patient_id, kind))))

    async def identify(self, text: str) -> Sequence[Mapping[str, Any]]:
        """Exactly the entities of the gold."""
        gold = self._known(self._asked.get((text, None, _ANYBODY))).gold
        if not isinstance(gold, IdentityGold):
            raise TargetError("not a text with identities", code="unknown_case")
        return [entity.model_dump() for entity in gold.entities]

    def answer(self, case: Case) -> Answer:
        """What is answered to the scored step of a case; mutants change it here."""
        gold = case.gold
        match gold:
            case RecordGold():
                return from_gold(gold)
            case InjectionGold():
                return from_gold(gold.benign)
            case LeakGold():
                return no_access() if gold.forbidden_to_caller else silent("not_in_record")
            case RefusalGold():
                return _harmless(gold)
            case _:
                raise TargetError("this gold is not about an answer", code="unknown_case")

    def drafted(self, case: Case) -> Answer:
        """The draft of a case; mutants change it here."""
        gold = case.gold
        if not isinstance(gold, DraftGold):
            raise TargetError("not a draft", code="unknown_case")
        return _draft(gold)

    def _known(self, case: Case | None) -> Case:
        if case is None:
            raise TargetError("the oracle was not handed this case", code="unknown_case")
        return case


def _key(step: Step) -> _Key:
    """A colleague and a stranger who ask the same must not be told the same."""
    return step.text, step.patient_id, step.account


def silent(reason: str, *, status: str = "abstained") -> Answer:
    """An answer of the contract that says nothing about the record."""
    return _whole(status=status, reason=reason, sentences=[], evidence=[], mode="none")


def no_access() -> Answer:
    """What a caller receives who may not open the patient."""
    body = {"code": "not_found", "message": "Dossier introuvable.", "request_id": "0"}
    return {"status": "refused", "http_status": 404, "body": body}


def from_gold(gold: RecordGold, *, quoting: bool = True) -> Answer:
    """The perfect answer to a question. A protocol, which is of no patient, is quoted word for word.

    `quoting` false: the values alone are said, for mutants that change them.
    """
    if gold.status != "answered":
        return silent(gold.reasons[0] if gold.reasons else "not_in_record", status=gold.status)
    return _said(gold, quoting=quoting and not gold.own_records)


def cited(record_id: str, words: str, label: str) -> dict[str, Any]:
    """An item of evidence: these words of that record."""
    locator = {
        "system": "openehr",
        "record_id": record_id,
        "version": "1",
        "path": "/content",
        "text_version": "gold@v1",
        "page": None,
        "start": 0,
        "end": len(words),
        "quote": words,
        "sha256": hashlib.sha256(words.encode()).hexdigest(),
    }
    return {
        "id": label,
        "kind": "passage",
        "text": words,
        "effective": None,
        "status": "final",
        "locator": locator,
    }


def stated(text: str, citations: Sequence[str]) -> dict[str, Any]:
    """A sentence of the contract that passed its checks."""
    return {"text": text, "citations": list(citations), "verdict": "supported", "checks": {}}


def _said(gold: RecordGold, *, quoting: bool) -> Answer:
    values: list[GoldValue] = [*gold.all_of, *gold.any_of[:1]]
    spans = _one_each(gold.spans)
    evidence = [cited(span.record_id, span.words, f"E{at}") for at, span in enumerate(spans, start=1)]
    if quoting and spans:
        sentences = [stated(f"Le protocole dit : {item['text']}", [item["id"]]) for item in evidence]
    else:
        sentences = [
            stated(
                sentence(value),
                [
                    item["id"]
                    for item, span in zip(evidence, spans, strict=True)
                    if span.value in {place, None}
                ],
            )
            for place, value in enumerate(values)
        ]
    return _whole(
        status="answered",
        reason=None,
        sentences=sentences,
        evidence=evidence,
        mode="facts",
        premise_corrected=gold.premise_corrected,
    )


def _draft(gold: DraftGold) -> Answer:
    """A field for each must-have fact; a dose, which follows its drug, stands in its drug's sentence.

    A drug that may not be stated as given is a must-have too when its stop is.
    """
    texts: list[str] = []
    for value in gold.must_have:
        told = sentence(value)
        if isinstance(value, DrugGold) and value in gold.none_of:
            told = f"Arrêt du traitement par {value.dci}."
        if isinstance(value, NumberGold) and texts:
            texts[-1] = f"{texts[-1].rstrip('.')}, {told[0].lower()}{told[1:]}"
        else:
            texts.append(told)
    evidence = [cited("gold", text, f"E{at}") for at, text in enumerate(texts, start=1)]
    fields = [
        {"label": "", "status": "found", "text": text, "citations": [item["id"]]}
        for text, item in zip(texts, evidence, strict=True)
    ]
    section = {"title": "Faits", "fields": fields}
    return {"kind": gold.kind, "status": "draft", "sections": [section], "evidence": evidence}


def _one_each(spans: Sequence[GoldSpan]) -> list[GoldSpan]:
    """The first place of each value, and of the whole."""
    found: dict[int | None, GoldSpan] = {}
    for span in spans:
        found.setdefault(span.value, span)
    return list(found.values())


def _harmless(gold: RefusalGold) -> Answer:
    if not gold.answerable:
        return silent("out_of_scope_advice", status="refused")
    return from_gold(gold.benign) if gold.benign else silent("not_in_record")


def _whole(*, status: str, reason: str | None, premise_corrected: bool = False, **told: Any) -> Answer:
    base = {"status": status, "reason": reason, "language": "fr", "premise_corrected": premise_corrected}
    return base | {"dropped": [], "options": [], "conflicts": []} | told
