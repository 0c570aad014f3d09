"""Sources that disagree: shown side by side, never resolved in silence."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.answering.compose.record import Record
from assistant.answering.compose.result import FactConflict
from assistant.answering.compose.wording import part, sentence
from assistant.answering.rendering import date_text
from retrieval.fact import Fact


def conflict_of(concept: str, statements: Sequence[tuple[str, Fact]], *, record: Record) -> FactConflict:
    """Say what each of several disagreeing facts states, with its date and document.

    `statements` pairs the shown value with the fact that states it; the order is kept.
    """
    language = record.language
    items = []
    for shown, fact in statements:
        source = record.source(fact)
        items.append(
            part(
                "conflict_item",
                language,
                value=shown,
                date=date_text(fact.effective or (source.effective if source else None), language=language)
                or "?",
                source=source.title if source and source.title else fact.locator.system,
            )
        )
    text = sentence(
        "conflict",
        language,
        concept=concept,
        items=" ; ".join(items) if language == "fr" else "; ".join(items),
    )
    return FactConflict(concept=concept, text=text, facts=tuple(fact for _, fact in statements))
