"""Loading libraries and models in threads that a stopping service does not wait for.

An ordinary worker thread holds the end of the process until its work is done, and nothing can interrupt the
import of a library or the reading of weights, which take tens of seconds on a slow machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
from collections.abc import Callable
from functools import partial
from typing import NoReturn, TypeVar

T = TypeVar("T")

_threads: set[threading.Thread] = set()


async def loaded(load: Callable[[], T]) -> T:
    """Return what `load` returns, or raise what it raises; cancelled, its thread is left to itself."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(give: Callable[[], None]) -> None:
        if not done.done():  # cancelled meanwhile
            give()

    def work() -> None:
        try:
            outcome = partial(done.set_result, load())
        except BaseException as error:  # noqa: BLE001 - the caller's, whatever it is
            outcome = partial(done.set_exception, error)
        finally:
            _threads.discard(threading.current_thread())
        with contextlib.suppress(RuntimeError):  # the loop has ended without waiting
            loop.call_soon_threadsafe(settle, outcome)

    thread = threading.Thread(target=work, name="loading", daemon=True)
    _threads.add(thread)
    thread.start()
    return await done


def abandoned() -> bool:
    """Whether something is still loading."""
    return any(thread.is_alive() for thread in tuple(_threads))


def leave(code: int) -> NoReturn:
    """End the process at once, when everything else has been put in order.

    A thread inside a library written in C may not be woken while the interpreter is taken down.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
