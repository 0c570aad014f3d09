"""`aparte eval`: what its words do, and what it says when something is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from assistant.cli.main import build_app
from eval.commands.evaluation import app
from eval.runner.registered import BrokenSuite, load_suites
from eval.runner.results import Results
from tests.eval.runner.fakes import FakeSuite, FakeTarget, FakeTargets

RUNNER = CliRunner()


@pytest.fixture(autouse=True)
def _fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    """One fake suite, one fake target."""
    place = "eval.commands.evaluation_run"
    monkeypatch.setattr(f"{place}.load_suites", lambda _names: (FakeSuite(),))
    monkeypatch.setattr(f"{place}.known_suites", lambda _names: (FakeSuite(),))
    monkeypatch.setattr(f"{place}._targets", lambda _options, _asked: FakeTargets(FakeTarget()))


def run(out: Path, *words: str) -> Any:
    """`eval run` on the fakes."""
    return RUNNER.invoke(app, ["run", "--out", str(out), "--patients", "1", "--no-inspect", *words])


def test_run_then_score_then_purge(tmp_path: Path) -> None:
    out = tmp_path / "run"
    done = run(out, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["suites"][0]["means"] == {"correct": 1.0}
    assert Results.model_validate_json((out / "results.json").read_bytes()).tier == "smoke"
    before = (out / "results.json").read_bytes()
    scored = RUNNER.invoke(app, ["score", str(out)])
    assert scored.exit_code == 0
    assert "correct" in scored.stdout
    assert (out / "results.json").read_bytes() == before
    assert RUNNER.invoke(app, ["purge", str(out)]).exit_code == 0
    assert not out.exists()


def test_another_seed_in_the_same_folder_is_one_line_and_exit_1(tmp_path: Path) -> None:
    assert run(tmp_path / "run").exit_code == 0
    done = run(tmp_path / "run", "--seed", "1001")
    assert done.exit_code == 1
    assert "was begun with another" in done.stderr
    assert "Traceback" not in done.output


def test_words_that_are_wrong_are_usage_errors(tmp_path: Path) -> None:
    assert run(tmp_path / "run", "--tier", "quick").exit_code == 2
    seed = tmp_path / "seed"
    seed.write_text("not a number")
    assert run(tmp_path / "run", "--secret-seed-file", str(seed)).exit_code == 2
    assert RUNNER.invoke(app, ["run"]).exit_code == 2


def test_a_secret_seed_is_read_and_not_kept(tmp_path: Path) -> None:
    seed = tmp_path / "seed"
    seed.write_text("424242424\n")
    done = run(tmp_path / "run", "--secret-seed-file", str(seed), "--json")
    assert json.loads(done.stdout)["seed"] is None
    assert "424242424" not in done.output


def test_the_gate_prints_its_verdict_alone_on_the_last_line(tmp_path: Path) -> None:
    run(tmp_path / "run")
    done = RUNNER.invoke(app, ["gate", str(tmp_path / "run")])
    assert done.exit_code == 1  # one fake suite does not hold the gates of thirteen
    assert done.stdout.splitlines()[-1] == "FAIL"
    assert len(done.stdout.splitlines()) > 20


def test_what_may_never_be_seen_needs_a_suite_that_was_asked(tmp_path: Path) -> None:
    """The fake suite has no gate of class A: a smoke run that shows nothing holds nothing."""
    run(tmp_path / "run")
    done = RUNNER.invoke(app, ["gate", str(tmp_path / "run"), "--never"])
    assert done.exit_code == 1
    assert done.stdout.splitlines()[-1:] != ["PASS"]


def test_the_gate_of_nothing_is_one_line(tmp_path: Path) -> None:
    done = RUNNER.invoke(app, ["gate", str(tmp_path)])
    assert done.exit_code == 1
    assert "aparte eval run" in done.stderr


def test_a_run_of_other_code_is_void(tmp_path: Path) -> None:
    from eval.commands.evaluation_run import _changed_code
    from eval.runner.binding import bind, code_parts

    run(tmp_path / "run")
    results = Results.model_validate_json((tmp_path / "run" / "results.json").read_bytes())
    same = results.model_copy(update={"binding": bind(code_parts())})
    other = results.model_copy(update={"binding": bind(code_parts() | {"code:prompts": "0"})})
    assert _changed_code(same) == []
    assert _changed_code(other) == ["code:prompts"]


def test_every_registered_suite_can_be_loaded() -> None:
    broken = [suite.reason for suite in load_suites() if isinstance(suite, BrokenSuite)]
    assert broken == []


def test_a_suite_brings_the_one_whose_answers_it_scores() -> None:
    assert [suite.id for suite in load_suites(["S2"])] == ["S1", "S2"]


def test_the_command_line_has_it() -> None:
    done = RUNNER.invoke(build_app(), ["eval", "--help"])
    if "No such command" in done.output:
        pytest.skip("the distribution was installed before this command was declared")
    for word in ("run", "score", "gate", "report", "calibrate", "purge"):
        assert word in done.output
