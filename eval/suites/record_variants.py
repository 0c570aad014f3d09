"""One question in other ways that mean the same: accents, typing mistakes, capitals, units, shorthand."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from eval.suites.record_wordings import pick
from eval.synthetic.letters import long_date

_DAY = re.compile(r"\b(\d{2})/(\d{2})/(\d{4})\b")
_WORD = re.compile(r"[^\W\d_]{5,}")
_LITTLE = frozenset(
    (
        *(
            "quel",
            "quelle",
            "quels",
            "quelles",
            "combien",
            "que",
            "qui",
            "est-ce",
            "qu",
            "est",
            "sont",
            "était",
        ),
        *(
            "étaient",
            "a",
            "ont",
            "été",
            "t",
            "y",
            "peux",
            "tu",
            "me",
            "moi",
            "redonner",
            "ai",
            "besoin",
            "savoir",
        ),
        *(
            "la",
            "le",
            "les",
            "un",
            "une",
            "du",
            "de",
            "des",
            "ce",
            "cette",
            "son",
            "sa",
            "ses",
            "à",
            "au",
            "aux",
        ),
        *("il", "elle", "j", "dit", "dans", "en", "par", "pour"),
    )
)


def without_accents(text: str) -> str:
    """« creatinine » for « créatinine », and straight apostrophes."""
    parts = unicodedata.normalize("NFD", text.replace("’", "'").replace("œ", "oe").replace("Œ", "Oe"))
    return "".join(sign for sign in parts if not unicodedata.combining(sign))


def upper(text: str) -> str:
    """All in capitals, accents kept, as some keyboards are left."""
    return text.upper()


def with_typos(text: str, *, salt: str, mistakes: int = 2) -> str:
    """Plausible typing mistakes, each in another word: letters swapped, doubled or dropped; never the first
    letter, a digit, or a word shorter than five letters."""
    words = list(_WORD.finditer(text))
    chosen = sorted(words, key=lambda match: pick(f"{salt}/{match.start()}", 2**31))[:mistakes]
    for match in sorted(chosen, key=lambda match: -match.start()):
        text = text[: match.start()] + _mistyped(match[0], f"{salt}/{match[0]}") + text[match.end() :]
    return text


def _mistyped(word: str, salt: str) -> str:
    at = 1 + pick(f"{salt}/at", len(word) - 2)
    way = pick(f"{salt}/way", 3)
    if way == 0 and word[at] != word[at + 1]:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if way == 1:
        return word[:at] + word[at] + word[at:]
    return word[:at] + word[at + 1 :]


def other_units(text: str, *, unit: str | None) -> str:
    """Dates in words, the unit asked for by name, plain typography: style that changes nothing."""
    said = _DAY.sub(lambda day: long_date(date(int(day[3]), int(day[2]), int(day[1]))), text)
    end = said.rstrip(" ?.\u00a0\u202f")
    asks = said != end and "?" in said[len(end) :]
    if unit:
        end = f"{end} (en {unit})"
    return (end + ("?" if asks else ".")).replace("’", "'")


def telegraphic(text: str) -> str:
    """Only the words that carry the question, as in a search box."""
    bare = re.sub(
        r"\b[ldjnsmt]’|\bqu’|[?.:,«»()]|-t-(?:il|elle)\b|-(?:il|elle)\b", " ", text, flags=re.IGNORECASE
    )
    words = [word for word in bare.split() if word.lower() not in _LITTLE]
    return " ".join(words) if len(words) >= 1 else text
