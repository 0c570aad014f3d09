"""The bare engine, for comparison: llama.cpp called directly in a process of its own, no HTTP between.

`python -m eval.bench.bare_engine` reads one line of JSON (model path, threads, context) and then answers each
further line (a chat completion request) with one line: seconds and completion tokens.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from models.engines import WorkerConfig


def serve() -> None:
    """Load the model with the worker's own parameters, then time each request."""
    import xllamacpp

    from models.engines.xllamacpp_server import parameters

    config = json.loads(sys.stdin.readline())
    server = xllamacpp.Server(
        parameters(
            WorkerConfig(
                engine="xllamacpp",
                model_path=Path(config["model"]),
                alias="bare",
                token=SecretStr("bare"),
                parent_pid=os.getppid(),
                threads=config["threads"],
                context_tokens=config["context"],
                parallel=config["parallel"],
            )
        )
    )
    os.nice(5)  # as the worker
    _write({"ready": True})
    for line in sys.stdin:
        started = time.perf_counter()
        answer: Any = server.handle_chat_completions(json.loads(line))
        seconds = time.perf_counter() - started
        if isinstance(answer, str):
            answer = json.loads(answer)
        _write({"seconds": seconds, "tokens": answer["usage"]["completion_tokens"]})


def _write(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve()
