"""Prompts: versioned template files, rendered strictly.

A file `catalogue/<name>/v<N>.md` holds front matter (`purpose`, `variables`, `language`, `changed`) between
two `---` lines, then the text. `## system` and `## user` lines part the text into the turns of a
conversation, in the order of the file; a text without them is one `user` turn. `string.Template` only:
no logic. A released file never changes (`prompts.lock`, see `prompts/lock.py`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from string import Template
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from prompts.errors import InvalidPrompt, UnknownPrompt, VariablesMismatch

MAX_PROMPT_BYTES = 64_000
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_FILE = re.compile(r"v([1-9][0-9]{0,3})\.md")
_FRONT = re.compile(r"\A---\n(?P<front>.*?)\n---\n(?P<text>.*)\Z", re.DOTALL)
_TURN = re.compile(r"^## (system|user)[ ]*\n", re.MULTILINE)

Role = Literal["system", "user"]


class Turn(NamedTuple):
    """One turn of a rendered prompt."""

    role: Role
    text: str


class Prompt(BaseModel):
    """One released prompt. `sha256` is of the whole file; `variables` are exactly those of the text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    version: int
    purpose: str
    language: str
    changed: str
    variables: tuple[str, ...]
    text: str
    sha256: str

    @property
    def ref(self) -> str:
        """The name that goes into every answer and trace: `answer@v1#0123456789ab`."""
        return f"{self.name}@v{self.version}#{self.sha256[:12]}"

    def render(self, **values: str) -> tuple[Turn, ...]:
        """Fill in the variables and part the text into turns.

        Values are inserted after the text was parted, so no value can open a turn.
        Raises VariablesMismatch when a variable is missing, unknown or not text.
        """
        self._check(values)
        return tuple(
            Turn(turn.role, Template(turn.text).substitute(values).strip()) for turn in _turns(self.text)
        )

    def _check(self, values: dict[str, str]) -> None:
        missing = sorted(set(self.variables) - set(values))
        unused = sorted(set(values) - set(self.variables))
        not_text = sorted(name for name, value in values.items() if not isinstance(value, str))
        if missing or unused or not_text:
            raise VariablesMismatch(f"{self.ref}: missing {missing}, unused {unused}, not text {not_text}")


def load_prompt(name: str, version: int | None = None) -> Prompt:
    """Return the prompt `name`, the newest version unless one is named.

    Raises UnknownPrompt, or InvalidPrompt when the file is not in the expected form.
    """
    found = {item.version: item for item in _entries() if item.name == name}
    if not found or (version is not None and version not in found):
        raise UnknownPrompt(f"no prompt {name!r}" + (f" version {version}" if version else ""))
    return parse(found[version or max(found)])


def catalogue() -> tuple[Prompt, ...]:
    """Every prompt of the catalogue, by name then version."""
    return tuple(parse(entry) for entry in sorted(_entries(), key=lambda item: (item.name, item.version)))


class Entry(NamedTuple):
    """A file of the catalogue, not yet read in."""

    name: str
    version: int
    data: bytes


def parse(entry: Entry) -> Prompt:
    """Read one catalogue file. Raises InvalidPrompt with the file's name and the fault."""
    place = f"{entry.name}/v{entry.version}.md"
    if len(entry.data) > MAX_PROMPT_BYTES:
        raise InvalidPrompt(f"{place}: over {MAX_PROMPT_BYTES} bytes")
    try:
        matched = _FRONT.match(entry.data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise InvalidPrompt(f"{place}: not UTF-8, at byte {error.start}") from error
    if matched is None:
        raise InvalidPrompt(f"{place}: no front matter between two --- lines")
    front = _front(matched["front"], place=place)
    variables = tuple(sorted(name.strip() for name in front.pop("variables", "").split(",") if name.strip()))
    text = matched["text"]
    template = Template(text)
    if not template.is_valid() or tuple(sorted(template.get_identifiers())) != variables:
        raise InvalidPrompt(f"{place}: the variables of the text are not those of the front matter")
    before, *turns = _TURN.split(text)
    if turns and before.strip():
        raise InvalidPrompt(f"{place}: text before the first turn, which no one would be given")
    digest = hashlib.sha256(entry.data).hexdigest()
    try:
        return Prompt(
            name=entry.name, version=entry.version, variables=variables, text=text, sha256=digest, **front
        )
    except ValidationError as error:
        fields = sorted({str(item["loc"][0]) for item in error.errors()})
        raise InvalidPrompt(f"{place}: front matter: {fields}") from error


def _front(block: str, *, place: str) -> dict[str, str]:
    front: dict[str, str] = {}
    for line in block.splitlines():
        key, colon, value = line.partition(":")
        if not colon or key.strip() in front:
            raise InvalidPrompt(f"{place}: front matter line {line!r}")
        front[key.strip()] = value.strip()
    unknown = set(front) - {"purpose", "variables", "language", "changed"}
    if unknown:
        raise InvalidPrompt(f"{place}: front matter: unknown {sorted(unknown)}")
    return front


def _turns(text: str) -> tuple[Turn, ...]:
    parts = _TURN.split(text)
    if len(parts) == 1:
        return (Turn("user", text),)
    roles: list[Role] = ["system" if role == "system" else "user" for role in parts[1::2]]
    return tuple(Turn(role, body) for role, body in zip(roles, parts[2::2], strict=True))


def _entries() -> Iterator[Entry]:
    root = files("prompts").joinpath("catalogue")
    for folder in root.iterdir():
        if folder.is_dir() and _NAME.fullmatch(folder.name):
            yield from _versions(folder)


def _versions(folder: Traversable) -> Iterator[Entry]:
    for item in folder.iterdir():
        matched = _FILE.fullmatch(item.name)
        if matched:
            yield Entry(folder.name, int(matched[1]), item.read_bytes())
