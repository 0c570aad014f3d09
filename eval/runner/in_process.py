"""The target in this process: the real pipeline over a workspace, asked by real accounts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any

import anyio
from anyio import to_thread

from assistant.answering.answer import AnswerRequest, FinishedEvent
from assistant.api.failures import body_of
from assistant.api.status import failure_of
from assistant.asking import ask
from assistant.errors import AssistantError
from assistant.people.access import usual_purpose
from assistant.services import Services
from eval.cases.case import Capability, Step
from eval.errors import TargetError
from eval.runner.accounts import login_of
from eval.runner.choosing import choose
from eval.runner.sampling import MODEL_WANTED
from eval.runner.tripwire import NAME, Tripwire
from eval.runner.workspace import Workspace, opened
from models.base import ChatModel
from models.errors import ModelError
from prompts.errors import PromptError
from retrieval.errors import RetrievalError

_OURS = (AssistantError, RetrievalError, ModelError, PromptError)
_REFUSALS = frozenset({401, 403, 404})
_BUSY = 429
_TRIES = 60
_PAUSE_S = 0.5


class InProcess:
    """Asks the services of this process; with `tripwire`, says whether a model would have been asked."""

    name = "in-process"
    capabilities: frozenset[Capability] = frozenset({"ask", "sessions", "choose"})

    def __init__(self, services: Services, *, tripwire: bool = False) -> None:
        self._services = services
        self._tripwire = tripwire

    async def ask(self, step: Step) -> dict[str, Any]:
        """The answer, or the refusal that the account met."""
        if not self._tripwire or step.use_model:
            return await self._answer(step)
        tried = await self._answer(step.model_copy(update={"use_model": True}))
        if tried.get("provenance", {}).get("model") != NAME:
            return tried | {MODEL_WANTED: False}
        return await self._answer(step) | {MODEL_WANTED: True}

    async def _answer(self, step: Step) -> dict[str, Any]:
        for left in reversed(range(_TRIES)):
            try:
                return await self._once(step)
            except _OURS as error:
                failure = failure_of(error)
                if failure.status in _REFUSALS:
                    body = body_of(error, "-").model_dump()
                    return {"status": "refused", "http_status": failure.status, "body": body}
                if failure.status != _BUSY or not left:
                    raise TargetError("the pipeline could not answer", code=failure.code) from error
            await anyio.sleep(_PAUSE_S)
        raise TargetError("the pipeline stayed busy", code="too_many_requests")

    async def _once(self, step: Step) -> dict[str, Any]:
        if step.patient_id is None:
            raise TargetError("a question on a record names its patient", code="no_patient")
        accounts = self._services.accounts
        principal = await to_thread.run_sync(accounts.by_login, login_of(step.account))
        request = AnswerRequest(
            question=step.text,
            language=step.language,
            use_model=step.use_model,
            purpose=usual_purpose(principal),
        )
        async with aclosing(ask(self._services, principal, step.patient_id, request)) as events:
            async for event in events:
                if isinstance(event, FinishedEvent):
                    answer: dict[str, Any] = event.answer.model_dump(mode="json", by_alias=True)
                    return answer
        raise TargetError("the events ended without an answer", code="no_answer")

    async def choose(self, question: str, options: Mapping[str, str], *, several: bool) -> tuple[str, ...]:
        """The letters chosen by the language model, whose output can be nothing else."""
        try:
            model = await to_thread.run_sync(self._services.chat_model.get)
            if model is None:
                raise TargetError("there is no language model", code="model_unavailable")
            return await choose(model, question, options, several=several)
        except ModelError as error:
            raise TargetError("the model could not choose", code=failure_of(error).code) from error
        except ValueError as error:
            raise TargetError("the question cannot be put as choices", code="bad_request") from error

    async def draft(self, patient_id: str, kind: str) -> dict[str, Any]:  # noqa: ARG002 - the protocol's
        """Not a capability of this target yet."""
        raise TargetError("this target writes no drafts yet", code="not_a_capability")

    async def identify(self, text: str) -> Sequence[Mapping[str, Any]]:  # noqa: ARG002 - the protocol's
        """Not a capability of this target yet."""
        raise TargetError("this target has no identity guard yet", code="not_a_capability")


@asynccontextmanager
async def open_in_process(
    workspace: Workspace, *, tripwire: bool = False, model: Callable[[], ChatModel | None] | None = None
) -> AsyncIterator[InProcess]:
    """Own the workspace and answer from it; the language model is stopped at the end.

    With `tripwire` no model runs. `model` makes another one than the settings'. RunError when another
    process has the workspace.
    """
    made: Callable[[], ChatModel | None] | None = Tripwire if tripwire else model
    with opened(workspace, model=made) as services:
        try:
            yield InProcess(services, tripwire=tripwire)
        finally:
            await services.stop()
