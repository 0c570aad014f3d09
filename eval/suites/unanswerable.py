"""S3: what is not in the record, false premises, and answerable twins that must still be answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from eval.cases.case import Capability, Case, Observation, Output
from eval.cases.gold import RecordGold
from eval.metrics.abstention import over_abstention, reliability, wrong_answer
from eval.suites import record_missing, record_premises
from eval.suites.base import World
from eval.suites.record_cases import make, read
from eval.suites.record_draw import Place, draw
from eval.suites.record_missing import Pair, Ward
from eval.suites.record_scoring import NOT_A_RECORD, answer_of, judged, observe, record_gold, unscored
from eval.suites.record_wordings import Words
from eval.synthetic.truth import Value

SHARES = {
    "missing/narrative": 0.34,
    "missing/structured": 0.24,
    "premise/narrative": 0.14,
    "premise/structured": 0.28,
}
"""Of the questions without an answer; one twin goes with two of them, so a third of the cases are twins."""
COST = 10


class Unanswerable(Value):
    """The suite; see the module."""

    id: str = "S3"
    title: str = "Sans réponse au dossier et prémisses fausses"
    capability: Capability = "ask"
    answers_of: str | None = None

    def cases(self, world: World, *, wanted: int) -> tuple[Case, ...]:
        """Two questions without an answer, then one twin, and so on; `wanted` counts them all."""
        drawn = draw(_pairs(self.id, world), wanted, place=_place, shares=SHARES)
        found: dict[str, Case] = {}
        twins = 0
        for mains, (main, twin) in enumerate(drawn, start=1):
            found[main.id] = main
            if twin is not None and twins * 2 < mains and twin.id not in found:
                found[twin.id] = twin
                twins += 1
        return tuple(found.values())[:wanted]

    def score(self, cases: Sequence[Case], outputs: Mapping[str, Output]) -> list[Observation]:
        """`wrong_answer` or, for a twin, `over_abstention`; `reliability_10` for both."""
        return [observation for case in cases for observation in self._scored(case, outputs)]

    def _scored(self, case: Case, outputs: Mapping[str, Output]) -> Iterator[Observation]:
        gold, told, answer = record_gold(case), judged(case, outputs), answer_of(case, outputs)
        measure = "over_abstention" if gold is not None and is_twin(gold) else "wrong_answer"
        if gold is None or told is None or told.unscored is not None:
            why = NOT_A_RECORD if told is None or told.unscored is None else told.unscored
            yield unscored(case, measure, why, suite=self.id)
            yield unscored(case, "reliability_10", why, suite=self.id)
            return
        if gold.status == "abstained" and tells_that_it_is_absent(answer):
            told = told.model_copy(update={"right": True, "status": "abstained", "faults": ()})
        note = "; ".join(told.faults)
        value = over_abstention(told) if is_twin(gold) else wrong_answer(told)
        yield observe(case, measure, value, suite=self.id, answer=answer, note=note)
        points = reliability(told, cost=COST)
        yield observe(case, "reliability_10", points, suite=self.id, answer=answer, note=note)


def tells_that_it_is_absent(answer: Mapping[str, Any] | None) -> bool:
    """Whether the answer says only that what the question takes for granted is not in the record.

    Then `answered` with a corrected premise is as true as an abstention: it claims nothing and cites nothing.
    """
    if answer is None or answer.get("status") != "answered" or answer.get("premise_corrected") is not True:
        return False
    sentences = answer.get("sentences") or []
    return len(sentences) == 1 and not sentences[0].get("citations")


def is_twin(gold: RecordGold) -> bool:
    """Whether the record answers the question as it is put."""
    return gold.status == "answered" and not gold.premise_corrected


def _pairs(suite: str, world: World) -> Iterator[tuple[Case, Case | None]]:
    readers, words = read(world)
    ward = Ward(readers)
    for number, reader in enumerate(readers):
        for kind in (*record_missing.KINDS, *record_premises.KINDS):
            for pair in kind(ward, reader, number):
                main = make(suite, pair.asked, reader, words, group=_group(pair), side=pair.side)
                if main is not None:
                    yield main, _twin(suite, pair, words=words, group=main.group)


def _twin(suite: str, pair: Pair, *, words: Words, group: str | None) -> Case | None:
    if pair.twin is None:
        return None
    asked, reader = pair.twin
    case = make(suite, asked, reader, words, group=group, side="twin")
    return None if case is None else case.model_copy(update={"id": f"{case.id}-twin"})


def _group(pair: Pair) -> str:
    return f"S3-{pair.reader.patient.identity.patient_id}-{pair.asked.kind}-{pair.asked.key}"


def _place(pair: tuple[Case, Case | None]) -> Place:
    case = pair[0]
    return Place(
        id=case.id,
        bucket=f"{case.strata['side']}/{case.strata['stratum']}",
        family=case.strata["family"],
        kind=case.strata["kind"],
        patient=case.patient_id or "",
    )


def suite() -> Unanswerable:
    """S3."""
    return Unanswerable()
