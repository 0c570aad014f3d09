"""A document of the hospital as plain French text, as a hospital prints it, with its metadata beside it."""

import json
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

from eval.synthetic import writing_items as it
from eval.synthetic.openehr import SYSTEM
from eval.synthetic.plain_words import day, flag_words, limits, measure, moment, state_words

_KINDS = {
    "biologie": "laboratory",
    "microbiologie": "laboratory",
    "constantes": "vital_signs",
    "prescription": "prescription",
    "ordonnance": "prescription",
    "traitement": "medication",
    "courrier": "letter",
    "compte rendu": "hospital_report",
    "transmission": "nursing",
    "mouvement": "stay",
    "imagerie": "imaging",
    "acte": "procedure",
    "transfusion": "procedure",
    "vaccination": "immunisation",
    "demande": "other",
}
_LISTS = {
    "problem_list": "problem_list",
    "adverse_reaction_list": "allergy_list",
    "medication_list": "medication",
    "health_summary": "summary",
}
_VERBS = {"commenced": "Début", "changed": "Modification", "stopped": "Arrêt", "given": "Vaccination"}
_HEADINGS: dict[type[Any], str] = {
    it.Sign: "Constantes",
    it.Diagnosis: "Problèmes",
    it.Reaction: "Allergies et intolérances",
    it.Order: "Traitement",
    it.Step: "Modifications du traitement",
    it.Relative: "Antécédents familiaux",
    it.Implant: "Dispositifs implantés",
    it.Request: "Examens demandés",
}
_SEVERITIES = {"mild": "légère", "moderate": "modérée", "severe": "sévère"}


def text(written: it.Written) -> str:
    """The text: a heading with title, date and place, then what is stated; the author signs."""
    lines = [written.facility, written.ward, "", written.document.title, f"Date : {moment(written.time)}", ""]
    for _, group in groupby(written.items, key=type):
        found = list(group)
        heading = _HEADINGS.get(type(found[0]))
        given = isinstance(found[0], it.Step) and found[0].step == "given"
        if heading and not given and heading != written.document.title:
            lines += [f"{heading} :"]
        for item in found:
            lines += _LINES[type(item)](item)
        lines.append("")
    lines.append(written.author)
    return "\n".join(lines) + "\n"


def metadata(written: it.Written) -> str:
    """The metadata file: whose, what, of when, by whom, under which id and version."""
    document = written.document
    node = {
        "patient_id": written.identity.patient_id,
        "title": document.title,
        "kind": _kind(written),
        "date": written.time,
        "author": written.author,
        "facility": written.facility,
        "record_id": document.uid,
        "version": str(document.version),
        "status": written.state,
        "language": "fr",
        "system": SYSTEM,
    }
    return json.dumps(node, ensure_ascii=False, indent=1) + "\n"


def _kind(written: it.Written) -> str:
    raw = written.document.raw
    if written.document.kind != "liste":
        return _KINDS[written.document.kind]
    return next(kind for name, kind in _LISTS.items() if f"openEHR-EHR-COMPOSITION.{name}." in raw)


def _panel(item: it.Panel) -> Iterator[str]:
    yield f"{item.title}, prélèvement du {moment(item.time)} :"
    if item.specimen:
        yield f"Nature du prélèvement : {item.specimen}"
    for result in item.results:
        told = measure(result.measure) if result.measure else (result.words.text if result.words else "")
        normal = f" (normes : {limits(result)})" if limits(result) else ""
        notes = [words for words in (flag_words(result.interpretation), state_words(result.state)) if words]
        yield f"{result.name.text} : {told}{normal}{''.join(f', {note}' for note in notes)}"
    if item.comment:
        yield f"Commentaire : {item.comment}"


def _sign(item: it.Sign) -> Iterator[str]:
    yield f"{item.name} : {measure(item.measure)}"


def _diagnosis(item: it.Diagnosis) -> Iterator[str]:
    named = f"{item.name.text} ({item.name.system} {item.name.code})" if item.name.code else item.name.text
    if item.certainty == "absent":
        yield f"Absence de : {named}"
        return
    since = f", depuis le {day(item.onset)}" if item.onset else ""
    until = f", résolu le {day(item.resolved)}" if item.resolved else ""
    doubt = "Suspicion de : " if item.certainty == "suspected" else ""
    yield f"{doubt}{named}{since}{until}"


def _reaction(item: it.Reaction) -> Iterator[str]:
    if item.certainty == "none_known":
        yield item.substance
        return
    kind = "Allergie" if item.allergy else "Intolérance"
    doubt = {"suspected": " suspectée", "refuted": " réfutée", "confirmed": ""}[item.certainty]
    parts = [item.manifestation, f"réaction {_SEVERITIES[item.severity]}" if item.severity else ""]
    told = ", ".join(part for part in parts if part)
    yield f"{kind}{doubt} : {item.substance}{f' ({told})' if told else ''}"


def _order(item: it.Order) -> Iterator[str]:
    yield (
        f"{item.drug.text} : {item.directions}, voie {item.route}, depuis le {day(item.start)}"
        f" (indication : {item.indication})"
    )


def _step(item: it.Step) -> Iterator[str]:
    dose = f", {item.comment}" if item.comment else ""
    why = f" (motif : {item.reason})" if item.reason else ""
    yield f"{_VERBS[item.step]} le {day(item.time)} : {item.drug.text}{dose}{why}"


def _act(item: it.Act) -> Iterator[str]:
    site = f", {item.site}" if item.site else ""
    state = f"réalisé le {day(item.time)}" if item.done else f"programmé pour le {day(item.due)}"
    yield f"Acte {state} : {item.name.text}{site}"
    if item.reason:
        yield f"Motif : {item.reason}"
    if item.told:
        yield item.told


def _examination(item: it.Examination) -> Iterator[str]:
    yield f"{item.name} du {day(item.time)}"
    yield f"Modalité : {item.modality}"
    yield "Résultats :"
    yield item.findings
    yield "Conclusion :"
    yield item.conclusion


def _implant(item: it.Implant) -> Iterator[str]:
    site = f", {item.site}" if item.site else ""
    yield f"{item.name}{site}, posé le {day(item.since)} (modèle {item.model}, n° de série {item.serial})"


def _relative(item: it.Relative) -> Iterator[str]:
    yield f"{item.relation.capitalize()} : {item.condition}{' (décès)' if item.deceased else ''}"


def _movement(item: it.Movement) -> Iterator[str]:
    if item.entry:
        yield f"Entrée le {moment(item.time)}, unité : {item.ward}, mode d’entrée : {item.mode.lower()}"
    else:
        yield f"Sortie le {moment(item.time)}, unité : {item.ward} (entrée le {day(item.since)})"


def _request(item: it.Request) -> Iterator[str]:
    yield f"{item.service} : {item.comment.lower()}"


def _prose(item: it.Prose) -> Iterator[str]:
    yield f"{item.title} :"
    yield item.text
    yield ""


_LINES: dict[type[Any], Callable[[Any], Iterator[str]]] = {
    it.Panel: _panel,
    it.Sign: _sign,
    it.Diagnosis: _diagnosis,
    it.Reaction: _reaction,
    it.Order: _order,
    it.Step: _step,
    it.Act: _act,
    it.Examination: _examination,
    it.Implant: _implant,
    it.Relative: _relative,
    it.Movement: _movement,
    it.Request: _request,
    it.Prose: _prose,
}
