"""French words of the report, from `words.toml`: by key, or in place of an English sentence of a scorer."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from importlib import resources
from typing import Any

from eval.reporting.french import HARD, THIN, number, percent, plain_number
from eval.verdicts import Gate

_BEFORE = re.compile(r" (?=[:;!?»%])")
_NUMBER = re.compile(r"(-?\d+(?:\.\d+)?) (\S+)")
_AFTER = re.compile(r"(?<=«) ")
_TABLES = {
    "wanted": "wanted",
    "status": "status",
    "reason": "reason",
    "tier": "tier",
    "capability": "capability",
}


def typeset(text: str) -> str:
    """Narrow no-break spaces where French typography wants them: before : ; ! ? » % and after «."""
    return _AFTER.sub(THIN, _BEFORE.sub(THIN, text))


class Words:
    """The words of one file; read once for one report."""

    def __init__(self) -> None:
        text = resources.files("eval.reporting").joinpath("words.toml").read_text(encoding="utf-8")
        self._told: Mapping[str, Any] = tomllib.loads(text)

    def word(self, table: str, key: str) -> str:
        """The French word; the key itself when there is none."""
        return typeset(str(self._told[table].get(key, key)))

    def fault(self, fault: str, gate: Gate) -> str:
        """Why a gate did not pass."""
        other = f"{fault}_{gate.side}"
        return self.word("fault", other if other in self._told["fault"] else fault)

    def said(self, english: str) -> str:
        """A note or reason in French, piece by piece; a piece that nobody translated stands as it is."""
        return f"{THIN}; ".join(self._piece(piece) for piece in english.split("; ") if piece)

    def target(self, gate: Gate) -> str:
        """The target of a gate in words."""
        if gate.kind == "A":
            return "jamais (0 cas)"
        show = plain_number if gate.id in _NO_SHARE else percent
        sign = f"≥{HARD}" if gate.side == "least" else f"≤{HARD}"
        parts = []
        if gate.point is not None:
            parts.append(f"{sign}{show(gate.point)}")
        if gate.bound is not None:
            parts.append(f"borne {sign}{show(gate.bound)}")
        return ", ".join(parts) or "aucune cible"

    def figure(self, gate: Gate, value: float) -> str:
        """A figure of that gate: a share in percent, or a score."""
        return plain_number(value) if gate.id in _NO_SHARE else percent(value)

    @cached_property
    def _said(self) -> list[tuple[re.Pattern[str], str]]:
        return [(re.compile(row["english"]), row["french"]) for row in self._told["said"]]

    def _piece(self, english: str) -> str:
        for pattern, french in self._said:
            found = pattern.fullmatch(english)
            if found:
                groups = {
                    name: self.word(_TABLES[name], value) if name in _TABLES else _measured(value)
                    for name, value in found.groupdict(default="").items()
                }
                return typeset(_filled(french, groups))
        return english


def _measured(words: str) -> str:
    """`88 umol/L` as it is printed: a scorer names a gold number by its UCUM unit."""
    found = _NUMBER.fullmatch(words)
    return number(Decimal(found[1]), found[2]) if found else words


def _filled(french: str, groups: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda slot: groups[slot[1]], french)


_NO_SHARE = frozenset({"S3.reliability"})
"""Scores that are not shares: they may be negative."""
