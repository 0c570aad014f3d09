"""Local engines: a lazy registry, ``name -> "module:factory"``; one file per vendor library.

A factory takes a ``WorkerConfig``, loads the model, starts a server on loopback that speaks the
OpenAI-compatible protocol (``/v1/models``, ``/v1/chat/completions`` plain and streamed, ``/tokenize``,
``/health``) behind the config's token, and returns a ``Running``. It runs in the worker process only, and
the server lives in threads of that process until the process ends.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from models.errors import EngineMissing, UnknownModel


class WorkerConfig(BaseModel):
    """What a worker is told, on its standard input. ``context_tokens`` is shared by ``parallel`` places.

    ``memory_limit_mib``: of private memory, 0 for none; the mapped weights do not count. ``nice``: added to
    the process's niceness, so that the service stays responsive while the model computes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    engine: str
    model_path: Path
    alias: str
    token: SecretStr
    parent_pid: int
    threads: int = Field(ge=1, le=512)
    context_tokens: int = Field(ge=256, le=1_048_576)
    parallel: int = Field(ge=1, le=64)
    memory_limit_mib: int = Field(default=0, ge=0)
    prompt_cache_mib: int = Field(default=512, ge=0)
    nice: int = Field(default=5, ge=0, le=19)


class Running(NamedTuple):
    """A started server: its base address, and the object that must be kept alive for it to go on."""

    address: str
    keep: object


Factory = Callable[[WorkerConfig], Running]


class Engine(NamedTuple):
    """One engine: where its factory is, how to install it, whether it answers several requests at once."""

    factory: str
    hint: str
    parallel: bool


ENGINES: dict[str, Engine] = {
    "xllamacpp": Engine(
        factory="models.engines.xllamacpp_server:start",
        hint="Install it with: pip install xllamacpp",
        parallel=True,
    ),
    "llama_cpp": Engine(
        factory="models.engines.llama_cpp_server:start",
        hint="Build it with: pip install 'aparte[llama-cpp]' (docs/models.md tells the flags)",
        parallel=False,
    ),
}


def engine(name: str) -> Engine:
    """The engine called ``name``; ``UnknownModel`` lists those that exist."""
    if name not in ENGINES:
        raise UnknownModel(f"no engine is called {name!r}; there are: {', '.join(ENGINES)}")
    return ENGINES[name]


def load_factory(name: str) -> Factory:
    """Import an engine's factory. ``EngineMissing`` if its library is not installed."""
    found = engine(name)
    module, _, attribute = found.factory.partition(":")
    try:
        factory: Factory = getattr(import_module(module), attribute)
    except ImportError as error:
        raise EngineMissing(f"the library of the engine {name} is not installed.", hint=found.hint) from error
    return factory
