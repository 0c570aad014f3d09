"""The report of an ingest run, and the tally from which it is made."""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic import Field

from retrieval.composition import Rejection
from retrieval.frozen import Frozen
from retrieval.outcome import Outcome


class IngestReport(Frozen):
    """What a run did; `model_dump()` is the contract's JSON.

    `read`, `unchanged`, `replaced` and `quarantined` count documents (compositions) and each document found
    is in exactly one of them, or rejected; a version older than the one held counts as read. `compositions`
    is read + replaced; `facts`, `passages` and `patients` belong to those. `conflicts` are the pairs of
    patients, in the whole store after the run, of whom a person must say whether they are one. `warnings`
    and `resumed` are for people and stay out of the JSON.
    """

    read: int = 0
    unchanged: int = 0
    replaced: int = 0
    patients: int = 0
    compositions: int = 0
    facts: int = 0
    passages: int = 0
    quarantined: int = 0
    conflicts: int = 0
    rejected: tuple[Rejection, ...] = ()
    seconds: float = 0.0
    warnings: tuple[str, ...] = Field(default=(), exclude=True)
    resumed: str | None = Field(default=None, exclude=True)


@dataclass
class Tally:
    """Counts of a run while it goes on."""

    rejected: list[Rejection] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    patients: set[str] = field(default_factory=set)
    systems: set[str] = field(default_factory=set)
    read: int = 0
    unchanged: int = 0
    replaced: int = 0
    facts: int = 0
    passages: int = 0
    quarantined: int = 0
    conflicts: int = 0
    resumed: str | None = None

    def add(self, outcome: Outcome) -> None:
        """Count one file."""
        for name in ("read", "unchanged", "replaced", "facts", "passages", "quarantined"):
            setattr(self, name, getattr(self, name) + getattr(outcome, name))
        self.conflicts = max(self.conflicts, outcome.conflicts)
        self.rejected.extend(outcome.rejected)
        self.warnings.extend(outcome.warnings)
        self.patients.update(outcome.patients)
        self.systems.update(outcome.systems)

    def report(self, *, seconds: float) -> IngestReport:
        """The report so far."""
        return IngestReport(
            read=self.read,
            unchanged=self.unchanged,
            replaced=self.replaced,
            patients=len(self.patients),
            compositions=self.read + self.replaced,
            facts=self.facts,
            passages=self.passages,
            quarantined=self.quarantined,
            conflicts=self.conflicts,
            rejected=tuple(self.rejected),
            seconds=round(seconds, 3),
            warnings=tuple(self.warnings),
            resumed=self.resumed,
        )
