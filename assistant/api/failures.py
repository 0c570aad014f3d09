"""Turning exceptions into the one error body."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from assistant.api.log import log, place_of
from assistant.api.status import ErrorBody, failure_of, retry_after
from assistant.errors import AssistantError
from models.errors import ModelError
from prompts.errors import PromptError
from retrieval.errors import RetrievalError

_HTTP_CODES = {404: "not_found", 405: "method_not_allowed", 400: "bad_request", 413: "too_large"}


def body_of(error: Exception, request_id: str) -> ErrorBody:
    """The body of an error of ours."""
    failure = failure_of(error)
    return ErrorBody(code=failure.code, message=failure.message or str(error), request_id=request_id)


def install(app: FastAPI) -> None:
    """Register a handler for every base of the error trees and for what the framework raises."""
    for base in (AssistantError, RetrievalError, ModelError, PromptError):
        app.add_exception_handler(base, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


def _ours(request: Request, error: Exception) -> Response:
    failure = failure_of(error)
    if failure.status >= 500:
        log(
            logging.ERROR,
            "request failed",
            code=failure.code,
            error=type(error).__name__,
            place=place_of(error),
        )
    seconds = retry_after(error)
    headers = {} if seconds is None else {"retry-after": str(seconds)}
    body = body_of(error, request.state.request_id)
    return JSONResponse(body.model_dump(), status_code=failure.status, headers=headers)


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # registered for it only
    places = [f"{_place(item)} ({item['type']})" for item in error.errors()[:5]]
    body = ErrorBody(
        code="invalid_request",
        message=f"the request is not as described in /api/openapi.json: {', '.join(places)}"[:500],
        request_id=request.state.request_id,
    )
    return JSONResponse(body.model_dump(), status_code=422)


def _place(item: dict[str, Any]) -> str:
    """Where a request is wrong; the name of an unknown field is the caller's own word and is left out."""
    parts = item["loc"][:-1] if item["type"] == "extra_forbidden" else item["loc"]
    return ".".join(str(part) for part in parts)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # registered for it only
    code = _HTTP_CODES.get(error.status_code, "http_error")
    body = ErrorBody(code=code, message=code.replace("_", " "), request_id=request.state.request_id)
    return JSONResponse(body.model_dump(), status_code=error.status_code, headers=error.headers)
