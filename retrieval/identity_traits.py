"""Traits of a person, and whether two descriptions agree: the rules stand in `identity_rules.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any, Literal, NamedTuple

from retrieval.composition import Patient, PatientIdentifier
from retrieval.folding import fold
from retrieval.moments import span_of

Agreement = Literal["agree", "disagree", "unknown"]
"""`unknown`: nothing disagrees, and too little is said to call it agreement."""
Key = tuple[str, str]
"""A system and a value in it."""
_DAY = 3


class Traits(NamedTuple):
    """What describes a person, folded: words of each name, birth date as given, sex, birthplace code."""

    birth_name: tuple[str, ...] = ()
    used_name: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    full: tuple[str, ...] = ()
    birth_date: str = ""
    sex: str = ""
    birth_place: str = ""

    def __bool__(self) -> bool:
        """Whether anything is said at all."""
        return any(self)


class Keys(NamedTuple):
    """Identifiers by what they may do: `strong` may bring two descriptions together, `weak` only be listed.

    `ins` are the strong national numbers: where both descriptions have one of a system, and none in common,
    they are two people.
    """

    strong: frozenset[Key]
    weak: frozenset[Key]
    ins: frozenset[Key]


@cache
def _rules() -> dict[str, dict[str, Any]]:
    return tomllib.loads(resources.files("retrieval").joinpath("identity_rules.toml").read_text("utf-8"))


def traits_of(patient: Patient) -> Traits:
    """The traits that a source states. Hyphens, apostrophes, case and accents count for nothing."""
    return Traits(
        birth_name=words_of(patient.birth_name),
        used_name=words_of(patient.family_name),
        given=words_of(patient.given_names),
        full=words_of(patient.name),
        birth_date=(patient.birth_date or "").strip(),
        sex=patient.sex if patient.sex in {"male", "female"} else "",
        birth_place=fold(patient.birth_place).strip(),
    )


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name, folded: `Jean-Pierre` and `JEAN PIERRE` are the same two."""
    plain = "".join(c if c.isalnum() else " " for c in fold(name))
    dropped = _rules()["traits"]["particles_dropped"]
    return tuple(word for word in plain.split() if word not in dropped)


def keys_of(patient: Patient) -> Keys:
    """The identifiers of a person that may tell one from another."""
    rules = _rules()
    strong: set[Key] = set()
    weak: set[Key] = set()
    ins: set[Key] = set()
    for item in patient.identifiers:
        system, value = identifier_key(item.system, item.value)
        if value in rules["local"]["not_values"] or fold(system) in rules["local"]["not_identifying"]:
            continue
        if system not in rules["ins"]["systems"]:
            strong.add((system, value))
        elif _is_qualified(item):
            strong.add((system, value))
            ins.add((system, value))
        else:
            weak.add((system, value))
    return Keys(frozenset(strong), frozenset(weak - strong), frozenset(ins))


def identifier_key(system: str, value: str) -> Key:
    """A system and a value as they are compared: one label for the INS, no spaces around or inside an INS."""
    bare = system.strip().removeprefix("urn:oid:")
    label: str = _rules()["ins"]["oids"].get(bare, bare)
    if label.upper() in _rules()["ins"]["systems"]:
        return label.upper(), "".join(value.split()).upper()
    return label, fold(value).strip()


def _is_qualified(item: PatientIdentifier) -> bool:
    return item.status is None or fold(item.status).strip() in _rules()["ins"]["qualified"]


def agreement(one: Traits, other: Traits) -> Agreement:
    """Whether two descriptions may be of one person.

    They agree when the whole birth date is the same, a family name and a given name agree, and nothing else
    disagrees. A day and a month that are swapped disagree, as does one wrong letter: a person decides.
    """
    dates = _dates(one.birth_date, other.birth_date)
    names, given = _names(one, other), _given(one, other)
    parts = (dates, names, given, _same(one.sex, other.sex), _place(one.birth_place, other.birth_place))
    if "disagree" in parts:
        return "disagree"
    return "agree" if dates == names == given == "agree" else "unknown"


def _same(one: str, other: str) -> Agreement:
    if not one or not other:
        return "unknown"
    return "agree" if one == other else "disagree"


def _place(one: str, other: str) -> Agreement:
    """Birthplaces: only two INSEE codes can be compared, since a commune has several names over time."""
    coded = len(one) == len(other) == 5 and one[-3:].isdigit() and other[-3:].isdigit()
    return _same(one, other) if coded else "unknown"


def _dates(one: str, other: str) -> Agreement:
    first, second = span_of(one or None), span_of(other or None)
    if first is None or second is None:
        return "unknown"
    if first.precision >= _DAY and second.precision >= _DAY:
        return _same(first.first_day, second.first_day)
    apart = first.last_day < second.first_day or second.last_day < first.first_day
    return "disagree" if apart else "unknown"


def _names(one: Traits, other: Traits) -> Agreement:
    """Birth names where both have one; else any family name, since sources do not always say which it is."""
    if one.birth_name and other.birth_name:
        return _said_alike(one.birth_name, other.birth_name)
    mine = [name for name in (one.birth_name, one.used_name) if name]
    theirs = [name for name in (other.birth_name, other.used_name) if name]
    if not mine or not theirs:
        return _whole_names(one, other)
    alike = any(set(a) <= set(b) or set(b) <= set(a) or _joined(a, b) for a in mine for b in theirs)
    return "agree" if alike else "disagree"


def _said_alike(one: tuple[str, ...], other: tuple[str, ...]) -> Agreement:
    return "agree" if one == other or _joined(one, other) else "disagree"


def _joined(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """`LE GALL` and `LEGALL`: software drops the space."""
    return "".join(one) == "".join(other)


def _given(one: Traits, other: Traits) -> Agreement:
    """First given names: one list begins the other, since sources keep one, a compound or all of them."""
    if not one.given or not other.given:
        return _whole_names(one, other)
    short, long = sorted((one.given, other.given), key=len)
    begins = long[: len(short)] == short or ("".join(long).startswith("".join(short)) and len(short) > 1)
    return "agree" if begins or _joined(one.given, other.given) else "disagree"


def _whole_names(one: Traits, other: Traits) -> Agreement:
    """Where a source gives a name in one piece: its words against all the words of the other."""
    if not all(each.full or each.given for each in (one, other)):
        return "unknown"
    mine, theirs = _all_words(one), _all_words(other)
    if len(mine) < 2 or len(theirs) < 2:
        return "unknown"
    return "agree" if mine <= theirs or theirs <= mine else "disagree"


def _all_words(traits: Traits) -> frozenset[str]:
    return frozenset((*traits.birth_name, *traits.used_name, *traits.given, *traits.full))
