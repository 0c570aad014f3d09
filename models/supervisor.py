"""Starts a worker process, watches it, and starts it again when it dies.

One asyncio task owns the process: it starts it, waits for its end, asks now and then whether it still
answers, and after a crash tries again after a growing pause. Everyone else only asks for the client.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from .client import CompletionClient, Endpoint
from .engines import WorkerConfig, engine
from .errors import (
    EngineMissing,
    ModelError,
    ModelProtocolError,
    ModelRefused,
    ModelUnavailable,
    UnknownModel,
)

MAX_REPORT_BYTES = 64 * 1024
FATAL = (EngineMissing, ModelRefused, UnknownModel)
"""Errors that trying again cannot mend."""
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR", "CUDA_VISIBLE_DEVICES")


class Pace(BaseModel):
    """Times of supervision in seconds. After the n-th failure in a row: ``pause_s * 2**(n-1)``, at most
    ``longest_pause_s``. A worker that ran ``steady_s`` starts the count anew. After ``give_up_after``
    failures in a row, requests are refused at once instead of waiting for the next attempt.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    start_s: float = Field(default=120.0, gt=0)
    pause_s: float = Field(default=0.5, ge=0)
    longest_pause_s: float = Field(default=60.0, ge=0)
    steady_s: float = Field(default=60.0, ge=0)
    probe_s: float = Field(default=15.0, gt=0)
    probes_missed: int = Field(default=3, ge=1)
    stop_s: float = Field(default=3.0, gt=0)
    give_up_after: int = Field(default=3, ge=1)

    def pause(self, failures: int) -> float:
        """Seconds to wait after so many failures in a row."""
        return float(min(self.longest_pause_s, self.pause_s * 2 ** min(failures - 1, 20)))


def worker_environment(threads: int) -> dict[str, str]:
    """The few variables a worker gets: no secrets, no proxies, the package's own place on the path."""
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    environment["PYTHONPATH"] = str(Path(__file__).resolve().parent.parent)
    environment["OMP_NUM_THREADS"] = str(threads)
    return environment


def worker_command() -> list[str]:
    """The command of a worker: this interpreter, nothing secret in the arguments."""
    return [sys.executable, "-P", "-m", "models.worker"]


class Worker:
    """A running worker process and the client that speaks to it."""

    def __init__(self, process: asyncio.subprocess.Process, client: CompletionClient) -> None:
        self.process, self.client = process, client

    async def stop(self, within_s: float) -> None:
        """End the process, gently then not, and close the client."""
        await end_process(self.process, within_s)
        await self.client.close()


async def end_process(process: asyncio.subprocess.Process, within_s: float) -> None:
    """Terminate, then kill; returns when the process is gone."""
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), within_s)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _read_report(process: asyncio.subprocess.Process) -> str:
    """The address that the worker reports; the error it reports, raised."""
    assert process.stdout is not None
    try:
        line = await process.stdout.readuntil(b"\n")
        report = json.loads(line)
    except asyncio.IncompleteReadError as error:
        status = await process.wait()
        raise ModelUnavailable(f"the engine's process {ending(status)} while starting") from error
    except (asyncio.LimitOverrunError, ValueError) as error:
        raise ModelProtocolError("the engine's process reported nonsense") from error
    if not isinstance(report, dict):
        raise ModelProtocolError("the engine's process reported something that is not its address")
    if report.get("error") == "engine_missing":
        raise EngineMissing("the library of this engine is not installed.", hint=str(report.get("hint", "")))
    if "error" in report:
        raise ModelUnavailable(str(report.get("message", "the engine could not start")))
    return str(report.get("address", ""))


def ending(status: int) -> str:
    """How a process ended, in words."""
    if status < 0:
        name = signal.Signals(-status).name if -status in set(signal.Signals) else f"signal {-status}"
        more = " (built for another processor? see docs/models.md)" if name == "SIGILL" else ""
        return f"was ended by {name}{more}"
    return f"ended with status {status}"


async def start_worker(config: WorkerConfig, *, pace: Pace) -> Worker:
    """Start a process and wait for its address. No process is left behind if that fails."""
    token = secrets.token_urlsafe(32)
    process = await asyncio.create_subprocess_exec(
        *worker_command(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=worker_environment(config.threads),
        limit=MAX_REPORT_BYTES,
    )
    try:
        assert process.stdin is not None
        told = config.model_copy(update={"token": SecretStr(token), "parent_pid": os.getpid()})
        secret = told.model_dump(mode="json") | {"token": token}
        process.stdin.write(json.dumps(secret).encode() + b"\n")
        await process.stdin.drain()
        address = await asyncio.wait_for(_read_report(process), pace.start_s)
        endpoint = Endpoint(
            base_url=address,
            model=config.alias,
            api_key=SecretStr(token),
            grammar=True,
        )
        host = address.removeprefix("http://")
        if not host.startswith("127.0.0.1:"):
            raise ModelProtocolError("the engine listens beyond this machine; it was stopped")
        return Worker(process, CompletionClient(endpoint, allowed_hosts=[host]))
    except BaseException as error:
        await asyncio.shield(end_process(process, pace.stop_s))
        if isinstance(error, (TimeoutError, ConnectionError)):
            raise ModelUnavailable("the engine did not start in time") from error
        raise


class Supervisor:
    """Keeps one worker alive. Belongs to one event loop; ``close`` it. ``check`` runs before each start (in
    a thread) and may refuse it: the weights must still be the ones that were verified.
    """

    def __init__(
        self, config: WorkerConfig, *, check: Callable[[], object] = lambda: None, pace: Pace | None = None
    ) -> None:
        engine(config.engine)
        self._config, self._check, self._pace = config, check, pace or Pace()
        self._task: asyncio.Task[None] | None = None
        self._worker: Worker | None = None
        self._changed = asyncio.Event()
        self._failures = 0
        self._error: ModelError | None = None
        self._closed = False

    @property
    def pid(self) -> int | None:
        """Process id of the running worker."""
        return self._worker.process.pid if self._worker else None

    def start(self) -> None:
        """Begin, if not begun. Returns at once; ``client`` waits."""
        if self._task is None and not self._closed:
            self._task = asyncio.create_task(self._keep_alive(), name="aparte-model-supervisor")

    def _announce(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def client(self) -> CompletionClient:
        """The client of the live worker, waiting for a start under way. ``ModelUnavailable`` and kin if
        there will be none soon.
        """
        self.start()
        deadline = asyncio.get_running_loop().time() + self._pace.start_s
        while self._worker is None:
            if self._closed:
                raise ModelUnavailable("the language model has been closed")
            if isinstance(self._error, FATAL) or self._failures >= self._pace.give_up_after:
                raise self._error or ModelUnavailable("the engine keeps failing")
            try:
                async with asyncio.timeout_at(deadline):
                    await self._changed.wait()
            except TimeoutError:
                raise ModelUnavailable("the engine is still starting") from None
        return self._worker.client

    async def gone(self, client: CompletionClient, *, within_s: float = 2.0) -> bool:
        """Whether the worker of ``client`` proves dead within a moment (a broken connection is seen before
        the end of its process is).
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while self._worker is not None and self._worker.client is client:
                    await self._changed.wait()
        return self._worker is None or self._worker.client is not client

    def up(self) -> bool:
        """Whether a worker is running now."""
        return self._worker is not None

    async def _keep_alive(self) -> None:
        try:
            await self._start_again_and_again()
        finally:  # also when the event loop ends without a close: no process may outlive it
            if self._worker is not None:
                with contextlib.suppress(ProcessLookupError):
                    self._worker.process.kill()

    async def _start_again_and_again(self) -> None:
        loop = asyncio.get_running_loop()
        while not self._closed:
            began = loop.time()
            try:
                await asyncio.to_thread(self._check)
                self._worker = await start_worker(self._config, pace=self._pace)
                began = loop.time()
                self._announce()
                self._error = ModelUnavailable(await self._watch(self._worker))
            except ModelError as error:
                self._error = error
            except OSError as error:  # no memory or no descriptor for a process: that may pass
                self._error = ModelUnavailable("the engine's process, or its weights, cannot be opened")
                self._error.__cause__ = error
            lived, worker, self._worker = loop.time() - began, self._worker, None
            steady = worker is not None and lived >= self._pace.steady_s
            self._failures = 1 if steady else self._failures + 1
            self._announce()
            if worker is not None:
                await worker.stop(self._pace.stop_s)
            if isinstance(self._error, FATAL):
                return
            await asyncio.sleep(self._pace.pause(self._failures))

    async def _watch(self, worker: Worker) -> str:
        """Return, in words, why the worker is no longer usable."""
        missed = 0
        while missed < self._pace.probes_missed:
            try:
                status = await asyncio.wait_for(worker.process.wait(), self._pace.probe_s)
            except TimeoutError:
                missed = 0 if await worker.client.healthy() else missed + 1
            else:
                return f"the engine's process {ending(status)}"
        return "the engine's process no longer answered"

    async def close(self) -> None:
        """Stop the worker and wait until its process is gone. May be called twice."""
        self._closed = True
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        worker, self._worker = self._worker, None
        if worker is not None:
            await worker.stop(self._pace.stop_s)
        self._announce()
