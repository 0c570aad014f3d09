"""Opening the SQLite files that `assistant` owns: accounts and audit trail.

The records themselves are in the store of `retrieval`; these two files are apart so that each has its own
durability and its own retention.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, MetaData
from sqlalchemy.pool import NullPool

from retrieval.store.sqlite import sqlite_engine, writing

__all__ = ["open_database", "writing"]


def open_database(path: Path, tables: MetaData) -> Engine:
    """Open, or make, the database file at `path`, for its owner alone, every commit synced to the disk."""
    engine = sqlite_engine(path, poolclass=NullPool)
    tables.create_all(writing(engine))
    return engine
