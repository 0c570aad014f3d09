"""The command line, as people run it: alone on the data folder, and beside a running service."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from assistant.answering.answer import Answer
from assistant.cli.main import main
from tests.flows.hospital import JEANNE, ROGER

ROOT = Path(__file__).resolve().parent.parent.parent
Aparte = Callable[..., "subprocess.CompletedProcess[str]"]
QUESTION = "Quel est le dernier potassium ?"


@pytest.fixture
def data(template: Path, tmp_path: Path) -> Path:
    """A data folder with the tiny hospital in it."""
    return Path(shutil.copytree(template, tmp_path / "data"))


def environment(data: Path, **more: str) -> dict[str, str]:
    """What a command sees: this folder, and the shipped fakes."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "SYSTEMROOT") if name in os.environ}
    fakes = {"APARTE_DATA": str(data), "APARTE_ENCODER": "hashing", "APARTE_ENGINE": "scripted"}
    return kept | fakes | {"PYTHONPATH": str(ROOT), "COLUMNS": "160", "PYTHONUTF8": "1"} | more


@pytest.fixture
def aparte(data: Path) -> Aparte:
    """Run a command to its end."""

    def run(*arguments: str, typed: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "assistant.cli.main", *arguments],
            cwd=ROOT,
            env=environment(data, **more),
            input=typed,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture
def service(data: Path) -> Iterator[subprocess.Popen[str]]:
    """`aparte serve` on a free port, until it says its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "assistant.cli.main", "serve", "--port", "0"],
        cwd=ROOT,
        env=environment(data),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("Aparté: http://127.0.0.1:"):
            break
    else:
        pytest.fail("the service did not start")
    yield process
    if process.poll() is None:
        process.kill()
    process.wait(10)
    process.stderr.close()


def one_line_of_error(result: subprocess.CompletedProcess[str], code: int) -> str:
    """The one line on the error stream of a command that failed."""
    assert result.returncode == code, result.stderr
    return one_line(result.stderr)


def one_line(written: str) -> str:
    """The one line that was written, beside those about other distributions' broken commands."""
    assert "Traceback" not in written
    (line,) = [line for line in written.strip().splitlines() if "cannot be loaded" not in line]
    assert line.startswith("aparte: ")
    return line


def test_help_is_immediate_and_names_every_command(aparte: Aparte) -> None:
    aparte("--help")
    began = time.perf_counter()
    result = aparte("--help")
    assert time.perf_counter() - began < 2.0
    assert result.returncode == 0
    for command in (
        "ingest",
        "patients",
        "record",
        "ask",
        "serve",
        "models",
        "reindex",
        "doctor",
        "audit",
        "users",
        "purge",
    ):
        assert command in result.stdout
    modules = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "assistant.cli.main", "--help"],
        cwd=ROOT,
        env=environment(Path("/nowhere")),
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    for heavy in ("torch", "fastapi", "sqlalchemy", "pydantic", "numpy", "qdrant_edge", "httpx"):
        assert f"| {heavy}\n" not in modules.replace(" ", "").replace("|", "| "), heavy


def test_patients_and_record_as_json_and_in_words(aparte: Aparte) -> None:
    found = json.loads(aparte("patients", "--json").stdout)
    assert found == {
        "patients": [
            {
                "id": JEANNE,
                "name": "MARTINEAU Jeanne Odette",
                "birth_date": "1948-03-12",
                "sex": "female",
                "identifiers": [{"system": "IPP", "value": "IPP-77", "status": None}],
            }
        ]
    }
    assert "12/03/1948" in aparte("patients", "--find", "odette").stdout
    words = aparte("record", "--patient", JEANNE, "--kind", "allergy").stdout
    assert "Pénicilline" in words
    assert "5,4 mmol/L" not in words


def test_ask_prints_the_answer_with_its_citations(aparte: Aparte) -> None:
    result = aparte("ask", "--patient", JEANNE, QUESTION)
    assert result.returncode == 0, result.stderr
    assert "5,4" in result.stdout
    assert "[E1]" in result.stdout
    assert "Sources" in result.stdout
    assert "12/03/2024" in result.stdout


def test_ask_as_json_is_exactly_the_contract(aparte: Aparte) -> None:
    result = aparte("ask", "--patient", JEANNE, QUESTION, "--json", "--no-model")
    assert result.returncode == 0, result.stderr
    answer = Answer.model_validate_json(result.stdout)
    assert json.loads(result.stdout) == answer.model_dump(mode="json", by_alias=True)
    assert answer.provenance.code.startswith("0.")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("ask", "--patient", ROGER, QUESTION), 1, "no such patient"),
        (("ask", "--patient", "pat-personne", QUESTION), 1, "aparte patients"),
        (("record", "--patient", "pat-personne"), 1, "no such patient"),
        (("ask", "--patient", JEANNE, "   "), 2, "the question is empty"),
        (("ask", "--patient", JEANNE, "a" * 50_000), 2, "4000 at most"),
        (("ask", "--patient", JEANNE, QUESTION, "--lang", "de"), 2, "fr or en"),
        (("record", "--patient", JEANNE, "--since", "hier"), 2, "--since is a day"),
        (("record", "--patient", "p" * 5000), 1, "no such patient"),
        (("patients", "--as", "auditrice"), 1, "aparte users map-os"),
        (("ingest", "nulle-part"), 2, "does not exist"),
        (("ingest",), 2, "name at least one file"),
        (("purge", "--patient", JEANNE, "--yes"), 1, "your role does not allow this"),
        (("users", "add", "x", "--role", "chef", "--generate"), 2, "a role is one of"),
    ],
)
def test_what_cannot_be_done_says_so_in_one_line(
    data: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    code: int,
    says: str,
) -> None:
    """In this process, which spares the start of a dozen others."""
    for name, value in environment(data).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["aparte", *arguments])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == code
    assert says in one_line(capsys.readouterr().err)


def test_an_unknown_setting_names_the_nearest(aparte: Aparte) -> None:
    line = one_line_of_error(aparte("patients", APARTE_ENGIN="none"), 1)
    assert "did you mean APARTE_ENGINE?" in line
    traced = one_line_of_error(aparte("patients", LANGSMITH_TRACING="true"), 1)
    assert "outside" in traced


def test_serving_other_machines_in_clear_is_refused(aparte: Aparte) -> None:
    assert "APARTE_TLS_CERT" in one_line_of_error(aparte("serve", "--host", "0.0.0.0", "--port", "0"), 1)


def test_users_are_added_granted_and_listed(aparte: Aparte) -> None:
    made = aparte(
        "users", "add", "nouvelle", "--role", "nurse", "--password-stdin", typed="un long mot de passe\n"
    )
    assert made.returncode == 0, made.stderr
    assert aparte("users", "grant", "nouvelle", ROGER).returncode == 0
    listed = json.loads(aparte("users", "list", "--json").stdout)["accounts"]
    (account,) = [one for one in listed if one["login"] == "nouvelle"]
    assert (account["roles"], account["patients"], account["every_patient"]) == (["nurse"], 1, False)
    assert "password" not in json.dumps(listed)


def test_the_trail_is_verified_and_a_forged_line_is_found(aparte: Aparte, data: Path) -> None:
    import sqlite3

    aparte("patients")
    intact = json.loads(aparte("audit", "verify", "--json").stdout)
    assert intact["intact"] is True
    exported = json.loads(aparte("audit", "export").stdout)
    assert exported["events"][-1]["kind"] == "audit_exported"
    assert aparte("audit", "export", "--format", "csv").stdout.startswith("seq,at,kind,actor")
    with sqlite3.connect(data / "audit.sqlite") as database:
        database.execute("UPDATE audit_events SET actor = 'x' WHERE seq = 2")
    forged = aparte("audit", "verify")
    assert forged.returncode == 1
    assert "broken at event 2" in forged.stdout
    with sqlite3.connect(data / "audit.sqlite") as database:
        database.execute("DELETE FROM audit_events WHERE seq >= 2")
    assert aparte("audit", "verify").returncode == 0
    assert aparte("audit", "verify", "--head", exported["head"]).returncode == 1


def test_doctor_tells_what_is_there_and_what_is_wrong(aparte: Aparte, data: Path) -> None:
    well = aparte("doctor", "--json")
    assert well.returncode == 0, well.stdout
    findings = {finding["about"]: finding for finding in json.loads(well.stdout)["findings"]}
    assert findings["records"]["says"].startswith("2 patients")
    assert findings["accounts"]["state"] == "ok"
    ill = aparte("doctor", APARTE_ENGINE="xllamacpp", APARTE_MODELS=str(data / "none"), APARTE_THREADS="500")
    assert ill.returncode == 1
    assert "aparte models fetch" in ill.stdout
    assert "set APARTE_THREADS" in ill.stdout


def test_commands_go_through_the_running_service(
    aparte: Aparte, service: subprocess.Popen[str], data: Path, tmp_path: Path
) -> None:
    owner = json.loads((data / "owner.json").read_text("utf-8"))
    assert (data / "owner.json").stat().st_mode & 0o777 == 0o600
    assert owner["pid"] == service.pid
    assert json.loads(aparte("patients", "--json").stdout)["patients"][0]["id"] == JEANNE
    asked = aparte("ask", "--patient", JEANNE, QUESTION, "--json")
    assert asked.returncode == 0, asked.stderr
    assert Answer.model_validate_json(asked.stdout).patient.id == JEANNE
    assert "no such patient" in one_line_of_error(aparte("ask", "--patient", ROGER, QUESTION), 1)
    (tmp_path / "vide").mkdir()
    (tmp_path / "vide" / "note.json").write_text("{}", "utf-8")
    report = json.loads(aparte("ingest", str(tmp_path / "vide"), "--patient", JEANNE, "--json").stdout)
    assert len(report["rejected"]) == 1
    assert "notes" not in report
    assert "uses the data folder" in aparte("doctor").stdout
    other = aparte("serve", "--port", "0")
    assert "owner" in one_line_of_error(other, 1) or "data folder" in other.stderr
    with httpx.Client(base_url=owner["url"], trust_env=False) as client:
        wrong = client.get("/api/me", headers={"Authorization": "Bearer " + "x" * 43})
        assert wrong.status_code == 401
    assert aparte("audit", "verify").returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_stops_the_service_and_leaves_nothing(
    service: subprocess.Popen[str], data: Path, times: int
) -> None:
    children = psutil.Process(service.pid).children(recursive=True)
    for _ in range(times):
        service.send_signal(signal.SIGINT)
    assert service.wait(15) == 0
    assert not any(child.is_running() for child in children)
    assert not (data / "owner.json").exists()
    assert service.stderr is not None
    assert "Traceback" not in service.stderr.read()
