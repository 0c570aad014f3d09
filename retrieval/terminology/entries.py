"""Read the lexicon files into entries: data that a clinician can review (docs/terminology.md)."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any, Literal

from retrieval.fact import Code, FactKind
from retrieval.frozen import Frozen
from retrieval.terminology.concept import Concept, ConceptKind

Gender = Literal["m", "f", "mp", "fp"]
LEXICON_FILES: tuple[tuple[str, str, ConceptKind, str], ...] = (
    ("analytes.toml", "analytes", "analyte", "analyte"),
    ("vital_signs.toml", "vital_signs", "vital_sign", "vital"),
    ("drugs.toml", "drugs", "drug", "drug"),
    ("drug_classes.toml", "classes", "drug_class", "class"),
    ("problems.toml", "problems", "problem", "problem"),
    ("procedures.toml", "procedures", "procedure", "procedure"),
    ("devices.toml", "devices", "device", "device"),
    ("allergens.toml", "allergens", "allergy", "allergy"),
    ("topics.toml", "topics", "topic", "topic"),
)
"""Of each file: its name, its table, the kind of its concepts and the prefix of their keys."""
CODE_FILES = {"snomed_ct.toml": "SNOMED CT", "rxnorm.toml": "RxNorm", "cvx.toml": "CVX"}
"""Files of codes that are not in the entries themselves, with their code system."""
Rows = dict[str, dict[str, Any]]
"""The entries of one file as they stand: entry -> field -> value."""


class Entry(Frozen):
    """A lexicon entry: the shared Concept, and what only the answering rules need.

    `exact` are forms matched in their very case, `label_words` mean the concept only as a label of a
    laboratory result, `parents` are more general concepts that this one also answers for, `parts` are the
    substances of a fixed combination, `kinds` are the fact kinds that answer a topic in whole and `match`
    those whose label is compared with the topic's words. `safety` marks the subjects of the safety rule,
    `narrative` those that facts alone never close.
    """

    concept: Concept
    exact: tuple[str, ...] = ()
    label_words: tuple[str, ...] = ()
    gender: Gender = "m"
    unit: str = ""
    parents: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    kinds: tuple[FactKind, ...] = ()
    match: tuple[FactKind, ...] = ()
    safety: bool = False
    narrative: bool = False


class Reading(Frozen):
    """One meaning of an ambiguous abbreviation; `key` is empty where the lexicon has no such entry."""

    label: str
    key: str = ""


class LexiconData(Frozen):
    """Everything the lexicon files say. Words are folded where they are compared with folded text.

    `codes` gives the entries of (code system, code) for systems outside the entries; `site` is the digest of
    the site's own files, empty without.
    """

    entries: tuple[Entry, ...]
    ambiguous: dict[str, tuple[Reading, ...]]
    only_exact: frozenset[str]
    opposed: tuple[tuple[str, str], ...]
    never_corrected: frozenset[str]
    other_measure: frozenset[str]
    codes: dict[tuple[str, str], tuple[str, ...]]
    site: str = ""


def _table(name: str) -> dict[str, Any]:
    resource = files("retrieval.terminology") / "lexicons" / name
    return tomllib.loads(resource.read_text(encoding="utf-8"))


def _codes(row: dict[str, Any]) -> tuple[Code, ...]:
    systems = (("loinc", "LOINC"), ("atc", "ATC"), ("icd", "CIM-10"))
    return tuple(Code(system=name, code=code) for field, name in systems for code in row.get(field, ()))


def _qualified(prefix: str, keys: list[str]) -> tuple[str, ...]:
    return tuple(key if ":" in key else f"{prefix}:{key}" for key in keys)


def _entry(key: str, row: dict[str, Any], *, kind: ConceptKind, prefix: str) -> Entry:
    exact = tuple(row.get("exact", ()))
    forms = (row["label"], *row.get("words", ()), *row.get("brands", ()), *exact)
    concept = Concept(
        key=f"{prefix}:{key}",
        kind="imaging" if row.get("group") == "imaging" else kind,
        label=row["label"],
        words=tuple(dict.fromkeys(forms)),
        codes=_codes(row),
        members=_qualified(prefix, row.get("members", [])),
    )
    return Entry(
        concept=concept,
        exact=exact,
        label_words=tuple(row.get("label_words", ())),
        gender=row.get("gender", "m"),
        unit=row.get("unit", ""),
        parents=_qualified(prefix, row.get("kinds_of", [])),
        parts=_qualified(prefix, row.get("parts", [])),
        kinds=tuple(row.get("kinds", ())),
        match=tuple(row.get("match", ())),
        safety=row.get("safety", False),
        narrative=row.get("narrative", False),
    )


def _with_members(entry: Entry, drugs: list[Entry]) -> Entry:
    prefixes = tuple(code.code for code in entry.concept.codes)
    members = [
        drug.concept.key
        for drug in drugs
        if any(code.code.startswith(prefixes) for code in drug.concept.codes)
    ]
    keys = tuple(dict.fromkeys((*entry.concept.members, *members)))
    return entry.model_copy(update={"concept": entry.concept.model_copy(update={"members": keys})})


def shipped_rows() -> dict[str, Rows]:
    """The entries of every shipped lexicon file, by the name of the file."""
    named = {name: table for name, table, _, _ in LEXICON_FILES} | dict.fromkeys(CODE_FILES, "codes")
    return {name: _table(name)[table] for name, table in named.items()}


def read_lexicon_files() -> LexiconData:
    """Read every lexicon file shipped with the package; drug classes get their members by ATC code."""
    return lexicon_from(shipped_rows())


def lexicon_from(rows: dict[str, Rows], *, site: str = "") -> LexiconData:
    """The lexicon of these rows (file -> entry -> fields), already checked."""
    entries = [
        _entry(key, row, kind=kind, prefix=prefix)
        for name, _, kind, prefix in LEXICON_FILES
        for key, row in rows[name].items()
    ]
    drugs = [entry for entry in entries if entry.concept.kind == "drug"]
    full = [_with_members(e, drugs) if e.concept.kind == "drug_class" else e for e in entries]
    ambiguous = _table("ambiguous.toml")
    return LexiconData(
        entries=tuple(full),
        ambiguous={
            form: tuple(Reading(**reading) for reading in row["readings"])
            for form, row in ambiguous["ambiguous"].items()
        },
        only_exact=frozenset(ambiguous["case"]["only_exact"]),
        opposed=tuple((pair[0], pair[1]) for pair in ambiguous["spelling"]["opposed"]),
        never_corrected=frozenset(ambiguous["spelling"]["never"]),
        other_measure=frozenset(_table("analytes.toml")["modifiers"]["other_measure"]),
        codes={
            (system, code): tuple(row["keys"])
            for name, system in CODE_FILES.items()
            for code, row in rows[name].items()
        },
        site=site,
    )
