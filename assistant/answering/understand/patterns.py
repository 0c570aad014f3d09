"""The patterns by which questions are read: data in patterns.toml, compiled once."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from retrieval.folding import fold

_JOINTS = re.compile(r"[-'\s]+")


class Patterns(NamedTuple):
    """Compiled patterns. `intents` are in the order in which they lead."""

    intents: tuple[tuple[str, tuple[re.Pattern[str], ...]], ...]
    cues: dict[str, tuple[re.Pattern[str], ...]]
    meant_otherwise: dict[str, re.Pattern[str]]
    family: tuple[re.Pattern[str], ...]
    not_family: tuple[re.Pattern[str], ...]
    of_patient: tuple[re.Pattern[str], ...]
    english: frozenset[str]
    french: frozenset[str]
    common: frozenset[str]
    stop: frozenset[str]


def flatten(text: str) -> str:
    """Fold `text` and turn hyphens, apostrophes and runs of spaces into one space: what patterns read."""
    return _JOINTS.sub(" ", fold(text)).strip()


def _compiled(sources: list[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(source) for source in sources)


@lru_cache(maxsize=1)
def load_patterns() -> Patterns:
    """Read and compile patterns.toml; the result is immutable and kept for the life of the process."""
    resource = files("assistant.answering.understand") / "patterns.toml"
    data: dict[str, Any] = tomllib.loads(resource.read_text(encoding="utf-8"))
    words = data["words"]
    return Patterns(
        intents=tuple(
            (name, _compiled(data["intents"][name])) for name in data["order"] if name in data["intents"]
        ),
        cues={name: _compiled(sources) for name, sources in data["cues"].items()},
        meant_otherwise={key: re.compile(source) for key, source in data["meant_otherwise"].items()},
        family=_compiled(data["subject"]["family"]),
        not_family=_compiled(data["subject"]["not_family"]),
        of_patient=_compiled(data["general_is_not"]["patient"]),
        english=frozenset(data["language"]["english"]),
        french=frozenset(data["language"]["french"]),
        common=frozenset((*words["common"], *words["stop"])),
        stop=frozenset(words["stop"]),
    )


def found(patterns: tuple[re.Pattern[str], ...], flat: str) -> bool:
    """Whether any of the patterns is in the flattened text."""
    return any(pattern.search(flat) for pattern in patterns)


def as_meant(question: str) -> str:
    """The flattened question without the words that are meant otherwise than they look."""
    flat = flatten(question)
    for pattern in load_patterns().meant_otherwise.values():
        flat = pattern.sub(" ", flat)
    return flat


def cues(question: str) -> frozenset[str]:
    """Return the finer hints of a question, named as in [cues]: stop, start, change, planned, last ..."""
    flat = flatten(question)
    return frozenset(name for name, patterns in load_patterns().cues.items() if found(patterns, flat))
