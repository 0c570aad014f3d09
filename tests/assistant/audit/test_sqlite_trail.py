"""SqliteTrail: durable, append-only from several processes at once, erasable beside the chain."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import traceback
from pathlib import Path

import pytest

from assistant.answering.answer import Answer, Coverage, PatientBanner, Provenance, Timings
from assistant.audit.sqlite_trail import SqliteTrail
from assistant.audit.trail import Trace
from assistant.errors import AuditUnavailable
from assistant.people.access import scope_for
from assistant.people.accounts import Accounts
from retrieval.scope import Scope

ROOT = Path(__file__).resolve().parents[3]
WRITER = """
import sys
from pathlib import Path
from assistant.audit.sqlite_trail import SqliteTrail
trail = SqliteTrail(Path(sys.argv[1]))
for number in range(25):
    trail.record("patients_listed", actor=sys.argv[2], detail={"found": number})
"""


@pytest.fixture
def scope(tmp_path: Path) -> Scope:
    accounts = Accounts(tmp_path)
    principal = accounts.add("claire", ["physician"], password=None)
    accounts.grant("claire", "p1", by="tests")
    found = scope_for(principal, "p1", "care", accounts=accounts)
    accounts.close()
    return found


def test_two_processes_write_one_sound_chain(tmp_path: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), name], cwd=ROOT) for name in ("a", "b")
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    trail = SqliteTrail(tmp_path)
    verdict = trail.verify()
    assert (verdict.intact, verdict.events) == (True, 50)
    assert {event.actor for event in trail.events()} == {"a", "b"}


def test_every_write_is_synced_to_the_disk(tmp_path: Path) -> None:
    from assistant.audit.tables import METADATA
    from assistant.database import open_database

    engine = open_database(tmp_path / "x.sqlite", METADATA)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    assert (tmp_path / "x.sqlite").stat().st_mode & 0o777 == 0o600


def test_a_begun_answer_holds_no_words_in_the_chain(tmp_path: Path, scope: Scope) -> None:
    trail = SqliteTrail(tmp_path)
    trail.begin(answer_id="a1", scope=scope, question="Sous zéphyrine ?")
    (event,) = trail.events()
    assert (event.kind, event.patient_id, event.answer_id) == ("answer_begun", "p1", "a1")
    assert "phyrine" not in event.model_dump_json()
    assert trail.kept("a1") is None


def test_the_same_question_leaves_different_digests(tmp_path: Path, scope: Scope) -> None:
    """Or an erased question could be guessed back from the chain."""
    trail = SqliteTrail(tmp_path)
    for answer_id in ("a1", "a2"):
        trail.begin(answer_id=answer_id, scope=scope, question="Enceinte ?")
    first, second = trail.events()
    assert first.detail["question_digest"] != second.detail["question_digest"]


def test_erasing_keeps_the_chain_and_adds_a_tombstone(tmp_path: Path, scope: Scope) -> None:
    trail = SqliteTrail(tmp_path)
    trail.begin(answer_id="a1", scope=scope, question="Sous zéphyrine ?")
    assert trail.erase("p1", actor="admin") == 1
    assert trail.events()[-1].kind == "patient_purged"
    assert trail.verify().intact
    trail.close()
    with sqlite3.connect(tmp_path / "audit.sqlite") as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"phyrine" not in (tmp_path / "audit.sqlite").read_bytes()


def test_old_words_expire_and_recent_ones_stay(tmp_path: Path, scope: Scope) -> None:
    trail = SqliteTrail(tmp_path)
    for answer_id in ("vieille", "neuve"):
        trail.begin(answer_id=answer_id, scope=scope, question="?")
    with sqlite3.connect(tmp_path / "audit.sqlite") as database:
        database.execute("UPDATE audit_contents SET created_at = '2020-01-01' WHERE answer_id = 'vieille'")
    assert trail.erase_older(365) == 1
    assert trail.erase_older(365) == 0
    assert [event.kind for event in trail.events()].count("contents_expired") == 1
    assert trail.verify().intact


def finished(trail: SqliteTrail, scope: Scope, answer_id: str, *, conversation: str | None) -> None:
    """Begin and finish an answer that says nothing."""
    trail.begin(answer_id=answer_id, scope=scope, question="?", conversation_id=conversation)
    answer = Answer(
        id=answer_id, created_at="2026-01-01T00:00:00+00:00", question="?", status="abstained", language="fr",
        patient=PatientBanner(id="p1", name="X", birth_date=None, sex="unknown", identity_status="provisional"), mode="facts", coverage=Coverage(documents=0),
        provenance=Provenance(code="t"), timings_ms=Timings(),
    )  # fmt: skip
    trail.finish(answer=answer, scope=scope, trace=Trace(understanding={"question": answer_id}))


def last(trail: SqliteTrail, scope: Scope, conversation: str = "c") -> str | None:
    kept = trail.last_of(conversation, scope=scope)
    return None if kept is None else kept.answer.id


def test_the_last_finished_answer_of_ones_own_conversation(tmp_path: Path, scope: Scope) -> None:
    trail = SqliteTrail(tmp_path)
    for answer_id, conversation in (("a1", "c"), ("a2", "c"), ("a3", "d"), ("a4", None)):
        finished(trail, scope, answer_id, conversation=conversation)
    trail.begin(answer_id="a5", scope=scope, question="?", conversation_id="c")
    assert last(trail, scope) == "a2"
    assert last(trail, scope, "none") is None
    for other in ({"principal_id": "paul"}, {"patient_id": "p2"}):
        assert last(trail, scope.model_copy(update=other)) is None


def test_an_erased_conversation_is_gone(tmp_path: Path, scope: Scope) -> None:
    trail = SqliteTrail(tmp_path)
    finished(trail, scope, "a1", conversation="c")
    trail.erase("p1", actor="admin")
    assert last(trail, scope) is None
    finished(trail, scope, "a2", conversation="c")
    with sqlite3.connect(tmp_path / "audit.sqlite") as database:
        assert database.execute("SELECT count(*) FROM audit_turns").fetchone() == (1,)
        database.execute("UPDATE audit_contents SET created_at = '2020-01-01'")
        database.execute("UPDATE audit_turns SET created_at = '2020-01-01'")
    assert trail.erase_older(365) == 1
    assert last(trail, scope) is None
    with sqlite3.connect(tmp_path / "audit.sqlite") as database:
        assert database.execute("SELECT count(*) FROM audit_turns").fetchone() == (0,)


def test_a_trail_that_cannot_be_written_says_so(tmp_path: Path, scope: Scope) -> None:
    trail = SqliteTrail(tmp_path)
    trail.close()
    with sqlite3.connect(tmp_path / "audit.sqlite") as database:
        database.execute("DROP TABLE audit_contents")
    with pytest.raises(AuditUnavailable):
        trail.begin(answer_id="a1", scope=scope, question="?")
    assert trail.events() == []
    with pytest.raises(AuditUnavailable):
        trail.begin(answer_id="a1", scope=scope, question="?")


def test_an_interrupted_answer_is_closed_once(tmp_path: Path, scope: Scope) -> None:
    trail = SqliteTrail(tmp_path)
    trail.begin(answer_id="a1", scope=scope, question="?")
    trail.interrupt(answer_id="a1", scope=scope)
    trail.interrupt(answer_id="a1", scope=scope)
    assert trail.close_interrupted() == 0
    assert [event.kind for event in trail.events()] == ["answer_begun", "answer_interrupted"]


@pytest.mark.parametrize(
    "change",
    [
        "detail = '[]'",
        "detail = 'x'",
        "detail = ''",
        "kind = 5",
        "previous = x'00ff'",
        "patient_id = 1.5",
        "at = 0",
    ],
)
def test_a_changed_line_is_told_and_never_breaks_the_reading(
    tmp_path: Path, scope: Scope, change: str
) -> None:
    trail = SqliteTrail(tmp_path)
    for answer_id in ("a1", "a2", "a3"):
        trail.begin(answer_id=answer_id, scope=scope, question="?")
    with sqlite3.connect(tmp_path / "audit.sqlite") as database:
        database.execute(f"UPDATE audit_events SET {change} WHERE seq = 2")
    verdict = trail.verify()
    assert (verdict.intact, verdict.first_bad) == (False, 2)
    assert len(trail.events()) == 3


def test_a_kept_answer_of_another_form_leaks_no_word(tmp_path: Path, scope: Scope) -> None:
    trail = SqliteTrail(tmp_path)
    trail.begin(answer_id="a1", scope=scope, question="?")
    with sqlite3.connect(tmp_path / "audit.sqlite") as database:
        database.execute("""UPDATE audit_contents SET answer = '{"text": "zéphyrine"}', trace = '{}'""")
    with pytest.raises(AuditUnavailable) as caught:
        trail.kept("a1")
    told = "".join(traceback.format_exception(caught.value))
    assert "phyrine" not in told
