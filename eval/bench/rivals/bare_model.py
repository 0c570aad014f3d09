"""The bare model: the best passages of this product's search, one prompt, what it says as it says it."""

from __future__ import annotations

import time
from functools import partial

from anyio import to_thread

from assistant.services import Services
from eval.bench.rivals.contestant import INSTRUCTIONS, MAX_TOKENS, Metered, Told, told_freely
from eval.cases.case import Step
from models.base import ChatRequest, Finish, Message
from retrieval.scope import Scope
from retrieval.search import search

TOP = 4


class BareModel:
    """See the module."""

    name = "bare_model"

    def __init__(self, services: Services, meter: Metered) -> None:
        self._services, self._meter = services, meter

    async def tell(self, step: Step) -> Told:
        """Answer from the `TOP` best passages."""
        self._meter.reset()
        started = time.perf_counter()
        passages = await to_thread.run_sync(partial(self._found, step))
        prompt = "\n\n".join((*passages, f"Question : {step.text}"))
        request = ChatRequest(
            messages=(Message(role="system", content=INSTRUCTIONS), Message(role="user", content=prompt)),
            max_tokens=MAX_TOKENS,
        )
        text, first = "", 0.0
        async with self._meter.stream(request) as pieces:
            async for piece in pieces:
                if isinstance(piece, Finish):
                    continue
                first = first or time.perf_counter()
                text += piece.text
        ended = time.perf_counter()
        return told_freely(
            text,
            passages,
            first_words_ms=1_000 * ((first or ended) - started),
            total_ms=1_000 * (ended - started),
            meter=self._meter,
        )

    def _found(self, step: Step) -> tuple[str, ...]:
        scope = Scope(principal_id="bench", patient_id=str(step.patient_id), purpose="evaluation")
        parts = self._services
        found = search(
            scope,
            step.text,
            store=parts.store,
            index=parts.index.get(),
            embedder=parts.embedder.get(),
            limit=TOP,
        )
        return tuple(
            f"{each.passage.title} ({each.passage.effective})\n{each.passage.text}" for each in found
        )
