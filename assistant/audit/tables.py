"""Tables of the audit trail: a chain that is only added to, and content beside it that can be erased."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, MetaData, String, Table, Text

METADATA = MetaData()

EVENTS = Table(
    "audit_events",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", String(40), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("actor", String(64), nullable=False),
    Column("patient_id", String(200), nullable=True),
    Column("answer_id", String(64), nullable=True),
    Column("detail", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)
"""`detail` is JSON of ids, counts, digests and verdicts: never words of a record or of a question."""

CONTENTS = Table(
    "audit_contents",
    METADATA,
    Column("answer_id", String(64), primary_key=True),
    Column("patient_id", String(200), nullable=False, index=True),
    Column("created_at", String(40), nullable=False),
    Column("salt", String(64), nullable=False),
    Column("question", Text, nullable=False),
    Column("answer", Text, nullable=True),
    Column("trace", Text, nullable=True),
)
"""The words. `salt` keys the digests that the chain holds, so that an erased word cannot be guessed back."""

TURNS = Table(
    "audit_turns",
    METADATA,
    Column("answer_id", String(64), primary_key=True),
    Column("conversation_id", String(64), nullable=False),
    Column("actor", String(64), nullable=False),
    Column("patient_id", String(200), nullable=False, index=True),
    Column("created_at", String(40), nullable=False),
)
"""Which answer belongs to which conversation of whom, about whom: ids only."""

Index("audit_turns_by_conversation", TURNS.c.conversation_id, TURNS.c.actor)
Index("audit_events_by_patient", EVENTS.c.patient_id)
Index("audit_events_by_answer", EVENTS.c.answer_id)
