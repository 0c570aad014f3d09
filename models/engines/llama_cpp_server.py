"""The engine ``llama_cpp``: llama-cpp-python behind a small loopback server of our own.

Not ``llama_cpp.server``: that one keeps its state in module globals, allows any origin, cuts a running
answer off for a new one, and repeats exceptions to its caller. Here: one generation at a time, the others
wait; a client that leaves stops its generation at the next token; the token is compared in constant time.
"""

from __future__ import annotations

import hmac
import json
import socket
import threading
import uuid
from typing import Any

import anyio
import llama_cpp
import uvicorn
from anyio import from_thread, to_thread
from fastapi import Depends, FastAPI, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from models.base import Message
from models.engines import Running, WorkerConfig
from models.engines.llama_cpp_generate import Ask, BadGrammar, End, Engine, TooLong
from models.errors import ModelUnavailable


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Completion(_Body):
    """The body of ``/v1/chat/completions`` that ``models.wire`` writes. Anything else is refused."""

    model: str = ""
    messages: list[Message] = Field(min_length=1, max_length=200)
    max_tokens: int = Field(ge=1, le=32_768)
    temperature: float = Field(default=0.0, ge=0.0, le=2.0)
    seed: int = Field(default=0, ge=0)
    stop: list[str] = Field(default=[], max_length=8)
    stream: bool = False
    stream_options: dict[str, bool] = {}
    response_format: dict[str, Any] | None = None
    grammar: str | None = None

    def ask(self) -> Ask:
        """The same, as the engine wants it."""
        schema = None
        if self.response_format is not None:
            schema = self.response_format.get("json_schema", {}).get("schema")
            if not isinstance(schema, dict):
                raise BadGrammar
        return Ask(
            messages=[message.model_dump() for message in self.messages],
            max_tokens=self.max_tokens,
            temperature=self.temperature,
            seed=self.seed,
            stop=self.stop,
            grammar=self.grammar,
            schema=schema,
        )


class Text(_Body):
    """The body of ``/tokenize``. ``prompt`` and ``model`` are other servers' words and are not used."""

    content: str
    model: str = ""
    prompt: str = ""


def _end_fields(end: End) -> dict[str, Any]:
    return {
        "usage": {
            "prompt_tokens": end.prompt_tokens,
            "completion_tokens": end.completion_tokens,
            "total_tokens": end.prompt_tokens + end.completion_tokens,
            "prompt_tokens_details": {"cached_tokens": end.cached_tokens},
        },
        "timings": {"prompt_ms": end.prompt_ms, "predicted_ms": end.predicted_ms},
    }


class Answer(Response):
    """The response to one completion: waits for the engine, generates in a thread, stops if the client left.

    A response class and not a generator: generation, watching for the client and the lock live in one task
    group, which an asynchronous generator could not clean up reliably (PEP 789).
    """

    def __init__(self, engine: Engine, lock: anyio.Lock, ask: Ask, *, alias: str, stream: bool) -> None:
        super().__init__()
        self._engine, self._lock, self._ask, self._stream = engine, lock, ask, stream
        self._head = {"id": f"chatcmpl-{uuid.uuid4().hex}", "model": alias}
        self._gone = threading.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request (ASGI)."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._watch, receive)
            async with self._lock:
                if not self._gone.is_set():
                    await self._generate(scope, receive, send)
            tasks.cancel_scope.cancel()

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._gone.set()

    async def _generate(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            if self._stream:
                await self._streamed(send)
            else:
                await JSONResponse(await to_thread.run_sync(self._whole))(scope, receive, send)
        except (TooLong, BadGrammar):
            refusal = {"error": {"code": 400, "message": "prompt too long, or grammar not usable"}}
            await JSONResponse(refusal, status_code=400)(scope, receive, send)

    def _whole(self) -> dict[str, Any]:
        text: list[str] = []
        for piece in self._engine.generate(self._ask, self._gone):
            if isinstance(piece, End):
                message = {"role": "assistant", "content": "".join(text)}
                choice = {"index": 0, "message": message, "finish_reason": piece.reason}
                return {**self._head, "object": "chat.completion", "choices": [choice], **_end_fields(piece)}
            text.append(piece)
        return {}

    async def _streamed(self, send: Send) -> None:
        """Pull the first piece before the status is sent, so that a refusal can still be a 400."""
        started = False

        async def emit(data: bytes) -> None:
            nonlocal started
            if not started:
                started = True
                headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
                await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": data, "more_body": True})

        def produce() -> None:
            for piece in self._engine.generate(self._ask, self._gone):
                from_thread.run(emit, self._event(piece))

        await to_thread.run_sync(produce)
        if not self._gone.is_set():
            await emit(b"data: [DONE]\n\n")
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _event(self, piece: str | End) -> bytes:
        choice: dict[str, Any] = {"index": 0, "delta": {}, "finish_reason": None}
        event: dict[str, Any] = {**self._head, "object": "chat.completion.chunk", "choices": [choice]}
        if isinstance(piece, End):
            choice["finish_reason"] = piece.reason
            event |= _end_fields(piece)
        else:
            choice["delta"] = {"content": piece}
        return b"data: " + json.dumps(event, ensure_ascii=False).encode() + b"\n\n"


def create_app(engine: Engine, config: WorkerConfig) -> FastAPI:
    """The loopback application over one engine."""
    expected = f"Bearer {config.token.get_secret_value()}".encode()
    lock = anyio.Lock()

    def require_token(request: Request) -> None:
        if not hmac.compare_digest(request.headers.get("authorization", "").encode(), expected):
            raise HTTPException(status_code=401)

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    guarded = [Depends(require_token)]

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/v1/models", dependencies=guarded)
    async def models() -> dict[str, Any]:
        return {"object": "list", "data": [{"id": config.alias, "object": "model"}]}

    @app.post("/tokenize", dependencies=guarded)
    async def tokenize(text: Text) -> dict[str, Any]:
        return {"tokens": await to_thread.run_sync(engine.tokens, text.content)}

    @app.post("/v1/chat/completions", dependencies=guarded, response_model=None)
    async def complete(body: Completion) -> Response:
        try:
            ask = body.ask()
        except BadGrammar:
            raise HTTPException(status_code=400) from None
        return Answer(engine, lock, ask, alias=config.alias, stream=body.stream)

    return app


def _load(config: WorkerConfig) -> Engine:
    try:
        model = llama_cpp.Llama(
            model_path=str(config.model_path),
            n_ctx=config.context_tokens,
            n_threads=config.threads,
            n_threads_batch=config.threads,
            n_batch=512,
            verbose=False,
        )
    except (ValueError, RuntimeError, AssertionError) as error:
        raise ModelUnavailable("llama-cpp-python could not load the model file") from error
    return Engine(model)


def start(config: WorkerConfig) -> Running:
    """See ``models.engines``. One generation at a time; ``config.parallel`` is not used."""
    app = create_app(_load(config), config)
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", server_header=False)
    )
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    return Running(f"http://127.0.0.1:{listener.getsockname()[1]}", (server, thread))
