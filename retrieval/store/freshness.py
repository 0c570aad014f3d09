"""Whether a source is late: how long ago it may have been read at most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from retrieval.frozen import Frozen
from retrieval.store.values import SourceState


class Freshness(Frozen):
    """Hours within which a source must have been read with success; 0 is a source that is never late.

    `by_system` holds those of sources with a schedule of their own.
    """

    hours: float = 0
    by_system: Mapping[str, float] = {}

    def judged(self, states: Sequence[SourceState], *, at: datetime | None = None) -> tuple[SourceState, ...]:
        """The states with `stale` set. A source that was tried and never read is late; one that was never
        tried (records put by hand) has no schedule."""
        moment = at or datetime.now(UTC)
        return tuple(state.model_copy(update={"stale": self._late(state, moment)}) for state in states)

    def _late(self, state: SourceState, moment: datetime) -> bool:
        hours = self.by_system.get(state.system, self.hours)
        if not hours:
            return False
        if state.last_success is None:
            return state.last_attempt is not None
        return datetime.fromisoformat(state.last_success) < moment - timedelta(hours=hours)
