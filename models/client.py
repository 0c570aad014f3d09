"""The one client of every model server, ours and others: OpenAI-compatible, over httpx.

httpx and not the openai SDK: one streamed request needs none of it, and it would bring its own retries,
redirects, proxies from the environment and telemetry headers. Here: only addresses on the site's list, no
redirect, no proxy, certificates checked, bounded times and sizes, no retry of a generation.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from .base import ChatRequest, Delta, Finish, ModelInfo
from .errors import (
    HostNotAllowed,
    ModelBusy,
    ModelProtocolError,
    ModelTimeout,
    ModelUnavailable,
    UnsupportedRequest,
)
from .queueing import BoundedQueue
from .wire import StreamReader, request_body

DEFAULT_RETRY_SECONDS = 10.0
MAX_SMALL_ANSWER_BYTES = 16 * 2**20
READY_SECONDS = 3.0
_PORTS = {"http": 80, "https": 443}
_NOT_PLAIN = "the model server's address is not a plain http or https address"


class Endpoint(BaseModel):
    """One model server. Times are seconds: ``connect_s`` to reach it, ``idle_s`` between two pieces of an
    answer (the first one waits for the whole prompt), ``total_s`` for a whole answer.
    ``grammar``: it accepts llama.cpp's GBNF. ``ca_file``: the site's own certificate authority (PEM).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: str
    model: str = Field(min_length=1)
    api_key: SecretStr | None = None
    grammar: bool = False
    ca_file: Path | None = None
    connect_s: float = Field(default=5.0, gt=0)
    idle_s: float = Field(default=120.0, gt=0)
    total_s: float = Field(default=600.0, gt=0)


def require_allowed(url: str, allowed_hosts: Sequence[str]) -> str:
    """The base of ``url`` (scheme, host, port, path without ``/v1``) if its ``host:port`` is on the list.

    An entry without a port stands for the usual port of the scheme. ``HostNotAllowed`` otherwise.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        raise HostNotAllowed(_NOT_PLAIN) from None
    if parts.scheme not in _PORTS or not parts.hostname or not port or parts.username or parts.query:
        raise HostNotAllowed(_NOT_PLAIN)
    host = parts.hostname.lower()
    named = f"[{host}]" if ":" in host else host
    wanted = {f"{named}:{port}"} | ({named} if port == _PORTS[parts.scheme] else set())
    if wanted.isdisjoint(entry.strip().lower() for entry in allowed_hosts):
        raise HostNotAllowed(f"{named}:{port} is not on the list of allowed hosts (remote_allowed_hosts)")
    return f"{parts.scheme}://{named}:{port}{parts.path.rstrip('/').removesuffix('/v1')}"


@contextmanager
def _mapped() -> Iterator[None]:
    """Turn httpx's errors into ours. Never put a ``yield`` to the caller inside: its errors are its own."""
    try:
        yield
    except httpx.TimeoutException as error:
        if isinstance(error, httpx.ConnectTimeout):
            raise ModelUnavailable("the model server cannot be reached") from error
        raise ModelTimeout("the model server took too long") from error
    except httpx.TransportError as error:
        raise ModelUnavailable("the connection to the model server failed or broke") from error
    except httpx.HTTPError as error:
        raise ModelProtocolError("the model server's answer is not valid HTTP") from error


def _retry_after(headers: Mapping[str, str]) -> float:
    try:
        seconds = float(headers.get("retry-after", ""))
    except ValueError:
        return DEFAULT_RETRY_SECONDS
    return seconds if 0 < seconds < 86_400 else DEFAULT_RETRY_SECONDS


def require_success(status: int, headers: Mapping[str, str]) -> None:
    """Raise what an HTTP status of a model server means; 200 passes. Its words are never repeated."""
    if status == 200:
        return
    if status == 429:
        raise ModelBusy("the model server is busy", retry_after_s=_retry_after(headers))
    if status in (408, 504):
        raise ModelTimeout(f"the model server took too long (HTTP {status})")
    if status in (400, 413, 422):
        raise UnsupportedRequest(f"the model server refused the request as it is (HTTP {status})")
    if status in (401, 403):
        raise ModelUnavailable(f"the model server refuses our key (HTTP {status})")
    if 300 <= status < 400:
        raise ModelUnavailable("the model server redirects elsewhere, which is not followed")
    if status == 404 or status >= 500:
        raise ModelUnavailable(f"the model server cannot serve this model now (HTTP {status})")
    raise ModelProtocolError(f"the model server answered HTTP {status}")


def _trust(ca_file: Path) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=str(ca_file))
    except OSError as error:  # ssl.SSLError is one
        raise ModelUnavailable(
            "the certificates of the model server (remote_ca_file) cannot be read"
        ) from error


class CompletionClient:
    """Speaks to one server; knows no queue. Belongs to one event loop; ``close`` it."""

    def __init__(self, endpoint: Endpoint, *, allowed_hosts: Sequence[str]) -> None:
        self._endpoint = endpoint
        self._base = require_allowed(endpoint.base_url, allowed_hosts)
        self._counts = True
        key = endpoint.api_key
        self._http = httpx.AsyncClient(
            base_url=self._base,
            headers={"accept-encoding": "identity"}
            | ({"authorization": f"Bearer {key.get_secret_value()}"} if key else {}),
            timeout=httpx.Timeout(endpoint.idle_s, connect=endpoint.connect_s),
            verify=_trust(endpoint.ca_file) if endpoint.ca_file else True,
            follow_redirects=False,
            # A connection per request: a kept one that the server just closed would look like a crash.
            limits=httpx.Limits(max_keepalive_connections=0),
            trust_env=False,
        )

    async def close(self) -> None:
        """Close its connections. Whatever is asked afterwards is ``ModelUnavailable``."""
        await self._http.aclose()

    def _require_open(self) -> None:
        if self._http.is_closed:
            raise ModelUnavailable("the connection to the model server has been closed")

    @asynccontextmanager
    async def stream(self, request: ChatRequest) -> AsyncIterator[AsyncIterator[Delta | Finish]]:
        """As ``ChatModel.stream``. Closing the connection is how a generation is cancelled."""
        self._require_open()
        body = request_body(request, model=self._endpoint.model, grammar=self._endpoint.grammar)
        reader = StreamReader(request)
        deadline = anyio.current_time() + self._endpoint.total_s
        with _mapped():
            response = await self._http.send(
                self._http.build_request("POST", "/v1/chat/completions", json=body), stream=True
            )
        pieces = self._pieces(response, reader, deadline)
        try:
            require_success(response.status_code, response.headers)
            yield pieces
        finally:
            await pieces.aclose()
            with anyio.CancelScope(shield=True):
                await response.aclose()

    async def _pieces(
        self, response: httpx.Response, reader: StreamReader, deadline: float
    ) -> AsyncGenerator[Delta | Finish, None]:
        blocks = response.aiter_raw()
        while not reader.done:
            block = b""
            with _mapped(), anyio.CancelScope(deadline=deadline) as scope:
                block = await anext(blocks, b"")
            if scope.cancelled_caught:
                raise ModelTimeout(f"the answer took longer than {self._endpoint.total_s:g} s")
            if not block:
                break
            for delta in reader.feed(block):
                yield delta
        yield reader.finish()

    async def post(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        """Status and JSON (``None`` if it is none) of a small request; errors of transport are ours."""
        self._require_open()
        with _mapped():
            async with self._http.stream("POST", path, json=body) as response:
                data = b""
                async for block in response.aiter_raw():
                    data += block
                    if len(data) > MAX_SMALL_ANSWER_BYTES:
                        raise ModelProtocolError("the model server's answer is too long")
                    if response.status_code != 200:
                        break
        if response.status_code != 200:
            return response.status_code, None
        try:
            return 200, httpx.Response(200, content=data).json()
        except ValueError as error:
            raise ModelProtocolError("the model server's answer is not JSON") from error

    async def count_tokens(self, text: str) -> int:
        """Tokens by the server's own count where it has ``/tokenize``, else half the text's bytes: more than
        any tokeniser needs for French or English.
        """
        if not text:
            return 0
        if self._counts:
            body = {"model": self._endpoint.model, "content": text, "prompt": text}
            status, answer = await self.post("/tokenize", body)
            if status == 200 and isinstance(answer, dict):
                tokens = answer.get("tokens")
                count = len(tokens) if isinstance(tokens, list) else answer.get("count")
                if isinstance(count, int):
                    return count
                raise ModelProtocolError("the model server's token count cannot be read")
            self._counts = status not in (404, 405, 501)
            if self._counts:
                require_success(status, {})
        return -(-len(text.encode()) // 2)

    async def healthy(self) -> bool:
        """Whether the server answers, within a few seconds. Never raises."""
        if self._http.is_closed:
            return False
        try:
            with anyio.fail_after(READY_SECONDS):
                async with self._http.stream("GET", "/v1/models") as response:  # the status is enough
                    return response.status_code == 200
        except (httpx.HTTPError, TimeoutError):
            return False


class OpenAIChatModel:
    """A ``QueuedChatModel`` on a server elsewhere in the hospital (vLLM, llama-server, ...)."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        info: ModelInfo,
        allowed_hosts: Sequence[str],
        running: int = 4,
        waiting: int = 8,
    ) -> None:
        self._info = info
        self._client = CompletionClient(endpoint, allowed_hosts=allowed_hosts)
        self._queue = BoundedQueue(running=running, waiting=waiting)

    @property
    def info(self) -> ModelInfo:
        """What runs, as far as the settings say: a remote server's weights cannot be checked from here."""
        return self._info

    @property
    def ahead(self) -> int:
        """Requests of this service running or waiting now."""
        return self._queue.ahead

    @asynccontextmanager
    async def stream(
        self, request: ChatRequest, *, on_position: Callable[[int], None] | None = None
    ) -> AsyncIterator[AsyncIterator[Delta | Finish]]:
        """See ``QueuedChatModel.stream``."""
        async with self._queue.place(on_position=on_position), self._client.stream(request) as pieces:
            yield pieces

    async def count_tokens(self, text: str) -> int:
        """See ``ChatModel.count_tokens``."""
        return await self._client.count_tokens(text)

    async def ready(self) -> bool:
        """Whether the server answers."""
        return await self._client.healthy()

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()
