"""Contestant: something that answers a question on one record, and what it told."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, Protocol

from eval.cases.case import Step
from models.base import ChatModel, ChatRequest, Delta, Finish, ModelInfo

MAX_TOKENS = 200
INSTRUCTIONS = (
    "Tu réponds à un médecin, dans la langue de sa question, à partir des extraits donnés du dossier d’un "
    "patient. Si les extraits ne donnent pas la réponse, dis que tu ne la trouves pas. Trois phrases au "
    "plus, sans rien ajouter."
)
"""What the documented chains ask of a model, in French: answer from the context, say so when it is not there,
three sentences at most."""
_SENTENCE = re.compile(r"(?<=[.!?…])\s+(?=[A-ZÀ-Ý«-])|\n+")
_SILENT = re.compile(
    r"\bne (?:l[ae’'] ?)?(?:trouv|sais|dispose|peux|permet|contien|figure|précise|mentionne|donne)"
    r"|\bn[’'](?:est|ont|a|y a)(?: été)? (?:pas|aucune?)\b.{0,40}?"
    r"(?:trouvé|mentionné|précisé|indiqué|disponible|donné|fourni|information)"
    r"|\bpas d[’']information|\baucune (?:information|réponse|mention|donnée)\b"
    r"|\b(?:not (?:found|mentioned|stated|available|provided|specified|given)|do(?:es)? not (?:know|find|say|"
    r"mention|provide|contain|specify)|cannot (?:find|answer)|no information)\b",
    re.IGNORECASE,
)


class Told(NamedTuple):
    """What one contestant told: sentences, the texts it rests on, times in milliseconds, tokens."""

    status: str
    sentences: tuple[str, ...]
    sources: tuple[str, ...]
    first_words_ms: float
    total_ms: float
    prompt_tokens: int
    completion_tokens: int
    answer: dict[str, Any]
    """The answer as scorers read it: the contract's JSON, or what of it such a contestant has."""


class Contestant(Protocol):
    """Answers one question."""

    @property
    def name(self) -> str:
        """How figures call it."""
        ...

    async def tell(self, step: Step) -> Told:
        """Answer; a failure of the model is raised as ModelError."""
        ...


class Metered:
    """A ChatModel that counts the tokens of what passes through it."""

    def __init__(self, model: ChatModel) -> None:
        self._model = model
        self.prompt_tokens = self.completion_tokens = 0

    @property
    def info(self) -> ModelInfo:
        """The model's."""
        return self._model.info

    def reset(self) -> None:
        """Count from nothing."""
        self.prompt_tokens = self.completion_tokens = 0

    @asynccontextmanager
    async def stream(
        self, request: ChatRequest, **named: Any
    ) -> AsyncIterator[AsyncIterator[Delta | Finish]]:
        """The model's stream, counted at its end."""
        async with self._model.stream(request, **named) as pieces:
            yield self._counted(pieces)

    async def _counted(self, pieces: AsyncIterator[Delta | Finish]) -> AsyncIterator[Delta | Finish]:
        async for piece in pieces:
            if isinstance(piece, Finish):
                self.prompt_tokens += piece.usage.prompt_tokens
                self.completion_tokens += piece.usage.completion_tokens
            yield piece

    async def count_tokens(self, text: str) -> int:
        """The model's."""
        return await self._model.count_tokens(text)

    async def ready(self) -> bool:
        """The model's."""
        return await self._model.ready()

    async def close(self) -> None:
        """The model's."""
        await self._model.close()


def is_silent(text: str) -> bool:
    """Whether a free text says, in its first sentence, that the answer is not to be found."""
    told = sentences_of(text)
    return not told or _SILENT.search(told[0]) is not None


def sentences_of(text: str) -> tuple[str, ...]:
    """The sentences of a free text."""
    return tuple(part.strip() for part in _SENTENCE.split(text) if part.strip())


def told_freely(
    text: str, sources: tuple[str, ...], *, first_words_ms: float, total_ms: float, meter: Metered
) -> Told:
    """What a free text told. It can neither abstain in a field nor cite: silence is read from its words."""
    silent = is_silent(text)
    sentences = () if silent else sentences_of(text)
    status = "abstained" if silent else "answered"
    answer = {
        "status": status,
        "reason": "not_in_record" if silent else None,
        "mode": "model",
        "sentences": [{"text": each, "citations": []} for each in sentences],
        "evidence": [],
        "text": text,
    }
    return Told(
        status, sentences, sources, first_words_ms, total_ms, meter.prompt_tokens, meter.completion_tokens,
        answer,
    )  # fmt: skip
