"""Tables of accounts, care relationships, sessions and sign-in failures."""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, Integer, MetaData, String, Table

METADATA = MetaData()

ACCOUNTS = Table(
    "accounts",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("login", String(64), nullable=False, unique=True),
    Column("display_name", String(200), nullable=False, default=""),
    Column("roles", String(200), nullable=False),
    Column("password_hash", String(300), nullable=True),
    Column("active", Integer, nullable=False, default=1),
    Column("created_at", String(40), nullable=False),
)
"""`roles` is a comma-separated list; an account without `password_hash` cannot sign in."""

CARE = Table(
    "care_relationships",
    METADATA,
    Column("account_id", String(32), ForeignKey("accounts.id"), primary_key=True),
    Column("patient_id", String(200), primary_key=True),
    Column("granted_at", String(40), nullable=False),
    Column("granted_by", String(64), nullable=False),
)
"""Who cares for whom; `patient_id` is `*` for the accounts of the demonstration."""

OS_USERS = Table(
    "os_users",
    METADATA,
    Column("os_user", String(64), primary_key=True),
    Column("account_id", String(32), ForeignKey("accounts.id"), primary_key=True),
    Column("mapped_at", String(40), nullable=False),
)
"""Which accounts an operating-system user may act as; the first mapped is the usual one."""

SESSIONS = Table(
    "sessions",
    METADATA,
    Column("token_hash", String(64), primary_key=True),
    Column("account_id", String(32), ForeignKey("accounts.id"), nullable=False, index=True),
    Column("expires_at", Float, nullable=False),
    Column("seen_at", Float, nullable=False),
)
"""Times are seconds since the epoch. Only the sha256 of a token is kept."""

FAILURES = Table(
    "sign_in_failures",
    METADATA,
    Column("login", String(64), primary_key=True),
    Column("tries", Integer, nullable=False),
    Column("locked_until", Float, nullable=False, default=0.0),
)
"""Kept for every name that was tried, existing or not, so that a lock-out tells nothing."""
