"""Questions that need two documents: when something happened stands in one, what was so then in another."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Unpack

from eval.cases.gold import DateGold, GoldSpan
from eval.suites import record_drugs, record_measures
from eval.suites.record_ask import Asked, Reader, Told, ask, on, pieces, quantity, term
from eval.synthetic.question_families import name, valid_labs
from eval.synthetic.truth import Dose, Imaging, Lab, Medication, Procedure, Stay

ANALYTES = (
    "creatinine",
    "potassium",
    "haemoglobin",
    "crp",
    "egfr",
    "sodium",
    "platelets",
    "ntprobnp",
    "leukocytes",
)


def _asked(kind: str, key: str, *, reader: Reader, **told: Unpack[Told]) -> Asked:
    told["stratum"] = "joined"
    return ask(kind, key, "joined", reader=reader, stated=(), **told)


def _lab(
    kind: str, key: str, lab: Lab, *, reader: Reader, other: tuple[GoldSpan, ...], **slots: str
) -> Asked:
    labs = valid_labs(reader.patient, lab.analyte)
    wrong = [
        record_measures.number(item)
        for item in (labs[0], labs[-1], *(item for item in labs if abs(item.time - lab.time) < timedelta(15)))
        if item.value not in (lab.low, lab.high)
    ]
    return _asked(
        kind,
        key,
        reader=reader,
        all_of=(record_measures.number(lab),),
        none_of=wrong,
        spans=(*reader.spans(lab.stated, 0), *other),
        known=(*record_measures.known(reader, lab.analyte), on(lab.time.date())),
        critical=record_measures.critical_of(reader, lab.analyte),
        analyte=lab.analyte,
        slots=slots,
    )


def at_stop(reader: Reader) -> Iterator[Asked]:
    """A result on the day when a drug was stopped."""
    for drug in reader.patient.medications:
        if drug.stopped_on is None or sum(item.dci == drug.dci for item in reader.patient.medications) > 1:
            continue
        spans = reader.spans(record_drugs.stops(drug))
        for analyte in ANALYTES:
            near = [lab for lab in valid_labs(reader.patient, analyte) if lab.time.date() == drug.stopped_on]
            if len(near) == 1 and spans:
                key = f"{drug.key.partition('/')[2]}-{analyte}"
                found = _lab("at_stop", key, near[0], reader=reader, other=spans, drug=name(drug))
                yield found


def at_stay(reader: Reader) -> Iterator[Asked]:
    """The first and the last result of the last stay; the weight at its start."""
    if not reader.patient.stays:
        return
    stay = reader.patient.stays[-1]
    start = stay.admitted - timedelta(hours=1)
    for analyte in ANALYTES:
        inside = [lab for lab in valid_labs(reader.patient, analyte) if start <= lab.time <= stay.discharged]
        if len(inside) < 2 or inside[0].value == inside[-1].value:
            continue
        for kind, lab, day in (
            ("at_entry", inside[0], stay.admitted.date()),
            ("at_exit", inside[-1], stay.discharged.date()),
        ):
            yield _lab(kind, analyte, lab, reader=reader, other=_at(reader, stay, day))
    yield from _weight(reader, stay)
    for drug, dose in (
        (d, d.dose_on(stay.admitted.date() - timedelta(1))) for d in reader.patient.medications
    ):
        if dose is None or len(drug.doses) < 2:
            continue
        places = record_drugs.at_dose(reader, drug, dose)
        key = drug.key.partition("/")[2]
        if places and drug.dose_on(stay.admitted.date()) == dose:
            spans = (*reader.spans(places, 0), *_at(reader, stay, stay.admitted.date()))
            yield _dose("dose_at_entry", key, drug, dose=dose, reader=reader, spans=spans)


def _dose(
    kind: str,
    key: str,
    course: Medication,
    *,
    dose: Dose,
    reader: Reader,
    spans: tuple[GoldSpan, ...],
    label: str | None = None,
) -> Asked:
    return _asked(
        kind,
        key,
        reader=reader,
        all_of=(quantity(dose.amount, dose.unit),),
        none_of=[quantity(item.amount, item.unit) for item in course.doses],
        known=tuple(record_drugs.known(reader, course)),
        critical=record_drugs.critical_of(course, "dose"),
        drug=name(course),
        spans=spans,
        slots={"label": label} if label else {},
    )


def _at(reader: Reader, stay: Stay, day: date) -> tuple[GoldSpan, ...]:
    return reader.spans(item for item in stay.stated if item.quote.startswith(day.isoformat()))


def _days(stay: Stay) -> tuple[DateGold, DateGold]:
    return on(stay.admitted.date()), on(stay.discharged.date())


def _weight(reader: Reader, stay: Stay) -> Iterator[Asked]:
    every = sorted(
        (item for item in reader.patient.vitals if item.kind == "weight"), key=lambda item: item.time
    )
    inside = [item for item in every if stay.admitted - timedelta(hours=1) <= item.time <= stay.discharged]
    if len(inside) < 2 or inside[0].value == inside[-1].value:
        return
    yield _asked(
        "weight_at_entry",
        "last",
        reader=reader,
        all_of=(record_measures.number(inside[0]),),
        none_of=[record_measures.number(item) for item in (inside[-1], every[-1])],
        spans=(*reader.spans(inside[0].stated, 0), *_at(reader, stay, stay.admitted.date())),
        known=(
            *(record_measures.number(item) for item in every),
            *reader.written(s for item in every for s in item.stated),
        ),
    )


def at_event(reader: Reader) -> Iterator[Asked]:
    """The dose of a drug on the day of an act or examination; the ward of the stay it fell in."""
    done = (item for item in reader.patient.procedures if item.state == "done")
    events: list[Imaging | Procedure] = [*reader.patient.imaging, *done]
    labels = [event.label for event in events]
    for event in events:
        if labels.count(event.label) == 1:
            yield from _doses_then(reader, event)
            yield from _ward_then(reader, event)


def _doses_then(reader: Reader, event: Imaging | Procedure) -> Iterator[Asked]:
    for drug in reader.patient.medications:
        dose = drug.dose_on(event.on)
        if dose is None or len(drug.doses) < 2 or any(item.start == event.on for item in drug.doses):
            continue
        places = record_drugs.at_dose(reader, drug, dose)
        if places:
            spans = (*reader.spans(places, 0), *reader.spans(event.stated))
            key = f"{drug.key.partition('/')[2]}-{event.key.partition('/')[2]}"
            found = _dose(
                "dose_at_event", key, drug, dose=dose, reader=reader, spans=spans, label=event.label
            )
            yield found


def _ward_then(reader: Reader, event: Imaging | Procedure) -> Iterator[Asked]:
    stays = reader.patient.stays
    within = [stay for stay in stays if stay.admitted.date() <= event.on <= stay.discharged.date()]
    if len(within) != 1:
        return
    stay = within[0]
    ward = [item for item in stay.stated if stay.ward.lower() in item.quote.lower()]
    others = {other.ward for other in stays} - {stay.ward}
    yield _asked(
        "ward_of_act", event.key.partition("/")[2], reader=reader, all_of=(term(stay.ward),),
        none_of=[term(other) for other in sorted(others)], slots={"label": event.label},
        spans=(*reader.spans(ward, 0), *reader.spans(event.stated)),
        known=(on(event.on), *_days(stay)),
    )  # fmt: skip


def stay_of_stop(reader: Reader) -> Iterator[Asked]:
    """Why they were in hospital when a drug was stopped: an event as data, a reason in prose."""
    for drug in reader.patient.medications:
        day = drug.stopped_on
        if day is None or sum(item.dci == drug.dci for item in reader.patient.medications) > 1:
            continue
        within = [
            stay for stay in reader.patient.stays if stay.admitted.date() <= day <= stay.discharged.date()
        ]
        spans = reader.spans(record_drugs.stops(drug))
        if len(within) == 1 and spans:
            stay = within[0]
            others = [other.reason for other in reader.patient.stays if other is not stay]
            places = [item for item in stay.stated if stay.reason in item.quote]
            yield _asked(
                "stay_of_stop", drug.key.partition("/")[2], reader=reader, any_of=pieces(stay.reason),
                none_of=[pieces(other)[0] for other in others], spans=(*reader.spans(places), *spans),
                known=(*record_drugs.known(reader, drug), *_days(stay)),
                critical=record_drugs.critical_of(drug), slots={"drug": name(drug)},
            )  # fmt: skip


KINDS = (at_stop, at_stay, at_event, stay_of_stop)
