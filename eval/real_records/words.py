"""The words of questions on public records, read once from `wordings.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple


class Words(NamedTuple):
    """Names by code, French and English apart by `|`; `ask` the question of each family and language."""

    ask: Mapping[str, Mapping[str, str]]
    loinc: Mapping[str, str]
    snomed: Mapping[str, str]
    cvx: Mapping[str, str]
    procedure: Mapping[str, str]
    drug: Mapping[str, str]
    never: Mapping[str, str]
    never_problem: Mapping[str, str]
    allergy: Mapping[str, tuple[str, ...]]
    archetype: Mapping[str, str]


@lru_cache(maxsize=1)
def load_words() -> Words:
    """The shipped words."""
    read = tomllib.loads(files("eval.real_records").joinpath("wordings.toml").read_text(encoding="utf-8"))
    allergy = {code: tuple(forms.split("|")) for code, forms in read.pop("allergy").items()}
    return Words(allergy=allergy, **read)
