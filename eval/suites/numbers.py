"""S4: every number, unit and date that an answer states is true of what was asked; none is ten times off."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from eval.cases.case import Capability, Case, Observation, Output
from eval.cases.gold import DateGold, GoldValue, NumberGold, RecordGold, TermGold
from eval.metrics.numeric_fidelity import text_fidelity
from eval.suites.base import World
from eval.suites.record_ask import Asked
from eval.suites.record_cases import candidates, place
from eval.suites.record_draw import draw
from eval.suites.record_scoring import NOT_A_RECORD, answer_of, observe, record_gold, unscored
from eval.synthetic.truth import Hospital, Value

SHARES = {
    "structured/critical": 0.25,
    "structured/other": 0.33,
    "narrative/critical": 0.02,
    "narrative/other": 0.16,
    "joined/critical": 0.12,
    "joined/other": 0.12,
}
WEIGHTS = {"value": 4, "dose": 3, "trend": 3, "date": 2, "conflict": 2}
RANGED = ("latest", "preliminary", "on_day", "trend", "highest", "lowest", "at_stop", "at_entry", "at_exit")
"""Kinds of question whose `known` holds the bounds of the usual range, which is then checked too."""
_NAMED = re.compile(r"\((\d\d/\d\d/\d{4})\)")
_QUOTED = re.compile(r"«\s*(.*?)\s*»", re.DOTALL)


class Numbers(Value):
    """The suite; see the module."""

    id: str = "S4"
    title: str = "Nombres, unités et dates"
    capability: Capability = "ask"
    answers_of: str | None = None

    def cases(self, world: World, *, wanted: int) -> tuple[Case, ...]:
        """Questions whose answer holds a number or a date."""
        days = _days(world.hospital)
        drawn = draw(
            candidates(self.id, world, keep=_numeric), wanted, place=place, shares=SHARES, weights=WEIGHTS
        )
        return tuple(_with_days(case, days) for case in drawn)

    def score(self, cases: Sequence[Case], outputs: Mapping[str, Output]) -> list[Observation]:
        """`wrong_number` and `tenfold` for every case: 0 for silence, 1 for an error.

        What stands in quotation marks, and literally in evidence from the patient's own records, is the
        record's wording, not the answer's; everything else is compared with the truth alone.
        """
        return [observation for case in cases for observation in self._scored(case, outputs)]

    def _scored(self, case: Case, outputs: Mapping[str, Output]) -> Iterator[Observation]:
        gold, answer = record_gold(case), answer_of(case, outputs)
        if gold is None:
            for measure in ("wrong_number", "tenfold"):
                yield unscored(case, measure, NOT_A_RECORD, suite=self.id)
            return
        if answer is None:
            for measure in ("wrong_number", "tenfold"):
                yield observe(case, measure, 1.0, suite=self.id, answer=None, note="no answer")
            return
        prose = [TermGold(forms=(span.words,)) for span in gold.spans if " " in span.words]
        found = text_fidelity(
            unquoted(answer, gold.own_records),
            about=(*gold.all_of, *gold.any_of),
            known=(*gold.known, *prose),
            ranges=() if case.strata.get("kind") in RANGED else None,
        )
        for measure, faults in (("wrong_number", found.wrong), ("tenfold", found.tenfold)):
            note = "; ".join(faults)
            yield observe(case, measure, float(bool(faults)), suite=self.id, answer=answer, note=note)


def unquoted(answer: Mapping[str, Any], own: Sequence[str]) -> str:
    """The sentences without their literal quotations of the patient's own records, and without the day in
    brackets that names one of them (« Courrier de consultation (06/02/2026) »).
    """
    quotes = [
        item["locator"]["quote"]
        for item in answer.get("evidence") or []
        if isinstance(item.get("locator"), Mapping)
        and str(item["locator"].get("record_id", "")).partition("::")[0] in own
        and isinstance(item["locator"].get("quote"), str)
    ]

    def kept(found: re.Match[str]) -> str:
        words = found[1].strip(" …\u00a0\u202f")
        return "« »" if any(words in quote for quote in quotes) else found[0]

    days = _is_of_a_document(answer, own)
    told = (str(sentence.get("text", "")) for sentence in answer.get("sentences") or [])
    return "\n".join(
        _NAMED.sub(lambda found: "" if found[1] in days else found[0], _QUOTED.sub(kept, text))
        for text in told
    )


def _is_of_a_document(answer: Mapping[str, Any], own: Sequence[str]) -> frozenset[str]:
    """The days, as they are printed, of the patient's own documents that the answer rests on."""
    days = set()
    for item in answer.get("evidence") or []:
        place, when = item.get("locator"), str(item.get("effective") or "")
        if isinstance(place, Mapping) and str(place.get("record_id", "")).partition("::")[0] in own:
            days.add("/".join(reversed(when[:10].split("-"))))
    return frozenset(days)


def _numeric(asked: Asked) -> bool:
    values = (*asked.gold.all_of, *asked.gold.any_of)
    return any(isinstance(value, NumberGold | DateGold) for value in values)


def _days(hospital: Hospital) -> dict[str, tuple[GoldValue, ...]]:
    return {
        patient.identity.patient_id: tuple(
            DateGold(iso=day)
            for day in sorted({document.time.date().isoformat() for document in patient.documents})
        )
        for patient in hospital.patients
    }


def _with_days(case: Case, days: Mapping[str, tuple[GoldValue, ...]]) -> Case:
    """Where no date is asked for, a document may be named by its day."""
    gold = case.gold
    if not isinstance(gold, RecordGold) or case.patient_id is None:
        return case
    if any(isinstance(value, DateGold) for value in (*gold.all_of, *gold.any_of)):
        return case
    known = tuple(dict.fromkeys((*gold.known, *days[case.patient_id])))
    return case.model_copy(update={"gold": gold.model_copy(update={"known": known})})


def suite() -> Numbers:
    """S4."""
    return Numbers()
