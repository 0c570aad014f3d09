"""The fence around patient text: what a record says is data, never an instruction.

A fenced block opens with `<<<DOSSIER` and closes with `DOSSIER>>>`, each alone on its line. Patient text
inside it cannot hold either marker, a chat template's control token, a line break or an evidence label:
`clean` rewrites the characters that could, and changes no digit, letter or clinical sign.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

OPENING = "<<<DOSSIER"
CLOSING = "DOSSIER>>>"
_SPACES = re.compile(r"[\s\u2028\u2029\u0085]+")
_LEFT = re.compile(r"<(?!\s*[\d=])")
_RIGHT = re.compile(r">{2,}|(?<=[|\uff5c/\w-])>(?!\s*[\d=])")
_BRACKETED = re.compile(r"\[(/?[A-Za-z_]{0,20}\d{0,4})\]")
_KEPT_FORMAT = "\u200c\u200d"


class Line(NamedTuple):
    """One numbered line of evidence."""

    label: str
    text: str


def clean(text: str) -> str:
    """Return `text` on one line, with nothing in it that could end the fence or look like a label.

    Control and invisible formatting characters go; runs of white space become one space; `<` and `>`
    stay only where they compare a number (`< 5`, `>= 3`), else become `‹` and `›`; `[E1]` becomes `(E1)`.
    """
    spaced = _SPACES.sub(" ", text)  # before what is invisible goes: a line break is a control character
    visible = "".join(
        character
        for character in spaced
        if unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn"} or character in _KEPT_FORMAT
    )
    visible = _SPACES.sub(" ", visible)  # and after: two spaces may now stand side by side
    closed = _RIGHT.sub(lambda match: "›" * len(match[0]), _LEFT.sub("‹", visible))
    return _BRACKETED.sub(r"(\1)", closed).strip()


def fence(lines: Sequence[Line]) -> str:
    """Return the fenced block of numbered lines, each `[label] text`, cleaned."""
    body = [f"[{line.label}] {clean(line.text)}" for line in lines]
    return "\n".join((OPENING, *body, CLOSING))
