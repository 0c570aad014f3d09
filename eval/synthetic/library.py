"""Every template at hand: the shipped ones and those of further folders, checked, with clear errors.

A folder given with `--templates` may hold `stories/*.toml`, `modules/*.toml`, `letters.toml` and
`questions.toml`, each in the schema of docs/evaluation/templates.md.
"""

import tomllib
from collections.abc import Callable, Iterable, Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from random import Random
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError

from eval.errors import CaseFileError
from eval.synthetic import story as st
from eval.synthetic.held_out import held_out
from eval.synthetic.module import Module, prefixed
from eval.synthetic.options import HospitalOptions
from eval.synthetic.truth_base import Value
from eval.synthetic.variants import every_row, resolved

MAX_BYTES = 1024 * 1024
Use = Literal[
    "opening",
    "closing",
    "stay_opening",
    "no_allergy",
    "history_heading",
    "treatment_heading",
    "vitals_line",
    "routine_note",
    "copied",
    "neighbour",
    "contradicted_allergy",
    "contradicted_tobacco",
    "contradicted_dose",
]
M = TypeVar("M", bound=BaseModel)


class Wording(Value):
    """One wording of a set phrase of letters and notes; marks and placeholders as in stories."""

    id: Annotated[str, Field(pattern=r"^[\w.-]+$")]
    use: Use
    text: Annotated[str, Field(min_length=1)]


class Library(Value):
    """The templates that a hospital is made from. `stories` in the order in which patients are given them.

    `stories` and `modules` are raw tables, so that their `draw` rows can still be drawn for each patient.
    """

    stories: dict[str, dict[str, Any]]
    modules: dict[str, dict[str, Any]]
    words: dict[str, Any]
    analytes: dict[str, st.Analyte]
    names: dict[str, Any]

    def story(self, number: int, rng: Random | None = None) -> st.Story:
        """The story of patient `number`, its values drawn with `rng`, or as the demonstration plays it."""
        names = list(self.stories)
        return st.Story.model_validate(resolved(self.stories[names[number % len(names)]], rng))

    def candidates(self, *, vary: bool) -> list[Callable[[Random], Module]]:
        """One function a module, by id: it draws the module's values from the generator it is given."""
        return [_drawer(self.modules[name], vary=vary) for name in sorted(self.modules)]


def _drawer(raw: dict[str, Any], *, vary: bool) -> Callable[[Random], Module]:
    return lambda rng: Module.model_validate(resolved(raw, rng if vary else None))


def load_library(options: HospitalOptions | None = None) -> Library:
    """The templates for these options. Raises CaseFileError with file and place for what is not right."""
    chosen = options or HospitalOptions()
    stories = {name: st.raw_story(name) for name in st.ORDER}
    words, names = st.load_templates("letters"), st.load_templates("people")
    if chosen.plain:
        return Library(stories=stories, modules={}, words=words, analytes=st.base_analytes(), names=names)
    package = resources.files("eval.synthetic")
    modules = _modules(package.joinpath("modules"))
    wordings = list(_wordings(package.joinpath("templates").joinpath("wordings.toml")))
    for folder in chosen.templates:
        _is_folder(folder)
        stories |= _fresh(folder, stories, _stories(folder / "stories"))
        modules |= _fresh(folder, modules, _modules(folder / "modules"))
        wordings += _wordings(folder / "letters.toml")
    if not chosen.open_held_out:
        modules = {name: raw for name, raw in modules.items() if not held_out(name)}
        wordings = [item for item in wordings if not held_out(item.id)]
    for item in wordings:
        words[item.use] = [*words.get(item.use, ()), item.text]
    names["families"] = [*names["families"], *names["more_families"]]
    return Library(stories=stories, modules=modules, words=words, analytes=st.load_analytes(), names=names)


def _is_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise CaseFileError(f"{folder}: no such folder of templates; name an existing one")
    known = ("stories", "modules", "letters.toml", "questions.toml")
    if not any((folder / name).exists() for name in known):
        raise CaseFileError(f"{folder}: none of {', '.join(known)} is in this folder of templates")


def _fresh(folder: Path, known: Iterable[str], found: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    twice = sorted(set(known) & set(found))
    if twice:
        raise CaseFileError(f"{folder}: already used by another template: {', '.join(twice)}; rename it")
    return found


def _stories(folder: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for path in _files(folder):
        raw = _read(path)
        checked = _checked(path, st.Story, raw)
        if checked.name in found or checked.name != path.name.removesuffix(".toml"):
            raise CaseFileError(f"{path}, name: give the story the name of its file, once")
        found[checked.name] = raw
    return found


def _modules(folder: Traversable | Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for path in _files(folder):
        raw = prefixed(_read(path))
        checked = _checked(path, Module, raw)
        if checked.id in found or checked.id != path.name.removesuffix(".toml"):
            raise CaseFileError(f"{path}, id: give the module the name of its file, once")
        found[checked.id] = raw
    return found


def _wordings(path: Traversable | Path) -> Iterator[Wording]:
    if not path.is_file():
        return
    raw = _read(path)
    unknown = sorted(set(raw) - {"wording"})
    if unknown or not isinstance(raw.get("wording"), list):
        raise CaseFileError(f"{path}: only [[wording]] tables are known here, not {', '.join(unknown)}")
    seen: set[str] = set()
    for number, item in enumerate(raw["wording"]):
        wording = validated(path, Wording, item, at=f"wording.{number}")
        if wording.id in seen:
            raise CaseFileError(f"{path}, wording.{number}.id: {wording.id} is used twice")
        seen.add(wording.id)
        yield wording


def _files(folder: Traversable | Path) -> list[Traversable | Path]:
    if not folder.is_dir():
        return []
    return sorted((item for item in folder.iterdir() if item.name.endswith(".toml")), key=lambda p: p.name)


def _read(path: Traversable | Path) -> dict[str, Any]:
    try:
        if isinstance(path, Path) and path.stat().st_size > MAX_BYTES:
            raise CaseFileError(f"{path}: larger than {MAX_BYTES} bytes; cut it in two")
        return st.read_toml(path)
    except tomllib.TOMLDecodeError as error:
        raise CaseFileError(f"{path}: not TOML: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise CaseFileError(f"{path}: cannot be read as UTF-8 text") from error


def _checked(path: Traversable | Path, model: type[M], raw: dict[str, Any]) -> M:
    """The template with its first rows, after every row of its `draw` table has been checked."""
    try:
        rows = list(every_row(raw))
    except (ValueError, AttributeError, TypeError, IndexError) as error:
        raise CaseFileError(f"{path}, draw: {error}") from error
    return next(validated(path, model, row) for row in rows)


def validated(path: Traversable | Path, model: type[M], raw: Any, *, at: str = "") -> M:
    """The value that a file holds at that place. Raises CaseFileError with file and place."""
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(part for part in (at, *(str(item) for item in first["loc"])) if part)
        raise CaseFileError(f"{path}, {place or 'the file'}: {first['msg']}") from error
