"""A site's own lexicon files: what they add and override, and errors that say file, entry and field."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.errors import InputError
from retrieval.fact import Code
from retrieval.terminology.lexicon import load_lexicon
from tests.retrieval.terminology.test_lexicon import make


def site(folder: Path, **contents: str) -> Path:
    for name, text in contents.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


def test_a_site_adds_forms_entries_and_codes(tmp_path: Path) -> None:
    folder = site(
        tmp_path,
        analytes='[analytes]\npotassium = { words = ["potassium maison"] }\n'
        'zinc = { label = "zincémie", words = ["zinc sérique"], unit = "umol/L", loinc = ["5763-8"] }\n',
        drugs='[drugs]\nmidodrine_maison = { label = "préparation hospitalière XB12", atc = ["C01CA17"] }\n',
        snomed_ct='[codes]\n"233604007" = { keys = ["problem:pneumonia"], display = "Pneumonia" }\n'
        '"53741008" = { keys = ["problem:coronary_disease"], display = "Coronary arteriosclerosis" }\n',
    )
    lexicon = load_lexicon(folder)
    assert [mention.concept.key for mention in lexicon.mentions("potassium maison et zinc sérique")] == [
        "analyte:potassium",
        "analyte:zinc",
    ]
    assert lexicon.concept("analyte:potassium").label == "kaliémie"
    assert "2823-3" in {code.code for code in lexicon.concept("analyte:potassium").codes}
    assert "drug:midodrine_maison" in lexicon.concept("class:vasopressor").members
    assert lexicon.keys_outside(Code(system="SNOMED CT", code="53741008")) == {"problem:coronary_disease"}
    assert lexicon.matches(
        lexicon.concept("analyte:zinc"), make("laboratory", "Zn", ("LOINC", "5763-8"), measure=True)
    )


def test_a_site_replaces_a_label_and_takes_a_form_out(tmp_path: Path) -> None:
    folder = site(
        tmp_path,
        problems='[problems]\nhypertension = { label = "HTA (libellé du CHU)", without = ["HTA"] }\n',
    )
    lexicon = load_lexicon(folder)
    assert lexicon.concept("problem:hypertension").label == "HTA (libellé du CHU)"
    assert "HTA" not in lexicon.concept("problem:hypertension").words
    assert load_lexicon().concept("problem:hypertension").label == "hypertension artérielle"


def test_the_digest_tells_one_site_from_another(tmp_path: Path) -> None:
    assert load_lexicon().site == ""
    assert load_lexicon(tmp_path).site == ""
    site(tmp_path, analytes='[analytes]\nzinc = { label = "zincémie" }\n')
    first = load_lexicon(tmp_path).site
    assert len(first) == 12
    assert load_lexicon(tmp_path).site == first
    site(tmp_path, analytes='[analytes]\nzinc = { label = "zinc" }\n')
    assert load_lexicon(tmp_path).site != first


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("analyte", "", "analyte.toml: not the name of a lexicon"),
        ("analytes", "[analytes\n", "analytes.toml: not TOML in UTF-8 (line 1)"),
        ("analytes", "[drugs]\n", "analytes.toml: drugs: the only table of this file is [analytes]"),
        ("analytes", 'analytes = "x"\n', "analytes.toml: : an entry is written name"),
        ("analytes", '[analytes]\nzinc = "x"\n', "analytes.toml: zinc: an entry is written name"),
        ("analytes", '[analytes]\nZinc = { label = "x" }\n', "analytes.toml: Zinc: the name of an entry"),
        (
            "analytes",
            '[analytes]\nzinc = { words = ["zinc"] }\n',
            "analytes.toml: zinc: label: a new entry needs",
        ),
        (
            "analytes",
            '[analytes]\nzinc = { label = "z", mots = [] }\n',
            "analytes.toml: zinc: mots: not a field",
        ),
        (
            "analytes",
            '[analytes]\nzinc = { label = "zincémie", loinc = ["57638"] }\n',
            "analytes.toml: zinc: loinc: must be a list of LOINC codes",
        ),
        (
            "analytes",
            '[analytes]\nzinc = { label = "zincémie", gender = "x" }\n',
            "analytes.toml: zinc: gender: must be one of m, f, mp, fp",
        ),
        (
            "analytes",
            '[analytes]\nzinc = { label = "zincémie", words = ["kaliémie"] }\n',
            "analytes.toml: zinc: « kaliémie » already names analyte:potassium",
        ),
        (
            "problems",
            '[problems]\nzz = { label = "zz maladie", kinds_of = ["nowhere"] }\n',
            "problems.toml: zz: problem:nowhere is no entry",
        ),
        (
            "problems",
            '[problems]\nhypertension = { without = ["zz"] }\n',
            "problems.toml: hypertension: without: the shipped entry has no form « zz »",
        ),
        (
            "rxnorm",
            '[codes]\n"1" = { keys = ["drug:nowhere"], display = "x" }\n',
            "rxnorm.toml: 1: keys: drug:nowhere is no entry",
        ),
        ("rxnorm", '[codes]\n"1" = { keys = [], display = "x" }\n', "rxnorm.toml: 1: keys: must be"),
    ],
)
def test_errors_say_file_entry_and_field(tmp_path: Path, name: str, text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        load_lexicon(site(tmp_path, **{name: text}))
    assert str(caught.value).startswith(said)


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a folder"):
        load_lexicon(tmp_path / "nowhere")
