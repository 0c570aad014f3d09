"""A language model on this machine: a queue, a supervisor, and the same client as for any other server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from .base import ChatRequest, Delta, Finish, ModelInfo
from .client import CompletionClient
from .errors import ModelUnavailable
from .queueing import BoundedQueue
from .supervisor import Supervisor

_Pieces = AsyncIterator[Delta | Finish]


class LocalChatModel:
    """A ``QueuedChatModel`` whose engine runs in a supervised process of its own.

    The process starts with the first call (``ready`` is enough) and is started again after a crash. A crash
    in the middle of an answer raises ``ModelUnavailable`` to whoever reads it; the next request waits for
    the new process.
    """

    def __init__(self, supervisor: Supervisor, *, info: ModelInfo, running: int, waiting: int) -> None:
        self._info, self._supervisor = info, supervisor
        self._queue = BoundedQueue(running=running, waiting=waiting)

    @property
    def info(self) -> ModelInfo:
        """What runs."""
        return self._info

    @property
    def ahead(self) -> int:
        """Requests running or waiting now."""
        return self._queue.ahead

    @property
    def pid(self) -> int | None:
        """Process id of the engine, for ``doctor``; ``None`` while it is down."""
        return self._supervisor.pid

    @asynccontextmanager
    async def stream(
        self, request: ChatRequest, *, on_position: Callable[[int], None] | None = None
    ) -> AsyncIterator[_Pieces]:
        """See ``QueuedChatModel.stream``."""
        async with self._queue.place(on_position=on_position), AsyncExitStack() as stack:
            yield await self._enter(stack, request)

    async def _enter(self, stack: AsyncExitStack, request: ChatRequest) -> _Pieces:
        client = await self._supervisor.client()
        try:
            return await stack.enter_async_context(client.stream(request))
        except ModelUnavailable:
            # The process died before a word of this answer: once, the next process gets the request.
            if not await self._supervisor.gone(client):
                raise
        return await stack.enter_async_context((await self._supervisor.client()).stream(request))

    async def count_tokens(self, text: str) -> int:
        """See ``ChatModel.count_tokens``."""
        client = await self._supervisor.client()
        try:
            return await client.count_tokens(text)
        except ModelUnavailable:
            if not await self._supervisor.gone(client):
                raise
        return await (await self._supervisor.client()).count_tokens(text)

    async def ready(self) -> bool:
        """Whether the engine answers now; starts it if nothing did yet."""
        self._supervisor.start()
        if not self._supervisor.up():
            return False
        client: CompletionClient = await self._supervisor.client()
        return await client.healthy()

    async def close(self) -> None:
        """Stop the engine's process; returns when it is gone."""
        await self._supervisor.close()
