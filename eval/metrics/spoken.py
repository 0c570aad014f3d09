"""What an answer says of the patient now, apart from what it mentions: usual ranges, what is over, what is
denied.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from eval.metrics.lexicon import any_of

_S = "[ \u00a0\u202f]"
BRAND = 40
"""Characters of a bracket that only names a thing again (a brand, an abbreviation)."""
_NUMBER = rf"[<>≤≥]?{_S}?\d+(?:[.,]\d+)?"
_AFTER_VALUE = re.compile(rf"(?<=[\w%°³²])\s?[(\[]\s?{_NUMBER}\s?(?:[-–—;]|à)\s?{_NUMBER}\s?[)\]]")
_BOUNDARY = re.compile(r",(?!\d)|[;()\n]|\.(?=\s|$)|(?<!\w)puis(?!\w)", re.IGNORECASE)
_REPLACED_BY = re.compile(r"(?:rempla|substitu|relais|relay)[^,;]*?\s(?:par|avec|by|with)\s", re.IGNORECASE)
_AND_NOW = re.compile(r"\s(?:et|and)\s+(?!d(?:e|u|es|[’'])(?![^\W_])|of\s)", re.IGNORECASE)


class _Cues(NamedTuple):
    usual: re.Pattern[str]
    usual_short: re.Pattern[str]
    before: re.Pattern[str]
    number_over: re.Pattern[str]
    drug_over: re.Pattern[str]
    not_stopped: re.Pattern[str]


@lru_cache(maxsize=1)
def _cues() -> _Cues:
    withdrawn, stopped = any_of("withdrawn"), any_of("drug_stopped")
    short, lead = any_of("usual_short"), rf"{_S}{{0,2}}(?:[:=]|entre|de)?{_S}{{0,2}}"
    return _Cues(
        usual=re.compile(
            rf"(?<!\w){any_of('usual_range').replace(' ', _S)}(?!\w)"
            rf"[^\d().;\n]{{0,30}}?{_NUMBER}[^\d().;,\n]{{0,16}}?"
            rf"(?:(?:[-–—]|à|et|to|and|,){_S}?{_NUMBER})?(?![.,]?\d)"
        ),
        usual_short=re.compile(
            rf"(?<=[(\[])\s?{short}{lead}{_NUMBER}[^\d()\[\]\n]{{0,16}}(?:{_NUMBER})?(?![.,]?\d)"
            rf"|(?<!\w){short}{lead}{_NUMBER}{_S}?(?:[-–—]|à|et){_S}?{_NUMBER}(?![.,]?\d)"
            rf"|(?<!\w){short}{lead}(?=[<>≤≥]){_NUMBER}(?![.,]?\d)"
        ),
        before=re.compile(rf"(?<!\w){any_of('over_before')}(?![^\W_])", re.IGNORECASE),
        number_over=re.compile(rf"(?<!\w){withdrawn}(?!\w)", re.IGNORECASE),
        drug_over=re.compile(
            rf"(?<!\w)(?:{withdrawn}|{stopped})(?!\w)|(?:^\W{{0,3}}|[:(]\s?)(?:traitement )?arr[êe]t(?!\w)",
            re.IGNORECASE,
        ),
        not_stopped=re.compile(any_of("not_stopped"), re.IGNORECASE),
    )


def usual_ranges(text: str) -> tuple[tuple[int, int], ...]:
    """Where reference ranges stand: after words such as `valeurs usuelles`, or in brackets right after a
    value.
    """
    found = [match.span() for match in _cues().usual.finditer(text)]
    found += [match.span() for match in _cues().usual_short.finditer(text)]
    found += [match.span() for match in _AFTER_VALUE.finditer(text)]
    return tuple(sorted(found))


def in_any(start: int, spans: tuple[tuple[int, int], ...]) -> bool:
    """Whether that place lies in one of the stretches."""
    return any(low <= start < high for low, high in spans)


def is_over(text: str, start: int, end: int, *, measured: bool) -> bool:
    """Whether the text says that what stands at `text[start:end]` is former, replaced, corrected or stopped.

    A cue before it counts in the same clause only (`précédemment 6,3`, `arrêt de l’apixaban`); a cue after it
    in the same clause, in the brackets that follow, or when it opens the next clause (`warfarine, arrêtée le
    ...`). A number (`measured`) is over when it is corrected or replaced, never because something was stopped
    after it.
    """
    low = max((cut.end() for cut in _BOUNDARY.finditer(text, 0, start)), default=0)
    before = _AND_NOW.split(_REPLACED_BY.split(_cues().not_stopped.sub(" ", text[low:start]))[-1])[-1]
    if (found := _cues().before.search(before)) and not (measured and _is_stop(found.group())):
        return True
    cue = _cues().number_over if measured else _cues().drug_over
    return any(_said_of_it(cue, _cues().not_stopped.sub(" ", part)) for part in _after(text, end, cue))


def _is_stop(cue: str) -> bool:
    return cue.lower().startswith(("arr", "stop", "susp"))


def _said_of_it(cue: re.Pattern[str], part: str) -> bool:
    """`apixaban et warfarine arrêtés` is said of both, `... et warfarine arrêtée` of the second alone."""
    own = _AND_NOW.split(part)[0]
    return cue.search(own) is not None or any(found.group().endswith("s") for found in cue.finditer(part))


def _after(text: str, end: int, cue: re.Pattern[str]) -> Iterator[str]:
    cut = _BOUNDARY.search(text, end)
    yield text[end : cut.start() if cut else len(text)]
    if cut is None:
        return
    rest = text[cut.end() :]
    if cut.group() == ")" and text.rfind("(", max(0, end - BRAND), end) > text.rfind(")", 0, end):
        again = _BOUNDARY.search(rest)  # a brand in brackets: what follows is said of it too
        yield rest[: again.start()] if again else rest
    elif cut.group() == "(":
        inside, _, beyond = rest.partition(")")
        yield inside
        if len(inside) <= BRAND:  # « Tinzaparine (Innohep) : arrêt le … »: the clause goes on after the brand
            again = _BOUNDARY.search(beyond)
            yield beyond[: again.start()] if again else beyond
    elif cut.group() == ",":
        following = rest.lstrip()
        opening = re.match(r"(?:il |elle |qui )?(?:a été |était |depuis )?", following, re.IGNORECASE)
        if cue.match(following, opening.end() if opening else 0):
            yield following.partition(",")[0]
