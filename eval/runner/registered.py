"""The suites that are registered, by name: where the runner meets `eval.suites.registry`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eval.cases.case import Capability, Case, Observation, Output
from eval.errors import CaseFileError, EvaluationError, RunError
from eval.suites.base import Suite, World
from eval.suites.registry import load_suite, suite_ids
from eval.synthetic.truth import Value


class BrokenSuite(Value):
    """Stands for a suite that cannot be loaded, so that the others run and the gate sees the hole."""

    id: str
    title: str
    capability: Capability = "ask"
    answers_of: str | None = None
    reason: str

    def cases(self, world: World, *, wanted: int) -> tuple[Case, ...]:
        """None can be had: CaseFileError."""
        del world, wanted
        raise CaseFileError(self.reason)

    def score(self, cases: Sequence[Case], outputs: Mapping[str, Output]) -> list[Observation]:
        """Nothing can be scored: RunError."""
        del cases, outputs
        raise RunError(self.reason)


def load_suites(names: Sequence[str] = ()) -> tuple[Suite, ...]:
    """The suites of those names, with those whose answers they score; all of them when none is named.

    In registry order. A suite that is named and not there raises EvaluationError; where all are wanted, it
    becomes a BrokenSuite.
    """
    known = suite_ids()
    if not names:
        return tuple(_loaded(name) for name in known)
    for name in names:
        if name not in known:
            raise RunError(f"there is no suite {name}; there are: {', '.join(known)}")
    suites = {name: load_suite(name) for name in names}
    for suite in tuple(suites.values()):
        if suite.answers_of is not None and suite.answers_of not in suites:
            suites[suite.answers_of] = load_suite(suite.answers_of)
    return tuple(suites[name] for name in known if name in suites)


def known_suites(names: Sequence[str]) -> tuple[Suite, ...]:
    """Those of the names that are still registered and can be loaded, for scoring an earlier run."""
    return tuple(
        suite for name in names if name in suite_ids() if not isinstance(suite := _loaded(name), BrokenSuite)
    )


def _loaded(name: str) -> Suite:
    try:
        return load_suite(name)
    except EvaluationError as error:
        return BrokenSuite(id=name, title=name, reason=str(error))
