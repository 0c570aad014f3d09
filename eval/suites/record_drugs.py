"""Questions on treatment: doses now and before, starts, stops and their reasons, lists, anticoagulants."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from eval.cases.gold import DrugGold, GoldValue, PolarityGold
from eval.suites.record_ask import (
    ANTICOAGULANT,
    Asked,
    Critical,
    Reader,
    Told,
    ask,
    month,
    on,
    quantity,
    term,
)
from eval.synthetic.question_families import forms, name
from eval.synthetic.questions import holds
from eval.synthetic.truth import Dose, Medication, Statement


def drug_gold(drug: Medication) -> DrugGold:
    """The drug by substance or brand."""
    return DrugGold(dci=drug.dci, brands=(drug.brand,))


def critical_of(drug: Medication, otherwise: Critical | None = None) -> Critical | None:
    """An anticoagulant is critical whatever is asked of it."""
    return "anticoagulant" if drug.atc.startswith(ANTICOAGULANT) else otherwise


def current(reader: Reader) -> list[tuple[Medication, Dose]]:
    """What is taken today, with its dose."""
    found = [(drug, drug.dose_on(reader.today)) for drug in reader.patient.medications]
    return [(drug, dose) for drug, dose in found if dose is not None]


def at_dose(reader: Reader, drug: Medication, dose: Dose) -> list[Statement]:
    """The places that tell this dose: data and prose, while it was in force, with the amount or as orders."""
    number = drug.doses.index(dose)
    until = drug.doses[number + 1].start if number + 1 < len(drug.doses) else (drug.stopped_on or date.max)
    amount = f"{forms(dose.amount)[-1]} {dose.unit}"
    found = []
    for item in drug.stated:
        day = reader.by_key[item.document].time.date()
        if dose.start <= day <= until and (day < until or until == date.max or holds(item.quote, amount)):
            told = item.structured or holds(item.quote, amount)
            found += [item] if told else []
    return found


def known(reader: Reader, drug: Medication) -> Iterator[GoldValue]:
    """What else an answer on this drug may state: its other doses, the days of its course and mentions."""
    for dose in drug.doses:
        yield quantity(dose.amount, dose.unit)
        yield on(dose.start)
        yield month(dose.start)
    if drug.stopped_on is not None:
        yield on(drug.stopped_on)
    yield from reader.mentioning(drug.dci, drug.brand)


def _asked(kind: str, key: str, family: str, *, reader: Reader, drug: Medication, **told: Any) -> Asked:
    """One question on one drug."""
    critical = critical_of(drug, told.pop("critical", None))
    every = tuple(known(reader, drug))
    return ask(kind, key, family, reader=reader, known=every, critical=critical, drug=name(drug), **told)


def _key(drug: Medication) -> str:
    return drug.key.partition("/")[2]


def doses(reader: Reader) -> Iterator[Asked]:
    """The dose in force and its rhythm; the dose of an earlier day; why it was changed."""
    for drug, dose in current(reader):
        amount = quantity(dose.amount, dose.unit)
        former = [quantity(item.amount, item.unit) for item in drug.doses if item is not dose]
        places = at_dose(reader, drug, dose)
        yield _asked(
            "dose", _key(drug), "dose", reader=reader, drug=drug, stated=places, critical="dose",
            all_of=(amount,), none_of=former,
        )  # fmt: skip
        yield _asked(
            "rhythm", _key(drug), "dose", reader=reader, drug=drug, stated=places, critical="dose",
            all_of=(term(dose.frequency, *_rhythms(dose.frequency)),),
        )  # fmt: skip
    for drug in reader.patient.medications:
        yield from _earlier(reader, drug)


def _rhythms(frequency: str) -> tuple[str, ...]:
    other = {
        "matin et soir": ("2 fois par jour", "deux fois par jour", "x 2/j"),
        "le matin": ("1 fois par jour le matin", "chaque matin"),
        "toutes les 8 heures": ("3 fois par jour", "trois fois par jour", "toutes les 8 h"),
        "toutes les 6 heures": ("4 fois par jour", "quatre fois par jour", "toutes les 6 h"),
        "une fois par semaine": ("1 fois par semaine", "hebdomadaire"),
    }
    return other.get(frequency, ())


def _earlier(reader: Reader, drug: Medication) -> Iterator[Asked]:
    for before, after in zip(drug.doses, drug.doses[1:], strict=False):
        if before.amount == after.amount:
            continue
        day = before.start + (after.start - before.start) / 2
        now = drug.dose_on(reader.today)
        others = [item for item in drug.doses if item.amount != before.amount]
        wrong = [quantity(item.amount, item.unit) for item in (others if now is None else [*others, now])]
        places = at_dose(reader, drug, before)
        if places:
            yield _asked(
                "former_dose", f"{_key(drug)}-{day:%Y%m%d}", "dose", reader=reader, drug=drug, stated=places,
                critical="dose", slots={"day": f"{day:%d/%m/%Y}"},
                all_of=(quantity(before.amount, before.unit),), none_of=wrong,
            )  # fmt: skip
        why = [item for item in drug.stated if after.reason and item.quote == after.reason]
        if after.reason and why:
            yield _asked(
                "dose_reason", f"{_key(drug)}-{after.start:%Y%m%d}", "reason", reader=reader, drug=drug,
                stated=why, slots={"day": f"{after.start:%d/%m/%Y}"},
                any_of=(term(after.reason),),
            )  # fmt: skip


def courses(reader: Reader) -> Iterator[Asked]:
    """Since when, until when, why it was stopped, what for, by whom."""
    for drug in reader.patient.medications:
        data = [item for item in drug.stated if item.structured]
        taken = drug.dose_on(reader.today) is not None
        if taken and data and sum(item.dci == drug.dci for item in reader.patient.medications) == 1:
            changes = [on(item.start) for item in drug.doses[1:]]
            yield _asked(
                "started", _key(drug), "date", reader=reader, drug=drug, stated=data,
                all_of=(month(drug.started_on),), none_of=() if len(changes) > 1 else changes,
            )  # fmt: skip
            if drug.indication:
                yield _asked(
                    "indication", _key(drug), "reason", reader=reader, drug=drug, stated=data,
                    any_of=(term(drug.indication),),
                )  # fmt: skip
        yield from _stops(reader, drug)


def stops(drug: Medication) -> list[Statement]:
    """The places that state the stop itself."""
    if drug.stopped_on is None:
        return []
    return [item for item in drug.stated if item.document.startswith(f"traitement-{drug.stopped_on:%Y%m%d}")]


def _about_stop(reader: Reader, drug: Medication, item: Statement) -> bool:
    written = reader.by_key[item.document].time.date()
    near = drug.stopped_on is not None and abs((written - drug.stopped_on).days) <= 45
    words = [word.lower() for word in drug.stop_words]
    return near and any(word in item.quote.lower() for word in ("arrêt", "relais", "ininterprétable", *words))


def _stops(reader: Reader, drug: Medication) -> Iterator[Asked]:
    if drug.stopped_on is None or drug.dose_on(reader.today) is not None:
        return
    again = [item for item in reader.patient.medications if item.dci == drug.dci]
    if len(again) > 1:
        return
    prose = [item for item in drug.stated if not item.structured and _about_stop(reader, drug, item)]
    if stops(drug):
        yield _asked(
            "stopped_on", _key(drug), "date", reader=reader, drug=drug, stated=[*stops(drug), *prose],
            all_of=(on(drug.stopped_on),), none_of=(on(drug.started_on),),
        )  # fmt: skip
    told = [item for item in drug.stated if item.quote == drug.stop_reason]
    if drug.stop_reason and (told or prose):
        others = {
            item.stop_reason
            for item in reader.patient.medications
            if item.stop_reason and item.dci != drug.dci and len(item.stop_reason) > 12
        }
        yield _asked(
            "stopped_why", _key(drug), "reason", reader=reader, drug=drug, stated=[*told, *prose],
            any_of=(term(drug.stop_reason, *drug.stop_words),),
            none_of=[term(reason) for reason in sorted(others)],
        )  # fmt: skip


def lists(reader: Reader) -> Iterator[Asked]:
    """What is taken today, and what only if needed; a stopped drug is not among it."""
    taken = current(reader)
    now = {drug.dci for drug, _ in taken}
    gone = [drug for drug in reader.patient.medications if drug.dci not in now]
    every = [item for drug in reader.patient.medications for item in known(reader, drug)]
    for kind, chosen in (("treatment", taken), ("as_needed", [pair for pair in taken if pair[0].as_needed])):
        if not chosen:
            continue
        rest = [drug for drug, _ in taken if not drug.as_needed] if kind == "as_needed" else []
        spans = [
            span
            for index, (drug, dose) in enumerate(chosen)
            for span in reader.spans(at_dose(reader, drug, dose), index)
        ]
        yield ask(
            kind, "current", "list", reader=reader, stated=(), stratum="structured", spans=tuple(spans),
            critical="dose" if kind == "treatment" else None, known=every,
            all_of=[drug_gold(drug) for drug, _ in chosen],
            none_of=[drug_gold(drug) for drug in (*gone, *rest)],
        )  # fmt: skip


def anticoagulants(reader: Reader) -> Iterator[Asked]:
    """Whether one is taken, which, and which one before."""
    blood = [drug for drug in reader.patient.medications if drug.atc.startswith(ANTICOAGULANT)]
    every = tuple(item for drug in blood for item in known(reader, drug))
    told: Told = {"critical": "anticoagulant", "known": every}
    taken = [(drug, dose) for drug, dose in current(reader) if drug in blood]
    if taken:
        drug, dose = taken[0]
        gone = [other for other in blood if other.dci != drug.dci and other.dose_on(reader.today) is None]
        told |= {"all_of": [drug_gold(drug)], "none_of": [drug_gold(other) for other in gone]}
        places = at_dose(reader, drug, dose)
        yield ask("anticoagulant", "current", "list", reader=reader, stated=places, **told)
    elif blood:
        over = term("arrêt", "arrêté", "arrêtée", "terminé", "n’est plus")
        told |= {"any_of": (PolarityGold(present=False, about="anticoagulant"), over)}
        places = [item for drug in blood for item in stops(drug)]
        yield ask("anticoagulant", "current", "negation", reader=reader, stated=places, **told)
    for drug in blood:
        yield from _before(reader, drug, blood, every)


def _before(
    reader: Reader, drug: Medication, blood: list[Medication], every: tuple[GoldValue, ...]
) -> Iterator[Asked]:
    day = drug.started_on + timedelta(days=3)
    alone = sum(other.dose_on(day) is not None for other in blood) == 1
    if drug.stopped_on is not None and day < drug.stopped_on and alone:
        others = [drug_gold(other) for other in blood if other.dci != drug.dci]
        yield ask(
            "anticoagulant_before", _key(drug), "conflict", reader=reader, stated=drug.stated, known=every,
            critical="anticoagulant", slots={"day": f"{day:%d/%m/%Y}"}, all_of=[drug_gold(drug)],
            none_of=others,
        )  # fmt: skip


KINDS = (doses, courses, lists, anticoagulants)
