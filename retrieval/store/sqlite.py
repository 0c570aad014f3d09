"""Opening SQLite files, the one way for the record store, the accounts and the audit trail.

WAL lets readers work beside the writer; synchronous=FULL makes a commit survive a power cut; secure_delete
overwrites what is erased. A transaction of an engine with the execution option `WRITES` takes the write lock
at once, so that what it reads cannot change under it, whichever process asks.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random

WRITES = "aparte_writes"
BUSY_SECONDS = 10.0
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "secure_delete=ON",
)


def sqlite_engine(path: Path, **pool: Any) -> Engine:
    """An engine on the file at `path`, made with mode 0600 where it is missing. `pool`: SQLAlchemy's own
    options of `create_engine`. Raises OSError when the file cannot be made.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    engine = create_engine(f"sqlite+pysqlite:///{path}", **pool)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def writing(engine: Engine) -> Engine:
    """The same database, for a transaction that writes: `with writing(engine).begin() as connection`."""
    return engine.execution_options(**{WRITES: True})


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    """Set up a new connection.

    SQLite does not call its busy handler while another process turns the journal into a WAL, or cleans one up
    as the last to close it: it says at once that the file is locked. So the wait is ours.
    """
    connection.isolation_level = None  # BEGIN is ours: sqlite3 would begin too late
    patiently = Retrying(
        retry=retry_if_exception(_is_busy),
        stop=stop_after_delay(BUSY_SECONDS),
        wait=wait_random(0.005, 0.05),
        reraise=True,
    )
    for pragma in (f"busy_timeout={BUSY_SECONDS * 1000:.0f}", *_PRAGMAS):
        patiently(lambda text: connection.execute(text).close(), f"PRAGMA {pragma}")


def _is_busy(error: BaseException) -> bool:
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorname.startswith("SQLITE_BUSY")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
