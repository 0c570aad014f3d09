"""Drafting: a model words sentences over the evidence, bound to a schema and read as they come.

The output is `{found, sentences: [{evidence: [E1..En], text}]}`. Each sentence leaves as soon as its object
is closed in the stream, unverified: callers verify it before anyone sees it. What the model said in whole
goes into the trace only.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Sequence
from typing import Any, Literal

from assistant.answering.sentence_stream import SentenceStream
from models.base import ChatModel, ChatRequest, Delta, Finish, Message
from models.errors import ModelProtocolError
from prompts.fence import Line, clean, fence
from prompts.load import Prompt
from retrieval.evidence import EvidenceItem
from retrieval.frozen import Frozen

MAX_SENTENCES = 3
MAX_CITATIONS = 3
MAX_TEXT = 260
MAX_TOKENS = 320
MAX_OUTPUT = 16_000
_LANGUAGES = {"fr": "français", "en": "English"}


class DraftedSentence(Frozen):
    """A sentence as the model gave it, with the labels it names: not verified, never to be shown as it is."""

    text: str
    evidence: tuple[str, ...]


class DraftEnd(Frozen):
    """The end of a draft: whether the model says it found an answer, and all it said (for the trace)."""

    found: bool
    raw: str


def schema_for(labels: Sequence[str]) -> dict[str, Any]:
    """The JSON Schema of an answer that may cite only `labels`."""
    sentence = {
        "type": "object",
        "properties": {
            "evidence": {
                "type": "array",
                "items": {"type": "string", "enum": list(labels)},
                "minItems": 1,
                "maxItems": MAX_CITATIONS,
            },
            "text": {"type": "string", "maxLength": MAX_TEXT},
        },
        "required": ["evidence", "text"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {
            "found": {"type": "boolean"},
            "sentences": {"type": "array", "items": sentence, "maxItems": MAX_SENTENCES},
        },
        "required": ["found", "sentences"],
        "additionalProperties": False,
    }


def request_for(
    prompt: Prompt, items: Sequence[EvidenceItem], *, question: str, language: Literal["fr", "en"]
) -> ChatRequest:
    """The request: instructions, fenced evidence, then the question, so that a shared prefix is reused."""
    turns = prompt.render(
        evidence=fence([Line(item.id, item.text) for item in items]),
        question=clean(question),
        language=_LANGUAGES[language],
    )
    return ChatRequest(
        messages=tuple(Message(role=turn.role, content=turn.text) for turn in turns),
        max_tokens=MAX_TOKENS,
        temperature=0.0,
        json_schema=schema_for([item.id for item in items]),
    )


async def draft(model: ChatModel, request: ChatRequest) -> AsyncGenerator[DraftedSentence | DraftEnd, None]:
    """Yield each sentence as it is complete, then one DraftEnd. Use it inside `aclosing`.

    Raises ModelError; ModelProtocolError when the output is not of the form that was asked for.
    """
    reader, told = SentenceStream(), 0
    async with model.stream(request) as pieces:
        async for piece in pieces:
            if isinstance(piece, Finish):
                if piece.reason == "length":
                    break
                continue
            for sentence in _read(reader, piece)[: MAX_SENTENCES - told]:
                told += 1
                yield sentence
    if not reader.started:
        raise ModelProtocolError("the model's answer is not of the form that was asked for")
    yield DraftEnd(found=bool(reader.found), raw=reader.text)


def _read(reader: SentenceStream, piece: Delta) -> list[DraftedSentence]:
    if len(reader.text) + len(piece.text) > MAX_OUTPUT:
        raise ModelProtocolError("the model's answer is longer than what was asked for")
    sentences = [_sentence(chunk) for chunk in reader.feed(piece.text)]
    return [] if reader.found is False else sentences


def _sentence(chunk: str) -> DraftedSentence:
    try:
        data = json.loads(chunk)
        labels = data["evidence"]
        text = data["text"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelProtocolError(
            "a sentence of the model's answer is not of the form that was asked for"
        ) from error
    if (
        not isinstance(text, str)
        or not isinstance(labels, list)
        or not all(isinstance(x, str) for x in labels)
    ):
        raise ModelProtocolError("a sentence of the model's answer is not of the form that was asked for")
    return DraftedSentence(text=" ".join(text.split()), evidence=tuple(dict.fromkeys(labels)))
