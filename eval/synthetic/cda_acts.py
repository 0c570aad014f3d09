"""Treatments, acts, devices, stays and requests as entries of CDA R2: as `cda_entries`."""

from eval.synthetic import writing_items as it
from eval.synthetic.cda_entries import Cell, Row
from eval.synthetic.cda_xml import Ref, at, code, el, loinc, period, status, templates, words
from eval.synthetic.plain_words import day, moment

_IHE = "1.3.6.1.4.1.19376.1.5.3.1.4"
_ANS = "1.2.250.1.213.1.1.3"


def order(item: it.Order, ref: Ref) -> Row:
    """A prescription: the posology in words, dose and start as data."""
    dose = "".join(el(side, value=f"{item.amount:f}", unit=_dose_unit(item.unit)) for side in ("low", "high"))
    need = el("precondition", el("criterion", el("text", ref("besoin")))) if item.as_needed else ""
    entry = _administration(
        "INT",
        status("active"),
        period(item.start),
        code("routeCode", it.Coding(item.route), ref("voie")),
        el("doseQuantity", dose),
        _consumable(item.drug, ref("produit")),
        _reason(item.indication, ref("motif")),
        _instructions(ref("posologie")),
        need,
        reference=ref("produit"),
    )
    cells = (
        Cell("produit", "Médicament", item.drug.text),
        Cell("posologie", "Posologie", item.directions),
        Cell("voie", "Voie", item.route),
        Cell("motif", "Indication", item.indication),
        Cell("debut", "Début", day(item.start)),
        *((Cell("besoin", "Condition", "si besoin"),) if item.as_needed else ()),
    )
    return Row(cells, entry)


def _dose_unit(unit: str) -> str:
    """A UCUM unit of mass stands as it is; a form is an annotation."""
    return unit if unit in ("mg", "g", "ug", "mL") else f"{{{unit}}}"


def _administration(mood: str, *parts: str, reference: str) -> str:
    return el(
        "substanceAdministration",
        templates("2.16.840.1.113883.10.20.1.24", f"{_IHE}.7", f"{_ANS}.42", f"{_IHE}.7.1"),
        code("code", it.Coding("Médicament", "HL7:ActCode", "DRUG")),
        el("text", reference),
        *parts,
        classCode="SBADM",
        moodCode=mood,
    )


def _consumable(drug: it.Coding, reference: str) -> str:
    material = el("manufacturedMaterial", code("code", drug, reference), el("name", words(drug.text)))
    product = templates("2.16.840.1.113883.10.20.1.53", f"{_IHE}.7.2", f"{_ANS}.43") + material
    return el("consumable", el("manufacturedProduct", product))


def _reason(text: str, reference: str) -> str:
    if not text:
        return ""
    act = el(
        "act",
        templates(f"{_IHE}.4.1", f"{_ANS}.36"),
        code("code", it.Coding(text), reference),
        classCode="ACT",
        moodCode="EVN",
    )
    return el("entryRelationship", act, typeCode="RSON")


def _instructions(reference: str) -> str:
    act = el(
        "act",
        templates("2.16.840.1.113883.10.20.1.49", f"{_IHE}.3", f"{_ANS}.33"),
        code("code", it.Coding("Instructions au patient", "HL7:ActCode", "PINSTRUCT")),
        el("text", reference),
        status(),
        classCode="ACT",
        moodCode="INT",
    )
    return el("entryRelationship", act, typeCode="SUBJ", inversionInd="true")


def step(item: it.Step, ref: Ref) -> Row:
    """A treatment started, changed or stopped (with its reason), or a vaccine."""
    cells = [
        Cell("produit", "Médicament" if item.step != "given" else "Vaccin", item.drug.text),
        Cell("etape", "Étape", item.words),
        Cell("date", "Date", moment(item.time)),
    ]
    if item.step == "given":
        entry = el(
            "substanceAdministration",
            templates("2.16.840.1.113883.10.20.1.24", f"{_IHE}.12", f"{_ANS}.45"),
            code("code", it.Coding("Vaccination", "HL7:ActCode", "IMMUNIZ")),
            el("text", ref("produit")),
            status(),
            at(item.time),
            _consumable(item.drug, ref("produit")),
            classCode="SBADM",
            moodCode="EVN",
            negationInd="false",
        )
        return Row(tuple(cells), entry)
    stopped = item.step == "stopped"
    if item.reason:
        cells.append(Cell("motif", "Motif de l’arrêt" if stopped else "Motif", item.reason))
    if item.comment:
        cells.append(Cell("posologie", "Posologie", item.comment))
    entry = _administration(
        "EVN",
        status("aborted" if stopped else "active"),
        period("", item.time) if stopped else period(item.time),
        _consumable(item.drug, ref("produit")),
        _reason(item.reason, ref("motif")),
        _instructions(ref("posologie")) if item.comment else "",
        reference=ref("produit"),
    )
    return Row(tuple(cells), entry)


def act(item: it.Act, ref: Ref) -> Row:
    """An act done, or planned for a day."""
    site = code("targetSiteCode", it.Coding(item.site), ref("site")) if item.site else ""
    comment = ""
    if item.told:
        told = el(
            "act",
            templates("2.16.840.1.113883.10.20.1.40", f"{_IHE}.2", f"{_ANS}.32"),
            loinc("48767-8", "Commentaire"),
            el("text", ref("commentaire")),
            status(),
            classCode="ACT",
            moodCode="EVN",
        )
        comment = el("entryRelationship", told, typeCode="SUBJ", inversionInd="true")
    entry = el(
        "procedure",
        templates(f"{_IHE}.19", "2.16.840.1.113883.10.20.1.29", f"{_ANS}.62"),
        code("code", item.name, ref("acte")),
        el("text", ref("acte")),
        status("completed" if item.done else "active"),
        at(item.time if item.done else item.due),
        site,
        _reason(item.reason, ref("motif")),
        comment,
        classCode="PROC",
        moodCode="EVN" if item.done else "INT",
    )
    cells = [
        Cell("acte", "Acte", item.name.text),
        Cell("date", "Date" if item.done else "Date prévue", moment(item.time if item.done else item.due)),
        Cell("etat", "État", "Acte réalisé" if item.done else "Acte programmé"),
    ]
    extra = (
        ("site", "Localisation", item.site),
        ("motif", "Motif", item.reason),
        ("commentaire", "Commentaire", item.told),
    )
    return Row((*cells, *(Cell(*each) for each in extra if each[2])), entry)


def examination(item: it.Examination, ref: Ref) -> Row:
    """An imaging examination: the act, and its conclusion as an observation."""
    conclusion = el(
        "observation",
        templates(f"{_IHE}.13", f"{_ANS}.48"),
        loinc("19005-8", "Conclusion"),
        el("text", ref("conclusion")),
        status(),
        at(item.time),
        el("value", words(item.conclusion), xsi_type="ST"),
        classCode="OBS",
        moodCode="EVN",
    )
    entry = el(
        "procedure",
        templates(f"{_IHE}.19", f"{_ANS}.62"),
        code("code", it.Coding(item.name), ref("examen")),
        el("text", ref("examen")),
        status(),
        at(item.time),
        code("methodCode", it.Coding(item.modality), ref("modalite")),
        el("entryRelationship", conclusion, typeCode="COMP"),
        classCode="PROC",
        moodCode="EVN",
    )
    cells = (
        Cell("examen", "Examen", item.name),
        Cell("modalite", "Modalité", item.modality),
        Cell("date", "Date", moment(item.time)),
        Cell("resultats", "Résultats", item.findings),
        Cell("conclusion", "Conclusion", item.conclusion),
    )
    return Row(cells, entry)


def implant(item: it.Implant, ref: Ref) -> Row:
    """An implanted device: since when, which, its serial number."""
    device = el(
        "playingDevice",
        code("code", it.Coding(item.name), ref("dispositif")),
        el("manufacturerModelName", words(item.model)),
        classCode="DEV",
        determinerCode="INSTANCE",
    )
    identifier = el("id", root="1.2.250.1.213.1.1.9.9", extension=item.serial)
    role = el("participantRole", identifier, device, classCode="MANU")
    entry = el(
        "supply",
        templates("2.16.840.1.113883.10.20.1.34", f"{_ANS}.20"),
        el("text", ref("dispositif")),
        period(item.since),
        el("participant", role, typeCode="DEV"),
        classCode="SPLY",
        moodCode="EVN",
    )
    cells = [
        Cell("dispositif", "Dispositif", item.name),
        Cell("modele", "Modèle", item.model),
        Cell("serie", "Numéro de série", item.serial),
        Cell("date", "Date de pose", day(item.since)),
    ]
    return Row((*cells, *((Cell("site", "Localisation", item.site),) if item.site else ())), entry)


def movement(item: it.Movement, ref: Ref) -> Row:
    """An entry, or an exit with the time of the entry."""
    place = el("playingEntity", el("name", words(item.ward)), classCode="PLC")
    entry = el(
        "encounter",
        templates("2.16.840.1.113883.10.20.1.21", f"{_IHE}.14", f"{_ANS}.58"),
        code("code", it.Coding("Hospitalisation", "HL7:ActCode", "IMP")),
        el("text", ref("sejour")),
        period(item.time) if item.entry else period(item.since, item.time),
        el("participant", el("participantRole", place, classCode="SDLOC"), typeCode="LOC"),
        classCode="ENC",
        moodCode="EVN",
    )
    cells = [
        Cell("sejour", "Mouvement", "Admission" if item.entry else "Sortie"),
        Cell("date", "Date", moment(item.time)),
        Cell("unite", "Unité", item.ward),
    ]
    return Row((*cells, *((Cell("mode", "Mode d’entrée", item.mode),) if item.mode else ())), entry)


def request(item: it.Request, ref: Ref) -> Row:
    """An examination asked for, whose result is awaited."""
    entry = el(
        "observation",
        templates("2.16.840.1.113883.10.20.1.25", f"{_IHE}.20.3.1", f"{_ANS}.24"),
        code("code", it.Coding(item.service), ref("examen")),
        el("text", ref("examen")),
        status("active"),
        classCode="OBS",
        moodCode="RQO",
    )
    return Row(
        (Cell("examen", "Examen demandé", item.service), Cell("commentaire", "Commentaire", item.comment)),
        entry,
    )
