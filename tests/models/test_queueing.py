"""The queue: first come, first served; never more than its places; nothing is lost by cancellation."""

from __future__ import annotations

from collections.abc import Sequence

import anyio
import pytest
from anyio.lowlevel import checkpoint
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import ModelBusy
from models.queueing import BoundedQueue

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_places_are_given_in_order_and_positions_count_down() -> None:
    queue = BoundedQueue(running=1, waiting=3)
    order: list[str] = []
    positions: dict[str, list[int]] = {"a": [], "b": [], "c": []}
    go = {name: anyio.Event() for name in positions}

    async def take(name: str) -> None:
        async with queue.place(on_position=positions[name].append):
            order.append(name)
            await go[name].wait()

    async with anyio.create_task_group() as tasks:
        for rank, name in enumerate(positions):
            tasks.start_soon(take, name)
            while queue.ahead < rank + 1:
                await checkpoint()
        assert positions == {"a": [0], "b": [1, 1], "c": [2]}
        for name in positions:
            go[name].set()
    assert order == ["a", "b", "c"]
    assert positions["c"][-2:] == [1, 0]


async def test_cancelling_a_waiter_moves_the_others_up() -> None:
    queue = BoundedQueue(running=1, waiting=2)
    seen: list[int] = []
    scope = anyio.CancelScope()

    async def leave() -> None:
        with scope:
            async with queue.place():
                raise AssertionError("must not get a place")

    async def stay() -> None:
        async with queue.place(on_position=seen.append):
            pass

    async with anyio.create_task_group() as tasks, queue.place():
        tasks.start_soon(leave)
        while queue.ahead < 2:
            await checkpoint()
        tasks.start_soon(stay)
        while queue.ahead < 3:
            await checkpoint()
        scope.cancel()
        while queue.ahead > 2:
            await checkpoint()
    assert seen == [2, 1, 0]
    assert queue.ahead == 0


async def test_cancelling_who_was_just_given_the_place_loses_no_place() -> None:
    queue = BoundedQueue(running=1, waiting=2)
    scope = anyio.CancelScope()
    got: list[str] = []

    async def leave() -> None:
        with scope:
            async with queue.place():
                got.append("leaver")

    async def stay() -> None:
        async with queue.place():
            got.append("stayer")

    with anyio.fail_after(5):
        async with anyio.create_task_group() as tasks:
            async with queue.place():
                tasks.start_soon(leave)
                while queue.ahead < 2:
                    await checkpoint()
                tasks.start_soon(stay)
                while queue.ahead < 3:
                    await checkpoint()
            scope.cancel()  # the place is theirs, but they have not run yet
    assert got[-1] == "stayer"  # whether the other still ran is the event loop's choice
    assert queue.ahead == 0


async def test_busy_says_when_to_come_back() -> None:
    queue = BoundedQueue(running=1, waiting=0)
    async with queue.place():
        with pytest.raises(ModelBusy) as refused:
            async with queue.place():
                pass
    assert 1.0 <= refused.value.retry_after_s <= 120.0
    before = queue.retry_after_s
    for _ in range(20):
        async with queue.place():
            pass
    assert queue.retry_after_s <= before


def test_impossible_queues_are_refused() -> None:
    for running, waiting in ((0, 1), (1, -1)):
        with pytest.raises(ValueError, match="at least"):
            BoundedQueue(running=running, waiting=waiting)


@given(
    running=st.integers(1, 3),
    waiting=st.integers(0, 4),
    stays=st.lists(st.integers(0, 5), min_size=1, max_size=12),
    cancelled=st.sets(st.integers(0, 11)),
)
@settings(max_examples=60, deadline=None)
def test_never_more_than_its_places(
    running: int, waiting: int, stays: Sequence[int], cancelled: set[int]
) -> None:
    async def scenario() -> None:
        queue = BoundedQueue(running=running, waiting=waiting)
        inside, refused, served = 0, 0, 0

        async def come(rank: int, stay: int) -> None:
            nonlocal inside, refused, served
            with anyio.CancelScope() as scope:
                if rank in cancelled:
                    scope.deadline = anyio.current_time()
                try:
                    async with queue.place():
                        inside += 1
                        assert inside <= running
                        try:
                            for _ in range(stay):
                                await checkpoint()
                        finally:
                            inside -= 1
                        served += 1
                except ModelBusy:
                    refused += 1
                    assert queue.ahead >= running + waiting

        with anyio.fail_after(10):
            async with anyio.create_task_group() as tasks:
                for rank, stay in enumerate(stays):
                    tasks.start_soon(come, rank, stay)
        assert queue.ahead == 0
        assert inside == 0
        if not cancelled:
            assert served + refused == len(stays)
            assert served >= min(len(stays), running + waiting)

    anyio.run(scenario)
