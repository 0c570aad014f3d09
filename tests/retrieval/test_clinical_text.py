"""Clinical text: cases as marked sentences, so that a clinician can add one.

In a case the term stands between `[` and `]`; the letters are what must be true of it:
n negated, f family, h hypothesis; `-` nothing of these.
"""

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
]
ENGLISH = [
    ("No evidence of [pulmonary embolism].", "n"),
    ("The patient denies [chest pain].", "n"),
    ("Mother died of [stroke].", "f"),
    ("Possible [pneumonia] on the right.", "h"),
    ("[Pneumonia] was ruled out.", "n"),
    ("The patient has [diabetes].", "-"),
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
