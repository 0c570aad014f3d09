"""Bad services: each is the oracle with one fault, and fails the gates of `expected.toml` and no other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from eval.cases.case import Case
from eval.cases.gold import (
    DateGold,
    DrugGold,
    GoldValue,
    InjectionGold,
    LeakGold,
    NumberGold,
    RecordGold,
    RefusalGold,
)
from eval.mutants.oracle import Answer, Oracle, cited, from_gold, silent, stated
from eval.mutants.sentences import sentence

_OTHER_UNIT = {
    "g": "mg", "mg": "g", "ug": "mg", "mL": "L", "L": "mL", "kg": "g", "cm": "m", "mm": "m",
    "mmol/L": "umol/L", "umol/L": "mmol/L", "g/L": "mg/L", "mg/L": "g/L", "g/dL": "mg/dL", "ug/L": "mg/L",
    "ng/L": "ug/L", "%": "mmol/mol", "h": "min", "min": "h", "10*9/L": "10*12/L",
    "m[IU]/L": "[IU]/L",
}  # fmt: skip
_MOST_RECORDS = 8
_STOPS = frozenset({"stopped_why", "stopped_on", "anticoagulant_before"})


def record_gold(case: Case) -> RecordGold | None:
    """What is asked of a record in this case, beside an injection too."""
    gold = case.gold.benign if isinstance(case.gold, InjectionGold) else case.gold
    return gold if isinstance(gold, RecordGold) else None


class AlwaysAnswers(Oracle):
    """Answers what nobody can know, and takes every premise for true."""

    name = "mutant: always answers"

    def answer(self, case: Case) -> Answer:
        """Where silence or a correction is right: a confident sentence."""
        gold = case.gold
        if isinstance(gold, RecordGold):
            if gold.status == "answered" and not gold.premise_corrected:
                return super().answer(case)
            return _confident()
        if isinstance(gold, RefusalGold) or (isinstance(gold, LeakGold) and not gold.forbidden_to_caller):
            return _confident()
        return super().answer(case)


class NeverCites(Oracle):
    """Is right, and does not say where it stands."""

    name = "mutant: never cites"

    def answer(self, case: Case) -> Answer:
        """The right answer without evidence."""
        return _uncited(super().answer(case))

    def drafted(self, case: Case) -> Answer:
        """The right draft without evidence."""
        return _uncited(super().drafted(case))


class CitesEverything(Oracle):
    """Is right, and cites the whole record for every sentence."""

    name = "mutant: cites everything"

    def answer(self, case: Case) -> Answer:
        """The right answer; every sentence cites every item, and the heads of other documents."""
        found, gold = super().answer(case), record_gold(case)
        if gold is None or not found.get("sentences"):
            return found
        others = [
            cited(record, "Document du dossier", f"D{at}")
            for at, record in enumerate(gold.own_records[:_MOST_RECORDS], start=1)
        ]
        evidence = [*found["evidence"], *others]
        labels = [item["id"] for item in evidence]
        sentences = [{**item, "citations": labels} for item in found["sentences"]]
        return {**found, "evidence": evidence, "sentences": sentences}


class WrongUnit(Oracle):
    """Gives every number in another unit of the same dimension: milligrams for grams."""

    name = "mutant: wrong unit"

    def answer(self, case: Case) -> Answer:
        """The right number, the wrong unit, the right citation."""
        gold = record_gold(case)
        if gold is None or not _numbers(gold):
            return super().answer(case)
        return from_gold(_changed(gold, _in_another_unit), quoting=False)


class LeaksNeighbour(Oracle):
    """Sends along a passage of somebody else's record."""

    name = "mutant: leaks the neighbour"

    def __init__(self, cases: Iterable[Case]) -> None:
        super().__init__(cases)
        golds = [(case.patient_id, record_gold(case)) for case in self.cases]
        self._records = {who: gold.own_records[0] for who, gold in golds if gold and gold.own_records}

    def answer(self, case: Case) -> Answer:
        """The right answer, and one item of evidence too many."""
        found = super().answer(case)
        gold = case.gold
        if isinstance(gold, LeakGold) and not gold.forbidden_to_caller:
            record, words = next(iter(gold.foreign_records), "neighbour"), gold.canaries[0]
        elif isinstance(gold, RecordGold) and found.get("evidence"):
            others = (record for who, record in self._records.items() if who != case.patient_id)
            record, words = next(others, "neighbour"), "Voisin de chambre"
        else:
            return found
        return {**found, "evidence": [*found["evidence"], cited(record, words, "N1")]}


class ObeysInjections(Oracle):
    """Does what a text in the record tells it."""

    name = "mutant: obeys injections"

    def answer(self, case: Case) -> Answer:
        """What the payload wants to be said, and nothing of what was asked."""
        gold = case.gold
        if not isinstance(gold, InjectionGold) or gold.clean:
            return super().answer(case)
        marks = [mark.forms[0] for mark in (*gold.success_marks, *gold.harm_marks)]
        said = " ".join(dict.fromkeys((*marks, *gold.exfiltration_marks)))
        return _confident() | {"sentences": [stated(f"{said}.", ())]}


class RefusesEverything(Oracle):
    """Refuses, whatever is asked."""

    name = "mutant: refuses everything"

    def answer(self, case: Case) -> Answer:
        """A refusal."""
        if isinstance(case.gold, LeakGold):
            return super().answer(case) if case.gold.forbidden_to_caller else _refusal()
        return _refusal()

    def drafted(self, case: Case) -> Answer:
        """A refusal where a draft should be."""
        del case
        return _refusal()


class WrongAnalyte(Oracle):
    """Gives another result of the same patient: a true number, rightly cited, of something else."""

    name = "mutant: right number of the wrong analyte"

    def __init__(self, cases: Iterable[Case]) -> None:
        super().__init__(cases)
        self._results: dict[str | None, list[RecordGold]] = {}
        for case in self.cases:
            gold = case.gold
            if isinstance(gold, RecordGold) and gold.own_records and _numbers(gold):
                self._results.setdefault(case.patient_id, []).append(gold)

    def answer(self, case: Case) -> Answer:
        """The answer to another question on the same patient, where a number is asked."""
        gold = case.gold
        if isinstance(gold, RecordGold) and gold.own_records and _numbers(gold):
            other = next((one for one in self._results[case.patient_id] if _is_other(one, gold)), None)
            if other is not None:
                return from_gold(other)
        return super().answer(case)


class StoppedAsCurrent(Oracle):
    """Takes a stopped drug for one that is still given."""

    name = "mutant: stopped drug given as current"

    def answer(self, case: Case) -> Answer:
        """In lists the stopped drugs too; asked when or why a drug was stopped, that it goes on."""
        gold, found = case.gold, super().answer(case)
        if not isinstance(gold, RecordGold):
            return found
        if case.strata.get("kind") in _STOPS or case.strata.get("family") == "stopped_drug":
            labels = [item["id"] for item in found.get("evidence", ())]
            return _confident() | {
                "evidence": found.get("evidence", []),
                "sentences": [stated("Ce traitement est toujours en cours.", labels)],
            }
        stopped = [value for value in gold.none_of if isinstance(value, DrugGold)]
        labels = [item["id"] for item in found.get("evidence", ())]
        more = [stated(f"Traitement en cours : {sentence(value)}", labels) for value in stopped]
        return {**found, "sentences": [*found.get("sentences", ()), *more]} if more else found


MUTANTS: Mapping[str, type[Oracle]] = {
    "always_answers": AlwaysAnswers,
    "never_cites": NeverCites,
    "cites_everything": CitesEverything,
    "wrong_unit": WrongUnit,
    "leaks_neighbour": LeaksNeighbour,
    "obeys_injections": ObeysInjections,
    "refuses_everything": RefusesEverything,
    "wrong_analyte": WrongAnalyte,
    "stopped_as_current": StoppedAsCurrent,
}
"""Every bad service by the name that `expected.toml` and the command line use."""


def _confident() -> Answer:
    told = silent("", status="answered")
    return told | {"reason": None, "sentences": [stated("Oui, c’est bien cela, en cours depuis mars.", ())]}


def _refusal() -> Answer:
    return silent("out_of_scope_advice", status="refused")


def _uncited(answer: Answer) -> Answer:
    if "sentences" not in answer:
        return answer
    bare = [{**item, "citations": []} for item in answer["sentences"]]
    return {**answer, "sentences": bare, "evidence": []}


def _changed(gold: RecordGold, change: Any) -> RecordGold:
    values = {name: tuple(change(value) for value in getattr(gold, name)) for name in ("all_of", "any_of")}
    return gold.model_copy(update=values)


def _in_another_unit(value: GoldValue) -> GoldValue:
    if not isinstance(value, NumberGold) or value.unit in {"", "1"}:
        return value
    return value.model_copy(update={"unit": _OTHER_UNIT.get(value.unit, "mg")})


def _numbers(gold: RecordGold) -> Sequence[NumberGold]:
    return [value for value in (*gold.all_of, *gold.any_of) if isinstance(value, NumberGold)]


def _is_other(one: RecordGold, gold: RecordGold) -> bool:
    """Whether none of its numbers is true of what was asked, not even by a factor of ten."""
    own = [*_numbers(gold), *(value for value in gold.known if isinstance(value, NumberGold))]
    true = {value.value for value in own}
    dates = any(isinstance(value, DateGold) for value in (*one.all_of, *one.any_of))
    near = {value.scaleb(power) for value in true for power in range(-3, 4)}
    said = {value.value for value in _numbers(one)}
    return not dates and Decimal(0) not in said and not said & near
