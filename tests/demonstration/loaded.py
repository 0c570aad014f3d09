"""The demonstration hospital, ingested, and questions asked of it through the whole answering pipeline."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

from assistant.answering.answer import Answer, AnswerRequest
from assistant.answering.pipeline import AnsweringServices, answer_events, collect
from assistant.audit.trail import KeptAnswer, Trace
from eval.synthetic.generate import generate
from eval.synthetic.questions import Question
from eval.synthetic.truth import Hospital
from eval.synthetic.write import WrittenAs, write
from models.base import ChatModel, Embedder
from retrieval.index.edge import open_edge_index
from retrieval.ingest import IngestOptions, ingest
from retrieval.outbox import signature_for
from retrieval.records import RecordStore, open_store
from retrieval.report import IngestReport
from retrieval.scope import Scope

SEED = 7


class KeptTrail:
    """A trail in memory: what was begun, finished, interrupted."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.finished: list[str] = []
        self.interrupted: list[str] = []

    def begin(
        self, *, answer_id: str, scope: Scope, question: str, conversation_id: str | None = None
    ) -> None:
        """Remember the intent."""
        self.begun.append(answer_id)

    def last_of(self, conversation_id: str, *, scope: Scope) -> KeptAnswer | None:
        """No conversation is kept."""
        return None

    def finish(self, *, answer: Answer, scope: Scope, trace: Trace) -> None:
        """Remember the outcome."""
        self.finished.append(answer.id)

    def interrupt(self, *, answer_id: str, scope: Scope) -> None:
        """Remember what was left off."""
        self.interrupted.append(answer_id)


@dataclass(frozen=True)
class Loaded:
    """The hospital with its truth, and what answers over it."""

    hospital: Hospital
    report: IngestReport
    store: RecordStore
    services: AnsweringServices


def load(
    folder: Path,
    embedder: Embedder,
    *,
    patients: int,
    chat_model: ChatModel | None = None,
    written_as: WrittenAs = "openehr",
) -> Loaded:
    """Make the hospital, ingest it, and open what answers; the day is the hospital's own."""
    hospital = generate(SEED, patients)
    write(hospital, folder / "hospital", format=written_as)
    data = folder / "data"
    data.mkdir()
    store = open_store(data)
    index = open_edge_index(data / "index", signature=signature_for(embedder))
    manifest = folder / "hospital" / "manifest.csv"
    report = ingest(
        [], store=store, index=index, embedder=embedder, options=IngestOptions(manifest=(manifest,))
    )
    noon = datetime.combine(hospital.today, time(12), tzinfo=UTC)
    services = AnsweringServices(
        store=store,
        index=index,
        embedder=embedder,
        trail=KeptTrail(),
        code="tests",
        chat_model=chat_model,
        clock=lambda: noon,
    )
    return Loaded(hospital=hospital, report=report, store=store, services=services)


def scope_of(patient_id: str) -> Scope:
    """A test's own right to read."""
    return Scope(principal_id="test", patient_id=patient_id, purpose="care")


async def ask(loaded: Loaded, question: Question, *, use_model: bool) -> dict[str, Any]:
    """The contract's JSON for one question."""
    request = AnswerRequest(question=question.text, use_model=use_model)
    events = answer_events(request, scope_of(question.patient_id), services=loaded.services)
    answer = await collect(events)
    found: dict[str, Any] = json.loads(answer.model_dump_json(by_alias=True))
    return found


def drawn(asked: list[Question], each: int) -> list[Question]:
    """`each` questions of every family, drawn by the hash of their id: by rule, not by taste."""
    by_family: dict[str, list[Question]] = {}
    for question in sorted(asked, key=lambda item: hashlib.sha256(item.id.encode()).hexdigest()):
        by_family.setdefault(question.family, []).append(question)
    return [question for family in sorted(by_family) for question in by_family[family][:each]]
