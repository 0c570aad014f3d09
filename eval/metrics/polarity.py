"""Whether a French text says that something is present or absent, and whether a mention is denied.

Scope rules after NegEx (Chapman and others 2001) as adapted to French (Deléger and Grouin 2012): a cue acts
inside its clause. A lead-in `Oui` or `Non` speaks for its sentence. Family history is not the patient's.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Literal, NamedTuple

from eval.metrics.plain import plain, term_spans

Polarity = Literal["present", "absent", "uncertain", "contradictory"]
_Said = Literal["present", "absent", "uncertain", "unmentioned"]
_SENTENCE = re.compile(r"(?<=[.!?;])\s+(?=\S)|\n+")
_REACH = 7
"""Words between a cue and what it denies, at most."""
_SPLIT = re.compile(r",(?!\d)\s*|\(|\)|\b(?:mais|cependant|toutefois|puis|par contre|but|however)\b")
_DOUBLE = re.compile(r"(?:pas|jamais) (?:d'|de |en )?(?:absence|sans)|pas (?:de |d')?negati|non negati")
_LEAD = re.compile(r"^(oui|yes|non(?! seulement| \w)|no(?! \w))(?=[\s,.:;!]|$)")
_NONE_KNOWN = re.compile(
    r"(?:^|\W)(?:rien a signaler|ras|neant|aucune?s?(?: \w+)? connue?s?|pas de \w+ connue?s?"
    r"|none(?: known)?)(?!\w)"
)


class _Cues(NamedTuple):
    """The cues of polarity.toml, compiled, each on word boundaries."""

    small: frozenset[str]
    before: re.Pattern[str]
    inside: re.Pattern[str]
    after: re.Pattern[str]
    searched: re.Pattern[str]
    unsure: re.Pattern[str]
    unmentioned: re.Pattern[str]
    breaks: re.Pattern[str]
    false_cues: re.Pattern[str]
    family: re.Pattern[str]


@lru_cache(maxsize=1)
def _cues() -> _Cues:
    data = tomllib.loads((files("eval.metrics") / "polarity.toml").read_text(encoding="utf-8"))
    done = rf"(?:{'|'.join(data['done'])})\w*"
    governs = rf"(?:{'|'.join(data['governs'])})s? d(?:e|u|es|')"
    return _Cues(
        small=frozenset(data["small"]),
        before=_words(data["before"]),
        inside=_words([*data["before"], "non"]),
        after=_words([cue.replace("{END}", data["end"]).replace("{DONE}", done) for cue in data["after"]]),
        searched=_words(data["searched"]),
        unsure=_words(data["unsure"]),
        unmentioned=_words(data["unmentioned"]),
        breaks=_words([*data["breaks"], governs]),
        false_cues=_words(data["false_cues"]),
        family=_words(data["family"]),
    )


def _words(cues: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(cues)})(?!\w)")


def polarity(text: str, about: str) -> Polarity | None:
    """What the text says of `about`; None when it does not speak of it.

    Words are compared by their stem, so that `diabétique` speaks of `diabète`. `uncertain`: suspected,
    possible, not excluded. `contradictory`: both present and absent, which a scorer must not decide alone.
    """
    said = {one for line in text.splitlines() for one in _statements(plain(line), about)}
    sure = said - {"uncertain"}
    if not said:
        return None
    if len(sure) > 1:
        return "contradictory"
    return "uncertain" if "uncertain" in said and "absent" not in sure else next(iter(sure))


def denied(told: str, start: int, end: int) -> bool:
    """Whether what stands at `told[start:end]` (text already `plain`) is denied where it stands."""
    for first, last in _sentences(told):
        if first <= start < last:
            return _clause_says(told[first:last], start - first, end - first) in {"absent", "unmentioned"}
    return False


def _statements(told: str, about: str) -> Iterator[Polarity]:
    for first, last in _sentences(told):
        sentence = told[first:last]
        if _cues().family.search(sentence) and not _cues().family.search(plain(about)):
            continue
        lead = _LEAD.match(sentence)
        spans = list(_mentions(sentence, about))
        if lead and not (spans and _rest_is_explicit(sentence, spans)):
            yield "present" if lead[1] in {"oui", "yes"} else "absent"
            continue
        found: set[Polarity] = {
            one for span in spans if (one := _clause_says(sentence, *span)) != "unmentioned"
        }
        if lead and found:
            found.add("present" if lead[1] in {"oui", "yes"} else "absent")
        yield from sorted(found)


def _rest_is_explicit(sentence: str, spans: list[tuple[int, int]]) -> bool:
    """After `Non`, a bare name of the thing repeats the question; only a full statement speaks for itself."""
    return any(
        _clause_says(sentence, *span) != "present"
        or re.search(r"(?<!\w)(?:est|a|presente|has|is)(?!\w)", sentence)
        for span in spans
    )


def _sentences(told: str) -> Iterator[tuple[int, int]]:
    at = 0
    for found in _SENTENCE.finditer(told):
        yield at, found.start()
        at = found.end()
    yield at, len(told)


def _mentions(sentence: str, about: str) -> Iterator[tuple[int, int]]:
    """Where the words of `about` stand: the whole term, else all of its content words by their stem."""
    whole = list(term_spans(sentence, about))
    if whole:
        yield from whole
        return
    stems = [_stem(word) for word in re.findall(r"\w+", plain(about)) if word not in _cues().small]
    found = [re.search(rf"(?<!\w){stem}", sentence) for stem in stems]
    if found and all(found):
        spans = [(one.start(), one.end()) for one in found if one]
        yield min(start for start, _ in spans), max(end for _, end in spans)


def _stem(word: str) -> str:
    if len(word) < 6:
        return rf"{re.escape(word.rstrip('sx') or word)}[sx]?(?!\w)"
    return re.escape(word[: max(5, min(len(word) - 2, 7))])


def _clause_says(sentence: str, start: int, end: int) -> _Said:
    """The polarity of one mention, from the cues of its clause."""
    cues = _cues()
    lead = _LEAD.match(sentence)
    low = max((cut.end() for cut in _SPLIT.finditer(sentence, 0, start)), default=lead.end() if lead else 0)
    high = next((cut.start() for cut in _SPLIT.finditer(sentence, end)), len(sentence))
    before = cues.false_cues.sub(" ", sentence[low:start])
    inside = cues.false_cues.sub(" ", sentence[start:end])
    after = cues.false_cues.sub(" ", sentence[end:high] + " " + _bracket(sentence, high))
    clause = f"{before} {inside} {after}"
    if cues.unmentioned.search(clause):
        return "unmentioned"
    if _DOUBLE.search(clause) or cues.unsure.search(clause):
        return "uncertain"
    after_denies = cues.after.search(after) or _NONE_KNOWN.search(after)
    if cues.inside.search(inside) or _reaches(before) or after_denies:
        return "absent"
    if cues.searched.search(before) and "positi" not in after:
        return "uncertain"
    return "present"


def _reaches(before: str) -> bool:
    """Whether a cue before a mention reaches it: near, and nothing between starts another matter."""
    for cue in _cues().before.finditer(before):
        between = before[cue.end() :]
        if len(between.split()) <= _REACH and not _cues().breaks.search(between):
            return True
    return False


def _bracket(sentence: str, at: int) -> str:
    """What follows in brackets, or after a comma when it starts with a verdict: `..., réfutée le 3 mars`."""
    found = re.match(
        r"\(([^)]*)\)|, ?((?:refut|exclu|ecart|infirm|elimin|absent|n'est|ne )[^,(]*)", sentence[at:]
    )
    return (found[1] or found[2]) if found else ""
