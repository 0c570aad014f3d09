"""Inspect AI behind one function: it runs and logs the cases of a suite; nothing else here knows it.

Its logs hold questions and answers: they go to the run's own folder. Nothing of it may reach further: no
model of its own, no hooks or settings from the environment, no control socket, no copy in the user's folders.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from eval.cases.case import Case
from eval.errors import RunError
from eval.runner.running import Ask, Runner

_PREFIX = "INSPECT_"


def available() -> bool:
    """Whether Inspect AI is installed (the extra `eval`)."""
    from importlib.util import find_spec

    return find_spec("inspect_ai") is not None


def inspect_runner(logs: Path) -> Runner:
    """A runner that works through Inspect AI and leaves its logs in `logs` (mode 0700).

    Raises RunError when Inspect AI is not installed.
    """
    if not available():
        raise RunError(
            "Inspect AI is not installed: pip install 'aparte[eval]', or run again with --no-inspect "
            "(the outputs are the same, without its logs)"
        )

    async def run(name: str, cases: Sequence[Case], ask: Ask, at_once: int) -> None:
        _private(logs)
        try:
            with _environment():
                await _run(name, cases, ask, at_once=at_once, logs=logs)
        finally:
            _private(logs)

    return run


async def _run(name: str, cases: Sequence[Case], ask: Ask, *, at_once: int, logs: Path) -> None:
    from inspect_ai import Task, eval_async
    from inspect_ai.dataset import MemoryDataset, Sample
    from inspect_ai.util import display_type

    display_type()  # read from the environment that is set around this, before anything is shown
    failures: list[Exception] = []
    samples = [Sample(id=case.id, input=case.question, metadata=dict(case.strata)) for case in cases]
    task = Task(
        dataset=MemoryDataset(samples, name=name),
        solver=_solver({case.id: case for case in cases}, ask, failures),
        name=name,
        fail_on_error=True,
    )
    await eval_async(
        task,
        model=None,
        log_dir=str(logs),
        log_format="eval",
        log_level="warning",
        log_realtime=False,
        log_model_api=False,
        log_images=False,
        max_samples=at_once,
        max_tasks=1,
        retry_on_error=0,
        acp_server=False,
        ctl_server=False,
        notification=False,
        score=False,
    )
    if failures:
        raise failures[0]


def _private(logs: Path) -> None:
    """Make the folder of logs where it is missing, and keep it and them for their owner alone."""
    logs.mkdir(mode=0o700, parents=True, exist_ok=True)
    logs.chmod(0o700)
    for log in logs.iterdir():
        log.chmod(0o600)


def _solver(by_id: dict[str, Case], ask: Ask, failures: list[Exception]) -> Any:
    from inspect_ai.solver import solver

    @solver(name="target")  # type: ignore[untyped-decorator, unused-ignore]
    def target() -> Any:
        async def solve(state: Any, _generate: Any) -> Any:
            try:
                output = await ask(by_id[str(state.sample_id)])
            except Exception as error:
                failures.append(error)
                raise
            state.output.completion = output.model_dump_json(exclude={"case_id"})
            state.completed = True
            return state

        return solve

    return target()


@contextmanager
def _environment() -> Iterator[None]:
    """No variable of Inspect AI's but ours, and no `.env` file; afterwards the environment is as it was."""
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith(_PREFIX)]:
        del os.environ[name]
    os.environ |= {f"{_PREFIX}DISPLAY": "none", "PYTHON_DOTENV_DISABLED": "1"}
    try:
        yield
    finally:
        for name in set(os.environ) - set(before):
            del os.environ[name]
        os.environ.update(before)
