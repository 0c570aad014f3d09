"""Bounds that are held in memory: how often one may try, and how many may run at once."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from assistant.errors import TooManyRequests

_MOST_KEYS = 10_000


class Rate:
    """At most `most` tries in `window_s` seconds for each key."""

    def __init__(
        self, most: int, *, window_s: float = 60.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._window_s = window_s
        self._clock = clock
        self._tries: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def take(self, key: str) -> None:
        """Count a try. Raises TooManyRequests when it is one too many."""
        now = self._clock()
        with self._lock:
            if len(self._tries) > _MOST_KEYS:
                self._forget(now)
            tries = self._tries.setdefault(key, deque())
            while tries and tries[0] <= now - self._window_s:
                tries.popleft()
            if len(tries) >= self._most:
                wait = int(tries[0] + self._window_s - now) + 1
                raise TooManyRequests("too many attempts; try again later", retry_after_s=wait)
            tries.append(now)

    def _forget(self, now: float) -> None:
        old = [key for key, tries in self._tries.items() if not tries or tries[-1] <= now - self._window_s]
        for key in old:
            del self._tries[key]


class Places:
    """A number of places; who finds none is refused at once instead of waiting."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken = 0
        self._lock = threading.Lock()

    @property
    def taken(self) -> int:
        """Places in use now."""
        return self._taken

    @contextmanager
    def take(self) -> Iterator[None]:
        """Hold a place. Raises TooManyRequests when there is none."""
        with self._lock:
            if self._taken >= self._most:
                raise TooManyRequests("too many questions at once; try again in a moment", retry_after_s=5)
            self._taken += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken -= 1
