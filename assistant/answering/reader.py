"""Reading by a model: it says in a few words what it read; the sentence that holds them is what is quoted.

A model that words sentences adds wrong answers (docs/evaluation/baseline.md). Here nothing it writes reaches
the caller: its words only point. A sentence is found by them when it holds all their numbers and nearly all
of their words, and words that merely repeat the question point nowhere. Decision 017.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

from assistant.answering.candidates import Candidate
from assistant.answering.rendering import date_text
from assistant.answering.understanding import Understanding
from models.base import ChatModel, ChatRequest, Finish, Message
from models.errors import ModelProtocolError
from prompts.fence import Line, clean, fence
from prompts.load import Prompt
from retrieval.folding import fold

MAX_WORDS = 140
"""Characters of the model's answer."""
MAX_TOKENS = 80
MAX_OUTPUT = 4_000
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"reponse": {"type": "string", "maxLength": MAX_WORDS}},
    "required": ["reponse"],
    "additionalProperties": False,
}
"""The JSON Schema of an answer. It has no field for evidence: the record is asked where the words stand."""


def request_for(prompt: Prompt, found: Sequence[Candidate], understanding: Understanding) -> ChatRequest:
    """The request: instructions, fenced sentences, then the question, so that a shared prefix is reused."""
    lines = [Line(str(number), _dated(each, understanding)) for number, each in enumerate(found, start=1)]
    turns = prompt.render(evidence=fence(lines), question=clean(understanding.question))
    return ChatRequest(
        messages=tuple(Message(role=turn.role, content=turn.text) for turn in turns),
        max_tokens=MAX_TOKENS,
        temperature=0.0,
        json_schema=SCHEMA,
    )


async def read_by(model: ChatModel, request: ChatRequest) -> str:
    """Return what the model wrote, whole, for `words_in` and the trace.

    Raises ModelError; ModelProtocolError when it writes more than it was asked for.
    """
    text = ""
    async with model.stream(request) as pieces:
        async for piece in pieces:
            if isinstance(piece, Finish):
                break
            text += piece.text
            if len(text) > MAX_OUTPUT:
                raise ModelProtocolError("the model's answer is longer than what was asked for")
    return text


def words_in(raw: str) -> str:
    """Return the words of a model's answer; empty when it says that there is none.

    Raises ModelProtocolError when the output is not of the form that was asked for.
    """
    try:
        data = json.loads(raw)
        words = data["reponse"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelProtocolError("the model's answer is not of the form that was asked for") from error
    if not isinstance(words, str):
        raise ModelProtocolError("the model's answer is not of the form that was asked for")
    told = " ".join(words.split())
    return "" if _is_none(told) else told


def _dated(candidate: Candidate, understanding: Understanding) -> str:
    when = date_text(candidate.item.effective, language=understanding.language)
    place = ", ".join(part for part in (when, candidate.heading or candidate.item.title) if part)
    return f"{candidate.line} ({place})" if place else candidate.line


def _is_none(words: str) -> bool:
    folded = fold(words).strip(" .!«»\"'")
    return not folded or folded in _none()


@lru_cache(maxsize=1)
def _none() -> frozenset[str]:
    data = tomllib.loads(files("assistant.answering").joinpath("reader.toml").read_text(encoding="utf-8"))
    return frozenset(data["none"]["words"])
