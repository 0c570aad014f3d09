"""What a run asks: this installation on a workspace, or a service that runs somewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

import httpx

from assistant.settings import Settings
from eval.cases.case import Capability
from eval.errors import RunError
from eval.runner.accounts import SignIn
from eval.runner.binding import (
    code_parts,
    encoder_part,
    is_smaller_model,
    model_part,
    reading_digest,
    settings_part,
    sha256_of,
)
from eval.runner.in_process import open_in_process
from eval.runner.over_http import check_url, open_over_http
from eval.runner.pieces import Phase
from eval.runner.served import open_served
from eval.runner.workspace import Say, Workspace, fill, workspace_of
from eval.synthetic.truth import Hospital
from eval.targets import Target
from models.base import ChatModel

_WAIT_S = 15.0


class Targets(Protocol):
    """Opens the target that a suite needs, one at a time. Tests and mutants bring their own."""

    @property
    def name(self) -> str:
        """What the report calls it."""
        ...

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What its targets can do."""
        ...

    @property
    def has_model(self) -> bool:
        """Whether a language model can be asked at all."""
        ...

    @property
    def smaller_model(self) -> bool:
        """Whether that model is smaller than the default one."""
        ...

    def parts(self) -> dict[str, str]:
        """Its parts of the binding: all of it that can change an answer, by sha256 or name."""
        ...

    def prepare(self, hospital: Hospital, accounts: Sequence[str], *, say: Say) -> None:
        """Make ready to be asked about that hospital under those accounts; may be repeated."""
        ...

    def open(self, capability: Capability, phase: Phase) -> AbstractAsyncContextManager[Target]:
        """The target for suites of that capability in that phase."""
        ...


class LocalTargets:
    """This installation: in this process, and as a service of its own where sessions are what is tested.

    `model` makes another language model than the settings', for tests.
    """

    name = "in-process"
    capabilities: frozenset[Capability] = frozenset({"ask", "sessions", "choose"})

    def __init__(
        self,
        settings: Settings,
        folder: Path,
        *,
        at_once: int,
        model: Callable[[], ChatModel | None] | None = None,
    ) -> None:
        self._settings = settings
        self._folder = folder
        self._at_once = at_once
        self._model = model
        self._workspace: Workspace | None = None

    @property
    def has_model(self) -> bool:
        """Unless the engine is `none`."""
        return self._settings.engine != "none"

    @property
    def smaller_model(self) -> bool:
        """By the size of the model's file."""
        return is_smaller_model(self._settings)

    def parts(self) -> dict[str, str]:
        """Code, libraries, settings, encoder and language model."""
        return code_parts() | {
            "settings": settings_part(self._settings),
            "encoder": encoder_part(self._settings),
            "model": model_part(self._settings),
        }

    def prepare(self, hospital: Hospital, accounts: Sequence[str], *, say: Say) -> None:
        """Write, read and index the hospital, make the accounts."""
        workspace = workspace_of(self._folder, hospital, self._settings, at_once=self._at_once)
        fill(
            workspace,
            hospital,
            accounts=accounts,
            reading_sha256=reading_digest(self._settings),
            say=say,
        )
        self._workspace = workspace

    def open(self, capability: Capability, phase: Phase) -> AbstractAsyncContextManager[Target]:
        """In this process; over HTTP, from a child, for `sessions`."""
        if self._workspace is None:
            raise RunError("the workspace is not prepared")
        if capability == "sessions":
            return open_served(self._workspace, with_model=phase == "model")
        tripwire = phase == "facts" and self.has_model
        return open_in_process(self._workspace, tripwire=tripwire, model=self._model)


class RemoteTargets:
    """A service at an address, which holds the records already; asked with the accounts of a file."""

    name = "http"
    capabilities: frozenset[Capability] = frozenset({"ask", "sessions"})
    has_model = True
    smaller_model = False

    def __init__(self, url: str, sign_ins: dict[str, SignIn], *, ca_file: Path | None = None) -> None:
        self._url = check_url(url)
        self._sign_ins = sign_ins
        self._ca_file = ca_file

    def parts(self) -> dict[str, str]:
        """Its address and the description that it gives of itself; what answers say is compared later."""
        return {"service": sha256_of([self._url, self._described()])}

    def prepare(self, hospital: Hospital, accounts: Sequence[str], *, say: Say) -> None:  # noqa: ARG002
        """Check that every account of the cases can be signed in. RunError names those that are missing."""
        missing = [name for name in accounts if name not in self._sign_ins]
        if missing:
            raise RunError(
                f"the cases ask under {', '.join(missing)}: add a login and a password for each to the "
                "file of --accounts"
            )

    def open(self, _capability: Capability, _phase: Phase) -> AbstractAsyncContextManager[Target]:
        """The service."""
        return open_over_http(self._url, self._sign_ins, ca_file=self._ca_file)

    def _described(self) -> str:
        verify = str(self._ca_file) if self._ca_file else True
        try:
            response = httpx.get(
                f"{self._url}/api/openapi.json", trust_env=False, timeout=_WAIT_S, verify=verify
            )
        except httpx.HTTPError as error:
            raise RunError(f"{self._url} cannot be reached: start the service, then run again") from error
        return sha256_of(response.text) if response.status_code == 200 else ""
