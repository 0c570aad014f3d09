"""The two protocols of this package, ``ChatModel`` and ``Embedder``, and the values they exchange.

Everything is frozen. One protocol is asynchronous (``ChatModel``), one is not (``Embedder``: callers cross
with ``anyio.to_thread``). Nothing here imports a vendor library.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Literal, Protocol, Self, runtime_checkable

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, model_validator

Vectors = npt.NDArray[np.float32]
"""``(n, dimensions)`` float32 array, each row of Euclidean length 1."""

MAX_PROMPT_CHARACTERS = 400_000
"""Largest total of message characters a request may hold; far above any context we run."""


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Message(_Value):
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str = Field(max_length=MAX_PROMPT_CHARACTERS)


class ChatRequest(_Value):
    """What is asked of a model; what is not named here is never sent.

    ``max_tokens``: completion tokens at most. ``temperature`` 0 is greedy. ``json_schema`` (a JSON Schema)
    and ``grammar`` (GBNF, llama.cpp engines only) bind the output and exclude each other. ``seed`` makes
    sampling repeatable on one engine. ``stop``: the text ends before the first of these.
    """

    messages: tuple[Message, ...] = Field(min_length=1, max_length=200)
    max_tokens: int = Field(ge=1, le=32_768)
    temperature: float = Field(default=0.0, ge=0.0, le=2.0)
    json_schema: dict[str, Any] | None = None
    grammar: str | None = Field(default=None, max_length=100_000)
    seed: int = Field(default=0, ge=0, le=2**31 - 1)
    stop: tuple[str, ...] = Field(default=(), max_length=8)

    @model_validator(mode="after")
    def _one_binding(self) -> Self:
        if self.json_schema is not None and self.grammar is not None:
            raise ValueError("a request is bound by json_schema or by grammar, not by both")
        if sum(len(message.content) for message in self.messages) > MAX_PROMPT_CHARACTERS:
            raise ValueError(f"the messages hold more than {MAX_PROMPT_CHARACTERS} characters")
        return self


class Delta(_Value):
    """A stretch of generated text, in order. Never empty."""

    text: str = Field(min_length=1)


class Usage(_Value):
    """Token counts of one completion. ``cached_tokens`` of the prompt were reused, not computed."""

    prompt_tokens: int = Field(ge=0)
    cached_tokens: int = Field(default=0, ge=0)
    completion_tokens: int = Field(ge=0)


class Finish(_Value):
    """The last thing a stream yields. ``length``: cut at ``max_tokens`` or at the end of the context.

    ``timings_ms``: milliseconds by name; always ``first_token`` and ``total`` as the caller saw them, and
    whatever the engine reported of its own.
    """

    reason: Literal["stop", "length"]
    usage: Usage
    timings_ms: dict[str, float] = Field(default_factory=dict)


class ModelInfo(_Value):
    """What runs, for provenance. ``sha256`` is of the weights file, or ``None`` when it cannot be known
    (a remote server). ``status``: ``ok`` and ``test`` come from the catalogue, ``own`` is the site's own
    file, ``remote`` a server elsewhere, ``fake`` a shipped stand-in.
    """

    name: str
    sha256: str | None = None
    engine: str
    context_tokens: int = Field(ge=1)
    licence: str = "unknown"
    languages: tuple[str, ...] = ()
    status: Literal["ok", "test", "own", "remote", "fake"]


@runtime_checkable
class ChatModel(Protocol):
    """A language model that answers one request as a stream.

    ``stream`` returns an asynchronous context manager over an iterator that yields ``Delta`` values, then
    exactly one ``Finish``. Leaving the context, early or not, cancels the generation and frees its place.
    Errors are those of ``models.errors``; they may rise on entering or while iterating.
    """

    @property
    def info(self) -> ModelInfo:
        """What runs."""
        ...

    def stream(self, request: ChatRequest) -> AbstractAsyncContextManager[AsyncIterator[Delta | Finish]]:
        """Answer one request."""
        ...

    async def count_tokens(self, text: str) -> int:
        """Tokens of ``text`` for this model; an upper estimate where the engine cannot tell."""
        ...

    async def ready(self) -> bool:
        """Whether a request would be taken now. Never raises, returns within a few seconds."""
        ...

    async def close(self) -> None:
        """Free everything, child processes included. May be called twice."""
        ...


@runtime_checkable
class QueuedChatModel(ChatModel, Protocol):
    """A ``ChatModel`` that says how many are before you. Every model of this package is one."""

    @property
    def ahead(self) -> int:
        """Requests running or waiting now: what a new one would find before it."""
        ...

    def stream(
        self, request: ChatRequest, *, on_position: Callable[[int], None] | None = None
    ) -> AbstractAsyncContextManager[AsyncIterator[Delta | Finish]]:
        """As ``ChatModel.stream``. ``on_position`` is called with the number of requests before this one,
        each time it changes while waiting, and with 0 when its turn comes.
        """
        ...


@runtime_checkable
class Embedder(Protocol):
    """Turns texts into vectors of length 1. Synchronous; safe to call from several threads."""

    @property
    def info(self) -> ModelInfo:
        """What runs."""
        ...

    @property
    def dimensions(self) -> int:
        """Length of every vector."""
        ...

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions, in order, shape ``(len(texts), dimensions)``."""
        ...

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of passages, in order, shape ``(len(texts), dimensions)``."""
        ...
