"""Questions on public records that nobody here wrote: each answered right, and cited where it stands.

The gold comes from the raw files (`eval/real_records`). Only the half of the patients that may be looked at is
asked here; the figures of the other half are in `docs/evaluation/real_records.md`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from assistant.answering.answer import AnswerRequest
from assistant.answering.pipeline import AnsweringServices, answer_events, collect
from eval.metrics.value_match import judge
from eval.real_records.hundred import hundred
from eval.real_records.question import RealQuestion, half_of
from models.hashing import HashingEmbedder
from retrieval.index.edge import open_edge_index
from retrieval.ingest import IngestOptions, ingest
from retrieval.outbox import signature_for
from retrieval.records import open_store
from tests.demonstration.loaded import KeptTrail, scope_of

pytestmark = [pytest.mark.data, pytest.mark.anyio]
PATIENTS, QUESTIONS, FAMILIES = 15, 75, 12
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def asked(shared_data: Path) -> tuple[RealQuestion, ...]:
    return hundred(shared_data, "look").questions


@pytest.fixture(scope="module")
def services(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AnsweringServices]:
    folder = tmp_path_factory.mktemp("real")
    embedder = HashingEmbedder()
    store = open_store(folder)
    index = open_edge_index(folder / "index", signature=signature_for(embedder))
    files = hundred(shared_data, "look").files
    report = ingest(list(files), store=store, index=index, embedder=embedder, options=IngestOptions())
    assert not report.rejected
    yield AnsweringServices(
        store=store, index=index, embedder=embedder, trail=KeptTrail(), code="tests", clock=lambda: NOON
    )
    index.close()
    store.close()


def test_the_questions_are_many_and_of_one_half(asked: tuple[RealQuestion, ...]) -> None:
    assert len(asked) >= QUESTIONS
    assert len({one.patient for one in asked}) >= PATIENTS
    assert len({one.family for one in asked}) >= FAMILIES
    assert {one.language for one in asked} == {"fr", "en"}
    assert {half_of(one.patient) for one in asked} == {"look"}
    assert len({one.id for one in asked}) == len(asked)


async def test_each_is_answered_right_and_cited(
    asked: tuple[RealQuestion, ...], services: AnsweringServices
) -> None:
    faults = []
    for one in asked:
        answer = await answer_of(one, services)
        judged = judge(one.gold, answer)
        if not judged.right:
            faults.append(f"{one.text} {judged.faults}")
        elif one.sources and not cited(answer) & set(one.sources):
            faults.append(f"{one.text} cites {cited(answer)}")
    assert not faults, Counter(faults)


async def answer_of(one: RealQuestion, services: AnsweringServices) -> dict[str, Any]:
    request = AnswerRequest(question=one.text, language=one.language, use_model=False)
    answer = await collect(answer_events(request, scope_of(one.patient), services=services))
    found: dict[str, Any] = json.loads(answer.model_dump_json(by_alias=True))
    return found


def cited(answer: dict[str, Any]) -> set[str]:
    """The source records that the sentences cite."""
    labels = {label for sentence in answer["sentences"] for label in sentence["citations"]}
    return {item["locator"]["record_id"] for item in answer["evidence"] if item["id"] in labels}
