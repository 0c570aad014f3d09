"""Tables of the record store. Portable types only, so that the same tables stand on SQLite and PostgreSQL.

`facts` and `passages` hold what the current version of a record states; every version keeps its raw bytes and
its rendered texts, so that a citation of an old version still resolves.

`identities` holds what each source said of a person; a record belongs to one of them, and `patient_id`
follows from `retrieval.identity_matching` over all of them.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

SCHEMA_VERSION = 2
"""Raised with every change of a table, with a step in `migration.py`; a newer store is refused."""

metadata = MetaData()

meta = Table(
    "meta", metadata, Column("name", String, primary_key=True), Column("value", Text, nullable=False)
)

patients = Table(
    "patients",
    metadata,
    Column("id", String, primary_key=True),
    Column("data", Text, nullable=False),
    Column("search", Text, nullable=False),
    Column("sort", Text, nullable=False),
)

patient_identifiers = Table(
    "patient_identifiers",
    metadata,
    Column("patient_id", ForeignKey("patients.id", ondelete="CASCADE"), primary_key=True),
    Column("system", String, primary_key=True),
    Column("value", String, primary_key=True),
    Column("status", String),
)

records = Table(
    "records",
    metadata,
    Column("record_id", String, primary_key=True),
    Column("patient_id", ForeignKey("patients.id"), nullable=False, index=True),
    Column("system", String, nullable=False),
    Column("arrived", String, nullable=False),
    Column("identity", Integer, index=True),
)

identities = Table(
    "identities",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("key", String, nullable=False, unique=True),
    Column("own_id", String, nullable=False, unique=True),
    Column("patient_id", String, nullable=False, index=True),
    Column("hint", String, nullable=False, index=True),
    Column("claim", String, index=True),
    Column("stated", Integer, nullable=False),
    Column("birth_day", String, index=True),
    Column("data", Text, nullable=False),
    sqlite_autoincrement=True,
)

identity_keys = Table(
    "identity_keys",
    metadata,
    Column("identity", ForeignKey("identities.id", ondelete="CASCADE"), primary_key=True),
    Column("system", String, primary_key=True),
    Column("value", String, primary_key=True),
    Column("national", Boolean, nullable=False),
    Index("identity_keys_by_value", "value", "system"),
)

identity_decisions = Table(
    "identity_decisions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("kind", String, nullable=False),
    Column("first", Text, nullable=False),
    Column("second", Text, nullable=False),
    Column("first_id", String, nullable=False),
    Column("second_id", String, nullable=False),
    Column("decided", String, nullable=False),
    Column("decided_by", String, nullable=False),
    sqlite_autoincrement=True,
)

identity_conflicts = Table(
    "identity_conflicts",
    metadata,
    Column("first", String, primary_key=True),
    Column("second", String, primary_key=True, index=True),
    Column("kinds", String, nullable=False),
    Column("found", String, nullable=False),
)

patient_aliases = Table(
    "patient_aliases",
    metadata,
    Column("alias", String, primary_key=True),
    Column("identity", ForeignKey("identities.id", ondelete="CASCADE"), nullable=False, index=True),
)

versions = Table(
    "versions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("record_id", ForeignKey("records.record_id", ondelete="CASCADE"), nullable=False, index=True),
    Column("patient_id", String, nullable=False),
    Column("version", String, nullable=False),
    Column("version_number", Integer),
    Column("committed", String),
    Column("arrived", String, nullable=False),
    Column("current", Boolean, nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    Column("system", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("status", String, nullable=False),
    Column("first_day", String),
    Column("last_day", String),
    Column("sort", String, nullable=False),
    Column("text_version", String, nullable=False),
    Column("blank", Boolean, nullable=False),
    Column("composition", Text, nullable=False),
    Column("media_type", String, nullable=False),
    Column("codec", String, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("raw_sha256", String, nullable=False),
    UniqueConstraint("record_id", "version"),
    Index("versions_of_patient", "patient_id", "current", "sort"),
)

texts = Table(
    "texts",
    metadata,
    Column("version_id", ForeignKey("versions.id", ondelete="CASCADE"), primary_key=True),
    Column("text_version", String, primary_key=True),
    Column("text", Text, nullable=False),
    Column("blocks", Text, nullable=False),
    Column("warnings", Text, nullable=False),
)

facts = Table(
    "facts",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("version_id", ForeignKey("versions.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("patient_id", String, nullable=False),
    Column("record_id", String, nullable=False),
    Column("system", String, nullable=False),
    Column("document_kind", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("label", String, nullable=False),
    Column("codes", String, nullable=False),
    Column("first_day", String),
    Column("last_day", String),
    Column("sort", String, nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    Column("data", Text, nullable=False),
    Index("facts_of_patient", "patient_id", "kind", "sort"),
)

passages = Table(
    "passages",
    metadata,
    Column("id", String, primary_key=True),
    Column("version_id", ForeignKey("versions.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("patient_id", String, nullable=False),
    Column("record_id", String, nullable=False),
    Column("system", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("first_day", String),
    Column("last_day", String),
    Column("sort", String, nullable=False),
    Column("place", Integer, nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    Column("data", Text, nullable=False),
    Index("passages_of_patient", "patient_id", "sort", "place"),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", String, primary_key=True),
    Column("record_id", String, nullable=False, index=True),
    Column("version", String, nullable=False),
    Column("system", String, nullable=False),
    Column("title", Text, nullable=False),
    Column("claimed", String),
    Column("reason", Text, nullable=False),
    Column("arrived", String, nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("raw_sha256", String, nullable=False),
)

quarantine_settled = Table(
    "quarantine_settled",
    metadata,
    Column("id", String, primary_key=True),
    Column("record_id", String, nullable=False, index=True),
    Column("patient_id", String, nullable=False, index=True),
    Column("settled", String, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("action", String, nullable=False),
    Column("record_id", String, nullable=False),
    Column("version", String),
    Column("patient_id", String, nullable=False, index=True),
    sqlite_autoincrement=True,
)

files = Table(
    "files",
    metadata,
    Column("path", String, primary_key=True),
    Column("system", String, nullable=False),
    Column("sha256", String, nullable=False),
    Column("reading", String, nullable=False),
    Column("documents", Integer, nullable=False),
    Column("quarantined", Integer, nullable=False),
)

file_records = Table(
    "file_records",
    metadata,
    Column("path", ForeignKey("files.path", ondelete="CASCADE"), primary_key=True),
    Column("record_id", String, primary_key=True, index=True),
    Column("patient_id", String, nullable=False, index=True),
)

rejections = Table(
    "rejections",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("path", String, nullable=False, index=True),
    Column("record_id", String, nullable=False),
    Column("patient_id", String, index=True),
    Column("file", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("arrived", String, nullable=False),
)

runs = Table(
    "ingest_runs",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("started", String, nullable=False),
    Column("finished", String),
    Column("state", String, nullable=False),
    Column("report", Text, nullable=False),
)

sources = Table(
    "sources",
    metadata,
    Column("system", String, primary_key=True),
    Column("last_attempt", String),
    Column("last_success", String),
    Column("cursor", Text),
)
