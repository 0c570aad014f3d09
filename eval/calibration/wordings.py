"""The wordings of true and false sentences, which are data (`wordings.toml`)."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib.resources import files

from eval.synthetic.truth import Value

_SLOT = re.compile(r"\{(\w+)\}")
_VOWEL = re.compile(r"[aeiouyhàâéèêëîïôöùûü]", re.IGNORECASE)


class Wording(Value):
    """One true sentence with its slots, and what the same sentence becomes when it is turned false."""

    id: str
    kind: str
    text: str
    negated: str = ""
    other_subject: str = ""
    other_time: str = ""


class Addition(Value):
    """Words that no record says, to be added at the end of a sentence."""

    id: str
    text: str


class Words(Value):
    """All of it. `units`: what a unit is mistaken for; `drugs`: what is swapped in."""

    wording: tuple[Wording, ...]
    addition: tuple[Addition, ...]
    units: dict[str, str]
    drugs: tuple[str, ...]


@lru_cache(maxsize=1)
def words() -> Words:
    """The data file, checked."""
    told = tomllib.loads(files("eval.calibration").joinpath("wordings.toml").read_text("utf-8"))
    return Words.model_validate(told | {"drugs": told["drugs"]["pool"]})


def wordings(kind: str) -> tuple[Wording, ...]:
    """The wordings of one kind of truth, in the file's order."""
    return tuple(item for item in words().wording if item.kind == kind)


def filled(text: str, slots: dict[str, str]) -> str:
    """The sentence with its slots, beginning with a capital. KeyError for a slot that is not given."""
    name = slots.get("x", "")
    values = slots | {
        "de_x": f"d’{name}" if _VOWEL.match(name) else f"de {name}",
        "cote": "droit" if slots.get("side") == "droite" else slots.get("side", ""),
    }
    told = " ".join(_SLOT.sub(lambda slot: values[slot[1]], text).split())
    return told[:1].upper() + told[1:]
