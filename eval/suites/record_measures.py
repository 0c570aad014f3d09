"""Questions on results and vital signs: latest, of a day, course, extremes; conflicts among results."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Unpack

from eval.cases.gold import GoldValue, NumberGold, TermGold
from eval.suites.record_ask import ANTICOAGULANT, RENAL, Asked, Critical, Reader, Told, ask, stratum_of, term
from eval.synthetic.question_families import valid_labs
from eval.synthetic.truth import Lab, Statement, Vital

YEAR = timedelta(days=365)
_UP = ("en hausse", "augmente", "a augmenté", "en augmentation")
_DOWN = ("en baisse", "diminue", "a diminué", "en diminution")


def number(lab: Lab | Vital) -> NumberGold:
    """The result, in its unit."""
    return NumberGold(value=lab.value, unit="" if lab.unit == "1" else lab.unit)


def critical_of(reader: Reader, analyte: str) -> Critical | None:
    """Whether a mistake on this analyte could hurt."""
    if analyte in RENAL:
        return "renal_function"
    drugs = reader.patient.medications
    if analyte == "inr" and any(drug.atc.startswith(ANTICOAGULANT) for drug in drugs):
        return "anticoagulant"
    return None


def known(reader: Reader, analyte: str) -> Iterator[GoldValue]:
    """What else an answer on this analyte may state: its other results, their bounds, the days."""
    labs = valid_labs(reader.patient, analyte)
    yield from (number(lab) for lab in labs)
    for lab in reader.patient.labs:  # one that does not count, or not yet, has true bounds all the same
        if lab.analyte == analyte:
            unit = number(lab).unit
            bounds = (bound for bound in (lab.low, lab.high) if bound is not None)
            yield from (NumberGold(value=bound, unit=unit) for bound in bounds)
    told = reader.analytes[analyte]
    yield from reader.mentioning(told.label, told.words)
    yield from reader.written(item for lab in labs for item in lab.stated)


def wrong_results(reader: Reader, analyte: str) -> Iterator[NumberGold]:
    """Results of this analyte that do not count: in error, superseded, of a namesake; never a value that
    also counts on another day."""
    right = {lab.value for lab in valid_labs(reader.patient, analyte)}
    yield from (wrong for wrong in _wrong(reader, analyte) if wrong.value not in right)


def _wrong(reader: Reader, analyte: str) -> Iterator[NumberGold]:
    for lab in reader.patient.labs:
        if lab.analyte == analyte and (lab.superseded or lab.status == "entered_in_error"):
            yield number(lab)
    for other in reader.homonyms:
        yield from (number(lab) for lab in valid_labs(other, analyte)[-1:])


def _not_to_say(reader: Reader, lab: Lab) -> Iterator[NumberGold]:
    """Distractors of one result; never a bound of its range, which a good answer may print."""
    beside = [
        other
        for other in reader.patient.labs
        if other.time == lab.time and other.analyte != lab.analyte and other.unit == lab.unit
    ]
    older = [item for item in valid_labs(reader.patient, lab.analyte) if item.time < lab.time][:-2]
    wrong = [*wrong_results(reader, lab.analyte), *(number(item) for item in (*beside[:3], *older[-2:]))]
    wrong += _told_values(reader, lab)
    yield from (item for item in wrong if item.value not in (lab.low, lab.high))


def _told_values(reader: Reader, lab: Lab) -> Iterator[NumberGold]:
    keys = {lab.key} | {item.key for item in reader.patient.labs if item.analyte == lab.analyte}
    for item in reader.patient.distractors:
        if item.truth in keys and item.kind == "neighbour_result":
            head = item.value.replace(",", ".").split(" ")[0]
            if head.replace(".", "", 1).isdigit():
                yield NumberGold.model_validate({"value": head, "unit": number(lab).unit})


def _asked(
    kind: str, key: str, family: str, *, reader: Reader, labs: list[Lab], **told: Unpack[Told]
) -> Asked:
    """One question on results of one analyte; each is a value of the gold unless told otherwise."""
    analyte = labs[0].analyte
    several = len(labs) > 1
    told.setdefault("all_of", tuple(number(lab) for lab in labs))
    spans = tuple(
        span
        for index, lab in enumerate(labs)
        for span in reader.spans(lab.stated, index if several else None)
    )
    told["spans"], told["analyte"] = spans, analyte
    told["known"], told["critical"] = tuple(known(reader, analyte)), critical_of(reader, analyte)
    stated = [item for lab in labs for item in lab.stated]
    return ask(kind, key, family, reader=reader, stated=stated, **told)


def latest(reader: Reader) -> Iterator[Asked]:
    """The latest valid result of each analyte; a conflict where something else competes with it."""
    pending = {lab.analyte for lab in reader.patient.labs if lab.status == "preliminary"}
    for analyte in reader.analytes:
        labs = valid_labs(reader.patient, analyte)
        if not labs or analyte in pending:
            continue
        last = labs[-1]
        newer = any(
            lab.time >= last.time and (lab.status == "entered_in_error" or lab.superseded)
            for lab in reader.patient.labs
            if lab.analyte == analyte
        )
        family = "conflict" if newer or last.conflict else "value"
        wrong = tuple(_not_to_say(reader, last))
        yield _asked("latest", analyte, family, reader=reader, labs=[last], none_of=wrong)
    for lab in reader.patient.labs:
        if lab.status == "preliminary":
            words = term(
                "préliminaire", "provisoire", "en attente de validation", "non validé", "non validée"
            )
            yield _asked("preliminary", lab.analyte, "conflict", reader=reader, labs=[lab],
                all_of=(number(lab), words),
            )  # fmt: skip


def of_day(reader: Reader) -> Iterator[Asked]:
    """The result of one day: of each amended one, and of one middle result of each analyte."""
    for analyte in reader.analytes:
        labs = valid_labs(reader.patient, analyte)
        chosen = [lab for lab in labs if lab.status == "amended"]
        chosen += labs[len(labs) // 3 : len(labs) // 3 + 1] if len(labs) > 3 else []
        for lab in dict.fromkeys(chosen):
            day = lab.time.date()
            if sum(item.time.date() == day for item in labs) > 1:
                continue
            place = labs.index(lab)
            near = [number(item) for item in (*labs[max(place - 1, 0) : place], *labs[place + 1 : place + 2])]
            wrong = [
                item for item in (*near, *_not_to_say(reader, lab)) if item.value not in (lab.low, lab.high)
            ]
            yield _asked(
                "on_day", f"{analyte}-{day:%Y%m%d}", "conflict" if lab.status == "amended" else "value",
                reader=reader, labs=[lab],
                none_of=wrong, slots={"day": f"{day:%d/%m/%Y}"},
            )  # fmt: skip


def trend(reader: Reader) -> Iterator[Asked]:
    """The course over a year: first and last result, and never the other direction."""
    for analyte in reader.analytes:
        labs = [lab for lab in valid_labs(reader.patient, analyte) if lab.time.date() >= reader.today - YEAR]
        if len(labs) < 3 or labs[0].value == labs[-1].value:
            continue
        values = [lab.value for lab in labs]
        wrong: list[GoldValue] = list(wrong_results(reader, analyte))
        wrong = [item for item in wrong if isinstance(item, NumberGold) and item.value not in values]
        wrong += _other_way(values[0] < values[-1], steady=values in (sorted(values), sorted(values)[::-1]))
        bounds = (labs[-1].low, labs[-1].high)
        kept = [item for item in wrong if not isinstance(item, NumberGold) or item.value not in bounds]
        yield _asked("trend", analyte, "trend", reader=reader, labs=[labs[0], labs[-1]], none_of=kept)


def _other_way(rises: bool, *, steady: bool) -> list[TermGold]:  # noqa: FBT001
    return [term(*(_DOWN if rises else _UP))] if steady else []


def extremes(reader: Reader) -> Iterator[Asked]:
    """The highest or the lowest result over a year, whatever was superseded or mistaken."""
    for analyte in reader.analytes:
        labs = [lab for lab in valid_labs(reader.patient, analyte) if lab.time.date() >= reader.today - YEAR]
        ordered = sorted(labs, key=lambda lab: lab.value)
        if len(labs) < 3:
            continue
        for kind, first, other in (
            ("highest", ordered[-1], ordered[0]),
            ("lowest", ordered[0], ordered[-1]),
        ):
            if sum(lab.value == first.value for lab in labs) == 1:
                every = (number(other), *wrong_results(reader, analyte))
                wrong = [item for item in every if item.value not in (first.low, first.high)]
                yield _asked(kind, analyte, "trend", reader=reader, labs=[first], none_of=wrong)


def vitals(reader: Reader) -> Iterator[Asked]:
    """The latest vital signs; the pressure is two numbers."""
    last: dict[str, Vital] = {}
    for vital in sorted(reader.patient.vitals, key=lambda item: item.time):
        last[vital.kind] = vital
    for kind in ("weight", "pulse", "spo2", "temperature", "height"):
        if kind in last:
            yield _vital(reader, kind, [last[kind]])
    if "systolic" in last and "diastolic" in last:
        yield _vital(reader, "pressure", [last["systolic"], last["diastolic"]])


def _vital(reader: Reader, kind: str, found: list[Vital]) -> Asked:
    kinds = {vital.kind for vital in found}
    every = [vital for vital in reader.patient.vitals if vital.kind in kinds]
    older = [number(vital) for vital in sorted(every, key=lambda item: item.time)[:-2][-2:]]
    stated: list[Statement] = [item for vital in found for item in vital.stated]
    return Asked(
        kind=kind,
        key="last",
        family="value",
        stratum=stratum_of(stated),
        gold=reader.gold(
            all_of=tuple(number(vital) for vital in found),
            none_of=() if kind in ("pressure", "height", "spo2") else tuple(older),
            spans=reader.spans(stated),
            known=(
                *(number(vital) for vital in every),
                *reader.written(item for vital in every for item in vital.stated),
            ),
        ),
    )


KINDS = (latest, of_day, trend, extremes, vitals)
