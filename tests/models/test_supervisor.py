"""Supervision, with a stand-in for the engine's process: crashes, restarts, refusals, no child left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import psutil
import pytest
from anyio.lowlevel import checkpoint
from pydantic import SecretStr

from models import supervisor as supervision
from models.base import ChatRequest, Delta, Message, ModelInfo
from models.engines import WorkerConfig, load_factory
from models.errors import EngineMissing, ModelRefused, ModelUnavailable, UnknownModel
from models.local import LocalChatModel
from models.supervisor import Pace, Supervisor, ending, worker_environment

pytestmark = pytest.mark.anyio
FAKE = Path(__file__).with_name("fake_worker.py")
QUICK = Pace(start_s=20, pause_s=0.01, longest_pause_s=0.05, probe_s=0.1, stop_s=0.5, give_up_after=3)
CONFIG = WorkerConfig(
    engine="xllamacpp",
    model_path=Path("m.gguf"),
    alias="m",
    token=SecretStr(""),
    parent_pid=0,
    threads=1,
    context_tokens=512,
    parallel=1,
)
INFO = ModelInfo(name="m", engine="xllamacpp", context_tokens=512, status="own")
REQUEST = ChatRequest(messages=(Message(role="user", content="x"),), max_tokens=5)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def behave(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Sets how the next processes behave; afterwards no child may be left."""

    def set_modes(*modes: str) -> None:
        queue = list(modes)

        def command() -> list[str]:
            mode = queue.pop(0) if len(queue) > 1 else queue[0]
            return [sys.executable, str(FAKE), mode]

        monkeypatch.setattr(supervision, "worker_command", command)

    set_modes("good")
    before = set(psutil.Process().children(recursive=True))
    yield set_modes
    left = [child for child in psutil.Process().children(recursive=True) if child not in before]
    assert left == []


@asynccontextmanager
async def local(
    pace: Pace = QUICK, check: Callable[[], object] = lambda: None
) -> AsyncIterator[LocalChatModel]:
    model = LocalChatModel(Supervisor(CONFIG, check=check, pace=pace), info=INFO, running=1, waiting=1)
    try:
        with anyio.fail_after(30):
            yield model
    finally:
        with anyio.fail_after(10, shield=True):
            await model.close()


async def say(model: LocalChatModel) -> str:
    async with model.stream(REQUEST) as pieces:
        return "".join([piece.text async for piece in pieces if isinstance(piece, Delta)])


async def until(condition: Callable[[], bool]) -> None:
    with anyio.fail_after(10):
        while not condition():
            await checkpoint()


async def test_it_starts_with_the_first_use_and_answers(behave: Callable[..., None]) -> None:
    async with local() as model:
        assert model.pid is None
        assert await say(model) == "0 1 2 3 4 "
        assert model.pid is not None
        assert await model.count_tokens("abc") == 3
        assert await model.ready()


async def test_ready_starts_it_without_waiting(behave: Callable[..., None]) -> None:
    async with local() as model:
        assert await model.ready() is False
        await until(lambda: model.pid is not None)
        assert await model.ready() is True


async def test_a_process_killed_between_answers_is_replaced(behave: Callable[..., None]) -> None:
    async with local() as model:
        await say(model)
        first = model.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        assert await say(model) == "0 1 2 3 4 "
        assert model.pid != first


async def test_a_crash_in_an_answer_is_told_and_the_next_answer_comes(behave: Callable[..., None]) -> None:
    behave("crash-in-answer", "good")
    async with local() as model:
        got: list[str] = []

        async def read() -> None:
            async with model.stream(REQUEST) as pieces:
                async for piece in pieces:
                    assert isinstance(piece, Delta)
                    got.append(piece.text)

        with pytest.raises(ModelUnavailable):
            await read()
        assert "".join(got) == "0 1 2 "[: len("".join(got))]
        assert await say(model) == "0 1 2 3 4 "


async def test_a_question_that_kills_the_engine_is_tried_twice_at_most(behave: Callable[..., None]) -> None:
    behave("crash-at-question")
    async with local() as model:
        with pytest.raises(ModelUnavailable):
            await say(model)


async def test_an_engine_that_never_starts_is_given_up_quickly(behave: Callable[..., None]) -> None:
    behave("broken")
    async with local() as model:
        with pytest.raises(ModelUnavailable, match="could not load"):
            await say(model)
        with pytest.raises(ModelUnavailable), anyio.fail_after(0.2):
            await say(model)
        behave("good")
        await until(lambda: model.pid is not None)
        assert await say(model)


async def test_death_while_starting_names_the_signal(behave: Callable[..., None]) -> None:
    behave("dies")
    async with local() as model:
        with pytest.raises(ModelUnavailable, match="SIGILL"):
            await say(model)


@pytest.mark.parametrize("mode", ["beyond", "odd"])
async def test_a_process_that_reports_nonsense_is_stopped(behave: Callable[..., None], mode: str) -> None:
    behave(mode)
    async with local() as model:
        with pytest.raises(Exception, match=r"stopped|not its address"):
            await say(model)


async def test_a_missing_library_is_told_with_its_hint_and_not_retried(behave: Callable[..., None]) -> None:
    behave("missing", "good")
    async with local() as model:
        for _ in range(2):
            with pytest.raises(EngineMissing) as raised:
                await say(model)
            assert raised.value.hint == "pip install it"


async def test_a_refused_file_is_not_started(behave: Callable[..., None]) -> None:
    def refuse() -> None:
        raise ModelRefused("the file changed")

    async with local(check=refuse) as model:
        with pytest.raises(ModelRefused, match="changed"):
            await say(model)
        assert model.pid is None
        assert await model.ready() is False


async def test_a_machine_short_of_processes_for_a_moment_is_tried_again(behave: Callable[..., None]) -> None:
    short = [OSError(12, "Cannot allocate memory"), OSError(24, "Too many open files")]

    def check() -> None:
        if short:
            raise short.pop()

    async with local(check=check) as model:
        assert await say(model)
    assert short == []


async def test_a_process_that_no_longer_answers_is_replaced(
    behave: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.client.READY_SECONDS", 0.05)
    behave("deaf", "good")
    async with local() as model:
        await model.ready()
        await until(lambda: model.pid is not None)
        first = model.pid
        await until(lambda: model.pid not in (None, first))
        assert await model.ready()


async def test_a_process_that_ignores_terminate_is_killed(behave: Callable[..., None]) -> None:
    behave("stubborn")
    async with local(pace=QUICK.model_copy(update={"stop_s": 0.1})) as model:
        await say(model)


async def test_closing_while_it_starts_leaves_nothing(behave: Callable[..., None]) -> None:
    async with local() as model:
        await model.ready()
        await checkpoint()


async def test_closing_in_the_middle_of_an_answer(behave: Callable[..., None]) -> None:
    async with local() as model:

        async def read() -> None:
            async with model.stream(REQUEST.model_copy(update={"max_tokens": 30_000})) as pieces:
                async for _ in pieces:
                    await model.close()

        with pytest.raises(ModelUnavailable):
            await read()
        with pytest.raises(ModelUnavailable, match="closed"):
            await say(model)


FORGETFUL = """
import anyio, sys
from models import supervisor
from tests.models.test_supervisor import CONFIG, FAKE, INFO, QUICK, say
from models.local import LocalChatModel
supervisor.worker_command = lambda: [sys.executable, str(FAKE), "good"]
async def main():
    model = LocalChatModel(supervisor.Supervisor(CONFIG, pace=QUICK), info=INFO, running=1, waiting=1)
    await say(model)
    print(model.pid, flush=True)
anyio.run(main)
"""


def test_a_loop_that_ends_without_a_close_leaves_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FORGETFUL],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    pid = int(done.stdout)
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(pid).wait(5)
    assert not psutil.pid_exists(pid)


async def test_the_token_is_in_no_argument_and_no_environment(behave: Callable[..., None]) -> None:
    async with local() as model:
        await say(model)
        process = psutil.Process(model.pid)
        assert not any(len(word) > 30 for word in process.cmdline() if not word.startswith("/"))
        assert set(process.environ()) <= {
            *supervision._PASSED_ON,
            "PYTHONPATH",
            "OMP_NUM_THREADS",
            "LC_CTYPE",
        }


def test_a_worker_inherits_no_secret_and_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APARTE_REMOTE_KEY_FILE", "/secret")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy")
    environment = worker_environment(2)
    assert not {"APARTE_REMOTE_KEY_FILE", "HTTPS_PROXY"} & set(environment)
    assert environment["OMP_NUM_THREADS"] == "2"


def test_pauses_grow_and_are_bounded() -> None:
    pauses = [Pace().pause(failures) for failures in range(1, 12)]
    assert pauses[:4] == [0.5, 1.0, 2.0, 4.0]
    assert pauses == sorted(pauses)
    assert pauses[-1] == 60.0
    assert Pace().pause(10_000) == 60.0


def test_endings_in_words() -> None:
    assert ending(-9) == "was ended by SIGKILL"
    assert "another processor" in ending(-4)
    assert ending(1) == "ended with status 1"
    assert ending(-200) == "was ended by signal 200"


def test_unknown_engines_are_refused_with_those_that_exist() -> None:
    with pytest.raises(UnknownModel, match="xllamacpp, llama_cpp"):
        Supervisor(CONFIG.model_copy(update={"engine": "magic"}))


def test_an_engine_without_its_library_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    monkeypatch.delitem(sys.modules, "models.engines.xllamacpp_server", raising=False)
    with pytest.raises(EngineMissing, match="pip install xllamacpp"):
        load_factory("xllamacpp")
