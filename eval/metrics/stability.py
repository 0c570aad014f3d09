"""Stability under variants of a question that keep its meaning (S10): worst of k, as in ParaRel and
PromptBench.
"""

from __future__ import annotations

from collections.abc import Sequence


def worst_drop(base: bool, variants: Sequence[bool]) -> float:  # noqa: FBT001
    """Right on the base minus right on the worst variant: 1, 0, or -1 when only every variant is right.

    ValueError without a variant: a group that was not varied shows no stability.
    """
    if not variants:
        raise ValueError("a group needs at least one variant")
    return float(base) - float(min(variants))


def flips(base: bool, variants: Sequence[bool]) -> tuple[float, ...]:  # noqa: FBT001
    """For each variant 1 when it is judged otherwise than the base, either way."""
    return tuple(float(variant != base) for variant in variants)
