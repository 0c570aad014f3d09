"""The lexicon: which concepts a text names, and which facts are about a concept.

Built once by `load_lexicon` and kept by the caller; immutable. The words are data (`lexicons/*.toml`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from rapidfuzz.distance import DamerauLevenshtein

from retrieval.fact import Code, Fact
from retrieval.folding import fold
from retrieval.terminology import matching
from retrieval.terminology.concept import Concept, Mention
from retrieval.terminology.entries import Entry, LexiconData, Reading, read_lexicon_files
from retrieval.terminology.site import read_site
from retrieval.terminology.surfaces import AmbiguousMention, Finder, Found, build_finder
from retrieval.terminology.systems import canonical_system
from retrieval.terminology.words import forms_of

FUZZY_MINIMUM = 6
"""Shorter words are never corrected: one changed letter would be another word."""
_LABELS_REMEMBERED = 4096
_SEMANTIC_TAG = re.compile(
    r"\s*\((?:disorder|finding|situation|procedure|regime/therapy|substance|product|medicinal product"
    r"|organism|person|morphologic abnormality|qualifier value|observable entity|event)\)\s*\Z"
)
"""What SNOMED CT writes after a name: it says the kind of the concept, and is no part of what it names."""


class Lexicon:
    """Reviewed concepts with their words. All methods are pure; safe to share between threads."""

    def __init__(self, data: LexiconData) -> None:
        self._data = data
        self._entries = {entry.concept.key: entry for entry in data.entries}
        self._finder: Finder = build_finder(data, labels=False)
        self._label_finder: Finder = build_finder(data, labels=True)
        self._vocabulary = _by_first_letter(self._finder.single_words())
        self._all_words = _by_first_letter(self._finder.all_words())
        self._keys_in_label: Callable[[str], frozenset[str]] = lru_cache(_LABELS_REMEMBERED)(self._read_label)
        self._descendants = _descendants(data.entries)
        self._by_code = _codes(data.entries)

    @property
    def concepts(self) -> tuple[Concept, ...]:
        """Every concept, in the order of the files."""
        return tuple(entry.concept for entry in self._data.entries)

    def concept(self, key: str) -> Concept:
        """The concept of that key. Raises KeyError."""
        return self._entries[key].concept

    def entry(self, key: str) -> Entry:
        """The whole entry of that key: gender, usual unit, fact kinds of a topic. Raises KeyError."""
        return self._entries[key]

    def mentions(self, text: str, *, lenient: bool = False) -> tuple[Mention, ...]:
        """Return the concepts that `text` names, in order: longest match, whole words, any accents and case.

        Forms shared by several concepts give one Mention each, with the same span. Short forms need their
        exact case; `lenient` (for typed questions) takes them in any case unless they are also common words.
        Ambiguous abbreviations are left out: see `ambiguities`.
        """
        found = self._finder.find(text, lenient=lenient)
        return tuple(
            Mention(concept=self._entries[key].concept, start=item.start, end=item.end)
            for item in found
            for key in item.keys
        )

    def ambiguities(self, text: str, *, lenient: bool = False) -> tuple[AmbiguousMention, ...]:
        """Return the abbreviations of `text` that have several readings, in order."""
        return self._finder.find_ambiguous(text, lenient=lenient)

    def reading_concept(self, reading: Reading) -> Concept:
        """The concept of a reading; a bare topic with the reading's words where the lexicon has none."""
        if reading.key:
            return self.concept(reading.key)
        return Concept(
            key=f"reading:{reading.label}", kind="topic", label=reading.label, words=(reading.label,)
        )

    def correct(self, word: str) -> str | None:
        """Return the one word of any lexicon form that a misspelt word must be, or None.

        Same tolerance as `fuzzy`; the result is folded and singular.
        """
        nearest = self._corrections(word, self._all_words)
        return nearest[0] if len(nearest) == 1 else None

    def fuzzy(self, word: str) -> Concept | None:
        """Return the one concept that a misspelt word (six letters or more) must mean, or None.

        One edit is allowed, two from twelve letters on; the first letter must be right, two concepts
        at the same distance give None, and a word is never corrected to its opposite (hypo, hyper).
        """
        near = self._corrections(word, self._vocabulary)
        keys = {key for form in near for key in self._finder.keys_of_word(form)}
        return self._entries[next(iter(keys))].concept if len(keys) == 1 else None

    def _corrections(self, word: str, vocabulary: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
        forms, folded = forms_of(word), fold(word)
        if len(forms) != 1 or len(forms[0]) < FUZZY_MINIMUM or folded in self._data.never_corrected:
            return ()
        near = _nearest(forms[0], vocabulary)
        return tuple(form for form in near if not self._opposed(forms[0], form))

    def _opposed(self, left: str, right: str) -> bool:
        pairs = (*self._data.opposed, *((second, first) for first, second in self._data.opposed))
        return any(left.startswith(first) and right.startswith(second) for first, second in pairs)

    def drugs_in(self, text: str) -> tuple[Concept, ...]:
        """Return the substances that `text` names, by substance or brand, each once, in order."""
        drugs = [mention.concept for mention in self.mentions(text) if mention.concept.kind == "drug"]
        return tuple({concept.key: concept for concept in drugs}.values())

    def matches(self, concept: Concept, fact: Fact) -> bool:
        """Whether `fact` is about `concept`: by code, else by the whole words of its label.

        A class matches its members, a general problem or examination its more special ones, a substance
        the fixed combinations that hold it. The kind of fact must fit the kind of concept: a potassium
        salt among the medications is never a potassium result. Never decides whether the fact is positive.
        """
        return matching.matches(concept, fact, lexicon=self)

    def search_words(self, concepts: Iterable[Concept]) -> tuple[str, ...]:
        """Words for an exhaustive scan in any case: forms of the concepts, their members and special kinds.

        Short forms that are common words in another case are left out.
        """
        words: dict[str, None] = {}
        for concept in concepts:
            for key in (concept.key, *sorted(self.family(concept))):
                entry = self._entries.get(key)
                forms: Sequence[str] = entry.concept.words if entry else concept.words
                words.update((form, None) for form in forms if self._searchable(form))
        return tuple(words)

    def _searchable(self, form: str) -> bool:
        return len(form) > 2 and form not in self._data.only_exact and form not in self._data.ambiguous

    def family(self, concept: Concept) -> frozenset[str]:
        """Keys of all that also counts as `concept`: itself, members, combinations and special kinds."""
        return self._descendants.get(concept.key, frozenset()) | {concept.key, *concept.members}

    def label_keys(self, label: str) -> frozenset[str]:
        """Keys of the concepts that a fact's label names; laboratory short labels included."""
        return self._keys_in_label(label)

    def keys_of_code(self, code: str) -> frozenset[str]:
        """Keys of the concepts that carry exactly this code (dots of CIM-10 do not matter)."""
        return self._by_code.get(code.replace(".", "").upper(), frozenset())

    def keys_outside(self, code: Code) -> frozenset[str]:
        """Keys of the concepts of a code of a system that the entries do not carry (SNOMED CT, RxNorm)."""
        return frozenset(self._data.codes.get((canonical_system(code.system), code.code), ()))

    @property
    def site(self) -> str:
        """Digest of the site's own lexicon files, empty without: it belongs to what made an answer."""
        return self._data.site

    @property
    def other_measure(self) -> frozenset[str]:
        """Folded words which make a laboratory label mean another specimen or measure."""
        return self._data.other_measure

    def _read_label(self, label: str) -> frozenset[str]:
        bare = _SEMANTIC_TAG.sub("", label)
        found: tuple[Found, ...] = self._label_finder.find(bare, lenient=True)
        return frozenset(key for item in found for key in item.keys)


def _nearest(word: str, vocabulary: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The words at the smallest allowed number of edits: one below twelve letters, two from there on."""
    allowed = 1 if len(word) < 12 else 2
    best: dict[int, list[str]] = {}
    for form in vocabulary.get(word[0], ()):
        if abs(len(form) - len(word)) <= allowed:
            distance = DamerauLevenshtein.distance(word, form, score_cutoff=allowed)
            best.setdefault(distance, []).append(form)
    smallest = min(best, default=allowed + 1)
    return tuple(best[smallest]) if smallest <= allowed else ()


def _by_first_letter(words: Iterable[str]) -> dict[str, tuple[str, ...]]:
    by_letter: dict[str, list[str]] = {}
    for word in words:
        if len(word) >= FUZZY_MINIMUM - 1 and word.isalpha():
            by_letter.setdefault(word[0], []).append(word)
    return {letter: tuple(words) for letter, words in by_letter.items()}


def _descendants(entries: Sequence[Entry]) -> dict[str, frozenset[str]]:
    direct: dict[str, set[str]] = {}
    for entry in entries:
        for parent in (*entry.parents, *entry.parts):
            direct.setdefault(parent, set()).add(entry.concept.key)
    classes = [entry.concept for entry in entries if entry.concept.kind == "drug_class"]
    for outer in classes:
        prefixes = tuple(code.code for code in outer.codes)
        for inner in classes:
            codes = [code.code for code in inner.codes]
            if inner.key != outer.key and codes and all(code.startswith(prefixes) for code in codes):
                direct.setdefault(outer.key, set()).add(inner.key)
    return {key: frozenset(_reach(key, direct)) for key in direct}


def _reach(key: str, direct: dict[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = [key]
    while waiting:
        for child in direct.get(waiting.pop(), ()):
            if child not in seen:
                seen.add(child)
                waiting.append(child)
    return seen


def _codes(entries: Sequence[Entry]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for entry in entries:
        if entry.concept.kind == "drug_class":
            continue
        for code in entry.concept.codes:
            found.setdefault(code.code.replace(".", "").upper(), set()).add(entry.concept.key)
    return {code: frozenset(keys) for code, keys in found.items()}


def load_lexicon(site: Path | None = None) -> Lexicon:
    """Read the lexicon files and build the lexicon (a few tens of milliseconds): the caller keeps it.

    `site` is a folder of files of the same shape that add to the shipped ones or override them
    (docs/terminology.md). Raises InputError that names the file, the entry and the field.
    """
    return Lexicon(read_lexicon_files() if site is None else read_site(site))
