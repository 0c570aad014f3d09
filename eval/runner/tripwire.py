"""A language model that is never there: it tells that a question would have gone to a model."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager

from models.base import ChatRequest, Delta, Finish, ModelInfo
from models.errors import ModelUnavailable

NAME = "tripwire"


class Tripwire:
    """A `ChatModel` that refuses every request. An answer whose provenance names it asked for a model."""

    @property
    def info(self) -> ModelInfo:
        """Its name, by which it is known in an answer."""
        return ModelInfo(name=NAME, engine="none", context_tokens=8192, status="fake")

    def stream(self, _request: ChatRequest) -> AbstractAsyncContextManager[AsyncIterator[Delta | Finish]]:
        """Refuse with ModelUnavailable."""
        return _Refused()

    async def count_tokens(self, text: str) -> int:
        """An upper estimate."""
        return len(text)

    async def ready(self) -> bool:
        """Never."""
        return False

    async def close(self) -> None:
        """Nothing to free."""


class _Refused(AbstractAsyncContextManager[AsyncIterator[Delta | Finish]]):
    """What entering the stream of an absent model gives."""

    async def __aenter__(self) -> AsyncIterator[Delta | Finish]:
        raise ModelUnavailable("no model is asked in this phase of the evaluation")

    async def __aexit__(self, *_exc: object) -> None:
        """Nothing to close."""
