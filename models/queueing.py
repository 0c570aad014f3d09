"""A bounded, first-come-first-served queue in front of an engine: refuse early rather than wait for ever."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import anyio

from .errors import ModelBusy

MIN_RETRY_SECONDS, MAX_RETRY_SECONDS = 1.0, 120.0
FIRST_GUESS_SECONDS = 15.0

OnPosition = Callable[[int], None]


class _Ticket:
    """One waiting request."""

    def __init__(self, on_position: OnPosition | None) -> None:
        self.turn = anyio.Event()
        self.on_position = on_position


class BoundedQueue:
    """At most ``running`` holders and ``waiting`` waiters; one more is refused at once with ``ModelBusy``.

    Belongs to one event loop. A holder is never interrupted for a newcomer.
    """

    def __init__(self, *, running: int, waiting: int) -> None:
        if running < 1 or waiting < 0:
            raise ValueError("running must be at least 1 and waiting at least 0")
        self._limit, self._room = running, waiting
        self._held = 0
        self._waiters: deque[_Ticket] = deque()
        self._usual_s = FIRST_GUESS_SECONDS

    @property
    def ahead(self) -> int:
        """Requests running or waiting: what a newcomer would find before it."""
        return self._held + len(self._waiters)

    @property
    def retry_after_s(self) -> float:
        """Seconds after which a place is likely free, from how long places were held lately."""
        rounds = (len(self._waiters) + 1) / self._limit
        return min(MAX_RETRY_SECONDS, max(MIN_RETRY_SECONDS, rounds * self._usual_s))

    @asynccontextmanager
    async def place(self, *, on_position: OnPosition | None = None) -> AsyncIterator[None]:
        """Hold one of the running places for the duration of the context.

        ``on_position`` gets the number of requests still before this one, then 0 when its turn comes.
        """
        await self._acquire(on_position)
        started = time.monotonic()
        try:
            yield
        finally:
            self._usual_s += 0.3 * (time.monotonic() - started - self._usual_s)
            self._release()

    async def _acquire(self, on_position: OnPosition | None) -> None:
        if self._held < self._limit and not self._waiters:
            self._held += 1
        elif len(self._waiters) >= self._room:
            raise ModelBusy(
                f"the language model is busy: {self._held} running, {len(self._waiters)} waiting",
                retry_after_s=round(self.retry_after_s, 1),
            )
        else:
            await self._wait(_Ticket(on_position))
        if on_position is not None:
            on_position(0)

    async def _wait(self, ticket: _Ticket) -> None:
        self._waiters.append(ticket)
        try:
            self._announce()
            await ticket.turn.wait()
        except BaseException:
            if ticket.turn.is_set():
                self._release()
            else:
                self._waiters.remove(ticket)
                self._announce()
            raise

    def _release(self) -> None:
        if self._waiters:  # the place goes straight to the next in line: nobody can slip in between
            self._waiters.popleft().turn.set()
            self._announce()
        else:
            self._held -= 1

    def _announce(self) -> None:
        for rank, ticket in enumerate(tuple(self._waiters)):
            if ticket.on_position is not None:
                ticket.on_position(self._held + rank)
