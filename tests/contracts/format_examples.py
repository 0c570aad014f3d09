"""One small source for each registered format, for the contract suite. Add a line with each new format."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from retrieval.formats.base import Source
from tests.retrieval.formats.openehr import shapes as rm


def _composition() -> rm.Node:
    return rm.composition(
        rm.laboratory(rm.analyte("Potassium", rm.quantity(Decimal("5.40"), normal_range=rm.between(3, 5)))),
        rm.evaluation(
            "adverse_reaction_risk.v2", "Allergie", rm.element("at0002", "Substance", rm.text("Pénicilline"))
        ),
        rm.evaluation(
            "clinical_synopsis.v1",
            "Évolution",
            rm.element("at0002", "Texte", rm.text("Vu ce jour.\nÉtat 🩺 stable.")),
        ),
    )


def _openehr_json() -> Source:
    return Source(name="exemple.json", data=rm.to_json(_composition()))


def _openehr_xml() -> Source:
    return Source(name="exemple.xml", data=rm.to_xml(_composition()))


EXAMPLES: dict[str, Callable[[], Source]] = {
    "openehr-json": _openehr_json,
    "openehr-xml": _openehr_xml,
}
