"""The OpenAI-compatible chat protocol as pure functions: request out, stream of server-sent events in.

No sockets here. Everything that comes in is bounded: length of a line, of the whole stream, of the text.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .base import ChatRequest, Delta, Finish, Usage
from .errors import ModelProtocolError, ModelUnavailable, UnsupportedRequest
from .schema import problems

MAX_LINE_BYTES = 1 * 2**20
MAX_STREAM_BYTES = 32 * 2**20
MAX_TEXT_CHARACTERS = 2_000_000


class _Wire(BaseModel):
    """What is read of the server's JSON; unknown fields are another server's business."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class _DeltaWire(_Wire):
    content: str | None = None


class _ChoiceWire(_Wire):
    index: int = 0
    delta: _DeltaWire = _DeltaWire()
    finish_reason: str | None = None


class _CachedWire(_Wire):
    cached_tokens: int | None = Field(default=None, ge=0)


class _UsageWire(_Wire):
    prompt_tokens: int = Field(ge=0)
    completion_tokens: int = Field(ge=0)
    prompt_tokens_details: _CachedWire | None = None


class _TimingsWire(_Wire):
    prompt_ms: float | None = None
    predicted_ms: float | None = None


class _ChunkWire(_Wire):
    choices: list[_ChoiceWire] = Field(default_factory=list, max_length=16)
    usage: _UsageWire | None = None
    timings: _TimingsWire | None = None
    error: Any = None


def request_body(request: ChatRequest, *, model: str, grammar: bool) -> dict[str, Any]:
    """The JSON body of a streamed completion. ``grammar``: whether the server knows llama.cpp's GBNF.

    ``UnsupportedRequest`` rather than a request that would silently lose its binding.
    """
    body: dict[str, Any] = {
        "model": model,
        "messages": [message.model_dump() for message in request.messages],
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "seed": request.seed,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if request.stop:
        body["stop"] = list(request.stop)
    if request.json_schema is not None:
        problems(None, request.json_schema)  # refuses a schema that we could not check afterwards
        form = {"name": "output", "strict": True, "schema": request.json_schema}
        body["response_format"] = {"type": "json_schema", "json_schema": form}
    if request.grammar is not None:
        if not grammar:
            raise UnsupportedRequest("this server is not known to accept a grammar; use json_schema")
        body["grammar"] = request.grammar
    return body


class StreamReader:
    """Turns the bytes of one event stream into ``Delta`` values, then one ``Finish``.

    ``feed`` bytes as they come, then call ``finish`` once. ``ModelProtocolError`` at the first thing that is
    not the protocol, or if the text is not what the request's schema demands; ``ModelUnavailable`` if the
    stream ends before the answer does.
    """

    def __init__(self, request: ChatRequest) -> None:
        self._request = request
        self._started = time.monotonic()
        self._first: float | None = None
        self._pending = b""
        self._seen = 0
        self._text: list[str] = []
        self._length = 0
        self._reason: str | None = None
        self._usage: _UsageWire | None = None
        self._timings: _TimingsWire | None = None
        self.done = False

    def feed(self, data: bytes) -> Iterator[Delta]:
        """The text in some more bytes of the stream."""
        self._seen += len(data)
        if self._seen > MAX_STREAM_BYTES:
            raise ModelProtocolError("the model server sent more than any answer can hold")
        *lines, self._pending = (self._pending + data).split(b"\n")
        if len(self._pending) > MAX_LINE_BYTES:
            raise ModelProtocolError("the model server sent a line without end")
        for line in lines:
            if self.done:
                return
            yield from self._line(line.rstrip(b"\r"))

    def _line(self, line: bytes) -> Iterator[Delta]:
        name, _, value = line.partition(b":")
        if name == b"error":
            raise ModelProtocolError("the model server reported an error in the middle of its answer")
        if name != b"data":  # comments, event names, ids and blank lines carry nothing here
            if line and name not in (b"", b"event", b"id", b"retry"):
                raise ModelProtocolError("the model server's answer is not an event stream")
            return
        payload = value.strip()
        if payload == b"[DONE]":
            self.done = True
            return
        try:
            chunk = _ChunkWire.model_validate_json(payload)
        except ValidationError as error:
            raise ModelProtocolError("the model server sent an event that cannot be read") from error
        yield from self._chunk(chunk)

    def _chunk(self, chunk: _ChunkWire) -> Iterator[Delta]:
        if chunk.error is not None:
            raise ModelProtocolError("the model server reported an error in the middle of its answer")
        self._usage = chunk.usage or self._usage
        self._timings = chunk.timings or self._timings
        for choice in chunk.choices:
            if choice.index != 0:
                raise ModelProtocolError("the model server sent several answers to one request")
            self._reason = choice.finish_reason or self._reason
            if choice.delta.content:
                yield self._take(choice.delta.content)

    def _take(self, text: str) -> Delta:
        self._length += len(text)
        if self._length > MAX_TEXT_CHARACTERS:
            raise ModelProtocolError("the model server's answer is too long")
        if self._first is None:
            self._first = time.monotonic()
        self._text.append(text)
        return Delta(text=text)

    def finish(self) -> Finish:
        """The end of the answer, checked: reason, counts, and form if one was asked for."""
        if self._reason is None and not self.done:
            raise ModelUnavailable("the model server broke off in the middle of its answer")
        if self._reason is None or self._usage is None:
            raise ModelProtocolError("the model server ended without saying why, or without token counts")
        if self._reason not in ("stop", "length"):
            raise ModelProtocolError("the model server ended for a reason that is not stop or length")
        reason: Literal["stop", "length"] = "length" if self._reason == "length" else "stop"
        if reason == "stop" and self._request.json_schema is not None:
            self._check_form(self._request.json_schema)
        details = self._usage.prompt_tokens_details
        usage = Usage(
            prompt_tokens=self._usage.prompt_tokens,
            cached_tokens=(details.cached_tokens or 0) if details else 0,
            completion_tokens=self._usage.completion_tokens,
        )
        return Finish(reason=reason, usage=usage, timings_ms=self._times())

    def _check_form(self, schema: dict[str, Any]) -> None:
        try:
            value = json.loads("".join(self._text))
        except (ValueError, RecursionError) as error:
            raise ModelProtocolError("the model's answer is not the JSON that was asked for") from error
        wrong = problems(value, schema)
        if wrong:
            raise ModelProtocolError(f"the model's answer breaks the form that was asked for: {wrong[0]}")

    def _times(self) -> dict[str, float]:
        now = time.monotonic()
        first = self._first if self._first is not None else now
        times = {"first_token": (first - self._started) * 1e3, "total": (now - self._started) * 1e3}
        if self._timings is not None and self._timings.prompt_ms is not None:
            times["engine_prompt"] = self._timings.prompt_ms
        if self._timings is not None and self._timings.predicted_ms is not None:
            times["engine_decode"] = self._timings.predicted_ms
        return {name: round(value, 1) for name, value in times.items()}
