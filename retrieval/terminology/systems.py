"""Code systems: one name for each, whether a source gives an OID, a URI or its own word.

The table is `code_systems.toml`.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files

from retrieval.folding import fold

_URN = "urn:oid:"


def canonical_system(text: str) -> str:
    """The name of a code system given by OID, URI or name; the text itself when the table has none.

    `urn:oid:2.16.840.1.113883.6.1`, `http://loinc.org/` and `Loinc` are all `LOINC`. A version after `|` of a
    URI is left out.
    """
    named = _table().get(_key(text))
    return text.strip() if named is None else named


def is_known_system(text: str) -> bool:
    """Whether the table has this code system."""
    return _key(text) in _table()


def oid_of(name: str) -> str:
    """The OID of a code system by its name in the table, or nothing."""
    return _first(name, "oids")


def uri_of(name: str) -> str:
    """The URI of a code system by its name in the table, or nothing."""
    return _first(name, "uris")


def _first(name: str, field: str) -> str:
    found = _data().get(name, {}).get(field, [])
    return found[0] if found else ""


@lru_cache(maxsize=512)
def _key(text: str) -> str:
    bare = text.strip().partition("|")[0].rstrip("/")
    if bare.lower().startswith(_URN):
        return bare[len(_URN) :]
    if "://" in bare:
        return bare.lower()
    if bare.replace(".", "").isdecimal():
        return bare
    return "".join(character for character in fold(bare) if character.isalnum())


@lru_cache(maxsize=1)
def _data() -> dict[str, dict[str, list[str]]]:
    text = files("retrieval.terminology").joinpath("code_systems.toml").read_text(encoding="utf-8")
    systems: dict[str, dict[str, list[str]]] = tomllib.loads(text)["systems"]
    return systems


@lru_cache(maxsize=1)
def _table() -> dict[str, str]:
    return {
        _key(form): name
        for name, row in _data().items()
        for form in (name, *row["oids"], *row["uris"], *row["aliases"])
    }
