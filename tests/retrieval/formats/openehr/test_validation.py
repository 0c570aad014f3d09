"""The second opinion of the reference-model types: warnings, never a loss."""

from __future__ import annotations

import sys
import time
from decimal import Decimal

import pytest

from retrieval.composition import ReadDocument
from retrieval.formats.base import Source
from retrieval.formats.openehr import validation
from retrieval.formats.openehr.canonical_json import CanonicalJson
from tests.retrieval.formats.openehr import shapes as rm


def read(tree: rm.Node) -> ReadDocument:
    item = next(iter(CanonicalJson().read(Source(name="x.json", data=rm.to_json(tree)))))
    assert isinstance(item, ReadDocument)
    return item


def test_a_valid_document_has_no_warning() -> None:
    tree = rm.composition(rm.laboratory(rm.analyte("Sodium", rm.quantity(Decimal("140.5")))))
    assert read(tree).warnings == ()
    assert tree["content"][0]["_type"] == "OBSERVATION", "the check leaves the tree as it is"


def test_a_refusal_is_a_warning_with_its_place_and_the_document_is_kept() -> None:
    tree = rm.composition(
        rm.evaluation("essai.v1", "Essai", rm.element("at0001", "A", rm.text("x"))), composer={"name": ["x"]}
    )
    tree["context"]["start_time"] = {"_type": "DV_DATE_TIME"}
    document = read(tree)
    assert any(warning.startswith("reference model: ") for warning in document.warnings)
    assert len(document.warnings) <= 4
    assert [fact.label for fact in document.facts] == ["A"]


def test_a_long_document_is_not_checked_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validation, "MAX_CHARACTERS", 100)
    start = time.process_time()
    assert validation.validate(rm.composition()) == (
        "reference-model check left out: the document is too long",
    )
    assert time.process_time() - start < 1


def test_without_the_check_the_library_is_not_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "oehrpy"]:
        monkeypatch.delitem(sys.modules, name)
    rm.read_json(rm.composition())
    assert not any(name.split(".")[0] == "oehrpy" for name in sys.modules)
