"""``ScriptedChatModel``: a model that says what it is told to. Ships with the product, for tests and trials.

It passes the same contract suite as the engines: it counts tokens, honours ``max_tokens`` and ``stop``,
checks its answers against the request's schema, queues, and can be told to fail in every way an engine can.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Literal

import anyio

from .base import ChatRequest, Delta, Finish, ModelInfo, Usage
from .errors import ModelError, ModelProtocolError, ModelUnavailable
from .queueing import BoundedQueue
from .schema import problems

Answer = str | Mapping[str, Any] | ModelError | Literal["hang"]
"""Text, a JSON object, an error to raise, or ``HANG``."""
HANG: Literal["hang"] = "hang"
"""An answer that begins and never ends (until the reader leaves)."""

_TOKEN = re.compile(r"\s*[^\W\d_]{1,6}|\s*\d{1,3}|\s*[^\w\s]|\s+|_", re.UNICODE)


def pieces_of(text: str) -> list[str]:
    """The text cut in small pieces, as a tokeniser would; their concatenation is the text."""
    return _TOKEN.findall(text)


def minimal(schema: Mapping[str, Any], root: Mapping[str, Any] | None = None) -> Any:
    """The smallest value that fits a schema: the first choice everywhere, nothing optional."""
    top = root if root is not None else schema
    if "$ref" in schema:
        return minimal(top["$defs"][str(schema["$ref"]).removeprefix("#/$defs/")], top)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return minimal(schema[several][0], top)
    kind = schema.get("type", "object")
    kind = kind if isinstance(kind, str) else kind[0]
    if kind == "object":
        properties = schema.get("properties", {})
        return {name: minimal(properties.get(name, {}), top) for name in schema.get("required", ())}
    if kind == "array":
        return [minimal(schema.get("items", {}), top) for _ in range(schema.get("minItems", 0))]
    plain = {"string": "x" * max(1, schema.get("minLength", 1)), "boolean": False, "null": None}
    return plain.get(kind, schema.get("minimum", 0))


class ScriptedChatModel:
    """A ``QueuedChatModel`` over prepared answers.

    ``answers``: used one after the other; or a function of the request. When none is left: the smallest
    value that fits the request's schema, else a fixed sentence. ``history`` keeps every request. An answer
    that does not fit the request's schema raises ``ModelProtocolError``, as from any engine.
    """

    def __init__(
        self,
        answers: Iterable[Answer] | Callable[[ChatRequest], Answer] = (),
        *,
        running: int = 1,
        waiting: int = 8,
        context_tokens: int = 4096,
    ) -> None:
        self._function = answers if callable(answers) else None
        self._answers: deque[Answer] = deque() if callable(answers) else deque(answers)
        self._queue = BoundedQueue(running=running, waiting=waiting)
        self._context = context_tokens
        self._closed = False
        self.history: list[ChatRequest] = []

    def enqueue(self, *answers: Answer) -> None:
        """Add answers after those still waiting."""
        self._answers.extend(answers)

    @property
    def info(self) -> ModelInfo:
        """What runs: a stand-in."""
        return ModelInfo(
            name="scripted",
            engine="scripted",
            context_tokens=self._context,
            licence="Apache-2.0",
            languages=("fr", "en"),
            status="fake",
        )

    @property
    def ahead(self) -> int:
        """Requests running or waiting now."""
        return self._queue.ahead

    def next_answer(self, request: ChatRequest) -> Answer:
        """What the next request would be answered (it is taken from the queue)."""
        if self._function is not None:
            return self._function(request)
        if self._answers:
            return self._answers.popleft()
        if request.json_schema is not None:
            return json.dumps(minimal(request.json_schema), ensure_ascii=False)
        return "Réponse d’essai : aucun texte n’a été préparé."

    @asynccontextmanager
    async def stream(
        self, request: ChatRequest, *, on_position: Callable[[int], None] | None = None
    ) -> AsyncIterator[AsyncIterator[Delta | Finish]]:
        """See ``QueuedChatModel.stream``."""
        if self._closed:
            raise ModelUnavailable("the language model has been closed")
        async with self._queue.place(on_position=on_position):
            self.history.append(request)
            answer = self.next_answer(request)
            if isinstance(answer, ModelError):
                raise answer
            text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
            pieces = self._say(request, text, hang=answer is HANG)
            try:
                yield pieces
            finally:
                await pieces.aclose()

    async def _say(
        self, request: ChatRequest, text: str, *, hang: bool
    ) -> AsyncGenerator[Delta | Finish, None]:
        cuts = [at for stop in request.stop if stop and (at := text.find(stop)) >= 0]
        pieces = pieces_of(text[: min(cuts)] if cuts else text)
        for piece in pieces[: request.max_tokens]:
            await anyio.lowlevel.checkpoint()
            yield Delta(text=piece)
        if hang:
            await anyio.sleep_forever()
        cut = len(pieces) > request.max_tokens
        if not cut and request.json_schema is not None:
            self._check(text, request.json_schema)
        prompt = sum(len(pieces_of(message.content)) + 4 for message in request.messages)
        usage = Usage(prompt_tokens=prompt, completion_tokens=max(1, min(len(pieces), request.max_tokens)))
        yield Finish(
            reason="length" if cut else "stop", usage=usage, timings_ms={"first_token": 0.0, "total": 0.0}
        )

    def _check(self, text: str, schema: Mapping[str, Any]) -> None:
        try:
            wrong = problems(json.loads(text), schema)
        except ValueError as error:
            raise ModelProtocolError("the model's answer is not the JSON that was asked for") from error
        if wrong:
            raise ModelProtocolError(f"the model's answer breaks the form that was asked for: {wrong[0]}")

    async def count_tokens(self, text: str) -> int:
        """Pieces of the text."""
        return len(pieces_of(text))

    async def ready(self) -> bool:
        """Always, until closed."""
        return not self._closed

    async def close(self) -> None:
        """Refuse further requests."""
        self._closed = True
