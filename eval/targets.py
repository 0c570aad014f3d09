"""What is evaluated: the Target protocol, which every target and every mutant implements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from eval.cases.case import Capability, Step


class Target(Protocol):
    """Something that answers. Every method raises TargetError, with a short code, when it cannot.

    A method whose capability is not in `capabilities` is never called.
    """

    @property
    def name(self) -> str:
        """What the report calls it: `in-process`, `http`, `oracle`, `mutant: wrong unit`."""
        ...

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What it can do; suites that need something else are not yet measurable."""
        ...

    async def ask(self, step: Step) -> dict[str, Any]:
        """The contract's answer JSON for one question, asked under the account that the step names.

        A refusal of access is an answer too: `{"status": "refused", "http_status": 404, "body": {...}}` with
        everything that the caller received in `body`, since a leak may stand there.
        """
        ...

    async def choose(self, question: str, options: Mapping[str, str], *, several: bool) -> tuple[str, ...]:
        """The letters chosen by constrained choice; exactly one unless `several`."""
        ...

    async def draft(self, patient_id: str, kind: str) -> dict[str, Any]:
        """The contract's draft JSON."""
        ...

    async def identify(self, text: str) -> Sequence[Mapping[str, Any]]:
        """What an identity guard finds in a pasted text: `{label, start, end}` in code points."""
        ...
