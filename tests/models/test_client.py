"""The client against servers that misbehave, and its rules about where it connects."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import anyio
import pytest

from models.base import ChatRequest, Delta, Finish, Message
from models.client import CompletionClient, Endpoint, OpenAIChatModel, require_allowed
from models.errors import (
    HostNotAllowed,
    ModelBusy,
    ModelError,
    ModelProtocolError,
    ModelTimeout,
    ModelUnavailable,
    UnsupportedRequest,
)
from models.scripted import ScriptedChatModel
from tests.models.loopback import HEADERS, Exchange, LoopbackServer, open_client

pytestmark = pytest.mark.anyio
REQUEST = ChatRequest(messages=(Message(role="user", content="Bonjour"),), max_tokens=50)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def server() -> AsyncIterator[LoopbackServer]:
    async with LoopbackServer(ScriptedChatModel(lambda _: "Bonjour à tous. " * 5)) as server:
        yield server


async def use(
    server: LoopbackServer, misdeed: Callable[[Exchange], Awaitable[None]] | None, **times: float
) -> list[Delta | Finish]:
    server.misdeed = misdeed
    model = open_client(server.address, **times)
    try:
        with anyio.fail_after(10):
            async with model.stream(REQUEST) as pieces:
                return [piece async for piece in pieces]
    finally:
        assert model.ahead == 0
        await model.close()


def status(code: int, *headers: str) -> Callable[[Exchange], Awaitable[None]]:
    async def misdeed(exchange: Exchange) -> None:
        await exchange.answer(code, {"error": {"message": "secret words of the server"}}, *headers)

    return misdeed


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (400, UnsupportedRequest),
        (413, UnsupportedRequest),
        (422, UnsupportedRequest),
        (401, ModelUnavailable),
        (403, ModelUnavailable),
        (404, ModelUnavailable),
        (408, ModelTimeout),
        (429, ModelBusy),
        (500, ModelUnavailable),
        (503, ModelUnavailable),
        (504, ModelTimeout),
        (418, ModelProtocolError),
        (204, ModelProtocolError),
    ],
)
async def test_each_status_has_one_meaning(
    server: LoopbackServer, code: int, error: type[ModelError]
) -> None:
    with pytest.raises(error) as raised:
        await use(server, status(code))
    assert type(raised.value) is error
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("header", "seconds"), [("retry-after: 7", 7.0), ("retry-after: Sat, 1", 10.0), ("x: y", 10.0)]
)
async def test_retry_after_is_passed_on(server: LoopbackServer, header: str, seconds: float) -> None:
    with pytest.raises(ModelBusy) as raised:
        await use(server, status(429, header))
    assert raised.value.retry_after_s == seconds


async def test_redirects_are_not_followed(server: LoopbackServer) -> None:
    async with LoopbackServer(ScriptedChatModel()) as other:
        with pytest.raises(ModelUnavailable, match="redirect"):
            await use(server, status(307, f"location: {other.address}/chat/completions"))
        assert other.seen == []


async def test_proxies_of_the_environment_are_ignored(
    server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert isinstance((await use(server, None))[-1], Finish)


async def test_a_connection_that_breaks_in_the_middle(server: LoopbackServer) -> None:
    async def cut(exchange: Exchange) -> None:
        await exchange.send(HEADERS.replace(b"connection", b"content-length: 9999\r\nconnection"))
        await exchange.event({"choices": [{"index": 0, "delta": {"content": "Bon"}}]})

    with pytest.raises(ModelUnavailable, match="broke"):
        await use(server, cut)


async def test_an_answer_that_ends_without_an_end(server: LoopbackServer) -> None:
    async def stop(exchange: Exchange) -> None:
        await exchange.send(HEADERS)
        await exchange.event({"choices": [{"index": 0, "delta": {"content": "Bon"}}]})

    with pytest.raises(ModelUnavailable, match="broke off"):
        await use(server, stop)


async def test_garbage(server: LoopbackServer) -> None:
    async def garbage(exchange: Exchange) -> None:
        await exchange.send(b"SSH-2.0-OpenSSH\r\n\r\n")

    with pytest.raises((ModelProtocolError, ModelUnavailable)):
        await use(server, garbage)


async def test_silence_before_the_answer_is_a_timeout(server: LoopbackServer) -> None:
    hold = asyncio.Event()

    async def silent(_: Exchange) -> None:
        await hold.wait()

    try:
        with pytest.raises(ModelTimeout):
            await use(server, silent, idle_s=0.1)
    finally:
        hold.set()


async def test_a_trickle_ends_at_the_total_time(server: LoopbackServer) -> None:
    async def trickle(exchange: Exchange) -> None:
        await exchange.send(HEADERS)
        while not exchange.writer.is_closing():
            await exchange.send(b": still here\n\n")
            await asyncio.sleep(0.02)

    with pytest.raises(ModelTimeout, match=r"0\.3"):
        await use(server, trickle, total_s=0.3, idle_s=5.0)


async def test_a_flood_without_lines_is_cut(server: LoopbackServer) -> None:
    async def flood(exchange: Exchange) -> None:
        await exchange.send(HEADERS)
        for _ in range(200):
            await exchange.send(b"data: " + b"x" * 65536)

    with pytest.raises(ModelProtocolError, match="line"):
        await use(server, flood)


async def test_nobody_listens() -> None:
    model = open_client("http://127.0.0.1:9/v1")
    with pytest.raises(ModelUnavailable):
        async with model.stream(REQUEST):
            pass
    with pytest.raises(ModelUnavailable):
        await model.count_tokens("a")
    assert await model.ready() is False
    await model.close()


async def test_a_wrong_key_is_unavailable_and_not_ready(server: LoopbackServer) -> None:
    model = open_client(server.address, key="wrong")
    with pytest.raises(ModelUnavailable, match="key"):
        async with model.stream(REQUEST):
            pass
    assert await model.ready() is False
    await model.close()


async def test_without_a_tokenizer_the_count_is_an_upper_estimate(server: LoopbackServer) -> None:
    server.tokenizes = False
    model = open_client(server.address)
    assert await model.count_tokens("œdème") == 4
    asked = len(server.seen)
    assert await model.count_tokens("œdème aigu") == 6
    assert len(server.seen) == asked, "asked again although the server has no such address"
    await model.close()


async def test_an_endless_list_of_models_is_not_read(
    server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def endless(exchange: Exchange) -> None:
        await exchange.send(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n")
        while True:
            await exchange.send(b" " * 65_536)

    monkeypatch.setattr(server, "_route", endless)
    model = open_client(server.address)
    with anyio.fail_after(2):
        assert await model.ready() is True
    await model.close()


async def test_a_generation_is_never_asked_twice(server: LoopbackServer) -> None:
    with pytest.raises(ModelUnavailable):
        await use(server, status(500))
    assert [exchange.path for exchange in server.seen] == ["/v1/chat/completions"]


async def test_leaving_closes_the_connection(server: LoopbackServer) -> None:
    closed = asyncio.Event()

    async def endless(exchange: Exchange) -> None:
        await exchange.send(HEADERS)
        try:
            while True:
                await exchange.event({"choices": [{"index": 0, "delta": {"content": "encore "}}]})
                await asyncio.sleep(0)
        except ConnectionError:
            closed.set()

    server.misdeed = endless
    model = open_client(server.address)
    async with model.stream(REQUEST) as pieces:
        await anext(pieces)
    with anyio.fail_after(5):
        await closed.wait()
    await model.close()


@pytest.mark.parametrize(
    ("url", "allowed", "base"),
    [
        ("http://127.0.0.1:8000/v1", ["127.0.0.1:8000"], "http://127.0.0.1:8000"),
        ("https://LLM.chu.example/v1/", ["llm.chu.example"], "https://llm.chu.example:443"),
        ("https://llm.chu.example", ["llm.chu.example:443"], "https://llm.chu.example:443"),
        ("http://[::1]:8000/llm/v1", ["[::1]:8000"], "http://[::1]:8000/llm"),
    ],
)
def test_listed_hosts_are_allowed(url: str, allowed: list[str], base: str) -> None:
    assert require_allowed(url, allowed) == base


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://127.0.0.1:8000", []),
        ("http://127.0.0.1:8001", ["127.0.0.1:8000"]),
        ("https://llm.chu.example:8443", ["llm.chu.example"]),
        ("https://evil.example", ["llm.chu.example"]),
        ("https://llm.chu.example.evil.example", ["llm.chu.example"]),
        ("https://llm.chu.example@evil.example", ["llm.chu.example"]),
        ("https://user:pw@llm.chu.example", ["llm.chu.example"]),
        ("ftp://llm.chu.example", ["llm.chu.example:21"]),
        ("file:///etc/passwd", [""]),
        ("http://llm.chu.example:99999", ["llm.chu.example:99999"]),
        ("//llm.chu.example", ["llm.chu.example"]),
        ("", [""]),
    ],
)
def test_other_hosts_are_not(url: str, allowed: list[str]) -> None:
    with pytest.raises(HostNotAllowed):
        require_allowed(url, allowed)


def test_a_model_on_another_host_cannot_even_be_made() -> None:
    info = ScriptedChatModel().info
    with pytest.raises(HostNotAllowed):
        OpenAIChatModel(
            Endpoint(base_url="http://127.0.0.1:1/v1", model="m"), info=info, allowed_hosts=["127.0.0.1:2"]
        )


def test_the_key_is_not_shown() -> None:
    endpoint = Endpoint.model_validate({"base_url": "http://a", "model": "m", "api_key": "hunter2"})
    assert "hunter2" not in repr(endpoint)
    assert "hunter2" not in endpoint.model_dump_json()


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(HostNotAllowed, match="plain"):
        require_allowed("http://[", ["localhost"])


def test_certificates_that_cannot_be_read_are_an_error_of_ours(tmp_path: Path) -> None:
    torn = tmp_path / "torn.pem"
    torn.write_text("-----BEGIN CERTIFICATE-----")
    for ca_file in (tmp_path / "nowhere.pem", torn):
        endpoint = Endpoint(base_url="https://localhost:1/v1", model="m", ca_file=ca_file)
        with pytest.raises(ModelUnavailable, match="remote_ca_file"):
            CompletionClient(endpoint, allowed_hosts=["localhost:1"])
