"""Tokens a second through the worker and its client against the bare engine, interleaved."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from eval.bench.result import Measure, measure
from models.base import ChatModel, ChatRequest, Finish, Message

TOKENS = 48
PROMPT = (
    "Résume en une phrase l’évolution du patient numéro {number} : le potassium est passé de 4,1 à 5,4 "
    "mmol/L en trois semaines après l’introduction de la spironolactone, la créatinine de 96 à 131 µmol/L."
)


async def bench_generation(
    model: ChatModel, weights: Path, *, threads: int, context: int, parallel: int, rounds: int
) -> Iterator[Measure]:
    """Return completion tokens/s through `model` and through the bare engine, and their ratio.

    Whole requests are timed, prompt included, greedy, with the same new prompt for both; the one that goes
    first alternates. Both processes are up during the whole run, only one computes at a time.
    """
    through, alone = [], []
    with _bare(weights, threads=threads, context=context, parallel=parallel) as child:
        await _through(model, 0)
        _alone(child, 0)
        for number in range(1, rounds + 1):
            if number % 2:
                through.append(await _through(model, number))
                alone.append(_alone(child, number))
            else:
                alone.append(_alone(child, number))
                through.append(await _through(model, number))
    ratios = [ours / bare for ours, bare in zip(through, alone, strict=True)]
    return iter(
        (
            measure("generation.worker_tokens_per_s", through, unit="tokens/s"),
            measure("generation.bare_tokens_per_s", alone, unit="tokens/s"),
            measure("generation.ratio_to_bare_engine", ratios, unit="ratio", at_least=0.95),
        )
    )


async def _through(model: ChatModel, number: int) -> float:
    request = ChatRequest(
        messages=(Message(role="user", content=PROMPT.format(number=number)),), max_tokens=TOKENS
    )
    started = time.perf_counter()
    tokens = 0
    async with model.stream(request) as pieces:
        async for piece in pieces:
            if isinstance(piece, Finish):
                tokens = piece.usage.completion_tokens
    return tokens / (time.perf_counter() - started)


def _alone(child: subprocess.Popen[str], number: int) -> float:
    request = {
        "messages": [{"role": "user", "content": PROMPT.format(number=number)}],
        "max_tokens": TOKENS,
        "temperature": 0.0,
        "seed": 0,
    }
    answer = _exchange(child, request)
    return float(answer["tokens"]) / float(answer["seconds"])


@contextmanager
def _bare(weights: Path, **config: int) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "eval.bench.bare_engine"]
    child = subprocess.Popen(  # noqa: S603 - our own module
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        _exchange(child, {"model": str(weights), **config})
        yield child
    finally:
        child.kill()
        child.wait()


def _exchange(child: subprocess.Popen[str], message: dict[str, Any]) -> dict[str, Any]:
    _pipe(child.stdin).write(json.dumps(message) + "\n")
    _pipe(child.stdin).flush()
    line = _pipe(child.stdout).readline()
    if not line:
        raise RuntimeError("the bare engine ended; is there enough memory for a second copy of its caches?")
    answer: dict[str, Any] = json.loads(line)
    return answer


def _pipe(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        raise RuntimeError("the bare engine has no pipe")
    return stream
