"""The texts of S18: templates filled with made-up people, every identifier marked by construction.

Identifiers look real and are not: a NIR never has its right key, phone numbers are those kept for fiction,
mail domains cannot be registered, towns and departments do not exist. A template and a name belong to one
half, by the sha256 of their id: the held-out half has its own templates and its own people.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from hashlib import sha256
from importlib.resources import files
from typing import Any

from eval.cases.gold import Entity
from eval.synthetic.truth import Value

FILLS = 9
"""Lines made from each template."""
LABELS = ("name", "birth_date", "nir", "ipp", "phone", "mail", "address")
_MARK = re.compile(r"\[(?P<label>[a-z_]+)\|(?P<words>[^\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")
_MONTHS = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]
_GIVEN2 = r" :?\s?\(?\[name\|\{prenom2"
_SEXES = {
    "": {
        "female": re.compile(
            r"\b(?:Mme|Madame) \[name\|\{(?!nom2)|votre patiente|(?<!Personne )née|infirmière de"
        ),
        "male": re.compile(r"\b(?:M\.|Monsieur|mr) \[name\||né le|mon père|son mari|retraité"),
    },
    "2": {
        "female": re.compile(rf"(?:Mme|sœur|aide-soignante|mère|appelante){_GIVEN2}"),
        "male": re.compile(rf"(?:M\.|fils|conjoint){_GIVEN2}|Docteur \[name|cher ami"),
    },
}
_LATEST = date(2008, 12, 31)
_DAYS = 31_000


class Line(Value):
    """One text with its identifiers. `template` is what it was made from; `held` its half."""

    id: str
    template: str
    text: str
    entities: tuple[Entity, ...]
    held: bool


def held_half(identity: str) -> bool:
    """Whether a template, a name or an ordinary text is of the half that is never tuned on. Pure."""
    return sha256(identity.encode()).digest()[0] % 2 == 1


def lines() -> tuple[Line, ...]:
    """Every text, template by template; the same in any process."""
    people = _data("identity_people.toml")
    return tuple(
        _line(template["id"], template["text"], number, people)
        for template in _data("identity_templates.toml")["texts"]
        for number in range(FILLS)
    )


def marked(text: str) -> tuple[str, tuple[Entity, ...]]:
    """A text with `[label|words]` marks as plain text and entities. ValueError for an unknown label."""
    parts: list[str] = []
    entities: list[Entity] = []
    at = length = 0
    for found in _MARK.finditer(text):
        if found["label"] not in LABELS:
            raise ValueError(f"{found['label']}: labels are {', '.join(LABELS)}")
        before = text[at : found.start()]
        start = length + len(before)
        parts += [before, found["words"]]
        length = start + len(found["words"])
        entities.append(Entity(label=found["label"], start=start, end=length))
        at = found.end()
    return "".join((*parts, text[at:])), tuple(entities)


def _line(template: str, text: str, number: int, people: Mapping[str, Any]) -> Line:
    identity = f"{template}-{number}"
    held = held_half(template)
    values = _values(identity, people, text, held=held)
    plain, entities = marked(_SLOT.sub(lambda slot: values[slot[1]], text))
    written = _written(plain, drawn(identity, "style", 20))
    return Line(id=identity, template=template, text=written, entities=entities, held=held)


def drawn(identity: str, what: str, below: int) -> int:
    """A number from 0 to `below`, excluded, from the hash of what it is for."""
    return int.from_bytes(sha256(f"{identity}/{what}".encode()).digest()[:8]) % below


def _values(identity: str, people: Mapping[str, Any], text: str, *, held: bool) -> dict[str, str]:
    def one(what: str, among: Sequence[str], *, halved: bool = False) -> str:
        allowed = [item for item in among if held_half(item) == held] if halved else list(among)
        return allowed[drawn(identity, what, len(allowed))]

    values: dict[str, str] = {}
    for suffix in ("", "2"):
        family = one(f"family{suffix}", people["families"], halved=True)
        sex = _sex(text, suffix) or ("female", "male")[drawn(identity, f"sex{suffix}", 2)]
        given = one(f"given{suffix}", people[sex], halved=True)
        values |= {f"nom{suffix}": family, f"NOM{suffix}": family.upper(), f"prenom{suffix}": given}
        born = _LATEST - timedelta(days=drawn(identity, f"born{suffix}", _DAYS))
        values |= _born(born, suffix) | _nir(f"{identity}{suffix}", born, suffix, female=sex == "female")
        values[f"ipp{suffix}"] = _ipp(identity, suffix)
        values |= _phone(
            one(f"phone{suffix}", people["phones"]), drawn(identity, f"line{suffix}", 10_000), suffix
        )
    values["mail"] = _mail(values["prenom"], values["nom"], one("domain", people["mail_domains"]), identity)
    values["rue"] = f"{1 + drawn(identity, 'number', 180)} {one('street', people['streets'])}"
    department = ("96", "99")[drawn(identity, "department", 2)]
    values["ville"] = f"{department}{drawn(identity, 'post', 900) + 100} {one('town', people['towns'])}"
    return values


def _sex(text: str, suffix: str) -> str | None:
    """What the words around the slots say; None when they leave it open."""
    for sex, pattern in _SEXES[suffix].items():
        if pattern.search(text):
            return sex
    return None


def _born(day: date, suffix: str) -> dict[str, str]:
    first = "1er" if day.day == 1 else str(day.day)
    return {
        f"jour{suffix}": day.strftime("%d/%m/%Y"),
        f"jour_points{suffix}": day.strftime("%d.%m.%y"),
        f"jour_tirets{suffix}": day.strftime("%d-%m-%Y"),
        f"jour_lettres{suffix}": f"{first} {_MONTHS[day.month - 1]} {day.year}",
    }


def _ipp(identity: str, suffix: str) -> str:
    digits = 8 + drawn(identity, f"ipp-length{suffix}", 3)
    return f"8{drawn(identity, f'ipp{suffix}', 10 ** (digits - 1)):0{digits - 1}d}"


def _phone(start: str, line: int, suffix: str) -> dict[str, str]:
    spaced = f"{start} {line // 100:02d} {line % 100:02d}"
    return {
        f"tel{suffix}": spaced,
        f"tel_points{suffix}": spaced.replace(" ", "."),
        f"tel_colle{suffix}": spaced.replace(" ", ""),
        f"tel_inter{suffix}": f"+33 {spaced[1:]}",
    }


def nir_key(thirteen: str) -> int:
    """The right key of a NIR without Corsican letters: 97 less the number modulo 97."""
    return 97 - int(thirteen) % 97


def _nir(identity: str, born: date, suffix: str, *, female: bool) -> dict[str, str]:
    place = f"{1 + drawn(identity, 'place', 95):02d}{drawn(identity, 'commune', 900) + 1:03d}"
    order = f"{drawn(identity, 'order', 999) + 1:03d}"
    thirteen = f"{2 if female else 1}{born:%y%m}{place}{order}"
    key = (nir_key(thirteen) + drawn(identity, "key", 95)) % 97 + 1
    parts = (thirteen[0], thirteen[1:3], thirteen[3:5], place[:2], place[2:], order, f"{key:02d}")
    return {f"nir{suffix}": " ".join(parts), f"nir_colle{suffix}": "".join(parts)}


def _mail(given: str, family: str, domain: str, identity: str) -> str:
    first, last = _bare(given), _bare(family)
    shapes = (
        f"{first}.{last}",
        f"{first[:1]}{last}",
        f"{last}{drawn(identity, 'mail', 90) + 10}",
        f"{first}_{last}",
    )
    return f"{shapes[drawn(identity, 'shape', len(shapes))]}@{domain}"


def _bare(name: str) -> str:
    letters = unicodedata.normalize("NFD", name.lower())
    return "".join(c for c in letters if c.isascii() and (c.isalpha() or c == "-"))


def _written(text: str, style: int) -> str:
    """As typed in a hurry, now and then: without accents, in lower case, in capitals. Offsets stay."""
    change: Callable[[str], str] = str
    if style < 3:
        change = _without_accent
    elif style < 6:
        change = str.lower
    elif style == 6:
        change = str.upper
    changed = "".join(new if len(new := change(char)) == 1 else char for char in text)
    assert len(changed) == len(text)
    return changed


def _without_accent(char: str) -> str:
    return unicodedata.normalize("NFD", char)[0]


def _data(name: str) -> dict[str, Any]:
    return tomllib.loads(files("eval.suites.data").joinpath(name).read_text("utf-8"))
