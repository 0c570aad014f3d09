"""What goes wrong in a laboratory, on purpose: an amended result, one entered in error, one preliminary."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from decimal import Decimal
from random import Random

from eval.synthetic.results import Panel, Report, Sampler, rounded
from eval.synthetic.truth import Lab

_AMENDED = (
    "Résultat modifié : premier prélèvement hémolysé, contrôle sur un nouveau tube. "
    "Annule et remplace le précédent."
)
_ERROR = (
    "Compte rendu annulé : erreur d’identification du prélèvement, résultats ne concernant pas ce patient."
)
_PRELIMINARY = "Résultat préliminaire, en attente de validation biologique."


def corrected(rng: Random, reports: list[Report], draw: Sampler, *, index: int) -> list[Report]:
    """The reports with one amendment, and for some patients one entered in error and one preliminary."""
    changed = _amended(rng, reports, draw)
    if index % 3 == 0:
        changed = [*changed, *_mistaken(rng, draw)]
    if index % 2 == 0:
        changed.append(_preliminary(draw))
    return sorted(changed, key=lambda report: (report.time, report.key, report.version))


def _amended(rng: Random, reports: list[Report], draw: Sampler) -> list[Report]:
    """One past report becomes a version with a falsely high potassium, and one that corrects it."""
    candidates = [report for report in reports[:-3] if any(lab.analyte == "potassium" for lab in report.labs)]
    if not candidates:
        return reports
    right = rng.choice(candidates[len(candidates) // 3 :])
    first = _with_labs(right, lambda lab: _first_version(lab, draw))
    second = _with_labs(right, _second_version).model_copy(update={"version": 2, "comment": _AMENDED})
    return [report for report in reports if report is not right] + [first, second]


def _with_labs(report: Report, change: Callable[[Lab], Lab]) -> Report:
    panels = tuple(
        panel.model_copy(update={"labs": tuple(change(lab) for lab in panel.labs)}) for panel in report.panels
    )
    return report.model_copy(update={"panels": panels})


def _second_version(lab: Lab) -> Lab:
    return lab.model_copy(update={"status": "amended"}) if lab.analyte == "potassium" else lab


def _first_version(lab: Lab, draw: Sampler) -> Lab:
    value = lab.value + Decimal("1.4") if lab.analyte == "potassium" else lab.value
    key = lab.key.replace("/bio-", "/v1-bio-")
    return draw.lab(lab.analyte, value, when=lab.time, report="").model_copy(
        update={"key": key, "superseded": True}
    )


def _mistaken(rng: Random, draw: Sampler) -> list[Report]:
    """A neighbour's creatinine filed here (version 1), then marked as entered in error (version 2)."""
    when = datetime.combine(draw.clock.on(-2.2) + timedelta(days=rng.randint(-3, 3)), time(8, 5))
    key = f"bio-{when:%Y%m%d}-erreur"
    values = {"potassium": Decimal("6.3"), "creatinine": rounded(rng.uniform(380, 460), 0)}
    labs = tuple(draw.lab(name, value, when=when, report=f"v1-{key}") for name, value in values.items())
    titled = Panel(title="Ionogramme sanguin et fonction rénale", labs=labs)
    wrong = Report(key=key, time=when, panels=(titled,))
    first = _with_labs(wrong, lambda lab: lab.model_copy(update={"superseded": True}))
    second = _with_labs(wrong, _voided).model_copy(update={"version": 2, "comment": _ERROR})
    return [first, second]


def _voided(lab: Lab) -> Lab:
    return lab.model_copy(update={"key": lab.key.replace("/v1-", "/"), "status": "entered_in_error"})


def _preliminary(draw: Sampler) -> Report:
    when = datetime.combine(draw.clock.today - timedelta(days=1), time(7, 30))
    key = f"bio-{when:%Y%m%d}-preliminaire"
    lab = draw.lab("crp", Decimal(11), when=when, report=key).model_copy(update={"status": "preliminary"})
    panel = Panel(title="Protéine C réactive", labs=(lab,))
    return Report(key=key, time=when, panels=(panel,), comment=_PRELIMINARY)
