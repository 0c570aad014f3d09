"""A suite and targets made by hand, and a command that runs them in a process of its own."""

from __future__ import annotations

import asyncio
import hashlib
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from eval.cases.case import Capability, Case, Observation, Output, Step
from eval.cases.gold import RecordGold
from eval.errors import TargetError
from eval.runner.conduct import conduct
from eval.runner.pieces import Phase
from eval.runner.planning import RunOptions
from eval.runner.results import Results
from eval.suites.base import Suite, World
from eval.targets import Target

STRATA = ("structured", "narrative", "joined")


class FakeSuite:
    """Questions with a number; every third stratum of prose is open without the model."""

    title = "Essai"
    answers_of = None

    def __init__(self, name: str = "S1", *, capability: Capability = "ask", grouped: int = 0) -> None:
        self.id = name
        self.capability: Capability = capability
        self._grouped = grouped

    def cases(self, world: World, *, wanted: int) -> tuple[Case, ...]:
        """`wanted` cases over the world's patients."""
        people = [who.identity.patient_id for who in world.hospital.patients]
        return tuple(self._case(number, people[number % len(people)]) for number in range(wanted))

    def _case(self, number: int, patient_id: str) -> Case:
        return Case(
            id=f"{self.id}-{number:03}",
            suite=self.id,
            steps=(Step(text=f"Question {number} ?", patient_id=patient_id),),
            gold=RecordGold(),
            patient_id=patient_id,
            strata={"stratum": STRATA[number % 3]},
            group=f"{self.id}-g{number // self._grouped}" if self._grouped else None,
        )

    def score(self, cases: Sequence[Case], outputs: Mapping[str, Output]) -> list[Observation]:
        """Right when answered."""
        return [self._seen(case, outputs.get(case.id)) for case in cases]

    def _seen(self, case: Case, output: Output | None) -> Observation:
        right = bool(output and output.answer and output.answer["status"] == "answered")
        return Observation(
            suite=self.id,
            case_id=case.id,
            measure="correct",
            value=float(right),
            cluster=case.patient_id or "",
            strata=case.strata,
        )


class ScoringSuite(FakeSuite):
    """Scores S1's outputs."""

    answers_of = "S1"


class FakeTarget:
    """Answers by the words of the question alone; slow enough to be killed in the middle."""

    name = "fake"
    capabilities: frozenset[Capability] = frozenset({"ask", "sessions"})

    def __init__(self, *, pause_s: float = 0.0) -> None:
        self._pause_s = pause_s
        self.asked: list[Step] = []

    async def ask(self, step: Step) -> dict[str, Any]:
        """Answered, or abstained where the digest of the question says so and there is no model."""
        await asyncio.sleep(self._pause_s)
        self.asked.append(step)
        number = int(step.text.split()[1])
        if number % 17 == 16:
            raise TargetError("broken", code="http_500")
        if number % 4 == 0 and not step.use_model:
            return {"status": "abstained", "reason": "not_verified", "sentences": []}
        digest = hashlib.sha256(step.text.encode()).hexdigest()[:8]
        return {"status": "answered", "sentences": [{"text": digest, "citations": ["E1"]}]}

    async def choose(self, question: str, options: Mapping[str, str], *, several: bool) -> tuple[str, ...]:
        """The first."""
        return (next(iter(options)),)

    async def draft(self, patient_id: str, kind: str) -> dict[str, Any]:
        """None."""
        raise TargetError("none", code="none")

    async def identify(self, text: str) -> Sequence[Mapping[str, Any]]:
        """None."""
        return ()


class FakeTargets:
    """Opens one fake target; `parts` is what the binding sees."""

    name = "fake"
    capabilities: frozenset[Capability] = frozenset({"ask", "sessions"})
    smaller_model = False

    def __init__(self, target: Target, *, code: str = "1", has_model: bool = True) -> None:
        self.target = target
        self.code = code
        self.has_model = has_model
        self.prepared: list[int] = []
        self.opened: list[tuple[Capability, Phase]] = []

    def parts(self) -> dict[str, str]:
        """One part."""
        return {"code:answering": self.code}

    def prepare(self, hospital: Any, accounts: Sequence[str], *, say: Any) -> None:
        """Remember the number of patients."""
        self.prepared.append(len(hospital.patients))

    @asynccontextmanager
    async def open(self, capability: Capability, phase: Phase) -> AsyncIterator[Target]:
        """The target."""
        self.opened.append((capability, phase))
        yield self.target


def options(out: Path, **changes: Any) -> RunOptions:
    """A small run of the smoke tier."""
    given = {"out": out, "tier": "smoke", "seed": 1003, "patients": 2, "use_inspect": False} | changes
    return RunOptions.model_validate(given)


async def run_fake(out: Path, *suites: Suite, targets: FakeTargets | None = None, **changes: Any) -> Results:
    """Run the suites (S1 by default) on fake targets."""
    chosen = suites or (FakeSuite(),)
    return await conduct(options(out, **changes), suites=chosen, targets=targets or FakeTargets(FakeTarget()))


def main() -> None:
    """`fakes.py OUT PAUSE [--smoke] [--inspect]`: a run of S1 with a slow target."""
    # tests that were started in the background have Ctrl-C ignored, and so has every child of theirs
    signal.signal(signal.SIGINT, signal.default_int_handler)
    out, pause = Path(sys.argv[1]), float(sys.argv[2])
    targets = FakeTargets(FakeTarget(pause_s=pause))
    asyncio.run(
        run_fake(
            out,
            targets=targets,
            tier="smoke" if "--smoke" in sys.argv else "gate",
            use_inspect="--inspect" in sys.argv,
        )
    )


if __name__ == "__main__":
    main()
