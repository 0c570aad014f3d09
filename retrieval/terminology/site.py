"""A site's own lexicon: a folder of files of the shape of `lexicons/*.toml` that add to them or override.

An entry that the shipped file has is changed field by field: lists are added to (`without` takes forms out
first), any other field is replaced. An entry that it has not is new and needs a `label`. A form may not name
something else already. Errors say the file, the entry and the field.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from retrieval.errors import NotAccepted, NotWellFormed, TooLarge
from retrieval.fact import FactKind
from retrieval.frozen import Frozen
from retrieval.terminology.entries import (
    CODE_FILES,
    LEXICON_FILES,
    Gender,
    LexiconData,
    Rows,
    lexicon_from,
    shipped_rows,
)
from retrieval.terminology.words import forms_of

_LARGEST = 4 * 1024 * 1024
_KEY = re.compile(r"[a-z][a-z0-9_]{0,59}")
_DIGEST = 12
_FORMS = ("words", "brands", "exact", "label_words")
Form = Annotated[str, Field(min_length=1, max_length=120)]
Forms = tuple[Form, ...]
_RULES = {
    "label": "a text of 1 to 120 characters",
    "gender": "one of m, f, mp, fp",
    "unit": "a UCUM unit, as text",
    "loinc": "a list of LOINC codes such as 2823-3",
    "atc": "a list of ATC codes such as C03CA01",
    "icd": "a list of CIM-10 codes such as I50 or I50.1",
    "kinds": "a list of kinds of facts",
    "match": "a list of kinds of facts",
    "group": "imaging, or left out",
    "safety": "true or false",
    "narrative": "true or false",
    "keys": "a list of keys such as drug:paracetamol",
    "display": "a text",
}


class _Row(Frozen):
    """What an entry may say, whichever its file."""

    label: Form | None = None
    words: Forms = ()
    brands: Forms = ()
    exact: Forms = ()
    label_words: Forms = ()
    without: Forms = ()
    gender: Gender | None = None
    unit: Annotated[str, Field(max_length=60)] | None = None
    loinc: tuple[Annotated[str, Field(pattern=r"^\d{1,5}-\d$")], ...] = ()
    atc: tuple[Annotated[str, Field(pattern=r"^[A-Z](\d\d([A-Z]([A-Z](\d\d)?)?)?)?$")], ...] = ()
    icd: tuple[Annotated[str, Field(pattern=r"^[A-Z](\d\d(\.\d{1,3})?)?$")], ...] = ()
    kinds_of: Forms = ()
    parts: Forms = ()
    members: Forms = ()
    kinds: tuple[FactKind, ...] = ()
    match: tuple[FactKind, ...] = ()
    group: Literal["imaging"] | None = None
    safety: bool | None = None
    narrative: bool | None = None


class _CodeRow(Frozen):
    keys: Annotated[Forms, Field(min_length=1)]
    display: Form


def read_site(folder: Path) -> LexiconData:
    """The shipped lexicon with the site's files. Raises InputError (file: entry: field and rule)."""
    contents = _contents(folder)
    rows = {name: dict(found) for name, found in shipped_rows().items()}
    given: dict[str, set[str]] = {}
    for name, data in contents.items():
        for key, row in _table_of(name, data).items():
            rows[name][key] = _merged(name, key, rows[name].get(key), row)
            if name not in CODE_FILES:
                prefix = next(item[3] for item in LEXICON_FILES if item[0] == name)
                given.setdefault(f"{prefix}:{key}", set()).add(name)
    digest = sha256()
    for name in sorted(contents):
        digest.update(f"{name}\0{sha256(contents[name]).hexdigest()}\n".encode())
    built = lexicon_from(rows, site=digest.hexdigest()[:_DIGEST] if contents else "")
    _check_references(built, given, contents)
    _check_forms(built, given)
    return built


def _contents(folder: Path) -> dict[str, bytes]:
    if not folder.is_dir():
        raise NotAccepted(f"the folder of lexicons {folder.name} is not a folder that can be read")
    known = [name for name, *_ in LEXICON_FILES] + list(CODE_FILES)
    found: dict[str, bytes] = {}
    for path in sorted(folder.glob("*.toml")):
        if path.name not in known:
            raise NotAccepted(f"not the name of a lexicon; one of {', '.join(known)}", place=path.name)
        try:
            with path.open("rb") as handle:
                found[path.name] = handle.read(_LARGEST + 1)
        except OSError:
            raise NotAccepted("the file cannot be read", place=path.name) from None
        if len(found[path.name]) > _LARGEST:
            raise TooLarge(f"over {_LARGEST // 1024 // 1024} MB", place=path.name)
    return found


def _table_of(name: str, data: bytes) -> Rows:
    wanted = next((table for file, table, _, _ in LEXICON_FILES if file == name), "codes")
    try:
        tables = tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        line = re.search(r"line \d+", str(error))
        where = f" ({line.group()})" if line else ""
        raise NotWellFormed(f"not TOML in UTF-8{where}", place=name) from None
    for table in tables:
        if table != wanted:
            raise NotAccepted(f"the only table of this file is [{wanted}]", place=f"{name}: {table}")
    rows = tables.get(wanted, {})
    for key, row in rows.items() if isinstance(rows, dict) else (("", None),):
        if not isinstance(row, dict):
            raise NotAccepted("an entry is written name = { field = value }", place=f"{name}: {key}")
    return dict(rows)


def _merged(name: str, key: str, shipped: dict[str, Any] | None, row: dict[str, Any]) -> dict[str, Any]:
    place = f"{name}: {key}"
    if name in CODE_FILES:
        return _checked(_CodeRow, place, row)
    if not _KEY.fullmatch(key):
        raise NotAccepted("the name of an entry is lower case letters, digits and _", place=place)
    given = _checked(_Row, place, row)
    taken_out = set(given.pop("without", ()))
    base = dict(shipped or {})
    unknown = taken_out - {form for field in _FORMS for form in base.get(field, ())}
    if unknown:
        raise NotAccepted(f"without: the shipped entry has no form « {min(unknown)} »", place=place)
    for field in _FORMS:
        if field in base:
            base[field] = [form for form in base[field] if form not in taken_out]
    for field, value in given.items():
        adds = isinstance(value, list) and field in base
        base[field] = [*base[field], *(v for v in value if v not in base[field])] if adds else value
    if "label" not in base:
        raise NotAccepted("label: a new entry needs one", place=place)
    return base


def _checked(shape: type[Frozen], place: str, row: dict[str, Any]) -> dict[str, Any]:
    try:
        valid = shape.model_validate(row)
    except ValidationError as error:
        first = error.errors(include_input=False, include_context=False, include_url=False)[0]
        field = str(first["loc"][0])
        if first["type"] == "extra_forbidden":
            known = ", ".join(shape.model_fields)
            raise NotAccepted(f"{field}: not a field; one of {known}", place=place) from None
        rule = _RULES.get(field, "a list of texts of 1 to 120 characters")
        raise NotAccepted(f"{field}: must be {rule}", place=place) from None
    kept = valid.model_dump(exclude_unset=True, exclude_none=True)
    return {name: list(value) if isinstance(value, tuple) else value for name, value in kept.items()}


def _check_references(built: LexiconData, given: dict[str, set[str]], contents: Iterable[str]) -> None:
    keys = {entry.concept.key for entry in built.entries}
    for entry in built.entries:
        if entry.concept.key in given:
            for key in (*entry.concept.members, *entry.parents, *entry.parts):
                if key not in keys:
                    raise NotAccepted(f"{key} is no entry", place=_place(entry.concept.key, given))
    for name in set(contents) & set(CODE_FILES):
        for (system, code), named in built.codes.items():
            for key in named:
                if system == CODE_FILES[name] and key not in keys:
                    raise NotAccepted(f"keys: {key} is no entry", place=f"{name}: {code}")


def _check_forms(built: LexiconData, given: dict[str, set[str]]) -> None:
    """A form that a site's entry has may not be another entry's, unless the shipped files share it too."""
    shared = _owners(lexicon_from(shipped_rows()))
    for words, owners in _owners(built).items():
        mine = sorted(owners & given.keys())
        new = owners - shared.get(words, set())
        if mine and new and len(owners) > 1:
            entry = next(iter(sorted(owners & new & given.keys())), mine[0])
            other = min(owners - {entry})
            written = next(form for form in _words_of(built, entry) if forms_of(form) == words)
            raise NotAccepted(f"« {written} » already names {other}", place=_place(entry, given))


def _owners(data: LexiconData) -> dict[tuple[str, ...], set[str]]:
    owners: dict[tuple[str, ...], set[str]] = {}
    for entry in data.entries:
        for form in entry.concept.words:
            if form not in data.ambiguous and forms_of(form):
                owners.setdefault(forms_of(form), set()).add(entry.concept.key)
    return owners


def _words_of(data: LexiconData, key: str) -> tuple[str, ...]:
    return next(entry.concept.words for entry in data.entries if entry.concept.key == key)


def _place(key: str, given: dict[str, set[str]]) -> str:
    return f"{min(given[key])}: {key.partition(':')[2]}"
