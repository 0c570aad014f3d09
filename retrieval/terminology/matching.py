"""Whether a fact is about a concept: by codes where both have them, else by whole words of the label."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from retrieval.fact import Coded, Fact, FactKind
from retrieval.terminology.concept import Concept, ConceptKind
from retrieval.terminology.systems import canonical_system, is_known_system
from retrieval.terminology.words import words_of

if TYPE_CHECKING:
    from retrieval.terminology.lexicon import Lexicon

_LOINC = re.compile(r"\d{1,5}-\d")
_ATC = re.compile(r"[A-Z]\d\d([A-Z]([A-Z](\d\d)?)?)?")
_ICD = re.compile(r"[A-Z]\d\d(\.?\d{1,3})?")
_KINDS: dict[ConceptKind, frozenset[FactKind]] = {
    "analyte": frozenset({"laboratory", "vital_sign", "generic"}),
    "vital_sign": frozenset({"vital_sign", "laboratory", "imaging", "generic"}),
    "drug": frozenset({"medication", "allergy", "plan", "generic"}),
    "drug_class": frozenset({"medication", "allergy", "plan", "generic"}),
    "problem": frozenset({"problem", "family_history"}),
    "allergy": frozenset({"allergy"}),
    "procedure": frozenset({"procedure", "imaging", "plan", "generic", "laboratory"}),
    "imaging": frozenset({"imaging", "procedure", "plan", "generic"}),
    "device": frozenset({"device", "procedure", "generic"}),
    "topic": frozenset(),
}


def matches(concept: Concept, fact: Fact, *, lexicon: Lexicon) -> bool:
    """See `Lexicon.matches`."""
    if concept.kind == "topic":
        return _matches_topic(concept, fact, lexicon=lexicon)
    if fact.kind not in _KINDS[concept.kind]:
        return False
    if concept.kind in ("analyte", "vital_sign"):
        return _matches_measure(concept, fact, lexicon=lexicon)
    if concept.kind in ("drug", "drug_class"):
        return _matches_drug(concept, fact, lexicon=lexicon)
    if concept.kind == "problem" and _has_icd(concept, fact):
        return True
    return bool(lexicon.family(concept) & (lexicon.label_keys(subject_of(fact)) | _outside(fact, lexicon)))


def _outside(fact: Fact, lexicon: Lexicon) -> frozenset[str]:
    return frozenset[str]().union(*(lexicon.keys_outside(code) for code in fact.codes))


def subject_of(fact: Fact) -> str:
    """What a fact is about, in its own words: the label, and a coded value where that adds to it.

    A measure or a generic entry is about its label alone: its value is the result, text may name any.
    """
    if fact.kind in ("laboratory", "vital_sign"):
        return fact.label
    named = fact.value.text if isinstance(fact.value, Coded) and fact.kind != "generic" else ""
    return fact.label if not named or named == fact.label else f"{fact.label} ; {named}"


def _matches_topic(concept: Concept, fact: Fact, *, lexicon: Lexicon) -> bool:
    try:
        entry = lexicon.entry(concept.key)
    except KeyError:
        return concept.label.casefold() in fact.label.casefold()
    if fact.kind in entry.kinds:
        return True
    if any(matches(lexicon.concept(key), fact, lexicon=lexicon) for key in concept.members):
        return True
    if fact.kind not in entry.match:
        return False
    codes = {code.code for code in concept.codes}
    if any(code.code in codes for code in fact.codes):
        return True
    return concept.key in lexicon.label_keys(subject_of(fact)) | _outside(fact, lexicon)


def _matches_measure(concept: Concept, fact: Fact, *, lexicon: Lexicon) -> bool:
    wanted = {concept.key, *concept.members}
    coded = [lexicon.keys_of_code(code.code) for code in fact.codes if _LOINC.fullmatch(code.code)]
    known = frozenset[str]().union(*coded)
    if known:
        return bool(known & wanted)
    named = {key for key in lexicon.label_keys(fact.label) if key.startswith(("analyte:", "vital:"))}
    if not named & wanted:
        return False
    return not _is_other_measure(concept, fact.label, lexicon=lexicon)


def _is_other_measure(concept: Concept, label: str, *, lexicon: Lexicon) -> bool:
    own = {word.folded for form in concept.words for word in words_of(form)}
    return any(word.folded in lexicon.other_measure and word.folded not in own for word in words_of(label))


def _matches_drug(concept: Concept, fact: Fact, *, lexicon: Lexicon) -> bool:
    family = lexicon.family(concept)
    atc = [code.code for code in fact.codes if _is_atc(code.system, code.code)]
    if concept.kind == "drug_class":
        prefixes = tuple(code.code for code in concept.codes)
        if prefixes and any(code.startswith(prefixes) for code in atc):
            return True
    by_code = _outside(fact, lexicon).union(*(lexicon.keys_of_code(code) for code in atc))
    named = lexicon.label_keys(_drug_words(fact))
    if concept.kind == "drug" and by_code and not (by_code & named) and named_drugs(named):
        # the label names another substance than the code: the label is what people read
        return bool(family & named)
    return bool(family & (named | by_code))


def _drug_words(fact: Fact) -> str:
    brands = [detail.text for detail in fact.details if detail.name == "brand"]
    return " ; ".join((subject_of(fact), *brands))


def named_drugs(keys: frozenset[str]) -> frozenset[str]:
    """Those of `keys` that are substances."""
    return frozenset(key for key in keys if key.startswith("drug:"))


def _is_atc(system: str, code: str) -> bool:
    if is_known_system(system):
        return canonical_system(system) == "ATC" and _ATC.fullmatch(code) is not None
    return _ATC.fullmatch(code) is not None and ("atc" in system.lower() or len(code) == 7)


def _has_icd(concept: Concept, fact: Fact) -> bool:
    prefixes = tuple(code.code.replace(".", "") for code in concept.codes)
    return bool(prefixes) and any(
        code.code.replace(".", "").startswith(prefixes)
        for code in fact.codes
        if _ICD.fullmatch(code.code) and _may_be_icd(code.system)
    )


def _may_be_icd(system: str) -> bool:
    return canonical_system(system) in ("CIM-10", "ICD-10-CM") or not is_known_system(system)
