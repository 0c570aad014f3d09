"""SqliteTrail: the audit trail in one SQLite file, synced to the disk at every write."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from assistant.answering.answer import Answer
from assistant.audit.chain import AuditEvent, Verdict, keyed, verify_chain
from assistant.audit.rows import append, event_of, now
from assistant.audit.tables import CONTENTS, EVENTS, METADATA, TURNS
from assistant.audit.trail import KeptAnswer, Trace
from assistant.database import open_database, writing
from assistant.errors import AuditUnavailable
from retrieval.scope import Scope

_CLOSING = ("answer_finished", "answer_interrupted")


class SqliteTrail:
    """Implements `Trail`, and records every other act. Safe to use from several threads and processes."""

    def __init__(self, folder: Path) -> None:
        self._engine = open_database(folder / "audit.sqlite", METADATA)

    def close(self) -> None:
        """Close the database."""
        self._engine.dispose()

    def begin(
        self, *, answer_id: str, scope: Scope, question: str, conversation_id: str | None = None
    ) -> None:
        """Write the intent: who, which patient, for what, and the question. Durable on return."""
        salt = secrets.token_hex(16)
        detail = {"purpose": scope.purpose, "question_digest": keyed(salt, question)}
        with self._write() as connection:
            connection.execute(
                insert(CONTENTS).values(
                    answer_id=answer_id,
                    patient_id=scope.patient_id,
                    created_at=now(),
                    salt=salt,
                    question=question,
                )
            )
            if conversation_id is not None:
                connection.execute(
                    insert(TURNS).values(
                        answer_id=answer_id,
                        conversation_id=conversation_id,
                        actor=scope.principal_id,
                        patient_id=scope.patient_id,
                        created_at=now(),
                    )
                )
            append(
                connection,
                "answer_begun",
                actor=scope.principal_id,
                patient_id=scope.patient_id,
                answer_id=answer_id,
                detail=detail,
            )

    def finish(self, *, answer: Answer, scope: Scope, trace: Trace) -> None:
        """Write the outcome and keep the answer. Durable on return."""
        with self._write() as connection:
            salt = connection.execute(
                select(CONTENTS.c.salt).where(CONTENTS.c.answer_id == answer.id)
            ).scalar_one_or_none()
            if salt is None:
                raise AuditUnavailable("this answer was never begun, or was erased meanwhile")
            text = answer.model_dump_json(by_alias=True)
            connection.execute(
                update(CONTENTS)
                .where(CONTENTS.c.answer_id == answer.id)
                .values(answer=text, trace=trace.model_dump_json())
            )
            append(
                connection,
                "answer_finished",
                actor=scope.principal_id,
                patient_id=scope.patient_id,
                answer_id=answer.id,
                detail=_outcome(answer, salt) | {"answer_digest": keyed(salt, text)},
            )

    def record(
        self, kind: str, *, actor: str, patient_id: str | None = None, detail: dict[str, Any] | None = None
    ) -> None:
        """Add one event. `detail` must hold ids, counts and codes only. Raises AuditUnavailable."""
        with self._write() as connection:
            append(connection, kind, actor=actor, patient_id=patient_id, detail=detail or {})

    def close_interrupted(self) -> int:
        """At start-up of the owner: close every answer that was begun and never ended. Returns how many."""
        closed = select(EVENTS.c.answer_id).where(EVENTS.c.kind.in_(_CLOSING))
        query = (
            select(EVENTS)
            .where(EVENTS.c.kind == "answer_begun", EVENTS.c.answer_id.not_in(closed))
            .order_by(EVENTS.c.seq)
        )
        with self._write() as connection:
            rows = connection.execute(query).all()
            for row in rows:
                append(
                    connection,
                    "answer_interrupted",
                    actor=row.actor,
                    patient_id=row.patient_id,
                    answer_id=row.answer_id,
                    detail={},
                )
        return len(rows)

    def interrupt(self, *, answer_id: str, scope: Scope) -> None:
        """Close one answer whose asker went away, unless it has ended."""
        ended = select(EVENTS.c.seq).where(EVENTS.c.answer_id == answer_id, EVENTS.c.kind.in_(_CLOSING))
        with self._write() as connection:
            if connection.execute(ended).first() is None:
                append(
                    connection,
                    "answer_interrupted",
                    actor=scope.principal_id,
                    patient_id=scope.patient_id,
                    answer_id=answer_id,
                    detail={},
                )

    def kept(self, answer_id: str) -> KeptAnswer | None:
        """The answer of that id with its trace; None when there is none, or it was erased.

        Raises AuditUnavailable, without a word of it, when it is not of a form that this version reads.
        """
        query = select(CONTENTS).where(CONTENTS.c.answer_id == answer_id)
        with self._read() as connection:
            row = connection.execute(query).first()
        if row is None or row.answer is None:
            return None
        try:
            answer, trace = Answer.model_validate_json(row.answer), Trace.model_validate_json(row.trace)
        except ValidationError:
            # the cause would quote the record
            raise AuditUnavailable("a kept answer is not of a form that this version reads") from None
        return KeptAnswer(patient_id=row.patient_id, answer=answer, trace=trace)

    def last_of(self, conversation_id: str, *, scope: Scope) -> KeptAnswer | None:
        """The last finished answer of this person's conversation about this patient, unless it was erased."""
        query = (
            select(TURNS.c.answer_id)
            .join(CONTENTS, CONTENTS.c.answer_id == TURNS.c.answer_id)
            .where(
                TURNS.c.conversation_id == conversation_id,
                TURNS.c.actor == scope.principal_id,
                TURNS.c.patient_id == scope.patient_id,
                CONTENTS.c.answer.is_not(None),
            )
            .order_by(TURNS.c.created_at.desc())
            .limit(1)
        )
        with self._read() as connection:
            answer_id = connection.execute(query).scalar_one_or_none()
        return None if answer_id is None else self.kept(answer_id)

    def erase(self, patient_id: str, *, actor: str, aliases: Collection[str] = ()) -> int:
        """Erase the words of a patient's questions and answers; a tombstone is added, the chain holds.

        `aliases` are further ids that stood for the same patient.
        """
        names = {patient_id, *aliases}
        with self._write() as connection:
            erased = connection.execute(delete(CONTENTS).where(CONTENTS.c.patient_id.in_(names))).rowcount
            connection.execute(delete(TURNS).where(TURNS.c.patient_id.in_(names)))
            append(
                connection, "patient_purged", actor=actor, patient_id=patient_id, detail={"contents": erased}
            )
        return erased

    def erase_older(self, days: int) -> int:
        """Erase words older than `days`; an event says how many, when there were any."""
        limit = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="microseconds")
        old = CONTENTS.c.created_at < limit
        with self._write() as connection:
            erased = connection.execute(delete(CONTENTS).where(old)).rowcount
            connection.execute(delete(TURNS).where(TURNS.c.created_at < limit))
            if erased:
                append(
                    connection,
                    "contents_expired",
                    actor="aparte",
                    patient_id=None,
                    detail={"contents": erased},
                )
        return erased

    def events(
        self, *, patient_id: str | None = None, since: int = 0, limit: int | None = None
    ) -> list[AuditEvent]:
        """Events in order, after number `since`, of one patient or of all."""
        query = select(EVENTS).where(EVENTS.c.seq > since).order_by(EVENTS.c.seq)
        if patient_id is not None:
            query = query.where(EVENTS.c.patient_id == patient_id)
        if limit is not None:
            query = query.limit(limit)
        with self._read() as connection:
            return [event_of(row) for row in connection.execute(query)]

    def verify(self, *, expected_head: str | None = None) -> Verdict:
        """Check the whole chain. Raises AuditUnavailable when it cannot be read."""
        with self._read() as connection:
            rows = connection.execute(select(EVENTS).order_by(EVENTS.c.seq))
            return verify_chain((event_of(row) for row in rows), expected_head=expected_head)

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        try:
            with writing(self._engine).begin() as connection:
                yield connection
        except (SQLAlchemyError, OSError) as error:
            raise AuditUnavailable(
                "the audit trail cannot be written; nothing is shown without it"
            ) from error

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                yield connection
        except (SQLAlchemyError, OSError) as error:
            raise AuditUnavailable("the audit trail cannot be read") from error


def _outcome(answer: Answer, salt: str) -> dict[str, Any]:
    return {
        "status": answer.status,
        "mode": answer.mode,
        "reason": answer.reason,
        "sentences": [
            {"citations": list(sentence.citations), "checks": sentence.checks.model_dump(exclude_none=True)}
            for sentence in answer.sentences
        ],
        "dropped": [item.model_dump() for item in answer.dropped],
        "evidence": [
            {
                "id": item.id,
                "record_id": item.locator.record_id,
                "version": item.locator.version,
                "digest": keyed(salt, item.locator.quote),
            }
            for item in answer.evidence
        ],
        "provenance": answer.provenance.model_dump(),
    }
