"""Oracle and mutants as targets of a run: `oracle`, or `mutant:NAME` with a name of `expected.toml`.

They are handed the cases of the run's own folder, where the runner writes them before it asks anything.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from importlib import resources
from pathlib import Path
from typing import Literal

from eval.cases.case import Capability, Case
from eval.cases.files import read_cases
from eval.errors import RunError
from eval.mutants.bad import MUTANTS
from eval.mutants.oracle import EVERYTHING, Oracle
from eval.synthetic.truth import Hospital
from eval.targets import Target

ORACLE = "oracle"
PREFIX = "mutant:"


def is_known(name: str) -> bool:
    """Whether a target of the command line is one of these."""
    return name == ORACLE or name.removeprefix(PREFIX) in MUTANTS


def make(name: str, cases: Iterable[Case]) -> Oracle:
    """The oracle or a mutant for these cases. RunError for a name that is neither."""
    if name == ORACLE:
        return Oracle(cases)
    kind = MUTANTS.get(name.removeprefix(PREFIX))
    if kind is None:
        raise RunError(f"there is no target {name}: {ORACLE}, or {PREFIX} and one of {', '.join(MUTANTS)}")
    return kind(cases)


def expected() -> dict[str, frozenset[str]]:
    """The gates that each mutant must fail, by its name."""
    text = resources.files("eval.mutants").joinpath("expected.toml").read_text(encoding="utf-8")
    return {name: frozenset(told["fails"]) for name, told in tomllib.loads(text).items()}


class MutantTargets:
    """Opens the oracle or a mutant for the run in `run`: what `eval.runner.targets.Targets` asks for."""

    capabilities: frozenset[Capability] = EVERYTHING
    has_model = False
    smaller_model = False

    def __init__(self, name: str, run: Path) -> None:
        make(name, ())
        self.name = name
        self._run = run

    def parts(self) -> dict[str, str]:
        """The code of the mutants."""
        folder = resources.files("eval.mutants")
        code = b"".join(
            folder.joinpath(name).read_bytes()
            for name in ("bad.py", "oracle.py", "sentences.py", "targets.py")
        )
        return {"mutants": hashlib.sha256(code).hexdigest()}

    def prepare(self, hospital: Hospital, accounts: Sequence[str], *, say: Callable[[str], None]) -> None:
        """Nothing to prepare: no record is read."""
        del hospital, accounts, say

    @asynccontextmanager
    async def open(self, _capability: Capability, _phase: Literal["facts", "model"]) -> AsyncIterator[Target]:
        """The target, with every case of the run."""
        files = sorted((self._run / "cases").glob("*.jsonl"))
        yield make(self.name, [case for file in files for case in read_cases(file)])
