"""A service of the run's own, on a workspace: `aparte serve` in a child process, asked over HTTP."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
from anyio import to_thread

from assistant.owner import read_owner
from assistant.settings import Settings
from eval.errors import RunError
from eval.runner.accounts import read_passwords, sign_ins
from eval.runner.folder import write_whole
from eval.runner.over_http import OverHttp, open_over_http
from eval.runner.workspace import Workspace

START_S = 180.0
STOP_S = 25.0
_ROOT = Path(__file__).resolve().parents[2]


@asynccontextmanager
async def open_served(workspace: Workspace, *, with_model: bool = True) -> AsyncIterator[OverHttp]:
    """Serve the workspace on a free loopback port; asked over HTTP, stopped at the end, no process left.

    Without `with_model` the service has no language model. RunError when the service does not start.
    """
    settings = workspace.settings if with_model else _without_model(workspace.settings)
    file, log = workspace.folder / "service.json", workspace.folder / "service.log"
    write_whole(file, settings.model_dump_json().encode())
    write_whole(log, b"")
    with log.open("ab") as lines:
        child = subprocess.Popen(  # noqa: S603, ASYNC220 - our own module; starting it does not wait
            [sys.executable, "-m", "eval.runner.served_child", str(file)],
            stdin=subprocess.PIPE,
            stdout=lines,
            stderr=lines,
            cwd=_ROOT,
            start_new_session=True,
        )
    try:
        url = await _started(child, workspace, log)
        async with open_over_http(url, sign_ins(read_passwords(workspace.passwords_file))) as target:
            yield target
    finally:
        with anyio.CancelScope(shield=True):
            await to_thread.run_sync(_stop, child)


def _without_model(settings: Settings) -> Settings:
    return settings.model_copy(update={"engine": "none"})


async def _started(child: subprocess.Popen[bytes], workspace: Workspace, log: Path) -> str:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if child.poll() is not None:
            break
        owner = await to_thread.run_sync(read_owner, workspace.settings.data)
        if owner is not None and owner.pid == child.pid:
            return owner.url
        await anyio.sleep(0.1)
    raise RunError(f"the service of the run does not start; {log} says why")


def _stop(child: subprocess.Popen[bytes]) -> None:
    """Let go of the child; kill it when it does not end."""
    if child.stdin is not None:
        child.stdin.close()
    try:
        child.wait(STOP_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
