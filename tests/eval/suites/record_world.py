"""What the tests of the suites on one record share: a world, and answers made by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from eval.cases.case import Case, Observation, Output
from eval.cases.gold import DateGold, DrugGold, GoldValue, NumberGold, PolarityGold, RecordGold, TermGold
from eval.suites.base import World
from eval.synthetic.generate import generate
from eval.synthetic.options import evaluation_options

SHOWN = {
    "umol/L": "µmol/L",
    "10*9/L": "G/L",
    "U/L": "UI/L",
    "ug/L": "µg/L",
    "ug": "µg",
    "[IU]": "UI",
    "M[IU]": "MU",
    "m[IU]/L": "mUI/L",
    "k[IU]/L": "kUI/L",
    "mm[Hg]": "mmHg",
    "Cel": "°C",
    "g/(24.h)": "g/24 h",
    "mL/min/{1.73_m2}": "mL/min/1,73 m²",
    "{puff}": "bouffées",
    "{sachet}": "sachet",
    "{tablet}": "comprimé",
    "{pack_year}": "PA",
    "{unit_of_blood}": "CGR",
    "mg/m2": "mg/m²",
    "1": "",
}


def world(seed: int, patients: int, *, opened: bool = False) -> World:
    """An evaluation's hospital of that seed: varied, with modules and noise."""
    options = evaluation_options(open_held_out=opened)
    return World(hospital=generate(seed, patients, options=options), seed=seed, open_held_out=opened)


def french(value: GoldValue, *, factor: Decimal = Decimal(1)) -> str:
    """A gold value as a French answer says it."""
    match value:
        case NumberGold():
            number = format((value.value * factor).normalize(), "f").replace(".", ",")
            return f"{number} {SHOWN.get(value.unit, value.unit)}".strip()
        case DateGold():
            parts = value.iso.split("-")
            names = [
                "janvier",
                "février",
                "mars",
                "avril",
                "mai",
                "juin",
                "juillet",
                "août",
                "septembre",
                "octobre",
                "novembre",
                "décembre",
            ]
            if len(parts) == 1:
                return f"en {parts[0]}"
            if len(parts) == 2:
                return f"en {names[int(parts[1]) - 1]} {parts[0]}"
            return f"le {parts[2]}/{parts[1]}/{parts[0]}"
        case DrugGold():
            return value.dci
        case TermGold():
            return value.forms[0]
        case PolarityGold():
            return f"présence de {value.about}" if value.present else f"absence de {value.about}"


def answer(
    sentences: Iterable[tuple[str, tuple[str, ...]]],
    *,
    evidence: Iterable[tuple[str, str, str]] = (),
    status: str = "answered",
    reason: str | None = None,
    corrected: bool = False,
) -> dict[str, Any]:
    """An answer of the contract; evidence items are (label, record id, quote)."""
    return {
        "status": status,
        "reason": reason,
        "mode": "facts",
        "premise_corrected": corrected,
        "sentences": [{"text": text, "citations": list(labels)} for text, labels in sentences],
        "evidence": [
            {"id": label, "locator": {"record_id": record, "quote": quote, "start": 0, "end": len(quote)}}
            for label, record, quote in evidence
        ],
    }


def oracle(gold: RecordGold) -> dict[str, Any]:
    """The right answer, made of the gold alone; every place is cited."""
    if gold.status != "answered":
        return answer((), status=gold.status, reason=gold.reasons[0])
    spans = list(gold.spans)
    evidence = [(f"E{n}", span.record_id, span.words) for n, span in enumerate(spans, start=1)]
    found: list[tuple[str, tuple[str, ...]]] = []
    for index, value in enumerate(gold.all_of):
        labels = tuple(f"E{n}" for n, span in enumerate(spans, start=1) if span.value in (None, index))
        found.append((_sentence(value), labels))
    if not gold.all_of:
        labels = tuple(label for label, _, _ in evidence)
        found.append((_sentence(gold.any_of[0]), labels))
    return answer(found, evidence=evidence, corrected=gold.premise_corrected)


def _sentence(value: GoldValue) -> str:
    said = french(value)
    return f"{said[0].upper()}{said[1:]}."


def outputs(cases: Iterable[Case], answers: Mapping[str, dict[str, Any]]) -> dict[str, Output]:
    """Outputs by case."""
    return {case.id: Output(case_id=case.id, answers=(answers[case.id],)) for case in cases}


def by_oracle(cases: Iterable[Case]) -> dict[str, Output]:
    """What a service would give that knows the truth."""
    told = list(cases)
    return outputs(told, {case.id: oracle(gold_of(case)) for case in told})


def gold_of(case: Case) -> RecordGold:
    """The gold of a case on a record."""
    assert isinstance(case.gold, RecordGold)
    return case.gold


def values(observations: Iterable[Observation], measure: str) -> list[float | None]:
    """The values of one measure."""
    return [found.value for found in observations if found.measure == measure]
