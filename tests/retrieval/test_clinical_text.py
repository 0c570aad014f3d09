"""Clinical text: cases as marked sentences, so that a clinician can add one.

In a case the term stands between `[` and `]`; the letters are what must be true of it:
n negated, f family, h hypothesis; `-` nothing of these.
"""

import tomllib
from importlib import import_module
from importlib.resources import files

import pytest

from retrieval.clinical_text import assert_spans, cued, split_sentences

FRENCH = [
    ("Pas de [fibrillation auriculaire] retrouvée.", "n"),
    ("Aucune [allergie] connue.", "n"),
    ("Absence d’[épanchement pleural].", "n"),
    ("Patient sans [fièvre] ni [toux].", "n"),
    ("Le scanner élimine une [embolie pulmonaire].", "n"),
    ("[Allergies] : Pénicilline", "-"),
    ("Le patient présente un [diabète] de type 2.", "-"),
    ("Père décédé d’une [embolie pulmonaire].", "f"),
    ("Mère : [cancer du sein] à 50 ans.", "f"),
    ("On évoque une [pneumopathie].", "h"),
    ("Suspicion d’[endocardite].", "h"),
    ("Probable [pyélonéphrite].", "h"),
    ("Pas de fièvre.\nMaladie : [asthme]", "-"),
    ("Traitement par [furosémide] 40 mg.", "-"),
    ("La [tuberculose] est écartée.", "n"),
    ("Recherche de [BMR] : négative", "n"),
    ("Fièvre sans [frissons], mais [toux] productive", "n-"),
    ("Il n’a jamais eu d’[infarctus].", "n"),
    ("[Embolie pulmonaire] non exclue.", "h"),
    ("Une [embolie pulmonaire] n’est pas exclue.", "h"),
    ("Une [embolie pulmonaire] ne peut pas être écartée.", "h"),
    ("On ne peut éliminer une [embolie pulmonaire].", "h"),
    ("Scanner pour éliminer une [embolie pulmonaire].", "h"),
    ("Pas de [fièvre], [embolie pulmonaire] non éliminée.", "nh"),
    ("Pas de [fièvre] mais [embolie pulmonaire] non éliminée.", "nh"),
    ("Une [embolie pulmonaire] est exclue.", "n"),
    ("Le patient dénie toute [douleur].", "n"),
    ("Son mari a un [diabète].", "f"),
]
ENGLISH = [
    ("No evidence of [pulmonary embolism].", "n"),
    ("The patient denies [chest pain].", "n"),
    ("Mother died of [stroke].", "f"),
    ("Possible [pneumonia] on the right.", "h"),
    ("[Pneumonia] was ruled out.", "n"),
    ("The patient has [diabetes].", "-"),
    ("We cannot exclude a [pulmonary embolism].", "h"),
    ("Cannot rule out [pneumonia].", "h"),
    ("[Pneumonia] has not been ruled out.", "h"),
    ("The scan rules out a [pneumonia].", "n"),
    ("Maternal [diabetes].", "f"),
    ("No fever but [cough] persists.", "-"),
]


def parse(marked):
    text, spans, start = "", [], 0
    for character in marked:
        if character == "[":
            start = len(text)
        elif character == "]":
            spans.append((start, len(text)))
        else:
            text += character
    return text, spans


@pytest.mark.parametrize(("marked", "letters"), FRENCH)
def test_french_qualifiers(marked, letters):
    check(marked, letters, "fr")


@pytest.mark.parametrize(("marked", "letters"), ENGLISH)
def test_english_qualifiers(marked, letters):
    check(marked, letters, "en")


def check(marked, letters, language):
    text, spans = parse(marked)
    expected = letters if len(letters) == len(spans) else letters[0] * len(spans)
    for span, letter_due, found in zip(
        spans, expected, assert_spans(text, spans, language=language), strict=True
    ):
        seen = "".join(
            letter
            for letter, value in (("n", found.negated), ("f", found.family), ("h", found.hypothesis))
            if value
        )
        assert (seen or "-") == letter_due, text[slice(*span)]
        assert found.sentence[0] <= span[0] < span[1] <= found.sentence[1]


def test_a_text_without_cue_words_needs_no_rules(monkeypatch):
    def fail():
        raise AssertionError("edsnlp was loaded")

    monkeypatch.setattr("retrieval.clinical_text._pipeline", fail)
    assert not cued("Potassium 5,4 mmol/L le 27/02/2026")
    (found,) = assert_spans("Potassium 5,4 mmol/L", [(0, 9)])
    assert not (found.negated)
    assert not (found.family)
    assert not (found.hypothesis)
    assert not (found.history)


def test_sentences_are_exact_spans():
    text = "Motif : dyspnée.  Pas de fièvre ; toux.\n\nTA 140/85. Sortie le 12.03.2024 à domicile"
    assert [text[start:end] for start, end in split_sentences(text)] == [
        "Motif : dyspnée.",
        "Pas de fièvre",
        "toux.",
        "TA 140/85.",
        "Sortie le 12.03.2024 à domicile",
    ]


def test_overlapping_spans_are_each_answered():
    text = "Pas de cancer du sein"
    assert [item.negated for item in assert_spans(text, [(7, 13), (7, 21)])] == [True, True]


@pytest.mark.parametrize("span", [(5, 5), (-1, 2), (0, 99)])
def test_a_span_outside_is_refused(span):
    with pytest.raises(ValueError, match="span"):
        assert_spans("texte", [span])


@pytest.mark.parametrize("name", ["french_context.toml", "english_context.toml"])
def test_no_rule_waits_for_a_cue_that_the_short_cut_does_not_know(name):
    rules = tomllib.loads((files("retrieval") / name).read_text("utf-8"))
    words = [word for key, listed in rules.items() if key != "stop" for word in listed]
    assert len(words) > 40
    assert [word for word in words if not cued(f"x {word} x")] == []


def test_every_word_of_the_french_qualifiers_is_a_cue():
    negation = import_module("edsnlp.pipes.qualifiers.negation.patterns")
    hypothesis = import_module("edsnlp.pipes.qualifiers.hypothesis.patterns")
    family = import_module("edsnlp.pipes.qualifiers.family.patterns")
    words = [*negation.preceding, *negation.following, *negation.verbs, *family.family]
    words += [*hypothesis.preceding, *hypothesis.following, *hypothesis.verbs_hyp]
    assert len(words) > 200
    assert [word for word in words if not cued(f"x {word} x")] == []


def test_a_title_does_not_end_a_sentence() -> None:
    text = "Personne de confiance : M. Alain Perrot. Vue par le Dr. Roux. Le VEMS. Suite."
    told = [text[start:end] for start, end in split_sentences(text)]
    assert told == ["Personne de confiance : M. Alain Perrot.", "Vue par le Dr. Roux.", "Le VEMS.", "Suite."]
