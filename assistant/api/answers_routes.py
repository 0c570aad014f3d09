"""Asking, and finding an answer again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Response

from assistant import reading
from assistant.answering.answer import Answer, AnswerRequest
from assistant.api.event_stream import AnswerBody, AnswerStream
from assistant.api.signing import PrincipalDep, ServicesDep
from assistant.asking import ask
from assistant.record_pages import TracePage

router = APIRouter(prefix="/api", tags=["answers"])


@router.post(
    "/patients/{patient_id}/answers",
    response_model=Answer,
    responses={200: {"content": {"text/event-stream": {}}}},
)
def post_answer(
    patient_id: str,
    body: AnswerRequest,
    principal: PrincipalDep,
    services: ServicesDep,
    accept: Annotated[str, Header()] = "application/json",
) -> Response:
    """Answer a question about one patient; as events with `Accept: text/event-stream`."""
    response = AnswerStream if "text/event-stream" in accept else AnswerBody
    return response(lambda: ask(services, principal, patient_id, body))


@router.get("/answers/{answer_id}", response_model=Answer)
def answer(answer_id: str, principal: PrincipalDep, services: ServicesDep) -> Answer:
    """An answer given earlier, with `stale` as of now."""
    return reading.kept_answer(services, principal, answer_id)


@router.get("/answers/{answer_id}/trace")
def trace(answer_id: str, principal: PrincipalDep, services: ServicesDep) -> TracePage:
    """What the model was given and what was withheld: for evaluators and auditors."""
    return reading.trace(services, principal, answer_id)
