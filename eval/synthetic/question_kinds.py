"""Questions on allergies, absences, dates, reasons, and on what is not there; the list of all families."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random

from eval.synthetic.letters import french_date, long_date, of
from eval.synthetic.question_families import (
    data,
    days,
    dose,
    forms,
    latest_value,
    lists,
    name,
    trend,
    valid_labs,
)
from eval.synthetic.questions import Asker, Question
from eval.synthetic.truth import Imaging, Lab, Medication, Procedure, Statement

Family = Callable[[Random, Asker], Iterator[Question]]
_NO = ("non", "pas d", "absence", "aucun")


def allergy(rng: Random, ask: Asker) -> Iterator[Question]:
    """Any allergy; and a refuted one where there is one."""
    known = [item for item in ask.patient.allergies if item.certainty in ("confirmed", "suspected")]
    none = [item for item in ask.patient.allergies if item.certainty == "none_known"]
    others = {item.substance for other in ask.homonyms for item in other.allergies}
    yield ask.question(
        "allergy",
        "any",
        ask.wording(rng.choice(ask.words["allergy"]["any"])),
        required=tuple(item.substance for item in known),
        gold_values=("aucune allergie", "pas d’allergie") if none else (),
        forbidden=tuple(sorted(others)),
        notes="homonyme au dossier voisin" if others else "",
        **ask.cited(statement for item in (known or none) for statement in item.stated),
    )
    for item in ask.patient.allergies:
        if item.certainty == "refuted":
            yield ask.question(
                "allergy",
                "refuted",
                ask.words["allergy"]["refuted"],
                gold_values=("réfutée", "non", "négatif"),
                notes="allergie réfutée",
                **ask.cited(item.stated),
            )


def absence(_rng: Random, ask: Asker) -> Iterator[Question]:
    """A condition that the record says is absent."""
    for problem in ask.patient.problems:
        key = problem.key.partition("/")[2]
        if problem.certainty == "absent" and key in ask.words["absence"]:
            yield ask.question(
                "absence",
                key,
                ask.wording(ask.words["absence"][key]),
                gold_values=_NO,
                notes="absence écrite au dossier",
                **ask.cited(problem.stated),
            )


def dates(_rng: Random, ask: Asker) -> Iterator[Question]:
    """When an examination or an act took place; since when a drug is taken."""
    words, patient = ask.words["date"], ask.patient
    done: list[Imaging | Procedure] = [
        *patient.imaging,
        *(act for act in patient.procedures if act.state == "done"),
    ]
    for event in done:
        key = event.key.partition("/")[2]
        if key in words["events"]:
            text = ask.wording(words["events"][key])
            yield ask.question("date", key, text, gold_values=days(event.on), **ask.cited(event.stated))
    recent = [drug for drug in patient.medications if drug.dose_on(ask.today)]
    for drug in sorted(recent, key=lambda drug: drug.started_on)[-1:]:
        start = drug.started_on
        yield ask.question(
            "date",
            "started",
            ask.wording(words["started"], drug=name(drug)),
            gold_values=(*days(start), long_date(start).split(" ", 1)[1]),
            **ask.cited(data(drug.stated)),
        )


def stopped_and_why(rng: Random, ask: Asker) -> Iterator[Question]:
    """Why a drug was stopped; where the reason is only in prose, prose must be read."""
    for drug in ask.patient.medications:
        if drug.stopped_on is None or drug.stop_reason is None:
            continue
        key = drug.key.partition("/")[2]
        told = [item for item in drug.stated if item.quote == drug.stop_reason]
        prose = [item for item in drug.stated if not item.structured and _about_stop(ask, drug, item)]
        if not told and not prose:
            continue
        wordings = ask.words["stopped"].get(key, ask.words["stopped"]["why"])
        yield ask.question(
            "stopped_and_why",
            key,
            ask.wording(rng.choice(wordings), drug=name(drug)),
            gold_values=(drug.stop_reason, *drug.stop_words),
            structured=bool(told),
            notes=f"motif : {drug.stop_reason} ; arrêt le {french_date(drug.stopped_on)}",
            **ask.cited([*told, *prose]),
        )


def _about_stop(ask: Asker, drug: Medication, item: Statement) -> bool:
    written = ask.patient.document(item.document).time.date()
    near = drug.stopped_on is not None and abs((written - drug.stopped_on).days) <= 45
    return near and any(word in item.quote.lower() for word in ("arrêt", "relais", "ininterprétable"))


def joined(_rng: Random, ask: Asker) -> Iterator[Question]:
    """Two documents: a result at the stop of a drug, a result at the entry of the last stay."""
    words, patient = ask.words["joined"], ask.patient
    drugs = {drug.key.partition("/")[2]: drug for drug in patient.medications}
    for key, analyte in words["pairs"]:
        drug = drugs.get(key)
        if drug is None or drug.stopped_on is None:
            continue
        stop = drug.stopped_on
        near = [lab for lab in valid_labs(patient, analyte) if abs((lab.time.date() - stop).days) <= 4]
        if near:
            lab = min(near, key=lambda item: (abs((item.time.date() - stop).days), item.time))
            text = ask.wording(
                words["at_stop"], analyte=_article(ask.analytes[analyte].words), drug=name(drug)
            )
            yield _joined(ask, f"stop-{key}", text, lab=lab, other=tuple(_stops(drug)))
    if patient.stays:
        stay = patient.stays[-1]
        start = stay.admitted - timedelta(hours=1)
        for analyte in ("creatinine", "haemoglobin", "crp", "potassium"):
            inside = [lab for lab in valid_labs(patient, analyte) if start <= lab.time <= stay.discharged]
            if inside:
                text = ask.wording(words["at_entry"], analyte=_article(ask.analytes[analyte].words))
                yield _joined(ask, f"entry-{analyte}", text, lab=inside[0], other=stay.stated)
                break


def _stops(drug: Medication) -> list[Statement]:
    assert drug.stopped_on is not None
    return [item for item in drug.stated if item.document.startswith(f"traitement-{drug.stopped_on:%Y%m%d}")]


def _joined(ask: Asker, number: str, text: str, *, lab: Lab, other: tuple[Statement, ...]) -> Question:
    cited = ask.cited(lab.stated)
    documents = dict.fromkeys((*cited["gold_documents"], *ask.cited(other)["gold_documents"]))
    return ask.question(
        "joined",
        number,
        text,
        gold_values=forms(lab.value),
        gold_documents=tuple(documents),
        gold_quotes=cited["gold_quotes"],
        notes=f"{ask.analytes[lab.analyte].words} du {french_date(lab.time.date())}",
    )


def _article(word: str) -> str:
    if word in ("neutrophiles", "plaquettes", "ALAT"):
        return f"le taux {of(word)}"
    if word.startswith("DFG"):
        return f"le {word}"
    return f"l’{word}" if word[0].lower() in "aeiouhé" else f"la {word}"


def narrative_only(rng: Random, ask: Asker) -> Iterator[Question]:
    """Truths that only prose states."""
    for note in ask.patient.notes:
        if note.questions:
            yield ask.question(
                "narrative_only",
                note.key.partition("/")[2],
                ask.wording(rng.choice(note.questions)),
                gold_values=note.values,
                structured=False,
                notes=note.topic,
                **ask.cited(note.stated),
            )


def unanswerable(rng: Random, ask: Asker) -> Iterator[Question]:
    """What the record does not say: never recorded, or asked for and not back yet."""
    words = ask.words["unanswerable"]
    for key in ("blood_group", rng.choice(("hiv", "vitamin_b12", "directives", "acuity"))):
        text = ask.wording(words[key])
        yield ask.question(
            "unanswerable", key, text, expect_status="abstained", expect_reason="not_in_record"
        )
    for pending in ask.patient.pending:
        yield ask.question(
            "unanswerable",
            pending.key.partition("/")[2],
            ask.wording(words["pending"], label=pending.label),
            expect_status="abstained",
            accept_status=("answered",),
            expect_reason="not_in_record",
            gold_values=("attente", "pas encore", "demandé"),
            notes=f"demandé le {french_date(pending.requested)}, en attente : un résultat serait faux",
            **ask.cited(pending.stated),
        )


def false_premise(rng: Random, ask: Asker) -> Iterator[Question]:
    """Questions that suppose what is not so."""
    words, patient = ask.words["false_premise"], ask.patient
    key = rng.choice(("never", "lithium"))
    yield ask.question(
        "false_premise",
        key,
        ask.wording(words[key]),
        expect_status="abstained",
        accept_status=("answered",),
        expect_reason="not_in_record",
        premise_corrected=True,
        gold_values=_NO,
        notes="jamais prescrit : s’abstenir ou corriger, sans dose ni date",
    )
    current = {drug.dci for drug in patient.medications if drug.dose_on(ask.today) is not None}
    for drug in [drug for drug in patient.medications if drug.stopped_on and drug.dci not in current][-1:]:
        assert drug.stopped_on is not None
        yield ask.question(
            "false_premise",
            "stopped",
            ask.wording(words["stopped"], de_drug=of(name(drug))),
            premise_corrected=True,
            gold_values=("arrêt", "n’est plus", "plus prescrit"),
            notes=f"arrêté le {french_date(drug.stopped_on)}",
            **ask.cited(_stops(drug)),
        )
    yield from _sides(ask)
    yield from _not_diabetic(ask)


def _not_diabetic(ask: Asker) -> Iterator[Question]:
    for problem in ask.patient.problems:
        if problem.key == "problem/diabete" and problem.certainty == "absent":
            yield ask.question(
                "false_premise",
                "diabetes",
                ask.wording(ask.words["false_premise"]["diabetes"]),
                premise_corrected=True,
                gold_values=(
                    "pas de diabète",
                    "absence de diabète",
                    "n’est pas diabétique",
                    "pas diabétique",
                ),
                **ask.cited(problem.stated),
            )


def _sides(ask: Asker) -> Iterator[Question]:
    for device in ask.patient.devices:
        if device.side is not None and "hanche" in device.label:
            other = "gauche" if device.side == "droite" else "droite"
            yield ask.question(
                "false_premise",
                "side",
                ask.wording(ask.words["false_premise"]["side"], other=other),
                premise_corrected=True,
                gold_values=(
                    device.side,
                    device.side.removesuffix("e") if device.side == "droite" else "gauche",
                ),
                notes=f"la prothèse est du côté {device.side}",
                **ask.cited(device.stated),
            )


FAMILIES: tuple[Family, ...] = (
    latest_value,
    trend,
    lists,
    dose,
    allergy,
    absence,
    dates,
    stopped_and_why,
    joined,
    narrative_only,
    unanswerable,
    false_premise,
)
