"""Asking about a record: checks, access, a place in the queue, then the events of the answer."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING

import anyio

from assistant.answering.answer import AnswerEvent, AnswerRequest
from assistant.errors import BadRequest, QuestionTooLong
from assistant.loading import loaded
from assistant.people.principal import Principal
from assistant.reading import ReadingOf, enter

if TYPE_CHECKING:
    from assistant.services import Services

_FILTER_NAMES = frozenset({"from", "to", "kinds", "sources"})


def check_question(request: AnswerRequest, *, most: int) -> None:
    """Refuse what cannot be asked. Raises BadRequest or QuestionTooLong; the message says what to do."""
    if not request.question.strip():
        raise BadRequest("the question is empty: write what you want to know about this record")
    if len(request.question) > most:
        raise QuestionTooLong(
            f"the question has {len(request.question)} characters, {most} at most: shorten it or ask in two"
        )
    unknown = sorted(set(request.filters) - _FILTER_NAMES)
    if unknown:
        raise BadRequest(f"filters may hold: {', '.join(sorted(_FILTER_NAMES))}")


async def ask(
    services: Services, principal: Principal, patient_id: str, request: AnswerRequest
) -> AsyncGenerator[AnswerEvent, None]:
    """The events of an answer. Leaving early stops the work and closes the answer in the trail.

    Raises the errors of access control before anything is looked up, TooManyRequests when every place is
    taken, AuditUnavailable when the intent cannot be written.
    """
    check_question(request, most=services.settings.question_characters)
    reading = ReadingOf(patient_id=patient_id, purpose=request.purpose)
    scope = await anyio.to_thread.run_sync(enter, services, principal, reading)
    with services.answer_places.take():
        answering = await loaded(services.answering)
        async with aclosing(answering(request, scope)) as events:
            async for event in events:
                yield event
