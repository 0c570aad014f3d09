"""A tiny OpenAI-compatible server on loopback for tests: well-behaved by default, badly on demand."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from typing import Any, Self

from models.base import ChatRequest, Delta, Message, ModelInfo
from models.client import Endpoint, OpenAIChatModel
from models.scripted import ScriptedChatModel, pieces_of

Misdeed = Callable[["Exchange"], Awaitable[None]]
HEADERS = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"


class Exchange:
    """One request as the server sees it."""

    def __init__(self, path: str, headers: dict[str, str], body: Any, writer: asyncio.StreamWriter) -> None:
        self.path, self.headers, self.body, self.writer = path, headers, body, writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self, status: int, value: Any, *headers: str) -> None:
        data = json.dumps(value).encode()
        lines = [f"HTTP/1.1 {status} X", "content-type: application/json", f"content-length: {len(data)}"]
        head = "\r\n".join([*lines, "connection: close", *headers]).encode()
        await self.send(head + b"\r\n\r\n" + data)

    async def event(self, value: Any) -> None:
        await self.send(b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n")


class LoopbackServer:
    """Answers with a `ScriptedChatModel`; `misdeed` replaces the next completions' behaviour."""

    def __init__(self, model: ScriptedChatModel, *, key: str = "k") -> None:
        self.model, self.key = model, key
        self.misdeed: Misdeed | None = None
        self.tokenizes = True
        self.seen: list[Exchange] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.host, self.address = f"127.0.0.1:{port}", f"http://127.0.0.1:{port}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._exchange(reader, writer)
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            self._tasks.discard(task)

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            path = head[0].split(" ")[1]
            headers = {n.lower(): v for n, _, v in (line.partition(": ") for line in head[1:]) if n}
            body = json.loads(await reader.readexactly(int(headers.get("content-length", 0))) or b"null")
            exchange = Exchange(path, headers, body, writer)
            self.seen.append(exchange)
            await self._route(exchange)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    async def _route(self, exchange: Exchange) -> None:
        if exchange.headers.get("authorization") != f"Bearer {self.key}":
            await exchange.answer(401, {"error": {"message": "secret words of the server"}})
        elif exchange.path == "/v1/models":
            await exchange.answer(200, {"data": []})
        elif exchange.path == "/tokenize" and self.tokenizes:
            tokens = list(range(len(pieces_of(exchange.body["content"]))))
            await exchange.answer(200, {"tokens": tokens})
        elif exchange.path != "/v1/chat/completions":
            await exchange.answer(404, {})
        elif self.misdeed is not None:
            await self.misdeed(exchange)
        else:
            await self._complete(exchange)

    async def _complete(self, exchange: Exchange) -> None:
        body = exchange.body
        form = body.get("response_format")
        request = ChatRequest(
            messages=tuple(Message(**message) for message in body["messages"]),
            max_tokens=body["max_tokens"],
            stop=tuple(body.get("stop", ())),
            json_schema=form["json_schema"]["schema"] if form else None,
        )
        speaker = ScriptedChatModel([self.model.next_answer(request)])
        await exchange.send(HEADERS)
        async with speaker.stream(request) as pieces:
            async for piece in pieces:
                if isinstance(piece, Delta):
                    await exchange.event({"choices": [{"index": 0, "delta": {"content": piece.text}}]})
                    continue
                await exchange.event({"choices": [{"index": 0, "delta": {}, "finish_reason": piece.reason}]})
                usage = piece.usage.model_dump(include={"prompt_tokens", "completion_tokens"})
                await exchange.event({"choices": [], "usage": usage})
        await exchange.send(b"data: [DONE]\n\n")


def open_client(
    address: str, *, running: int = 1, waiting: int = 1, key: str = "k", **times: float
) -> OpenAIChatModel:
    """The product's client, allowed to speak to `address` only."""
    host = address.removeprefix("http://").split("/")[0]
    return OpenAIChatModel(
        Endpoint.model_validate({"base_url": address, "model": "loopback", "api_key": key, **times}),
        info=ModelInfo(name="loopback", engine="remote", context_tokens=4096, status="remote"),
        allowed_hosts=[host],
        running=running,
        waiting=waiting,
    )
