"""Multiple choice by constrained output, as the field does: the model can only name letters that exist."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import combinations
from typing import Any

from models.base import ChatModel, ChatRequest, Delta, Message
from models.errors import ModelError

MAX_OPTIONS = 6
_MAX_TOKENS = 40
_SYSTEM = (
    "Vous répondez à des questions de l’internat en pharmacie. "
    "Choisissez la ou les bonnes réponses, et ne donnez que leurs lettres."
)
_ONE = "Une seule proposition est exacte. Laquelle ?"
_SEVERAL = "Une ou plusieurs propositions sont exactes. Lesquelles ?"


def schema_of(letters: tuple[str, ...], *, several: bool) -> dict[str, Any]:
    """The JSON Schema of the output: one letter, or one of the sets of letters, in order."""
    most = len(letters) if several else 1
    sets = [" ".join(chosen) for size in range(1, most + 1) for chosen in combinations(letters, size)]
    return {
        "type": "object",
        "properties": {"reponse": {"type": "string", "enum": sets}},
        "required": ["reponse"],
        "additionalProperties": False,
    }


def request_of(question: str, options: Mapping[str, str], *, several: bool) -> ChatRequest:
    """The request for one question. ValueError when it has no options, or too many to be bound."""
    letters = tuple(options)
    if not 1 <= len(letters) <= MAX_OPTIONS:
        raise ValueError(f"a question of choices has 1 to {MAX_OPTIONS} options, not {len(letters)}")
    lines = "\n".join(f"{letter}. {text}" for letter, text in options.items())
    asked = f"{question}\n\n{lines}\n\n{_SEVERAL if several else _ONE}"
    return ChatRequest(
        messages=(Message(role="system", content=_SYSTEM), Message(role="user", content=asked)),
        max_tokens=_MAX_TOKENS,
        json_schema=schema_of(letters, several=several),
    )


async def choose(
    model: ChatModel, question: str, options: Mapping[str, str], *, several: bool
) -> tuple[str, ...]:
    """The letters that the model chose. Raises ModelError; a text that is not bound as asked is one too."""
    async with model.stream(request_of(question, options, several=several)) as stream:
        parts = [piece.text async for piece in stream if isinstance(piece, Delta)]
    try:
        letters = tuple(str(json.loads("".join(parts))["reponse"]).split())
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError("the model's choice is not in the form that was asked") from error
    if not letters or not set(letters) <= set(options):
        raise ModelError("the model chose letters that are not there")
    return letters
