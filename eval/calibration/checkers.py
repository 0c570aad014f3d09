"""Sentence checkers: what one is, and the registry of those that are known by name."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from importlib import import_module
from importlib.resources import files
from typing import NamedTuple

from eval.errors import RunError

Score = Callable[[str, str], float]
"""How well the source text (second) supports the sentence (first): 0 not at all, 1 fully; deterministic."""
SUPPORTED = 0.5
"""From this score on, a checker's own decision is that the sentence is supported."""
_PLACE = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


class Checker(NamedTuple):
    """A checker with its name. A trivial one is what others must beat."""

    name: str
    score: Score
    trivial: bool


def checker_names() -> tuple[str, ...]:
    """The names of the registry."""
    return tuple(_registry())


def trivial_names() -> tuple[str, ...]:
    """The names of those that others must beat."""
    return tuple(name for name, (_, trivial) in _registry().items() if trivial)


def load_checker(name: str) -> Checker:
    """The checker of that name, or of that `module:factory`. Raises RunError when there is none."""
    known = _registry().get(name)
    place = known[0] if known else name
    if not _PLACE.fullmatch(place):
        names = ", ".join(checker_names())
        raise RunError(f"no checker is called {name!r}; there are {names}, or give module:factory")
    module, _, factory = place.partition(":")
    try:
        made = getattr(import_module(module), factory)
    except (ImportError, AttributeError) as error:
        raise RunError(f"{place}: there is no such factory to import") from error
    score: Score = made()
    return Checker(name=name, score=score, trivial=known[1] if known else False)


def _registry() -> dict[str, tuple[str, bool]]:
    told = tomllib.loads(files("eval.calibration").joinpath("checkers.toml").read_text("utf-8"))
    return {name: (entry["factory"], entry["trivial"]) for name, entry in told.items()}
