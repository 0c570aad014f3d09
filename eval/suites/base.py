"""What a suite is. A new one needs a module here, a line in `registry.toml` and gates in `eval/gate.toml`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, Protocol

from eval.cases.case import Capability, Case, Observation, Output
from eval.synthetic.truth import Hospital, Value

Tier = Literal["smoke", "gate", "full"]


class World(Value):
    """What cases are made from: a hospital of that seed, and the folder of public sets if there is one.

    `templates` names further template folders, kept elsewhere. `seed` may be secret: case files are then
    known by their sha256 alone.
    """

    hospital: Hospital
    seed: int
    bench: Path | None = None
    templates: tuple[Path, ...] = ()
    open_held_out: bool = False
    """Whether held-out templates may be used: only for a report, never while tuning."""


class Suite(Protocol):
    """A suite. Both functions are pure: same world, same cases; same outputs, same observations.

    A suite whose cases need records of their own (injected documents) also has
    `patients(world, *, wanted) -> tuple[Patient, ...]`: the runner adds them to the hospital.
    """

    @property
    def id(self) -> str:
        """`S1` ... `S18`."""
        ...

    @property
    def title(self) -> str:
        """What the report calls it, in French."""
        ...

    @property
    def capability(self) -> Capability:
        """What a target must be able to do."""
        ...

    @property
    def answers_of(self) -> str | None:
        """The suite whose cases and outputs this one scores (S2 scores S1's); None when it has its own."""
        ...

    def cases(self, world: World, *, wanted: int) -> tuple[Case, ...]:
        """At most `wanted` cases, stratified, drawn by hash: a smaller number is a subset of a larger one.

        Raises CaseFileError when a public set is missing or has another sha256.
        """
        ...

    def score(self, cases: Sequence[Case], outputs: Mapping[str, Output]) -> list[Observation]:
        """Every observation. A case without output, or whose output is an error, is observed as failed."""
        ...
