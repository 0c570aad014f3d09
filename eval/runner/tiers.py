"""How much a tier asks, read from `tiers.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

from pydantic import Field

from eval.suites.base import Tier
from eval.synthetic.truth import Value

OTHER = "other"


class TierPlan(Value):
    """One tier. `through_model` 0 is without a limit; see the file for the rest."""

    patients: int = Field(ge=1, le=1000)
    through_model: int = Field(ge=0)
    smaller_model: int = Field(ge=0)
    facts_first: bool
    wanted: dict[str, int]

    def cases_of(self, suite: str) -> int:
        """How many cases of that suite the tier wants at most."""
        return self.wanted.get(suite, self.wanted[OTHER])


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads(resources.files("eval.runner").joinpath("tiers.toml").read_text("utf-8"))


def tier_plan(tier: Tier) -> TierPlan:
    """The plan of a tier."""
    return TierPlan.model_validate(_file()[tier])


def whole_groups() -> frozenset[str]:
    """Suites of which a group of variants stays or leaves whole."""
    return frozenset(_file()["whole_groups"])
