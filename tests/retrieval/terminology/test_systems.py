"""Code systems have one name, and the lexicon is matched by code across them."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.fact import Code
from retrieval.terminology.lexicon import load_lexicon
from retrieval.terminology.systems import canonical_system, is_known_system, oid_of, uri_of
from tests.retrieval.terminology.test_lexicon import make

LEXICON = load_lexicon()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("http://loinc.org", "LOINC"),
        ("http://loinc.org/", "LOINC"),
        ("2.16.840.1.113883.6.1", "LOINC"),
        ("urn:oid:2.16.840.1.113883.6.1", "LOINC"),
        ("loinc", "LOINC"),
        ("http://snomed.info/sct|http://snomed.info/sct/900000000000207008", "SNOMED CT"),
        ("SNOMED-CT", "SNOMED CT"),
        ("1.2.250.1.213.2.12", "SNOMED 3.5"),
        ("http://www.whocc.no/atc", "ATC"),
        ("2.16.840.1.113883.6.73", "ATC"),
        ("CIM_10", "CIM-10"),
        ("ICD-10", "CIM-10"),
        ("http://hl7.org/fhir/sid/icd-10-cm", "ICD-10-CM"),
        ("1.2.250.1.213.2.3.2", "CIP"),
        ("http://data.esante.gouv.fr/ansm/medicament/UCD", "UCD"),
        ("http://www.nlm.nih.gov/research/umls/rxnorm", "RxNorm"),
        ("1.2.250.1.215.300.1", "CCAM"),
        (" labo-chu ", "labo-chu"),
        ("http://BogusSystemMedicabase.com", "http://BogusSystemMedicabase.com"),
    ],
)
def test_one_name(text: str, name: str) -> None:
    assert canonical_system(text) == name
    assert canonical_system(name) == name


def test_no_identifier_stands_for_two_systems() -> None:
    text = files("retrieval.terminology").joinpath("code_systems.toml").read_text(encoding="utf-8")
    systems = tomllib.loads(text)["systems"]
    forms = [
        form for name, row in systems.items() for form in (name, *row["oids"], *row["uris"], *row["aliases"])
    ]
    for name, row in systems.items():
        assert all(canonical_system(form) == name for form in (*row["oids"], *row["uris"], *row["aliases"]))
    assert len(forms) == len(set(forms))
    assert (oid_of("LOINC"), uri_of("LOINC")) == ("2.16.840.1.113883.6.1", "http://loinc.org")
    assert (oid_of("UCD"), uri_of("nowhere")) == ("", "")


@given(st.text(max_size=40))
def test_any_text_has_a_name(text: str) -> None:
    assert canonical_system(text) == text.strip() or is_known_system(text)


@pytest.mark.parametrize(
    ("key", "kind", "label", "code", "expected"),
    [
        ("problem:hypertension", "problem", "?", ("http://snomed.info/sct", "38341003"), True),
        ("problem:hypertension", "problem", "?", ("2.16.840.1.113883.6.96", "59621000"), True),
        ("problem:hypertension", "problem", "?", ("labo", "38341003"), False),
        ("problem:diabetes", "problem", "?", ("SNOMED CT", "38341003"), False),
        ("class:penicillin", "allergy", "?", ("http://snomed.info/sct", "764146007"), True),
        ("allergy:egg", "allergy", "?", ("http://snomed.info/sct", "91930004"), True),
        ("procedure:chest_xray", "procedure", "?", ("http://snomed.info/sct", "399208008"), True),
        (
            "drug:paracetamol",
            "medication",
            "?",
            ("http://www.nlm.nih.gov/research/umls/rxnorm", "313782"),
            True,
        ),
        (
            "class:penicillin",
            "medication",
            "?",
            ("http://www.nlm.nih.gov/research/umls/rxnorm", "308182"),
            True,
        ),
        ("drug:paracetamol", "medication", "?", ("http://snomed.info/sct", "313782"), False),
        # the label names another substance than the code: the label is what people read
        ("drug:paracetamol", "medication", "ibuprofène", ("RxNorm", "313782"), False),
        ("drug:amoxicillin", "medication", "?", ("2.16.840.1.113883.6.73", "J01CA04"), True),
        # these letters are a code of another system
        ("problem:asthma", "problem", "?", ("1.2.250.1.213.2.68", "J45"), False),
        ("problem:asthma", "problem", "?", ("2.16.840.1.113883.6.3", "J45"), True),
    ],
)
def test_by_code_across_systems(
    key: str, kind: str, label: str, code: tuple[str, str], *, expected: bool
) -> None:
    assert LEXICON.matches(LEXICON.concept(key), make(kind, label, code)) is expected


def test_codes_outside_the_entries_name_entries() -> None:
    keys = {concept.key for concept in LEXICON.concepts}
    tables = (("snomed_ct.toml", "SNOMED CT", 40), ("rxnorm.toml", "RxNorm", 40), ("cvx.toml", "CVX", 25))
    for name, system, least in tables:
        text = files("retrieval.terminology").joinpath("lexicons", name).read_text(encoding="utf-8")
        rows = tomllib.loads(text)["codes"]
        assert len(rows) > least
        for code, row in rows.items():
            assert code.isdecimal()
            assert row["display"]
            assert set(row["keys"]) == LEXICON.keys_outside(Code(system=system, code=code)) <= keys


def test_the_semantic_tag_of_a_name_is_no_part_of_it() -> None:
    fact = make("procedure", "Postoperative care (regime/therapy)")
    assert not LEXICON.matches(LEXICON.concept("topic:diet"), fact)
    assert LEXICON.matches(LEXICON.concept("problem:anaemia"), make("problem", "Anemia (disorder)"))
