"""The child process in which a local engine runs: ``python -m models.worker``.

It reads one line of JSON (``WorkerConfig``, the token included: never in the arguments, which other users
can see) from standard input, starts the engine, and writes one line of JSON to standard output: ``address``,
or ``error`` with ``message`` and ``hint``. Then it waits until standard input closes. It therefore ends when
its parent ends, however that happens; on Linux the kernel also kills it then. Nothing else is written: what
native libraries print goes to standard error, which the supervisor throws away.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
from typing import NoReturn

from pydantic import ValidationError

from .engines import Running, WorkerConfig, load_factory
from .errors import EngineMissing, ModelError

MAX_CONFIG_BYTES = 64 * 1024
PR_SET_PDEATHSIG = 1


def die_with_parent(parent_pid: int) -> None:
    """Ask the kernel to kill this process when its parent dies (Linux; elsewhere standard input does it).

    The kernel watches the parent's *thread* that started us: the supervisor starts workers from the thread
    of its event loop, which lives as long as the service.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent_pid:  # it died before we asked
            os._exit(0)


def limit(config: WorkerConfig) -> None:
    """Lower our priority and bound our memory.

    RLIMIT_DATA counts private memory (caches, buffers), which is what can run away. The weights are mapped
    read-only and shared: limiting the address space instead would only forbid large models.
    """
    os.nice(config.nice)
    if config.memory_limit_mib:
        size = config.memory_limit_mib * 2**20
        resource.setrlimit(resource.RLIMIT_DATA, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold patients' words


def read_config() -> WorkerConfig:
    """The configuration line from standard input."""
    line = sys.stdin.buffer.readline(MAX_CONFIG_BYTES)
    return WorkerConfig.model_validate_json(line)


def start(config: WorkerConfig) -> tuple[Running | None, dict[str, str]]:
    """Start the engine; the engine if it runs, and the line to report."""
    try:
        running = load_factory(config.engine)(config)
    except EngineMissing as error:
        return None, {"error": "engine_missing", "message": str(error), "hint": error.hint}
    except ModelError as error:
        return None, {"error": "unavailable", "message": str(error)}
    except MemoryError:
        return None, {"error": "unavailable", "message": "the engine needs more memory than its limit"}
    return running, {"address": running.address}


def main() -> NoReturn:
    """Run the worker until standard input closes."""
    report = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # native libraries that print to standard output must not spoil the report
    try:
        config = read_config()
    except ValidationError:
        os._exit(2)
    die_with_parent(config.parent_pid)
    limit(config)
    running, outcome = start(config)
    report.write(json.dumps(outcome) + "\n")
    report.flush()
    if running is not None:
        while sys.stdin.buffer.read(4096):
            pass
    os._exit(0)  # at once: nothing here is worth a native library's exit handlers


if __name__ == "__main__":
    main()
