"""From a kind of question to French words: agreement, shorthand, and which wordings are held out."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from eval.errors import CaseFileError
from eval.suites.record_ask import Asked, Reader, shipped
from eval.synthetic.held_out import held_out
from eval.synthetic.letters import of
from eval.synthetic.story import Analyte, load_analytes
from eval.synthetic.truth import Identity, Value

FILE = "record_questions"
FURTHER = "questions.toml"
_VOWELS = "aeiouyhàâéèêëîïôœ"
_FEMININE = ("ine", "one", "ose", "ane", "ase")
_GENDERS = ("m", "f", "mp", "fp")
_AGREED: dict[str, tuple[str, str, str, str]] = {
    "dernier": ("dernier", "dernière", "derniers", "dernières"),
    "Dernier": ("Dernier", "Dernière", "Derniers", "Dernières"),
    "le_dernier": ("le dernier", "la dernière", "les derniers", "les dernières"),
    "Quel": ("Quel", "Quelle", "Quels", "Quelles"),
    "est": ("est", "est", "sont", "sont"),
    "etait": ("était", "était", "étaient", "étaient"),
    "a": ("a", "a", "ont", "ont"),
    "le_plus_haut": ("le plus haut", "la plus haute", "les plus hauts", "les plus hautes"),
    "le_plus_bas": ("le plus bas", "la plus basse", "les plus bas", "les plus basses"),
    "monte": ("monté", "montée", "montés", "montées"),
    "elle": ("il", "elle", "ils", "elles"),
    "e": ("", "e", "s", "es"),
}


class Wording(Value):
    """One way to ask: the template's id and the template."""

    id: str
    template: str

    @property
    def held(self) -> bool:
        """Whether it is opened for a report only."""
        return held_out(self.id)


class Words(Value):
    """Every wording known to a world: the shipped ones, and those of further folders instead of them."""

    shipped: dict[str, Any]
    further: dict[str, tuple[str, ...]]
    analytes: dict[str, Analyte]
    opened: bool

    def ways(self, asked: Asked) -> tuple[Wording, ...]:
        """All the ways to ask this that may be used; held-out ones only if they are opened."""
        if asked.kind in self.further:
            texts = self.further[asked.kind]
            return tuple(
                Wording(id=f"further/{asked.kind}/{n}", template=text) for n, text in enumerate(texts)
            )
        own = (
            Wording(id=f"question/{asked.kind}/{asked.key}/{n}", template=text)
            for n, text in enumerate(asked.wordings)
        )
        section, _, kind = asked.kind.rpartition(".")
        general = self.shipped[section or "ask"].get(kind, ())
        every = (*own, *(Wording(id=f"question/{asked.kind}/{n}", template=t) for n, t in enumerate(general)))
        return tuple(way for way in every if self.opened or not way.held)

    def names(self, asked: Asked) -> tuple[tuple[str, str], ...]:
        """What the analyte or drug asked about is called, each name with its gender."""
        if asked.analyte is not None:
            known = self.shipped["names"].get(asked.analyte) or [[self.analytes[asked.analyte].words, "m"]]
            return tuple((name, gender) for name, gender in known)
        return ((asked.drug, gender_of(asked.drug)),) if asked.drug is not None else ()


def load_words(folders: tuple[Path, ...], *, opened: bool) -> Words:
    """The shipped wordings; a file `questions.toml` in a further folder replaces kinds by its own.

    Raises CaseFileError when such a file is not a table `[ask]` of lists of texts by a known kind.
    """
    own = shipped(FILE)
    further: dict[str, tuple[str, ...]] = {}
    for folder in folders:
        path = folder / FURTHER
        if path.is_file():
            further |= _further(path, known=own["ask"])
    return Words(shipped=own, further=further, analytes=load_analytes(), opened=opened)


def _further(path: Path, *, known: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8")).get("ask", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CaseFileError(f"{path}: cannot be read as TOML; see docs/evaluation/templates.md") from error
    found = {}
    for kind, texts in told.items():
        if kind not in known:
            raise CaseFileError(f"{path}, ask.{kind}: no such kind; there are {', '.join(sorted(known))}")
        if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
            raise CaseFileError(f"{path}, ask.{kind}: must be a list of wordings, one at least")
        found[kind] = tuple(texts)
    return found


def gender_of(drug: str) -> str:
    """Gender of a drug's name, by the ending of its first word; brand names are masculine."""
    first = drug.partition(" ")[0]
    return "f" if first.islower() and first.endswith(_FEMININE) else "m"


def say(template: str, asked: Asked, *, identity: Identity, name: tuple[str, str] | None) -> str:
    """The template in words. KeyError names a placeholder that the kind does not know."""
    female = identity.sex == "female"
    slots = {
        "il": "elle" if female else "il",
        "Il": "Elle" if female else "Il",
        "e": "e" if female else "",
        "ne": "née" if female else "né",
        **asked.slots,
        **(_named(*name, drug=asked.drug is not None) if name is not None else {}),
    }
    text = re.sub(r"\{(\w+)\}", lambda match: slots[match[1]], template)
    return text[0].upper() + text[1:] if template.startswith("{") else text


def _named(name: str, gender: str, *, drug: bool) -> dict[str, str]:
    number = _GENDERS.index(gender)
    found = {f"{key}_x": forms[number] for key, forms in _AGREED.items()}
    elided = name[0].lower() in _VOWELS and not gender.endswith("p")
    the = "l’" if elided else ("le ", "la ", "les ", "les ")[number]
    whose = "de l’" if elided else ("du ", "de la ", "des ", "des ")[number]
    found |= {"x": name, "le_x": f"{the}{name}", "de_x": of(name) if drug else f"{whose}{name}"}
    return {**found, "a_x_evolue": f"{found['a_x']} évolué"}


def pick(text: str, among: int) -> int:
    """A place among so many, by the sha256 of a text."""
    return int.from_bytes(sha256(text.encode()).digest()[:8]) % among


def worded(asked: Asked, reader: Reader, words: Words, *, salt: str) -> tuple[str, Wording] | None:
    """The question in one of its ways, by hash; None when every way is held out."""
    ways = words.ways(asked)
    if not ways:
        return None
    way = ways[pick(f"{salt}/way", len(ways))]
    names = words.names(asked)
    name = names[pick(f"{salt}/name", len(names))] if names else None
    return say(way.template, asked, identity=reader.patient.identity, name=name), way
