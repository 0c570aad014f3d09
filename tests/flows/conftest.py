"""The whole service over HTTP on a free loopback port, with the shipped fakes, in a thread of this process."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import httpx
import pytest
import uvicorn
from blockbuster import BlockBuster

from assistant.app import create_app
from assistant.people import passwords
from assistant.services import Services
from tests.flows.hospital import PASSWORD, fill, make_services


@contextmanager
def running(services: Services) -> Iterator[str]:
    """Serve on a free port; the address."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        create_app(services),
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)
    started = threading.Event()
    startup = server.startup

    async def announced(sockets: list[socket.socket] | None = None) -> None:
        await startup(sockets)
        started.set()

    server.startup = announced  # type: ignore[method-assign]
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        assert started.wait(20), "the service did not start"
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
        listening.close()


@pytest.fixture(autouse=True)
def _nothing_blocks_the_loop() -> Iterator[None]:
    """A blocking call of ours on the event loop raises in it."""
    watch = BlockBuster(scanned_modules=["assistant", "models", "retrieval"])
    watch.activate()
    yield
    watch.deactivate()


_HASH = cache(passwords.hash_password)


@pytest.fixture(autouse=True)
def _hashed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one password of the tests is hashed once: the cost of argon2 is the point of it, not of them."""
    monkeypatch.setattr(passwords, "hash_password", _HASH)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the tiny hospital in it, to copy."""
    data = tmp_path_factory.mktemp("template") / "data"
    made = make_services(data)
    fill(made)
    made.close()
    return data


@pytest.fixture
def services(template: Path, tmp_path: Path) -> Services:
    """Services of the tiny hospital; the service that runs over them closes them."""
    shutil.copytree(template, tmp_path / "data")
    return make_services(tmp_path / "data")


@pytest.fixture
def address(services: Services) -> Iterator[str]:
    """The running service."""
    with running(services) as url:
        yield url


@pytest.fixture
def browser(address: str) -> Iterator[httpx.Client]:
    """A client that is not signed in."""
    with httpx.Client(base_url=address, trust_env=False, timeout=20) as client:
        yield client


SignIn = Callable[[str], httpx.Client]


@pytest.fixture
def sign_in(address: str) -> Iterator[SignIn]:
    """Sign an account in: a client that sends the anti-forgery token with every request."""
    clients: list[httpx.Client] = []

    def signed(login: str) -> httpx.Client:
        client = httpx.Client(base_url=address, trust_env=False, timeout=20)
        clients.append(client)
        answer = client.post("/api/session", json={"username": login, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        client.headers["X-Aparte-CSRF"] = answer.json()["csrf_token"]
        return client

    yield signed
    for client in clients:
        client.close()


@pytest.fixture
def physician(sign_in: SignIn) -> httpx.Client:
    """Signed in as the physician who cares for Jeanne."""
    return sign_in("medecin")
