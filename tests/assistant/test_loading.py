"""Loading that a stopping service does not wait for."""

from __future__ import annotations

import subprocess
import sys
import threading

import anyio
import pytest

from assistant.loading import abandoned, loaded

pytestmark = pytest.mark.anyio


async def test_what_was_loaded_comes_back_from_another_thread() -> None:
    assert await loaded(threading.current_thread) is not threading.current_thread()
    assert not abandoned()


async def test_what_fails_is_raised_to_the_caller() -> None:
    def fail() -> None:
        raise ValueError("no weights")

    with pytest.raises(ValueError, match="no weights"):
        await loaded(fail)


async def test_cancelled_it_is_left_to_itself() -> None:
    started, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def slow() -> None:
        started.set()
        go_on.wait()
        ended.set()

    async with anyio.create_task_group() as group:
        group.start_soon(loaded, slow)
        await anyio.to_thread.run_sync(started.wait)
        group.cancel_scope.cancel()
    assert abandoned()
    assert not ended.is_set()
    go_on.set()
    assert ended.wait(10)


NEVER_LOADED = """
import threading, anyio
from assistant import loading

async def main():
    started = threading.Event()
    def never():
        started.set()
        threading.Event().wait()
    async with anyio.create_task_group() as group:
        group.start_soon(loading.loaded, never)
        await anyio.to_thread.run_sync(started.wait)
        group.cancel_scope.cancel()

anyio.run(main)
print("in order", end="")
if loading.abandoned():
    loading.leave(3)
"""


def test_a_process_that_leaves_does_not_wait() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", NEVER_LOADED], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (3, "in order", "")
