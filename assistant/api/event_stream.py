"""An answer as server-sent events, or as one JSON body; when the asker goes away, the work stops.

Both run the answer in one task and listen for the end of the connection beside it, so that a closed page
frees its place at the model at once.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

import anyio
from fastapi.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from assistant.answering.answer import AnswerEvent, FinishedEvent
from assistant.api.failures import body_of
from assistant.api.log import REQUEST_ID, log, place_of

PING_SECONDS = 10.0
Events = Callable[[], AsyncGenerator[AnswerEvent, None]]


def encode(name: str, data: str) -> bytes:
    """One server-sent event; `data` is JSON without line breaks."""
    return f"event: {name}\ndata: {data}\n\n".encode()


class AnswerStream(Response):
    """Sends `evidence`, `sentence`, `dropped` and `finished` as they come.

    An error before the first event becomes an ordinary error response; a later one is a last event,
    `error`, with the one error body. A comment is sent every ten seconds so that proxies stay awake.
    """

    media_type = "text/event-stream"

    def __init__(self, events: Events) -> None:
        super().__init__(
            headers={"x-accel-buffering": "no", "content-type": "text/event-stream; charset=utf-8"}
        )
        # the base counts an empty body, this one has no known length
        self.raw_headers = [header for header in self.raw_headers if header[0] != b"content-length"]
        self._events = events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Run the answer, and send it."""
        wire = _Wire(self.raw_headers, send)
        failure = await _until_gone(lambda: self._run(wire), receive)
        if failure is None:
            return
        if not wire.started:
            raise failure
        log(logging.ERROR, "answer failed", error=type(failure).__name__, place=place_of(failure))
        body = body_of(failure, REQUEST_ID.get())
        await wire.send(encode("error", body.model_dump_json()))
        await wire.end()

    async def _run(self, wire: _Wire) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(wire.stay_awake)
            async with aclosing(self._events()) as events:
                async for event in events:
                    await wire.send(encode(event.event, event_json(event)))
            group.cancel_scope.cancel()
        await wire.end()


class AnswerBody(Response):
    """Sends the whole Answer as JSON, once it is finished."""

    def __init__(self, events: Events) -> None:
        super().__init__()
        self._events = events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the answer, then send it."""
        found: list[FinishedEvent] = []

        async def run() -> None:
            async with aclosing(self._events()) as events:
                found.extend([event async for event in events if isinstance(event, FinishedEvent)])

        failure = await _until_gone(run, receive)
        if failure is not None:
            raise failure
        if found:
            content = found[-1].answer.model_dump(mode="json", by_alias=True)
            await JSONResponse(content)(scope, receive, send)


class _Wire:
    """The sending side of one stream."""

    def __init__(self, headers: list[tuple[bytes, bytes]], send: Send) -> None:
        self._headers = headers
        self._send = send
        self.started = False

    async def send(self, chunk: bytes) -> None:
        if not self.started:
            self.started = True
            await self._send({"type": "http.response.start", "status": 200, "headers": self._headers})
        await self._send({"type": "http.response.body", "body": chunk, "more_body": True})

    async def end(self) -> None:
        if self.started:
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def stay_awake(self) -> None:
        while True:
            await anyio.sleep(PING_SECONDS)
            if self.started:
                await self.send(b": still working\n\n")


def event_json(event: AnswerEvent) -> str:
    """The data of an event, as the contract names its parts."""
    if isinstance(event, FinishedEvent):
        return event.answer.model_dump_json(by_alias=True)
    return event.model_dump_json(by_alias=True, exclude={"event"})


async def _until_gone(run: Callable[[], Awaitable[None]], receive: Receive) -> Exception | None:
    """Run until it ends or the connection does. Returns the error that ended it, taken out of its group."""
    failure: list[Exception] = []

    async def listen() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        group.start_soon(listen)
        try:
            await run()
        except Exception as error:  # noqa: BLE001 - handed back to the caller, who raises or reports it
            failure.append(_single(error))
        group.cancel_scope.cancel()
    return failure[0] if failure else None


def _single(error: Exception) -> Exception:
    while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error
