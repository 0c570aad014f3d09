"""Find the forms of lexicon entries in text: longest match over whole words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from retrieval.terminology.entries import Entry, LexiconData, Reading
from retrieval.terminology.words import Word, forms_of, words_of

_MAX_TEXT = 2_000_000
_SHOUTED = 12


class Surface(NamedTuple):
    """One form of one entry. `exact` is the form whose case must be kept, None when any case will do."""

    key: str
    exact: str | None


class Found(NamedTuple):
    """A stretch of text and the keys of the concepts that it names."""

    start: int
    end: int
    keys: tuple[str, ...]


class AmbiguousMention(NamedTuple):
    """An abbreviation with several readings, and where it stands."""

    start: int
    end: int
    form: str
    readings: tuple[Reading, ...]


class Finder:
    """Forms by their first word. Immutable once built."""

    def __init__(
        self,
        forms: dict[tuple[str, ...], tuple[Surface, ...]],
        *,
        ambiguous: dict[str, tuple[Reading, ...]],
        only_exact: frozenset[str],
    ) -> None:
        self._forms = forms
        self._ambiguous = {form.lower(): (form, readings) for form, readings in ambiguous.items()}
        self._only_exact = only_exact
        self._longest: dict[str, int] = {}
        for words in forms:
            self._longest[words[0]] = max(len(words), self._longest.get(words[0], 0))

    def find(self, text: str, *, lenient: bool) -> tuple[Found, ...]:
        """Return what `text` names, in order and without overlaps."""
        return tuple(self._walk(text[:_MAX_TEXT], lenient=lenient))

    def _walk(self, text: str, *, lenient: bool) -> Iterator[Found]:
        words = words_of(text)
        shouted = _is_shouted(text)
        place = 0
        while place < len(words):
            step = 1
            if words[place].form in self._longest:
                for size in range(self._longest[words[place].form], 0, -1):
                    keys = self._keys(
                        text, words[place : place + size], size=size, lenient=lenient, shouted=shouted
                    )
                    if keys:
                        yield Found(words[place].start, words[place + size - 1].end, keys)
                        step = size
                        break
            place += step

    def _keys(
        self, text: str, words: tuple[Word, ...], *, size: int, lenient: bool, shouted: bool
    ) -> tuple[str, ...]:
        if len(words) < size or not all(word.joined for word in words[1:]):
            return ()
        surfaces = self._forms.get(tuple(word.form for word in words), ())
        if not surfaces:
            return ()
        written = text[words[0].start : words[-1].end]
        return tuple(
            dict.fromkeys(
                s.key for s in surfaces if self._accepts(s, written, lenient=lenient, shouted=shouted)
            )
        )

    def _accepts(self, surface: Surface, written: str, *, lenient: bool, shouted: bool) -> bool:
        if surface.exact is None:
            return True
        common = surface.exact in self._only_exact
        if written.rstrip("-") == surface.exact.rstrip("-"):
            return not (shouted and common)
        return lenient and not common

    def find_ambiguous(self, text: str, *, lenient: bool) -> tuple[AmbiguousMention, ...]:
        """Return the ambiguous abbreviations of `text`, in order."""
        found: list[AmbiguousMention] = []
        shouted = _is_shouted(text)
        for word in words_of(text):
            entry = self._ambiguous.get(word.folded)
            if entry is None:
                continue
            written = text[word.start : word.end]
            common = entry[0] in self._only_exact
            if (written == entry[0] and not (shouted and common)) or (lenient and not common):
                found.append(AmbiguousMention(word.start, word.end, entry[0], entry[1]))
        return tuple(found)

    def all_words(self) -> frozenset[str]:
        """Every word of the forms that are matched in any case."""
        kept = (
            words for words, found in self._forms.items() if any(surface.exact is None for surface in found)
        )
        return frozenset(word for words in kept for word in words)

    def single_words(self) -> tuple[str, ...]:
        """Forms of one word that are matched in any case."""
        return tuple(
            words[0]
            for words, surfaces in self._forms.items()
            if len(words) == 1 and any(surface.exact is None for surface in surfaces)
        )

    def keys_of_word(self, word: str) -> tuple[str, ...]:
        """Keys of the concepts with this one-word form in any case."""
        return tuple(s.key for s in self._forms.get((word,), ()) if s.exact is None)


def _is_shouted(text: str) -> bool:
    letters = [character for character in text if character.isalpha()]
    return len(letters) >= _SHOUTED and not any(character.islower() for character in letters)


def _surfaces(entry: Entry, *, labels: bool) -> Iterable[tuple[str, str | None]]:
    exact = set(entry.exact)
    for form in entry.concept.words:
        yield form, form if form in exact else None
    if labels:
        for form in entry.label_words:
            yield form, None


def build_finder(data: LexiconData, *, labels: bool) -> Finder:
    """Build a finder over all entries; `labels` adds the forms that only laboratory labels use."""
    forms: dict[tuple[str, ...], dict[Surface, None]] = {}
    for entry in data.entries:
        for form, exact in _surfaces(entry, labels=labels):
            words = forms_of(form)
            if words and form not in data.ambiguous:
                forms.setdefault(words, {})[Surface(entry.concept.key, exact)] = None
    if labels:  # the kind of the fact settles what a label means
        for form, readings in data.ambiguous.items():
            known = {Surface(reading.key, form): None for reading in readings if reading.key}
            forms.setdefault(forms_of(form), {}).update(known)
    return Finder(
        {words: tuple(surfaces) for words, surfaces in forms.items()},
        ambiguous=data.ambiguous,
        only_exact=data.only_exact,
    )
