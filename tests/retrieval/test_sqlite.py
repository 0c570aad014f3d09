"""Opening SQLite files: patient while another process prepares the same one, never longer than it says."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from retrieval.store import sqlite


def error_named(name: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorname = name
    return error


class Elsewhere:
    """A connection to a file that another process holds at the first tries."""

    def __init__(self, name: str, times: int) -> None:
        self.isolation_level: str | None = ""
        self.failures = [error_named(name)] * times
        self.done: list[str] = []

    def execute(self, text: str) -> Elsewhere:
        if "journal_mode" in text and self.failures:
            raise self.failures.pop()
        self.done.append(text)
        return self

    def close(self) -> None:
        """A cursor's."""


@pytest.mark.parametrize("name", ["SQLITE_BUSY", "SQLITE_BUSY_RECOVERY", "SQLITE_BUSY_SNAPSHOT"])
def test_a_file_that_another_process_prepares_is_waited_for(name: str) -> None:
    connection: Any = Elsewhere(name, times=3)
    sqlite._prepare(connection, None)
    assert [text.split("=")[0] for text in connection.done] == [
        "PRAGMA busy_timeout",
        "PRAGMA journal_mode",
        "PRAGMA synchronous",
        "PRAGMA foreign_keys",
        "PRAGMA secure_delete",
    ]
    assert connection.isolation_level is None


def test_another_error_comes_out_at_once() -> None:
    connection: Any = Elsewhere("SQLITE_IOERR", times=2)
    with pytest.raises(sqlite3.OperationalError):
        sqlite._prepare(connection, None)
    assert len(connection.failures) == 1


def test_the_wait_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0)
    connection: Any = Elsewhere("SQLITE_BUSY", times=1_000)
    with pytest.raises(sqlite3.OperationalError):
        sqlite._prepare(connection, None)


def test_a_writing_transaction_takes_the_lock_at_once(tmp_path: Path) -> None:
    engine = sqlite.sqlite_engine(tmp_path / "folder" / "x.sqlite")
    said: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda _c, _cur, text, *_rest: said.append(text))
    with sqlite.writing(engine).begin():
        assert said[-1] == "BEGIN IMMEDIATE"
    with engine.begin():
        assert said[-1] == "BEGIN"
    assert (tmp_path / "folder" / "x.sqlite").stat().st_mode & 0o777 == 0o600
    engine.dispose()
