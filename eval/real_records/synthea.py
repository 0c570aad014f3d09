"""Questions on a Synthea bundle (FHIR R4): results, allergies, problems, drugs, vaccines, acts."""

from __future__ import annotations

import calendar
import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from eval.cases.gold import DateGold, GoldValue, NumberGold, PolarityGold, RecordGold, TermGold
from eval.real_records.question import Asking, RealQuestion
from eval.real_records.words import Words

Resource = Mapping[str, Any]
_ENOUGH = 3
_ROUNDING = Decimal("0.005")
"""A result may be shown with three figures: half a percent."""


class Bundle:
    """The resources of one bundle, by type."""

    def __init__(self, path: Path) -> None:
        entries = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)["entry"]
        self.name = path.name
        self._resources = [entry["resource"] for entry in entries]
        self.text = path.read_text(encoding="utf-8").lower()

    def of(self, kind: str) -> list[Resource]:
        """All of a type."""
        return [one for one in self._resources if one["resourceType"] == kind]


def questions(path: Path, words: Words) -> Iterator[RealQuestion]:
    """Everything that can be asked of one bundle; nothing of one without a patient."""
    bundle = Bundle(path)
    if not bundle.of("Patient"):
        return  # hospitals and practitioners
    asking = Asking(bundle.name, str(bundle.of("Patient")[0]["id"]), words.ask)
    for family in _FAMILIES:
        yield from family(bundle, asking, words)


def _code(concept: Mapping[str, Any]) -> str:
    return str(concept["coding"][0]["code"])


def _when(resource: Resource) -> str:
    return str(resource["effectiveDateTime"])


def _number(value: Decimal, unit: str) -> NumberGold:
    return NumberGold(value=value, unit=unit, tolerance=abs(value) * _ROUNDING)


def _of_quantity(resource: Resource) -> NumberGold:
    quantity = resource["valueQuantity"]
    return _number(Decimal(quantity["value"]), quantity["code"])


def _results(bundle: Bundle, asking: Asking, words: Words) -> Iterator[RealQuestion]:
    found: dict[str, list[Resource]] = {}
    for one in sorted(bundle.of("Observation"), key=_when):
        if "valueQuantity" in one and _code(one["code"]) in words.loinc:
            found.setdefault(_code(one["code"]), []).append(one)
    for code, series in found.items():
        name = words.loinc[code]
        last, first = series[-1], series[0]
        others = [_of_quantity(one) for one in series]
        gold = _only(_of_quantity(last), others)
        yield asking.question("latest", code, gold, [last["id"]], name=name)
        if len(series) < _ENOUGH:
            continue
        yield asking.question("first", code, _only(_of_quantity(first), others), [first["id"]], name=name)
        middle = series[len(series) // 2]
        day = _when(middle)[:10]
        if sum(_when(one)[:10] == day for one in series) == 1:
            gold = _only(_of_quantity(middle), others)
            yield asking.question("day", code, gold, [middle["id"]], name=name, day=_in_words(day))
        top = max(series, key=lambda one: Decimal(one["valueQuantity"]["value"]))
        tops = [one["id"] for one in series if _of_quantity(one) == _of_quantity(top)]
        yield asking.question("highest", code, RecordGold(all_of=(_of_quantity(top),)), tops, name=name)


def _in_words(day: str) -> str:
    year, month, number = day.split("-")
    return f"{number}/{month}/{year}|{int(number)} {calendar.month_name[int(month)]} {year}"


def _only(right: NumberGold, every: list[NumberGold]) -> RecordGold:
    """That result, and no other of its series that could be mistaken for it."""
    wrong = [one for one in every if abs(one.value - right.value) > right.tolerance + one.tolerance]
    return RecordGold(all_of=(right,), none_of=tuple(wrong[:6]))


def _pressures(bundle: Bundle, asking: Asking, words: Words) -> Iterator[RealQuestion]:  # noqa: ARG001
    found = [one for one in bundle.of("Observation") if _code(one["code"]) == "55284-4"]
    if found:
        last = max(found, key=_when)
        parts = (part["valueQuantity"] for part in last["component"])
        numbers = tuple(_number(Decimal(part["value"]), "mm[Hg]") for part in parts)
        yield asking.question("pressure", "last", RecordGold(all_of=numbers), [last["id"]])


def _allergies(bundle: Bundle, asking: Asking, words: Words) -> Iterator[RealQuestion]:
    found = bundle.of("AllergyIntolerance")
    if found:
        named = tuple(TermGold(forms=words.allergy[_code(one["code"])]) for one in found)
        yield asking.question("allergies", "all", RecordGold(all_of=named), [one["id"] for one in found])


def _problems(bundle: Bundle, asking: Asking, words: Words) -> Iterator[RealQuestion]:
    found: dict[str, list[Resource]] = {}
    for one in sorted(bundle.of("Condition"), key=lambda item: item["onsetDateTime"]):
        found.setdefault(_code(one["code"]), []).append(one)
    for code, series in found.items():
        if code not in words.snomed:
            continue
        name, ids = words.snomed[code], [one["id"] for one in series]
        present = PolarityGold(present=True, about=name.split("|")[0])
        onsets = tuple(DateGold(iso=one["onsetDateTime"][:10]) for one in series)
        gold = RecordGold(any_of=(present, *onsets))
        yield asking.question("presence", code, gold, ids, name=name)
        if len(series) == 1:
            yield asking.question("since", code, RecordGold(all_of=onsets), ids, name=name)


def _treatments(bundle: Bundle, asking: Asking, words: Words) -> Iterator[RealQuestion]:
    active = [one for one in bundle.of("MedicationRequest") if one["status"] == "active"]
    named = {_substance(one, words): one for one in active}
    if named and "" not in named:
        golds = tuple(_drug(name, words) for name in named)
        ids = [one["id"] for one in active]
        yield asking.question("treatments", "current", RecordGold(all_of=golds), ids)
    for name, one in named.items():
        starts = sorted(each["authoredOn"][:10] for each in active if _substance(each, words) == name)
        if name and len(starts) == 1:
            gold = RecordGold(all_of=(DateGold(iso=starts[0]),))
            yield asking.question("started", name, gold, [one["id"]], name=words.drug[name])


def _substance(resource: Resource, words: Words) -> str:
    said = str(resource.get("medicationCodeableConcept", {}).get("text", "")).lower()
    return next((name for name in words.drug if name in said), "")


def _drug(name: str, words: Words) -> TermGold:
    return TermGold(forms=tuple(dict.fromkeys((name, *words.drug[name].split("|")))))


def _vaccines(bundle: Bundle, asking: Asking, words: Words) -> Iterator[RealQuestion]:
    yield from _last_of(bundle.of("Immunization"), "vaccine", "vaccineCode", asking, words.cvx)


def _procedures(bundle: Bundle, asking: Asking, words: Words) -> Iterator[RealQuestion]:
    yield from _last_of(bundle.of("Procedure"), "procedure", "code", asking, words.procedure)


def _last_of(
    resources: list[Resource], family: str, field: str, asking: Asking, names: Mapping[str, str]
) -> Iterator[RealQuestion]:
    found: dict[str, list[tuple[str, Resource]]] = {}
    for one in resources:
        day = str(one.get("occurrenceDateTime") or one["performedPeriod"]["start"])[:10]
        found.setdefault(_code(one[field]), []).append((day, one))
    for code, series in found.items():
        if code in names:
            day, last = max(series, key=lambda pair: pair[0])
            before: tuple[GoldValue, ...] = tuple(DateGold(iso=other) for other, _ in series if other != day)
            gold = RecordGold(all_of=(DateGold(iso=day),), none_of=before)
            yield asking.question(family, code, gold, [last["id"]], name=names[code])


def _absent(bundle: Bundle, asking: Asking, words: Words) -> Iterator[RealQuestion]:
    gold = RecordGold(status="abstained", accept=("answered",), reasons=("not_in_record",))
    none = (TermGold(forms=("aucune mention", "no mention", "not found", "pas trouvé", "ne figure pas")),)
    for family, names in (("no_drug", words.never), ("no_problem", words.never_problem)):
        for name, called in names.items():
            if name not in bundle.text:
                yield asking.question(family, name, gold.model_copy(update={"any_of": none}), name=called)


_FAMILIES: tuple[Callable[[Bundle, Asking, Words], Iterator[RealQuestion]], ...] = (
    _results,
    _pressures,
    _allergies,
    _problems,
    _treatments,
    _vaccines,
    _procedures,
    _absent,
)
