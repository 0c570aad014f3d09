"""Opening the SQLite files that `assistant` owns: accounts and audit trail.

The records themselves are in the store of `retrieval`; these two files are apart so that each has its own
durability and its own retention.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, create_engine, event
from sqlalchemy.pool import NullPool


def open_database(path: Path, tables: MetaData) -> Engine:
    """Open, or make, the database file at `path` with mode 0600 and every commit synced to the disk.

    A transaction begun by `writing` takes the write lock at once, so that what it reads cannot change
    under it, whichever process asks.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 10}, poolclass=NullPool)
    event.listen(engine, "connect", _pragmas)
    event.listen(engine, "begin", _begin)
    tables.create_all(engine.execution_options(write=True))
    return engine


def writing(engine: Engine) -> Engine:
    """The same database, for a transaction that writes: `with writing(engine).begin() as connection`."""
    return engine.execution_options(write=True)


def _pragmas(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
