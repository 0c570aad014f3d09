"""Questions on values and treatment: from the truth of a patient to questions with their gold."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from eval.synthetic.letters import french_date, long_date, of
from eval.synthetic.questions import Asker, Question, holds
from eval.synthetic.truth import Dose, Lab, Medication, Patient, Statement, Vital

_YEAR = timedelta(days=365)


def valid_labs(patient: Patient, analyte: str) -> list[Lab]:
    """Results that count, oldest first: neither superseded, nor entered in error, nor preliminary."""
    found = [lab for lab in patient.labs if lab.analyte == analyte and not lab.superseded]
    return sorted((lab for lab in found if lab.status in ("final", "amended")), key=lambda lab: lab.time)


def forms(value: Decimal) -> tuple[str, ...]:
    """The acceptable forms of a number: « 8.0 » and « 8 »."""
    whole = f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}"
    return tuple(dict.fromkeys((f"{value:f}", whole)))


def days(day: date) -> tuple[str, ...]:
    """The acceptable forms of a date."""
    return (french_date(day), day.isoformat(), long_date(day))


def name(drug: Medication) -> str:
    """How a doctor names it: the substance, or the brand of a combination."""
    return drug.brand if " et " in drug.dci else drug.dci


def data(statements: tuple[Statement, ...]) -> list[Statement]:
    """Only the statements in structured data."""
    return [item for item in statements if item.structured]


def _asked(patient: Patient, keys: list[str]) -> list[str]:
    """Analytes with two valid results or more, of which the latest result is not a preliminary one."""
    preliminary = {lab.analyte for lab in patient.labs if lab.status == "preliminary"}
    return [key for key in keys if len(valid_labs(patient, key)) >= 2 and key not in preliminary]


def latest_value(rng: Random, ask: Asker) -> Iterator[Question]:
    """The latest valid result of three analytes; of creatinine always for a homonym."""
    templates = {key: wordings for key, wordings in ask.words["latest"].items() if isinstance(wordings, list)}
    keys = _asked(ask.patient, list(templates))
    picked = set(rng.sample(keys, min(3, len(keys))))
    if ask.homonyms and "creatinine" in keys:
        picked.add("creatinine")
    for key in sorted(picked):
        last = valid_labs(ask.patient, key)[-1]
        wrong = [lab for lab in ask.patient.labs if lab.analyte == key and lab.status == "entered_in_error"]
        others = [valid_labs(other, key)[-1] for other in ask.homonyms if valid_labs(other, key)]
        note = (
            "un résultat plus récent a été saisi par erreur"
            if any(lab.time > last.time for lab in wrong)
            else ""
        )
        yield ask.question(
            "latest_value",
            key,
            ask.wording(rng.choice(templates[key])),
            gold_values=forms(last.value),
            forbidden=tuple(
                sorted({forms(lab.value)[0] for lab in (*wrong, *others)} - set(forms(last.value)))
            ),
            notes=note or ("homonyme au dossier voisin" if others else ""),
            **ask.cited(data(last.stated)),
        )
    yield from _latest_vitals(ask)
    yield from _corrected(ask)


def _latest_vitals(ask: Asker) -> Iterator[Question]:
    latest: dict[str, Vital] = {}
    for vital in sorted(ask.patient.vitals, key=lambda item: item.time):
        latest[vital.kind] = vital
    weight, systolic, diastolic = latest["weight"], latest["systolic"], latest["diastolic"]
    words = ask.words["latest"]
    yield ask.question(
        "latest_value",
        "weight",
        words["weight"],
        gold_values=forms(weight.value),
        **ask.cited(data(weight.stated)),
    )
    yield ask.question(
        "latest_value",
        "pressure",
        words["pressure"],
        required=(f"{systolic.value:f}", f"{diastolic.value:f}"),
        **ask.cited(data((*systolic.stated, *diastolic.stated))),
    )


def _corrected(ask: Asker) -> Iterator[Question]:
    for lab in ask.patient.labs:
        if lab.status == "amended":
            first = [
                old
                for old in ask.patient.labs
                if old.superseded and (old.analyte, old.time) == (lab.analyte, lab.time)
            ]
            yield ask.question(
                "latest_value",
                "amended",
                ask.wording(ask.words["latest"]["amended"], day=french_date(lab.time.date())),
                gold_values=forms(lab.value),
                forbidden=tuple(form for old in first for form in forms(old.value)),
                notes="résultat modifié : la version 2 annule et remplace la première",
                **ask.cited(data(lab.stated)),
            )
        if lab.status == "preliminary":
            yield ask.question(
                "latest_value",
                "preliminary",
                ask.words["latest"]["preliminary"],
                gold_values=forms(lab.value),
                required=("préliminaire",),
                notes="résultat préliminaire : le dire",
                **ask.cited(data(lab.stated)),
            )


def trend(rng: Random, ask: Asker) -> Iterator[Question]:
    """The course of one or two analytes over the last year, from first to last value."""
    templates = ask.words["trend"]
    window = {
        key: [lab for lab in valid_labs(ask.patient, key) if lab.time.date() >= ask.today - _YEAR]
        for key in _asked(ask.patient, list(templates))
    }
    keys = [key for key, labs in window.items() if len(labs) >= 3]
    for key in sorted(rng.sample(keys, min(2, len(keys)))):
        first, last = window[key][0], window[key][-1]
        change = float(last.value / first.value) - 1
        way = "hausse" if change > 0.1 else "baisse" if change < -0.1 else "stable"
        yield ask.question(
            "trend",
            key,
            templates[key],
            required=("|".join(forms(first.value)), "|".join(forms(last.value))),
            notes=f"sens entre le premier et le dernier résultat : {way} ; {len(window[key])} résultats",
            **ask.cited(data((*first.stated, *last.stated))),
        )


def lists(rng: Random, ask: Asker) -> Iterator[Question]:
    """Current treatment, stays, vaccines."""
    patient, words = ask.patient, ask.words["list"]
    current = [drug for drug in patient.medications if drug.dose_on(ask.today) is not None]
    taken = {drug.dci for drug in current}
    stopped = [drug.dci for drug in patient.medications if drug.dci not in taken]
    yield ask.question(
        "list",
        "treatment",
        rng.choice(words["treatment"]),
        required=tuple(f"{drug.dci}|{drug.brand}" for drug in current),
        notes="arrêtés, à ne pas donner comme en cours : " + ", ".join(stopped),
        **ask.cited(item for drug in current for item in drug.stated if item.document.startswith("liste-")),
    )
    if len(patient.stays) >= 2:
        yield ask.question(
            "list",
            "stays",
            words["stays"][0],
            required=tuple("|".join(days(stay.admitted.date())) for stay in patient.stays),
            **ask.cited(item for stay in patient.stays for item in stay.stated),
        )
    if len(patient.immunisations) >= 2:
        yield ask.question(
            "list",
            "vaccines",
            words["vaccines"][0],
            required=tuple(dict.fromkeys(item.label for item in patient.immunisations)),
            **ask.cited(item for vaccine in patient.immunisations for item in vaccine.stated),
        )


def dose(rng: Random, ask: Asker) -> Iterator[Question]:
    """The dose in force of two drugs, one that changed first."""
    current = [(drug, drug.dose_on(ask.today)) for drug in ask.patient.medications]
    known = [(drug, now) for drug, now in current if now is not None]
    known.sort(key=lambda pair: (-len(pair[0].doses), pair[0].key))
    for drug, now in known[:2]:
        amount = f"{forms(now.amount)[-1]} {now.unit}"
        former = {f"{forms(item.amount)[-1]} {item.unit}" for item in drug.doses} - {amount}
        yield ask.question(
            "dose",
            drug.key.partition("/")[2],
            ask.wording(rng.choice(ask.words["dose"]["current"]), drug=name(drug), de_drug=of(name(drug))),
            gold_values=(amount,),
            notes="doses antérieures : " + ", ".join(sorted(former)) if former else "",
            **ask.cited(_at_dose(ask, drug, now)),
        )


def _at_dose(ask: Asker, drug: Medication, dose: Dose) -> list[Statement]:
    """The statements of a drug that tell its dose: data since it came into force, prose with the amount."""
    amount = f"{forms(dose.amount)[-1]} {dose.unit}"
    since = [item for item in drug.stated if ask.patient.document(item.document).time.date() >= dose.start]
    return [item for item in since if item.structured or holds(item.quote, amount)]
