"""Paths: the predicate rule, and that each path finds its value again in JSON and in XML."""

from __future__ import annotations

import pytest

from retrieval.errors import UnknownRecord
from retrieval.formats.openehr.canonical_json import CanonicalJson
from retrieval.formats.openehr.canonical_xml import CanonicalXml
from retrieval.formats.openehr.paths import follow, parse, predicates
from tests.retrieval.formats.openehr import shapes as rm
from tests.retrieval.formats.openehr.checks import check_document, check_paths


def named(*pairs: tuple[str, str]) -> list[rm.Node]:
    return [{"archetype_node_id": node_id, "name": {"value": name}} for node_id, name in pairs]


@pytest.mark.parametrize(
    ("siblings", "expected"),
    [
        (named(("at0001", "A"), ("at0002", "A")), ["[at0001]", "[at0002]"]),
        (
            named(("at0001", "A"), ("at0001", "B")),
            ["[at0001 and name/value='A']", "[at0001 and name/value='B']"],
        ),
        (named(("at0001", "A"), ("at0001", "A")), ["[at0001][1]", "[at0001][2]"]),
        (
            named(("at0001", "A"), ("at0002", "x"), ("at0001", "A"), ("at0001", "B")),
            ["[at0001][1]", "[at0002]", "[at0001][2]", "[at0001 and name/value='B']"],
        ),
        (named(("at0001", "l'un"), ("at0001", "autre")), ["[at0001][1]", "[at0001 and name/value='autre']"]),
        ([{}, {}], ["[1]", "[2]"]),
        ([{}], ["[1]"]),
        (named(("12", "A"), ("a]b", "B")), ["[1]", "[2]"]),
    ],
)
def test_predicates(siblings: list[rm.Node], expected: list[str]) -> None:
    assert predicates(siblings) == expected
    tree = {"items": siblings}
    for sibling, predicate in zip(siblings, expected, strict=True):
        assert follow(tree, f"/items{predicate}") is sibling


def test_names_with_brackets_slashes_and_line_ends_in_a_predicate() -> None:
    siblings = named(("at0001", "a]b/c[d]"), ("at0001", "deux\nlignes, “ici” and name/value=x"))
    tree = {"items": siblings}
    for sibling, predicate in zip(siblings, predicates(siblings), strict=True):
        assert follow(tree, f"/items{predicate}") is sibling


def test_forms_of_other_writers_are_followed() -> None:
    siblings = named(("at0001", "A"), ("at0001", "A"))
    assert follow({"items": siblings}, "/items[at0001, 2]") is siblings[1]
    assert (
        follow({"items": named(("at0001", "B"), ("at0001", "A"))}, "/items[at0001, 'A']")["name"]["value"]
        == "A"
    )  # type: ignore[index]
    tree = {"name": {"value": "A"}}
    assert follow(tree, "/") is follow(tree, "") is tree
    assert parse("") == []


def test_the_path_of_an_analyte_among_others() -> None:
    document = rm.read_json(
        rm.composition(
            rm.laboratory(
                rm.cluster(
                    "openEHR-EHR-CLUSTER.laboratory_test_analyte.v1",
                    "Potassium",
                    rm.element("at0001", "Résultat", rm.quantity(5)),
                ),
                rm.cluster(
                    "openEHR-EHR-CLUSTER.laboratory_test_analyte.v1",
                    "Sodium",
                    rm.element("at0001", "Résultat", rm.quantity(140)),
                ),
            )
        )
    )
    assert document.facts[2].locator.path == (
        "/content[openEHR-EHR-OBSERVATION.laboratory_test_result.v1]/data[at0001]/events[at0002]/data[at0003]"
        "/items[openEHR-EHR-CLUSTER.laboratory_test_analyte.v1 and name/value='Potassium']/items[at0001]/value"
    )


def test_every_path_resolves_in_json_and_xml() -> None:
    same = rm.element("at0004", "Même", rm.text("un"))
    tree = rm.composition(
        rm.evaluation(
            "essai.v1",
            "Essai",
            same,
            same | {"value": rm.text("deux")},
            rm.element("at0005", "l'autre", rm.text("x")),
        ),
        rm.evaluation(
            "essai.v1", "Essai", rm.cluster("at0009", "Groupe", rm.element("at0001", "A", rm.text("y")))
        ),
        rm.instruction("service_request.v1", "Demande", rm.element("at0121", "Examen", rm.text("IRM"))),
    )
    for document, reader in ((rm.read_json(tree), CanonicalJson()), (rm.read_xml(tree), CanonicalXml())):
        check_document(document)
        assert check_paths(document, tree) >= 6
        for fact in document.facts:
            raw = reader.resolve(document.raw, fact.locator.path)
            assert raw == follow(tree, fact.locator.path)


def test_a_path_that_is_malformed() -> None:
    for path in ("items", "/items[", "//", "/items[at0001 or x]"):
        with pytest.raises(UnknownRecord):
            follow({"items": []}, path)
