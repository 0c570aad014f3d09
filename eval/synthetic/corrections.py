"""What goes wrong in a laboratory, on purpose: an amended result, one entered in error, one preliminary."""

from datetime import datetime, time, timedelta
from decimal import Decimal
from random import Random

from eval.synthetic.results import Report, Sampler, rounded
from eval.synthetic.truth import Lab

_AMENDED = "Résultat modifié : premier prélèvement hémolysé, contrôle sur un nouveau tube. Annule et remplace le précédent."
_ERROR = "Compte rendu annulé : erreur d’identification du prélèvement, résultats ne concernant pas ce patient."
_PRELIMINARY = "Résultat préliminaire, en attente de validation biologique."


def corrected(rng: Random, reports: list[Report], draw: Sampler, *, index: int) -> list[Report]:
    """The reports with one amendment, and for some patients one entered in error and one preliminary."""
    changed = _amended(rng, reports, draw)
    if index % 3 == 0:
        changed = [*changed, *_mistaken(rng, changed, draw)]
    if index % 2 == 0:
        changed.append(_preliminary(draw))
    return sorted(changed, key=lambda report: (report.time, report.key, report.version))


def _amended(rng: Random, reports: list[Report], draw: Sampler) -> list[Report]:
    """One past routine report becomes a version with a falsely high potassium, and the version that corrects it."""
    candidates = [report for report in reports[:-3] if any(lab.analyte == "potassium" for lab in report.labs)]
    if not candidates:
        return reports
    right = rng.choice(candidates[len(candidates) // 3 :])
    wrong = tuple(_first_version(lab, draw) for lab in right.labs)
    final = tuple(
        lab.model_copy(update={"status": "amended"}) if lab.analyte == "potassium" else lab for lab in right.labs
    )
    first = right.model_copy(update={"labs": wrong})
    second = right.model_copy(update={"labs": final, "version": 2, "comment": _AMENDED})
    return [report for report in reports if report is not right] + [first, second]


def _first_version(lab: Lab, draw: Sampler) -> Lab:
    value = lab.value + Decimal("1.4") if lab.analyte == "potassium" else lab.value
    key = lab.key.replace("/bio-", "/v1-bio-")
    return draw.lab(lab.analyte, value, when=lab.time, report="").model_copy(
        update={"key": key, "superseded": True}
    )


def _mistaken(rng: Random, reports: list[Report], draw: Sampler) -> list[Report]:
    """A neighbour's creatinine filed here (version 1), then marked as entered in error (version 2)."""
    when = datetime.combine(draw.clock.on(-2.2) + timedelta(days=rng.randint(-3, 3)), time(8, 5))
    key = f"bio-{when:%Y%m%d}-erreur"
    values = {"potassium": Decimal("6.3"), "creatinine": rounded(rng.uniform(380, 460), 0)}
    labs = tuple(draw.lab(name, value, when=when, report=f"v1-{key}") for name, value in values.items())
    first = Report(
        key=key,
        title="Ionogramme sanguin et fonction rénale",
        time=when,
        labs=tuple(lab.model_copy(update={"superseded": True}) for lab in labs),
    )
    voided = tuple(
        lab.model_copy(update={"key": lab.key.replace("/v1-", "/"), "status": "entered_in_error"}) for lab in labs
    )
    return [first, first.model_copy(update={"labs": voided, "version": 2, "comment": _ERROR})]


def _preliminary(draw: Sampler) -> Report:
    when = datetime.combine(draw.clock.today - timedelta(days=1), time(7, 30))
    key = f"bio-{when:%Y%m%d}-preliminaire"
    lab = draw.lab("crp", Decimal(11), when=when, report=key).model_copy(update={"status": "preliminary"})
    return Report(key=key, title="Protéine C réactive", time=when, labs=(lab,), comment=_PRELIMINARY)
