"""The table of conversions per analyte: right by chemistry, by published equivalents, and silent otherwise."""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal
from importlib.resources import files

import pytest

from retrieval.fact import Quantity
from retrieval.terminology.conversions import Measured, analytes_converted, convert, measured_by, rounded
from retrieval.terminology.lexicon import load_lexicon
from tests.retrieval.terminology.test_lexicon import make

TABLE = tomllib.loads(
    files("retrieval.terminology").joinpath("conversions.toml").read_text(encoding="utf-8"),
    parse_float=Decimal,
)
LEXICON = load_lexicon()
WEIGHTS = {
    "H": "1.008", "C": "12.011", "N": "14.007", "O": "15.999", "P": "30.974", "S": "32.06", "Li": "6.94",
    "Mg": "24.305", "Ca": "40.078", "Fe": "55.845", "Co": "58.933", "I": "126.90",
}  # fmt: skip
"""Abridged standard atomic weights, IUPAC 2021."""


def of(analyte: str, value: str, unit: str, wanted: str, **more: object) -> str | None:
    measured = Measured.model_validate({"analytes": (f"analyte:{analyte}",), **more})
    found = convert(Quantity(magnitude=Decimal(value), unit=unit), wanted, measured)
    return None if found is None else str(found.magnitude)


@pytest.mark.parametrize(
    "row", [row for row in TABLE["molar"] if "formula" in row], ids=lambda row: row["analyte"]
)
def test_molar_masses_are_those_of_the_formulas(row: dict[str, object]) -> None:
    parts = re.findall(r"([A-Z][a-z]?)(\d*)", str(row["formula"]))
    mass = sum(Decimal(WEIGHTS[symbol]) * int(count or 1) for symbol, count in parts)
    assert abs(mass - Decimal(str(row["molar_mass"]))) / mass < Decimal("0.0002")


def test_entries_name_analytes_and_none_claims_a_review_that_was_not_done() -> None:
    assert analytes_converted() <= {concept.key for concept in LEXICON.concepts}
    rows = [row for kind in TABLE.values() for row in kind]
    assert all(row["source"] for row in rows)
    assert all(row["reviewed"] is False for row in rows)


@pytest.mark.parametrize(
    ("analyte", "value", "unit", "wanted", "stated"),
    [
        ("creatinine", "10.0", "mg/L", "umol/L", "88.4"),
        ("creatinine", "84", "µmol/L", "mg/L", "9.5"),
        ("creatinine", "1.2", "mg/dL", "umol/L", "110"),
        ("glucose", "1.00", "g/L", "mmol/L", "5.55"),
        ("glucose", "126", "mg/dL", "mmol/L", "6.99"),
        ("urea", "1.00", "g/L", "mmol/L", "16.7"),
        ("uric_acid", "60", "mg/L", "umol/L", "360"),
        ("cholesterol", "2.00", "g/L", "mmol/L", "5.17"),
        ("triglycerides", "1.50", "g/L", "mmol/L", "1.71"),
        ("bilirubin", "10.0", "mg/L", "umol/L", "17.1"),
        ("calcium", "100", "mg/L", "mmol/L", "2.50"),
        ("calcium", "5.0", "meq/L", "mmol/L", "2.5"),
        ("potassium", "4.2", "meq/L", "mmol/L", "4.2"),
        ("serum_iron", "100", "ug/dL", "umol/L", "17.9"),
        ("vitamin_d", "30", "ng/mL", "nmol/L", "75"),
        ("hba1c", "7.0", "%", "mmol/mol", "53"),
        ("hba1c", "53", "mmol/mol", "%", "7.0"),
        ("acr", "3.00", "mg/mmol", "mg/g", "26.5"),
        ("asat", "35", "UI/L", "U/L", "35"),
        ("haemoglobin", "12.5", "g/dL", "g/L", "125"),
    ],
)
def test_published_equivalents(analyte: str, value: str, unit: str, wanted: str, stated: str) -> None:
    assert of(analyte, value, unit, wanted) == stated


@pytest.mark.parametrize(
    ("analyte", "unit", "wanted"),
    [
        ("crp", "mg/L", "umol/L"),
        ("tsh", "m[IU]/L", "mg/L"),
        ("hcg", "[IU]/L", "U/L"),
        ("anti_xa", "[IU]/mL", "mg/mL"),
        ("creatinine", "umol/L", "mg"),
        ("creatinine", "umol/L", "Comprimé"),
        ("potassium", "mmol/L", "mg/L"),
        ("egfr", "mL/min", "mL/min/{1.73_m2}"),
        ("nothing_of_that_name", "mmol/L", "g/L"),
    ],
)
def test_nothing_else_is_converted(analyte: str, unit: str, wanted: str) -> None:
    assert of(analyte, "5", unit, wanted) is None


def test_an_unknown_or_a_double_analyte_is_not_converted() -> None:
    quantity = Quantity(magnitude=Decimal("5.5"), unit="mmol/L")
    assert convert(quantity, "g/L", Measured()) is None
    assert convert(quantity, "g/L", Measured(analytes=("analyte:glucose", "analyte:urea"))) is None


def test_the_nitrogen_of_urea_is_not_urea() -> None:
    assert of("urea", "10.0", "mg/dL", "mmol/L", codes=("3094-0",)) == "3.57"
    assert of("urea", "10.0", "mg/dL", "mmol/L", label="BUN") == "3.57"
    assert of("urea", "10.0", "mg/dL", "mmol/L", label="Urée") == "1.67"


def test_what_was_recorded_stays() -> None:
    value = Quantity(magnitude=Decimal("9.5"), unit="mg/L", comparator="<")
    found = convert(value, "umol/L", Measured(analytes=("analyte:creatinine",)))
    assert found is not None
    assert (found.recorded, found.rule, found.reviewed) == (value, "creatinine", False)


def test_digits_are_those_that_were_measured() -> None:
    assert str(rounded(Decimal("83.9853"), like=Decimal("9.5"))) == "84"
    assert str(rounded(Decimal("5.8279"), like=Decimal("1.05"))) == "5.83"
    assert str(rounded(Decimal("16650"), like=Decimal("5"))) == "17000"


def test_what_a_fact_measures() -> None:
    coded = make("laboratory", "Créat.", ("http://loinc.org", "2160-0"), measure=True)
    named = make("laboratory", "Glycémie", measure=True)
    assert measured_by(coded, LEXICON) == Measured(
        analytes=("analyte:creatinine",), codes=("2160-0",), label="Créat."
    )
    assert measured_by(named, LEXICON).analytes == ("analyte:glucose",)
