"""Must-have facts that a draft leaves out (S8). Omission rate by fact, as in CREOLA (Asgari 2025)."""

from __future__ import annotations

from collections.abc import Sequence

from eval.cases.gold import DraftGold
from eval.metrics.value_match import label, says, says_as_true
from eval.synthetic.truth import Value


class Unit(Value):
    """One must-have fact: its index in the gold, a short name, whether it is critical, whether it is said."""

    index: int
    name: str
    critical: bool
    said: bool


def units(gold: DraftGold, sentences: Sequence[str]) -> tuple[Unit, ...]:
    """Every must-have fact, looked for in the whole draft: a field and its heading may share a fact."""
    told = "\n".join(sentences)
    return tuple(
        Unit(index=index, name=label(value), critical=index in gold.critical, said=says(told, value))
        for index, value in enumerate(gold.must_have)
    )


def forbidden_said(gold: DraftGold, sentences: Sequence[str]) -> tuple[str, ...]:
    """The values of `none_of` that the draft states as holding."""
    told = "\n".join(sentences)
    return tuple(label(value) for value in gold.none_of if says_as_true(told, value))
