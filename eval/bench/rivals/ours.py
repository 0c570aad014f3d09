"""This product's pipeline as a contestant."""

from __future__ import annotations

from typing import Any

from eval.bench.rivals.contestant import Metered, Told
from eval.cases.case import Step
from eval.metrics.value_match import shown_sentences
from eval.targets import Target


class Ours:
    """Asked as the evaluation asks: by an account, through everything that a user goes through."""

    name = "aparte"

    def __init__(self, target: Target, meter: Metered) -> None:
        self._target, self._meter = target, meter

    async def tell(self, step: Step) -> Told:
        """The contract's answer. An answer without a sentence is first told at its end."""
        self._meter.reset()
        answer = await self._target.ask(step)
        times: dict[str, Any] = answer["timings_ms"]
        first = times.get("first_sentence")
        cited = {label for one in answer["sentences"] for label in one["citations"]}
        sources = [item for item in answer["evidence"] if item["id"] in cited]
        return Told(
            status=answer["status"],
            sentences=shown_sentences(answer),
            sources=tuple(f"{item['text']}\n{item['locator']['quote']}" for item in sources),
            first_words_ms=float(times["total"] if first is None else first),
            total_ms=float(times["total"]),
            prompt_tokens=self._meter.prompt_tokens,
            completion_tokens=self._meter.completion_tokens,
            answer=answer,
        )
