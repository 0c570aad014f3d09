"""One small source for each registered format, for the contract suite. Add a line with each new format."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from eval.bench.letters import docx_of, pdf_of
from retrieval.formats.base import Source
from tests.retrieval.formats.cda import shapes as cda
from tests.retrieval.formats.fhir import shapes as fhir
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


_LETTER = (
    "Compte rendu de consultation",
    "Lyon, le 12/03/2025",
    "ALLERGIES",
    "Pénicilline : urticaire en 2019.",
    "CONCLUSION",
    "Évolution favorable, cœur régulier.",
)


def _text() -> Source:
    return Source(name="lettre.txt", data="\n".join((*_LETTER, "🩺 contrôle à 3 mois")).encode())


def _pdf() -> Source:
    return Source(name="lettre.pdf", data=pdf_of([_LETTER, ("Page deux.",)]))


def _docx() -> Source:
    return Source(name="lettre.docx", data=docx_of(_LETTER))


def _rtf() -> Source:
    body = "\\par ".join(_LETTER).encode("cp1252").replace("œ".encode("cp1252"), b"\\'9c")
    return Source(name="lettre.rtf", data=b"{\\rtf1\\ansi\\ansicpg1252 " + body + b"}")


def _cda() -> Source:
    return Source(name="document.xml", data=cda.example())


def _fhir_json() -> Source:
    return Source(name="dossier.json", data=fhir.to_json(fhir.example()))


def _fhir_xml() -> Source:
    return Source(name="dossier.xml", data=fhir.to_xml(fhir.example()))


EXAMPLES: dict[str, Callable[[], Source]] = {
    "openehr-json": _openehr_json,
    "openehr-xml": _openehr_xml,
    "cda": _cda,
    "fhir-json": _fhir_json,
    "fhir-xml": _fhir_xml,
    "text": _text,
    "pdf": _pdf,
    "docx": _docx,
    "rtf": _rtf,
}
