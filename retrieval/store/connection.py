"""How the record store opens, locks and fails: one SQLite file, durable writes, one writer at a time."""

from __future__ import annotations

import errno
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, inspect, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from retrieval.errors import StoreError, StoreFull, StoreLocked
from retrieval.identity import keyed_digest
from retrieval.store import schema
from retrieval.store.migration import upgrade
from retrieval.store.rows import ERASED
from retrieval.store.secret import read_secret
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
        with self._one_writer, store_errors():
            with self._writer.begin() as connection:
                self._here.connection = connection
                connection.info.pop(ERASED, None)
                try:
                    yield connection
                finally:
                    self._here.connection = None
                erased = connection.info.pop(ERASED, False)
            if erased:
                self.checkpoint()

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


def open_database(folder: Path) -> tuple[Database, bytes]:
    """Open the store of a data folder, making or upgrading it, with the secret of its site.

    Raises StoreError when it is damaged, was made by a newer version, or its secret is not there.
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
            secret = _prepared(connection, folder)
    except BaseException:
        database.close()
        raise
    return database, secret


def _prepared(connection: Connection, folder: Path) -> bytes:
    """Make or upgrade the tables; the secret, checked against the one that the store was made with."""
    found = _schema_of(connection)
    if found is not None and found not in {"1", str(schema.SCHEMA_VERSION)}:
        raise StoreError(
            f"the record store has schema {found}, this version of Aparté reads {schema.SCHEMA_VERSION}: "
            "run the version that made it, or restore a backup of this one"
        )
    secret = read_secret(folder, make=found in {None, "1"})
    mark = keyed_digest("the secret of this store", secret)
    if found is None:
        schema.metadata.create_all(connection)
        _note(connection, "schema_version", str(schema.SCHEMA_VERSION))
        _note(connection, "secret", mark)
    elif found == "1":
        upgrade(connection, secret=secret)
        _note(connection, "schema_version", str(schema.SCHEMA_VERSION))
        _note(connection, "secret", mark)
    elif _noted(connection, "secret") != mark:
        raise StoreError(
            "identity.key is not the one that this record store was made with: restore both from one backup"
        )
    return secret


def _schema_of(connection: Connection) -> str | None:
    if not inspect(connection).has_table(schema.meta.name):
        return None
    return _noted(connection, "schema_version") or "unknown"


def _noted(connection: Connection, name: str) -> str | None:
    query = select(schema.meta.c.value).where(schema.meta.c.name == name)
    return connection.execute(query).scalar_one_or_none()


def _note(connection: Connection, name: str, value: str) -> None:
    connection.execute(delete(schema.meta).where(schema.meta.c.name == name))
    connection.execute(insert(schema.meta).values(name=name, value=value))
