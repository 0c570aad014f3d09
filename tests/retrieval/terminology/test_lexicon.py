"""The lexicon: its data, the finding of concepts in text, and the matching of facts."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from retrieval.fact import Code, Coded, Fact, Quantity, Text
from retrieval.locator import locate
from retrieval.terminology.concept import Concept
from retrieval.terminology.entries import read_lexicon_files
from retrieval.terminology.lexicon import Lexicon, load_lexicon
from retrieval.terminology.words import forms_of, singular, words_of

LEXICON = load_lexicon()
DATA = read_lexicon_files()
SHARED = {
    ("vitamine", "d"), ("heparine",), ("heparin",), ("scanner", "thoraco", "abdomino", "pelvien"), ("tdm", "tap"),
}  # fmt: skip
"""Forms that name several concepts on purpose."""


def of_kind(kind: str) -> list[Concept]:
    return [concept for concept in LEXICON.concepts if concept.kind == kind]


def make(kind: str, label: str, *codes: tuple[str, str], measure: bool = False) -> Fact:
    place = locate(
        label, (0, len(label)), system="t", record_id="r", version="1", path="/", text_version="t@1"
    )
    value = Quantity(magnitude=Decimal(1)) if measure else Coded(text=label)
    return Fact(
        id=label, kind=kind, label=label, value=value, locator=place,
        codes=tuple(Code(system=system, code=code) for system, code in codes),
    )  # type: ignore[arg-type]  # fmt: skip


def test_the_lexicon_is_as_large_as_promised() -> None:
    assert len(of_kind("analyte")) >= 90
    assert len(of_kind("drug")) >= 250
    assert len(of_kind("problem")) >= 120
    assert len(of_kind("drug_class")) >= 40


def test_keys_are_unique_and_references_resolve() -> None:
    keys = [entry.concept.key for entry in DATA.entries]
    assert len(keys) == len(set(keys))
    for entry in DATA.entries:
        for key in (*entry.parents, *entry.parts, *entry.concept.members):
            assert key in keys, (entry.concept.key, key)
    for form, readings in DATA.ambiguous.items():
        assert len(readings) > 1, form
        assert all(reading.key in keys for reading in readings if reading.key)


def test_codes_are_well_formed() -> None:
    shapes = {
        "ATC": r"[A-Z]\d\d([A-Z]([A-Z](\d\d)?)?)?",
        "LOINC": r"\d{1,5}-\d",
        "CIM-10": r"[A-Z]\d\d(\.\d)?|C",
    }
    for concept in LEXICON.concepts:
        for code in concept.codes:
            assert re.fullmatch(shapes[code.system], code.code), (concept.key, code.code)


def test_no_form_names_two_things_unless_on_purpose() -> None:
    owners: dict[tuple[str, ...], set[str]] = {}
    for entry in DATA.entries:
        for form in entry.concept.words:
            if form not in entry.exact and form not in DATA.ambiguous:
                owners.setdefault(forms_of(form), set()).add(entry.concept.key)
    shared = {form for form, keys in owners.items() if len(keys) > 1}
    assert shared <= SHARED


def test_every_class_has_members_and_every_form_is_found() -> None:
    assert all(concept.members for concept in of_kind("drug_class"))
    for entry in DATA.entries:
        for form in entry.concept.words:
            if form in DATA.ambiguous or form in entry.exact:
                continue
            found = {mention.concept.key for mention in LEXICON.mentions(form)}
            assert entry.concept.key in found, (entry.concept.key, form)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kaliémie à 5,4, INR 2,1", [("analyte:potassium", "Kaliémie"), ("analyte:inr", "INR")]),
        ("K+ : 4,1", [("analyte:potassium", "K+")]),
        ("NT-proBNP puis BNP", [("analyte:ntprobnp", "NT-proBNP"), ("analyte:bnp", "BNP")]),
        ("HbA1c et hémoglobine", [("analyte:hba1c", "HbA1c"), ("analyte:haemoglobin", "hémoglobine")]),
        ("canrénoate de potassium", [("drug:canrenoate", "canrénoate de potassium")]),
        ("Lasilix, puis Kardégic", [("drug:furosemide", "Lasilix"), ("drug:aspirin", "Kardégic")]),
        ("des PÉNICILLINES", [("class:penicillin", "PÉNICILLINES")]),
        ("œdème aigu du poumon", [("problem:heart_failure", "œdème aigu du poumon")]),
        ("oedeme aigu du poumon", [("problem:heart_failure", "oedeme aigu du poumon")]),
        ("E\u0301pilepsie", [("problem:epilepsy", "E\u0301pilepsie")]),
        ("ta tension", [("vital:blood_pressure", "tension")]),
        ("IL NE VA PAS BIEN CE MATIN", []),
        ("une potassiumerie", []),
        ("IVG en 2019", []),
    ],
)
def test_mentions(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(m.concept.key, text[m.start : m.end]) for m in LEXICON.mentions(text)] == expected


def test_short_forms_need_their_case_unless_asked_leniently() -> None:
    assert LEXICON.mentions("hb") == ()
    assert [m.concept.key for m in LEXICON.mentions("hb", lenient=True)] == ["analyte:haemoglobin"]
    assert LEXICON.mentions("ta fa pas", lenient=True) == ()


def test_ambiguous_abbreviations_are_told_with_their_readings() -> None:
    found = LEXICON.ambiguities("Antécédent d'IVG")
    assert [(item.form, [reading.key for reading in item.readings]) for item in found] == [
        ("IVG", ["problem:abortion", "problem:left_heart_failure"])
    ]


@pytest.mark.parametrize(
    ("word", "key"),
    [
        ("furosemid", "drug:furosemide"), ("kalliemie", "analyte:potassium"), ("amoxiciline", "drug:amoxicillin"),
        ("allergigue", "topic:allergy"), ("patient", None), ("inr", None), ("hypotension", "problem:hypotension"),
        ("hyperglycemie", "problem:hyperglycaemia"), ("hypokaliemie", "problem:hypokalaemia"),
        ("hypercalcemies", "problem:hypercalcaemia"), ("augmentation", None), ("digitoxine", None),
    ],
)  # fmt: skip
def test_fuzzy(word: str, key: str | None) -> None:
    found = LEXICON.fuzzy(word)
    assert (found.key if found else None) == key


def test_a_misspelt_word_is_never_turned_into_its_opposite() -> None:
    for word in ("hypernatremie", "hypertensiom", "hypotiroidie", "hypoparathyroidi"):
        found = LEXICON.fuzzy(word)
        opposite = "hypo" if word.startswith("hyper") else "hyper"
        assert found is None or not found.label.startswith(opposite)


MATCHES = [
    ("analyte:potassium", make("laboratory", "Potassium", ("LOINC", "2823-3"), measure=True), True),
    ("analyte:potassium", make("laboratory", "Potassium", measure=True), True),
    ("analyte:potassium", make("laboratory", "Potassium urinaire", measure=True), False),
    ("analyte:potassium", make("laboratory", "Potassium", ("LOINC", "2828-2"), measure=True), False),
    ("analyte:potassium", make("medication", "Canrénoate de potassium"), False),
    ("analyte:potassium", make("medication", "chlorure de potassium"), False),
    ("analyte:creatinine", make("laboratory", "Rapport protéines/créatinine", measure=True), False),
    ("analyte:bnp", make("laboratory", "NT-proBNP", measure=True), False),
    ("analyte:haemoglobin", make("laboratory", "Hémoglobine glyquée", measure=True), False),
    ("analyte:tacrolimus", make("laboratory", "Tacrolimus", measure=True), True),
    ("drug:tacrolimus", make("laboratory", "Tacrolimus", measure=True), False),
    ("drug:furosemide", make("medication", "LASILIX 40 mg cp"), True),
    ("drug:amoxicillin", make("medication", "Augmentin"), True),
    ("drug:amoxicillin", make("medication", "Amoxicilline/acide clavulanique"), True),
    ("class:anticoagulant", make("medication", "Eliquis"), True),
    ("class:anticoagulant", make("medication", "produit nouveau", ("ATC", "B01AF99")), True),
    ("class:anticoagulant", make("medication", "AVK"), True),
    ("class:anticoagulant", make("medication", "Kardégic"), False),
    ("class:penicillin", make("allergy", "Amoxicilline"), True),
    ("problem:diabetes", make("problem", "Diabète de type 2"), True),
    ("problem:diabetes", make("problem", "DT2", ("CIM-10", "E11.9")), True),
    ("problem:diabetes_1", make("problem", "Diabète de type 2", ("CIM-10", "E119")), False),
    ("problem:diabetes", make("generic", "Compte rendu : diabète absent"), False),
    ("imaging_ct", make("imaging", "TDM cérébrale"), True),
    ("device:pacemaker", make("device", "Stimulateur cardiaque double chambre"), True),
    ("allergy:latex", make("allergy", "Latex"), True),
    ("topic:allergy", make("allergy", "Latex"), True),
    ("topic:renal_function", make("laboratory", "Créatinine", measure=True), True),
]


@pytest.mark.parametrize(
    ("key", "fact", "expected"), MATCHES, ids=lambda value: getattr(value, "label", str(value))
)
def test_matches(key: str, fact: Fact, expected: bool) -> None:
    concept = LEXICON.concept("procedure:ct" if key == "imaging_ct" else key)
    assert LEXICON.matches(concept, fact) is expected


def test_the_value_of_a_result_is_not_what_it_is_about() -> None:
    place = locate("x", (0, 1), system="t", record_id="r", version="1", path="/", text_version="t@1")
    result = Fact(
        id="1", kind="laboratory", label="Commentaire", value=Text(text="potassium hémolysé"), locator=place
    )
    assert not LEXICON.matches(LEXICON.concept("analyte:potassium"), result)


def test_brands_give_substances() -> None:
    assert [c.key for c in LEXICON.drugs_in("Eliquis et Doliprane, puis apixaban")] == [
        "drug:apixaban",
        "drug:paracetamol",
    ]


def test_search_words_hold_members_and_no_common_short_form() -> None:
    words = LEXICON.search_words([LEXICON.concept("class:anticoagulant")])
    assert {"Eliquis", "AVK", "warfarine", "Lovenox"} <= set(words)
    potassium = LEXICON.search_words([LEXICON.concept("analyte:potassium")])
    assert "kaliémie" in potassium
    assert "K" not in potassium


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_offsets_are_true_for_any_text(text: str) -> None:
    for word in words_of(text):
        assert 0 <= word.start < word.end <= len(text)
    for mention in LEXICON.mentions(text, lenient=True):
        assert 0 <= mention.start < mention.end <= len(text)


@given(
    st.sampled_from([c for c in LEXICON.concepts if c.kind == "drug"]),
    st.sampled_from(["", "é ", "œ", "prise de "]),
    st.sampled_from([".", "", " 40 mg", "s"]),
)
@settings(max_examples=150, deadline=None)
def test_a_name_is_found_at_its_exact_place(concept: Concept, before: str, after: str) -> None:
    last = concept.label.split()[-1].rpartition("-")[2]
    assume(
        after != "s" or (len(last) >= 4 and last[-1] not in "sx")
    )  # `anti-D`, `évérolimus`: no such plural
    text = f"{before} {concept.label}{after}"
    assert any(
        mention.concept.key == concept.key and text[mention.start : mention.end].startswith(concept.label)
        for mention in LEXICON.mentions(text)
    )


def test_singular_brings_both_languages_together() -> None:
    assert singular("allergies") == singular("allergie") == "allergy"
    assert singular("medicaux") == "medical"
    assert singular("pouls") == "poul"
    assert singular("inr") == "inr"


def test_the_lexicon_loads_fast_and_anew_each_time() -> None:
    assert isinstance(load_lexicon(), Lexicon)
    assert load_lexicon() is not LEXICON


def test_no_code_stands_for_a_disorder_and_its_opposite() -> None:
    codes = {concept.label: {code.code for code in concept.codes} for concept in of_kind("problem")}
    pairs = [(label, "hyper" + label.removeprefix("hypo")) for label in codes if label.startswith("hypo")]
    known = [(low, high) for low, high in pairs if high in codes]
    assert len(known) >= 5
    assert [pair for pair in known if codes[pair[0]] & codes[pair[1]]] == []
