"""What a draft on a synthetic patient must say, may not say, and may say: from the truth alone.

Two kinds. `lettre_liaison_sortie`: the letter of the last stay (CSP art. R. 1112-1-2: reason and diagnosis,
allergies, treatment at exit with doses, what was stopped and why, acts, implanted devices, transfusion,
resistant germs, results that matter, what is awaited, what is planned). `synthese_medicale`: the patient as
of today. A dose stands right after its drug in `must_have`: it counts only in a statement that names that
drug.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from eval.cases.gold import DateGold, DraftGold, DrugGold, GoldValue, NumberGold, PolarityGold
from eval.suites.record_ask import on, quantity, term
from eval.synthetic.truth import Hospital, Lab, Medication, Patient, Stay

LETTER, SUMMARY = "lettre_liaison_sortie", "synthese_medicale"
MOST_RESULTS = 6
_NO_ALLERGY = (
    "pas d’allergie",
    "aucune allergie",
    "absence d’allergie",
    "allergie : aucune",
    "allergies : aucune",
)


class Need(NamedTuple):
    """One fact that must be said, and whether its omission could hurt."""

    value: GoldValue
    critical: bool


def gold_of(patient: Patient, hospital: Hospital, kind: str) -> DraftGold | None:
    """The gold of a draft of that kind; None when the patient has no stay to write a letter about."""
    stay = max(patient.stays, key=lambda one: one.discharged, default=None)
    if kind == LETTER and stay is None:
        return None
    needs = list(_letter(patient, stay) if kind == LETTER and stay else _summary(patient, hospital.today))
    day = stay.discharged.date() if kind == LETTER and stay else hospital.today
    needs = _each_once(needs)
    return DraftGold(
        kind=kind,
        must_have=tuple(need.value for need in needs),
        critical=tuple(index for index, need in enumerate(needs) if need.critical),
        none_of=tuple(_never(patient, hospital, day)),
    )


def known_of(patient: Patient, today: date) -> tuple[GoldValue, ...]:
    """Everything that is true of a patient, as values: what numbers, dates and words of a draft are judged
    by.
    """
    return tuple(
        dict.fromkeys((*_identity(patient, today), *_numbers(patient), *_days(patient), *_words(patient)))
    )


def _letter(patient: Patient, stay: Stay) -> Iterator[Need]:
    first, last = stay.admitted.date(), stay.discharged.date()
    yield Need(term(stay.diagnosis, stay.diagnosis.split(",")[0]), critical=True)
    yield Need(on(first), critical=False)
    yield Need(on(last), critical=False)
    yield from _allergies(patient)
    yield from _treatment(patient, last)
    for drug in patient.medications:
        if drug.stopped_on is not None and first <= drug.stopped_on <= last:
            yield Need(_drug(drug), critical=True)
            if reasons := [words for words in (*drug.stop_words, drug.stop_reason or "") if words]:
                yield Need(term(*reasons), critical=True)
    yield from _acts(patient, first, last)
    yield from (Need(_result(lab), critical=False) for lab in _telling(patient, first, last))
    yield from _awaited(patient, since=first)


def _summary(patient: Patient, today: date) -> Iterator[Need]:
    yield from (
        Need(term(one.label, one.short), critical=True)
        for one in patient.problems
        if one.certainty == "present" and one.resolved is None
    )
    yield from _allergies(patient)
    yield from _treatment(patient, today)
    yield from (Need(term(one.label), critical=True) for one in patient.devices)
    yield from _awaited(patient, since=date.min)


def _allergies(patient: Patient) -> Iterator[Need]:
    for allergy in patient.allergies:
        if allergy.certainty == "none_known":
            yield Need(term(*_NO_ALLERGY), critical=True)
        elif allergy.certainty != "refuted":
            yield Need(term(allergy.substance), critical=True)
            if allergy.reaction:
                yield Need(term(allergy.reaction, allergy.reaction.split()[0]), critical=False)


def _treatment(patient: Patient, day: date) -> Iterator[Need]:
    for drug in patient.medications:
        dose = drug.dose_on(day)
        if dose is not None:
            yield Need(_drug(drug), critical=True)
            yield Need(quantity(dose.amount, dose.unit), critical=True)


def _acts(patient: Patient, first: date, last: date) -> Iterator[Need]:
    for act in patient.procedures:
        if act.state == "done" and first <= act.on <= last:
            yield Need(term(act.label), critical=False)
    for device in patient.devices:
        if first <= device.on <= last:
            yield Need(term(device.label, device.model), critical=True)
    for given in patient.transfusions:
        if first <= given.on <= last:
            yield Need(term("transfusion", "transfusé", "transfusée", given.product), critical=True)
    for culture in patient.microbiology:
        if culture.germ and first <= culture.time.date() <= last:
            forms = [culture.germ, *([culture.mechanism] if culture.mechanism else [])]
            yield Need(term(*forms), critical=culture.mechanism is not None)


def _awaited(patient: Patient, *, since: date) -> Iterator[Need]:
    for result in patient.pending:
        if result.requested >= since:
            yield Need(term(result.label), critical=True)
    for act in patient.procedures:
        if act.state == "planned" and act.on >= since:
            yield Need(term(act.label), critical=False)


def _telling(patient: Patient, first: date, last: date) -> list[Lab]:
    """The last value of each result that was out of range during the stay, critical ones first."""
    latest: dict[str, Lab] = {}
    for lab in patient.labs:
        counts = lab.status in ("final", "amended") and not lab.superseded
        newer = lab.analyte not in latest or lab.time >= latest[lab.analyte].time
        if counts and newer and first <= lab.time.date() <= last:
            latest[lab.analyte] = lab
    out = [lab for lab in latest.values() if lab.interpretation != "N"]
    return sorted(out, key=lambda lab: (len(lab.interpretation) < 2, lab.analyte))[:MOST_RESULTS]


def _never(patient: Patient, hospital: Hospital, day: date) -> Iterator[GoldValue]:
    """Drugs that are over by that day, and drugs of others that this record never names."""
    yield from (_drug(drug) for drug in patient.medications if drug.stopped_on and drug.stopped_on <= day)
    own = "\n".join(document.raw for document in patient.documents).lower()
    others = {drug.dci: drug for other in hospital.patients for drug in other.medications}
    for name in sorted(others):
        if name.lower() not in own and others[name].brand.lower() not in own:
            yield _drug(others[name])


def _drug(drug: Medication) -> DrugGold:
    return DrugGold(dci=drug.dci, brands=(drug.brand,))


def _result(lab: Lab) -> NumberGold:
    return NumberGold(value=lab.value, unit="" if lab.unit == "1" else lab.unit)


def _each_once(needs: list[Need]) -> list[Need]:
    """A fact that is needed twice counts once; the dose after a drug stays beside it."""
    found: list[Need] = []
    seen: set[GoldValue] = set()
    for place, need in enumerate(needs):
        dose = place > 0 and isinstance(needs[place - 1].value, DrugGold)
        if dose or need.value not in seen:
            found.append(need)
        seen.add(need.value)
    return found


def _identity(patient: Patient, today: date) -> Iterator[GoldValue]:
    who = patient.identity
    yield on(who.birth_date)
    yield term(who.family_name, who.birth_name, *who.given_names)
    days = {
        today,
        *(stay.discharged.date() for stay in patient.stays),
        *(stay.admitted.date() for stay in patient.stays),
    }
    for day in sorted(days):
        yield NumberGold(value=Decimal(_age(who.birth_date, day)), unit="a")
    for stay in patient.stays:
        nights = (stay.discharged.date() - stay.admitted.date()).days
        yield from (NumberGold(value=Decimal(number), unit="d") for number in (nights, nights + 1))


def _age(birth: date, day: date) -> int:
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def _numbers(patient: Patient) -> Iterator[GoldValue]:
    for drug in patient.medications:
        for dose in drug.doses:
            yield quantity(dose.amount, dose.unit)
            yield term(dose.frequency, *([dose.reason] if dose.reason else []))
    yield from (
        _result(lab) for lab in patient.labs if lab.status in ("final", "amended") and not lab.superseded
    )
    yield from (NumberGold(value=vital.value, unit=vital.unit) for vital in patient.vitals)
    yield from (NumberGold(value=Decimal(given.units)) for given in patient.transfusions)


def _days(patient: Patient) -> Iterator[DateGold]:
    days: list[date | None] = [document.time.date() for document in patient.documents]
    for stay in patient.stays:
        days += [stay.admitted.date(), stay.discharged.date()]
    for drug in patient.medications:
        days += [drug.stopped_on, *(dose.start for dose in drug.doses)]
    days += [lab.time.date() for lab in patient.labs] + [vital.time.date() for vital in patient.vitals]
    days += [one.on for one in patient.procedures] + [one.on for one in patient.imaging]
    days += [one.on for one in patient.devices] + [one.on for one in patient.immunisations]
    days += [one.on for one in patient.transfusions] + [one.on for one in patient.notes]
    days += [one.onset for one in patient.problems] + [one.requested for one in patient.pending]
    yield from (on(day) for day in sorted({day for day in days if day is not None}))


def _words(patient: Patient) -> Iterator[GoldValue]:
    for problem in patient.problems:
        yield PolarityGold(present=problem.certainty != "absent", about=problem.label)
        yield term(problem.label, problem.short)
    yield from (_drug(drug) for drug in patient.medications)
    yield from (
        term(drug.indication, *([drug.stop_reason] if drug.stop_reason else []))
        for drug in patient.medications
    )
    yield from (term(one.substance, *([one.reaction] if one.reaction else [])) for one in patient.allergies)
    yield from (term(lab) for lab in sorted({lab.label for lab in patient.labs}))
    yield from (term(one) for one in sorted({vital.label for vital in patient.vitals}))
    for stay in patient.stays:
        yield term(stay.ward, stay.reason, stay.diagnosis)
    labels = [one.label for one in patient.procedures] + [one.label for one in patient.devices]
    labels += [one.label for one in patient.immunisations] + [one.label for one in patient.pending]
    yield from (term(label) for label in labels)
    yield from (term(one.label, one.conclusion) for one in patient.imaging)
    yield from (term(one.condition, one.relation) for one in patient.family)
    yield from (term(one.topic, *one.values) for one in patient.notes)
    yield from (term(one.label, *([one.germ] if one.germ else [])) for one in patient.microbiology)
