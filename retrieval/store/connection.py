"""How the record store opens, locks and fails: one SQLite file, durable writes, one writer at a time."""

from __future__ import annotations

import errno
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, insert, inspect, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from retrieval.errors import StoreError, StoreFull, StoreLocked
from retrieval.store import schema
from retrieval.store.sqlite import sqlite_engine, writing

FILE_NAME = "records.sqlite"
NO_SPACE = "no space is left for the record store: free some, then run the same command again"


@contextmanager
def store_errors() -> Iterator[None]:
    """Turn the errors of the database into those of `retrieval`."""
    try:
        yield
    except DBAPIError as error:
        raise _converted(error) from error
    except SQLAlchemyError as error:
        raise StoreError("the record store refused a request; see the service log for its kind") from error
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise StoreFull(NO_SPACE) from error
        raise


def _converted(error: DBAPIError) -> StoreError:
    name = getattr(error.orig, "sqlite_errorname", "") or ""
    if name.startswith("SQLITE_FULL"):
        return StoreFull(NO_SPACE)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StoreLocked("another process is writing the record store; stop it or go through it")
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return StoreError("the record store is damaged: restore the data folder from its backup")
    if name.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM")):
        return StoreError("the record store cannot be written: check the data folder's disk and its rights")
    return StoreError(f"the record store refused a request ({type(error.orig).__name__})")


class Database:
    """Connections to one store. A transaction belongs to its thread; writers wait for one another."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writer = writing(engine)
        self._one_writer = threading.RLock()
        self._here = threading.local()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A write transaction, all or nothing. Inside another of the same thread it is part of that one."""
        open_one: Connection | None = getattr(self._here, "connection", None)
        if open_one is not None:
            with store_errors():
                yield open_one
            return
        with self._one_writer, store_errors(), self._writer.begin() as connection:
            self._here.connection = connection
            try:
                yield connection
            finally:
                self._here.connection = None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A consistent view; inside a write transaction of the same thread, what that has written so far."""
        open_one: Connection | None = getattr(self._here, "connection", None)
        if open_one is not None:
            with store_errors():
                yield open_one
            return
        with store_errors(), self._engine.connect() as connection:
            yield connection

    def checkpoint(self) -> None:
        """Empty the write-ahead log, so that erased text is gone. A long read beside it puts that off until
        the next time or until the store closes."""
        with self._one_writer, store_errors():
            raw: Any = self._engine.raw_connection()
            try:
                raw.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
            finally:
                raw.close()

    def close(self) -> None:
        """Close every connection; may be called twice."""
        self._engine.dispose()


def open_database(folder: Path) -> Database:
    """Open the store of a data folder, making it where there is none.

    Raises StoreError when it is damaged or was made by a newer version.
    """
    try:
        engine = sqlite_engine(folder / FILE_NAME, pool_size=8, max_overflow=40)
    except OSError as error:
        raise StoreError(
            f"the data folder {folder} cannot be written: check that it exists and its rights"
        ) from error
    database = Database(engine)
    try:
        with database.writing() as connection:
            _check_schema(connection)
    except BaseException:
        database.close()
        raise
    return database


def _check_schema(connection: Connection) -> None:
    if not inspect(connection).has_table(schema.meta.name):
        schema.metadata.create_all(connection)
        connection.execute(
            insert(schema.meta).values(name="schema_version", value=str(schema.SCHEMA_VERSION))
        )
        return
    query = select(schema.meta.c.value).where(schema.meta.c.name == "schema_version")
    found = connection.execute(query).scalar_one_or_none()
    if found != str(schema.SCHEMA_VERSION):
        raise StoreError(
            f"the record store has schema {found}, this version of Aparté reads {schema.SCHEMA_VERSION}: "
            "run the version that made it, or restore a backup of this one"
        )
