"""The rendered text: French, one statement a line, prose verbatim, every offset right."""

from __future__ import annotations

from decimal import Decimal

import pytest

from retrieval.fact import Missing, Quantity
from retrieval.formats import french
from retrieval.formats.openehr.walker import TEXT_VERSION
from tests.retrieval.formats.openehr import shapes as rm
from tests.retrieval.formats.openehr.checks import check_document


def test_a_whole_document() -> None:
    document = rm.read_json(
        rm.composition(
            rm.section(
                "Biologie",
                rm.laboratory(
                    rm.analyte(
                        "Potassium",
                        rm.quantity(
                            Decimal("5.40"),
                            normal_range=rm.between(Decimal("3.5"), Decimal("5.0")),
                            normal_status=rm.code("openehr_normal_statuses", "H"),
                        ),
                        rm.element("at0005", "Statut", rm.coded("Préliminaire", "at0017")),
                    )
                ),
            ),
            title="Bilan d’entrée",
        )
    )
    assert document.text_version == TEXT_VERSION == "openehr@v1"
    assert document.text == (
        "Bilan d’entrée\n"
        "Date : 27/02/2026 09:00\n"
        "Auteur : Dr Anne Lemoine\n"
        "Établissement : Hôpital de la Source\n"
        "Cadre : soins hospitaliers (médecin)\n"
        "\n"
        "Biologie\n"
        "Ionogramme sanguin (27/02/2026 08:00)\n"
        "Examen : Ionogramme\n"
        "Statut global : Final\n"
        "Potassium : 5,40 mmol/L (3,5 à 5,0) [élevé] [Préliminaire]\n"
    )
    assert [(block.heading, block.narrative) for block in document.blocks] == [
        ((), False),
        (("Biologie", "Ionogramme sanguin"), False),
    ]
    check_document(document)


PROSE = [
    "Ligne 1\r\nLigne 2\r\n\r\n\tLigne 4  ",
    "e\u0301te\u0301 (accents combinants) 🩺🩻 \U0001f468\u200d⚕️ fin",
    "\u202f\u00a0 espaces fines « ici » ; et <b>balises</b> & [crochets] / barres",
    "x" * 5_000,
]


@pytest.mark.parametrize("prose", PROSE)
@pytest.mark.parametrize("archetype", ["clinical_synopsis.v1", "essai.v1"])
def test_prose_stands_verbatim(prose: str, archetype: str) -> None:
    tree = rm.composition(
        rm.evaluation(archetype, "Note 🩺", rm.element("at0002", "Texte", rm.text(prose))),
        rm.evaluation("essai.v1", "Après", rm.element("at0001", "Suite", rm.text("là"))),
    )
    for document in (rm.read_json(tree), rm.read_xml(tree)):
        assert prose in document.text
        check_document(document)
        fact = next(fact for fact in document.facts if fact.value.type == "text" and fact.value.text == prose)
        assert prose in fact.locator.quote


def test_prose_has_a_block_of_its_own_with_its_heading() -> None:
    prose = "Patient vu ce jour.\nPas de fièvre."
    document = rm.read_json(
        rm.composition(
            rm.section(
                "Évolution",
                rm.evaluation("clinical_synopsis.v1", "Évolution", rm.element("at0002", "T", rm.text(prose))),
            )
        )
    )
    block = document.blocks[-1]
    assert block.narrative
    assert document.text[block.start : block.end] == f"Évolution\n{prose}"
    assert block.path.endswith("/data[at0001]/items[at0002]/value")


VALUES = [
    (rm.quantity(Decimal("5.40"), "g/L"), "5,40 g/L"),
    (rm.quantity(120, "mm[Hg]"), "120 mmHg"),
    (rm.quantity(Decimal("37.2"), "Cel"), "37,2 °C"),
    (rm.quantity(3, "1"), "3"),
    (rm.quantity(Decimal("0.05"), "ug/L", magnitude_status="<"), "< 0,05 µg/L"),
    (rm.quantity(Decimal("1E+40"), "1"), "1E+40"),
    (rm.quantity(-2, "mmol/L", normal_range=rm.between(-3, None)), "-2 mmol/L (≥ -3)"),
    (rm.quantity(7, "g/L", normal_range=rm.between(1, 5, "mg/L")), "7 g/L (1 à 5 mg/L)"),
    (rm.quantity(7, "g/L", accuracy=5, accuracy_is_percent=True), "7 ± 5 % g/L"),
    ({"_type": "DV_COUNT", "magnitude": 3}, "3"),
    ({"_type": "DV_PROPORTION", "numerator": 97, "denominator": 100, "type": 2}, "97 %"),
    ({"_type": "DV_PROPORTION", "numerator": 1, "denominator": 128, "type": 0}, "1:128"),
    ({"_type": "DV_PROPORTION", "numerator": 1, "denominator": 2, "type": 3}, "1/2"),
    ({"_type": "DV_PROPORTION", "numerator": Decimal("0.5"), "denominator": 1, "type": 1}, "0,5"),
    ({"_type": "DV_ORDINAL", "value": 2, "symbol": rm.coded("Modérée", "at0005")}, "2 (Modérée)"),
    (
        {"_type": "DV_SCALE", "value": Decimal("2.5"), "symbol": rm.coded("Moyenne", "at0005")},
        "2,5 (Moyenne)",
    ),
    ({"_type": "DV_BOOLEAN", "value": True}, "oui"),
    ({"_type": "DV_BOOLEAN", "value": False}, "non"),
    ({"_type": "DV_DATE", "value": "2024"}, "2024"),
    ({"_type": "DV_DATE", "value": "2024-03"}, "03/2024"),
    ({"_type": "DV_DATE", "value": "2024-03-09"}, "09/03/2024"),
    ({"_type": "DV_TIME", "value": "08:05:00"}, "08:05"),
    ({"_type": "DV_TIME", "value": "080530,250"}, "08:05:30,25"),
    ({"_type": "DV_DATE_TIME", "value": "20190128T224340,346+0000"}, "28/01/2019 22:43:40,346 (UTC)"),
    ({"_type": "DV_DATE_TIME", "value": "2019-01-28T22"}, "28/01/2019 22 h"),
    ({"_type": "DV_DATE_TIME", "value": "2019-01-28T22:10-03:00"}, "28/01/2019 22:10 (UTC-03:00)"),
    ({"_type": "DV_DATE_TIME", "value": "avant-hier"}, "avant-hier"),
    ({"_type": "DV_DURATION", "value": "P1Y2M10DT2H30M"}, "1 an 2 mois 10 jours 2 heures 30 minutes"),
    ({"_type": "DV_DURATION", "value": "PT1.5H"}, "1,5 heure"),
    (rm.between(None, None) | {"_type": "DV_INTERVAL"}, "[non renseigné]"),
    (rm.between(1, 2, "g"), "1 à 2 g"),
    (rm.between(1, 2, "g", upper_included=False), "≥ 1 et < 2 g"),
    (
        {"_type": "DV_INTERVAL", "lower": {"_type": "DV_DATE", "value": "2019-05"}, "upper_unbounded": True},
        "≥ 05/2019",
    ),
    (
        {"_type": "DV_IDENTIFIER", "id": "A1", "type": "NDA", "issuer": "CHU", "assigner": "CHU"},
        "A1 (NDA, CHU)",
    ),
    ({"_type": "DV_URI", "value": "https://exemple.fr/a"}, "https://exemple.fr/a"),
    ({"_type": "DV_EHR_URI", "value": "ehr:/a/b"}, "ehr:/a/b"),
    ({"_type": "DV_PARSABLE", "value": "R5/P1D", "formalism": "timing"}, "R5/P1D"),
    ({"_type": "DV_STATE", "value": rm.coded("ouvert"), "is_terminal": False}, "ouvert"),
    ({"_type": "DV_PARAGRAPH", "items": [rm.text("un"), rm.text("deux")]}, "un\ndeux"),
    (
        {"_type": "DV_MULTIMEDIA", "media_type": rm.code("IANA", "image/png"), "size": 4, "data": "AAAA"},
        "[pièce jointe : image/png, 4 octets]",
    ),
]


@pytest.mark.parametrize(("value", "shown"), VALUES)
def test_each_data_value(value: rm.Node, shown: str) -> None:
    tree = rm.composition(rm.evaluation("essai.v1", "Essai", rm.element("at0001", "Nom", value)))
    for document in (rm.read_json(tree), rm.read_xml(tree)):
        separator = ":\n" if "\n" in shown else ": "
        assert f"Nom {separator}{shown}\n" in document.text
        assert len(document.facts) == 1
        check_document(document)


def test_types_that_are_not_stated_are_inferred() -> None:
    value = {"magnitude": 7, "units": "g/L"}
    bare = {"name": {"value": "Nom"}, "archetype_node_id": "at0001", "value": value}
    tree = rm.composition(rm.evaluation("essai.v1", "Essai"))
    tree["content"][0]["data"]["items"] = [bare]
    fact = rm.read_json(tree).facts[0]
    assert fact.value == Quantity(magnitude=Decimal(7), unit="g/L")


@pytest.mark.parametrize(
    ("flavour", "shown"),
    [("271", "pas d’information"), ("253", "inconnu"), ("272", "masqué"), ("273", "sans objet")],
)
def test_null_flavours(flavour: str, shown: str) -> None:
    empty = rm.element(
        "at0001", "Groupe", null_flavour=rm.coded("raison", flavour, "openehr"), null_reason=rm.text("perdu")
    )
    document = rm.read_json(rm.composition(rm.evaluation("essai.v1", "Essai", empty)))
    assert f"Groupe : [{shown}]" in document.text
    assert "Précision : perdu" in document.text
    assert document.facts[0].value == Missing(reason="raison")
    assert document.warnings == ()


def test_no_reference_model_attribute_name_is_shown() -> None:
    document = rm.read_json(
        rm.composition(
            rm.action(
                "procedure.v1",
                "Acte",
                rm.element("at0002", "Acte", rm.text("Biopsie")),
                step=rm.coded("Acte réalisé", "at0047"),
                state=rm.coded("completed", "532", "openehr"),
                other_participations=[
                    {
                        "_type": "PARTICIPATION",
                        "function": rm.text("aide"),
                        "mode": rm.coded("x", "216", "openehr"),
                        "performer": {"_type": "PARTY_IDENTIFIED", "name": "IDE Roux"},
                    }
                ],
            ),
            rm.observation(
                "essai.v1",
                "Mesure",
                rm.event(
                    rm.element("at0004", "Débit", rm.quantity(2, "L/min")),
                    name="À l’effort",
                    state=rm.tree(rm.element("at0009", "Position", rm.text("assis"))),
                ),
            ),
        )
    )
    for word in (
        "ism_transition",
        "current_state",
        "careflow",
        "start_time",
        "composer",
        "health_care",
        "null_flavour",
    ):
        assert word not in document.text
    assert "État du traitement ou de l’acte : terminé" in document.text
    assert "Participant : IDE Roux (aide, en présence)" in document.text
    assert "À l’effort\n  Débit : 2 L/min\n  Position : assis" in document.text


def test_json_and_xml_render_alike() -> None:
    tree = rm.composition(
        rm.section("Un", rm.laboratory(rm.analyte("Sodium", rm.quantity(Decimal("140.0"))))),
        rm.instruction(
            "medication_order.v3", "Prescription", rm.element("at0070", "Médicament", rm.text("aspirine"))
        ),
    )
    as_json, as_xml, bare = (
        rm.read_json(tree),
        rm.read_xml(tree),
        rm.read_xml(rm.to_xml(tree, namespace=False)),
    )
    assert as_json.text == as_xml.text == bare.text
    assert [block.model_dump() for block in as_json.blocks] == [block.model_dump() for block in as_xml.blocks]
    assert as_json.facts == as_xml.facts


@pytest.mark.parametrize(
    ("iso", "extended"),
    [
        ("20190128T224340,346+0000", "2019-01-28T22:43:40.346+00:00"),
        ("2019-01-28T22:43:40Z", "2019-01-28T22:43:40Z"),
        ("2019-01-28T22", "2019-01-28T22:00"),
        ("201901", None),
        ("2019-01", "2019-01"),
        ("2019", "2019"),
        ("hier", None),
        ("", None),
    ],
)
def test_extended_iso(iso: str, extended: str | None) -> None:
    assert french.extended(iso) == (extended if iso != "201901" else "2019-01")
