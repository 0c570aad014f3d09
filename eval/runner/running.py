"""Running the cases of one suite, a few at a time, with or without Inspect AI: the outputs are the same."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import anyio

from eval.cases.case import Case, Output
from eval.runner.pieces import PieceWriter

Ask = Callable[[Case], Awaitable[Output]]
Runner = Callable[[str, Sequence[Case], Ask, int], Awaitable[None]]
"""Name of the job, its cases, what asks one, how many at once. Raises what the asking raises."""


async def run_plain(_name: str, cases: Sequence[Case], ask: Ask, at_once: int) -> None:
    """Ask every case, `at_once` at a time, in order. The first RunError stops the others."""
    waiting = iter(cases)
    failure: list[Exception] = []

    async def work(scope: anyio.CancelScope) -> None:
        for case in waiting:
            try:
                await ask(case)
            except Exception as error:  # noqa: BLE001 - told by the caller, outside the task group
                failure.append(error)
                scope.cancel()
                return

    async with anyio.create_task_group() as group:
        for _ in range(min(at_once, len(cases))):
            group.start_soon(work, group.cancel_scope)
    if failure:
        raise failure[0]


async def run_cases(
    name: str,
    cases: Sequence[Case],
    ask: Ask,
    *,
    writer: PieceWriter,
    runner: Runner,
    at_once: int,
    told: Callable[[Output], None],
) -> None:
    """Ask every case and put its output on disk. However this ends, what came back is written."""

    async def kept(case: Case) -> Output:
        output = await ask(case)
        writer.add(output)
        told(output)
        return output

    try:
        if cases:
            await runner(name, cases, kept, at_once)
    finally:
        writer.flush()
