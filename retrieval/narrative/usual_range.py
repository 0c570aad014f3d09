"""The usual range that a report writes right after a result: « 4,8 mmol/L (normes : 3,5 - 5,0) »."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from retrieval.fact import ReferenceRange

_NUMBER = r"\d{1,6}(?:[.,]\d{1,4})?"
_NAMES = "normes?|valeurs? (?:normales?|usuelles?|de reference)|intervalle de reference|n|vn|vr|vu"
_WORDS = rf"(?:(?:{_NAMES})\s*[:=]?\s*)"
_LIMITS = (
    rf"(?:(?P<low>{_NUMBER})\s*(?:-|–|a|à)\s*(?P<high>{_NUMBER})"
    rf"|(?P<below>[<≤]=?|inf(?:erieure?)? a)\s*(?P<most>{_NUMBER})"
    rf"|(?P<above>[>≥]=?|sup(?:erieure?)? a)\s*(?P<least>{_NUMBER}))"
)
_UNIT = r"(?:\s*[^\s()\[\]\d][^()\[\]]{0,20})?"
_RANGE = re.compile(
    rf"\s*(?:\(\s*{_WORDS}{_LIMITS}{_UNIT}\s*\)|\[\s*{_WORDS}?{_LIMITS.replace('P<', 'P<s_')}{_UNIT}\s*\])"
)


class Limits(NamedTuple):
    """A usual range, and where its words end."""

    range: ReferenceRange
    end: int


def usual_range(text: str, folded: str, start: int) -> Limits | None:
    """The range that begins at `start`, and where it ends; None when none does.

    In round brackets it must say what it is (« normes », « N », « VR »), in square ones limits are enough.
    `folded` is `text` without accents, one character for each.
    """
    found = _RANGE.match(folded, start)
    if found is None:
        return None
    said = {name.removeprefix("s_"): each for name, each in found.groupdict().items() if each is not None}
    low, high = said.get("low", said.get("least")), said.get("high", said.get("most"))
    limits = ReferenceRange(
        low=_decimal(low), high=_decimal(high), text=text[found.start() : found.end()].strip(" ()[]")
    )
    if limits.low is not None and limits.high is not None and limits.low >= limits.high:
        return None
    return Limits(limits, found.end())


def _decimal(written: str | None) -> Decimal | None:
    return None if written is None else Decimal(written.replace(",", "."))
