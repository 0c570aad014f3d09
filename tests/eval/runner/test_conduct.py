"""A run on a fake target: pieces, resuming after being killed, binding, sampling, scoring, erasing."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from eval.cases.case import Output
from eval.errors import RunError
from eval.runner.folder import purge, read_plan, read_results
from eval.runner.pieces import read_outputs
from eval.runner.scoring import score_run
from tests.eval.runner.fakes import FakeSuite, FakeTarget, FakeTargets, ScoringSuite, run_fake

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.anyio


def outputs(run: Path, suite: str = "S1") -> list[dict[str, Any]]:
    """The outputs of a run without their times, by case."""
    found = read_outputs(run, suite, ("facts", "model"))
    return [found[name].model_dump(exclude={"seconds"}) for name in sorted(found)]


def start(run: Path, pause_s: float, *words: str) -> subprocess.Popen[bytes]:
    """The fake run in a process of its own."""
    command = [sys.executable, "-m", "tests.eval.runner.fakes", str(run), str(pause_s), *words]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL)


def wait_for_pieces(run: Path, pieces: int, child: subprocess.Popen[bytes]) -> None:
    """Until that many pieces are on disk."""
    until = time.monotonic() + 120
    while len(list(run.glob("outputs/S1/*.jsonl"))) < pieces:
        assert child.poll() is None, "the run ended before it could be stopped"
        assert time.monotonic() < until
        time.sleep(0.01)


def kill_after_pieces(run: Path, pieces: int, *words: str) -> None:
    """Start, wait until that many pieces are on disk, and kill without warning."""
    child = start(run, 0.02, *words)
    wait_for_pieces(run, pieces, child)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()


async def test_killed_twice_it_ends_with_the_outputs_of_a_run_that_was_not(tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    await run_fake(whole, tier="gate")
    kill_after_pieces(killed, 3)
    first = len(list(killed.glob("outputs/S1/*.jsonl")))
    assert json.loads((killed / "results.json").read_text())["finished_at"] is None
    kill_after_pieces(killed, first + 4)
    state = json.loads((killed / "state.json").read_text())
    assert state["resumed"] == 1
    assert state["seconds"] > 0, "the time of the sitting that was killed first is counted"
    kept = {path: path.stat().st_mtime_ns for path in killed.glob("outputs/S1/*.jsonl")}
    results = await run_fake(killed, tier="gate")
    assert outputs(killed) == outputs(whole)
    assert len(outputs(whole)) == 400
    assert {path: path.stat().st_mtime_ns for path in kept} == kept, "a piece was written again"
    assert results.resumed == 2
    assert results.finished_at is not None
    assert results.suites == _without_seconds(results.suites, read_results(whole).suites)


def _without_seconds(like: tuple[Any, ...], suites: tuple[Any, ...]) -> tuple[Any, ...]:
    pairs = zip(like, suites, strict=True)
    return tuple(suite.model_copy(update={"seconds": other.seconds}) for other, suite in pairs)


async def test_interrupted_from_the_keyboard_it_keeps_even_the_piece_in_hand(tmp_path: Path) -> None:
    run = tmp_path / "run"
    child = start(run, 0.2)
    wait_for_pieces(run, 1, child)
    child.send_signal(signal.SIGINT)
    child.send_signal(signal.SIGINT)
    child.wait(60)
    assert child.returncode != 0
    assert (await run_fake(run, tier="gate")).finished_at is not None


async def test_a_run_that_has_ended_is_not_asked_again(tmp_path: Path) -> None:
    await run_fake(tmp_path / "run")
    again = FakeTarget()
    results = await run_fake(tmp_path / "run", targets=FakeTargets(again))
    assert again.asked == []
    assert results.resumed == 0


async def test_another_binding_is_refused_by_the_name_of_its_part(tmp_path: Path) -> None:
    run = tmp_path / "run"
    await run_fake(run)
    with pytest.raises(RunError, match="code:answering"):
        await run_fake(run, targets=FakeTargets(FakeTarget(), code="2"))
    with pytest.raises(RunError, match="records, seed"):
        await run_fake(run, seed=1004)
    with pytest.raises(RunError, match="tier"):
        await run_fake(run, tier="gate")


async def test_the_folder_is_its_owners_alone(tmp_path: Path) -> None:
    run = tmp_path / "run"
    await run_fake(run)
    assert stat.S_IMODE(run.stat().st_mode) == 0o700
    for path in run.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


async def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("x")
    with pytest.raises(RunError, match="other files"):
        await run_fake(tmp_path)
    with pytest.raises(RunError, match="holds no run"):
        purge(tmp_path, keep_results=False)
    assert (tmp_path / "letter.txt").exists()


async def test_facts_first_then_a_fixed_sample_through_the_model(tmp_path: Path) -> None:
    target = FakeTarget()
    results = await run_fake(tmp_path / "run", FakeSuite("S4"), targets=FakeTargets(target), tier="gate")
    with_model = [step for step in target.asked if step.use_model]
    open_cases = [number for number in range(600) if number % 4 == 0 and number % 17 != 16]
    assert len([step for step in target.asked if not step.use_model]) == 600
    assert len(open_cases) <= 250
    assert len(with_model) == len(open_cases)
    suite = results.suites[0]
    assert (suite.state, suite.cases, suite.asked) == ("measured", 600, 600)


async def test_what_was_not_asked_with_the_model_is_in_no_observation(tmp_path: Path) -> None:
    suites = (FakeSuite("S1"), FakeSuite("S4"), FakeSuite("S5", capability="sessions"))
    results = await run_fake(tmp_path / "run", *suites, tier="gate")
    sample = json.loads((tmp_path / "run" / "sample.json").read_text())
    assert sum(len(ids) for ids in sample["asked"].values()) == 250
    for name in ("S1", "S4", "S5"):
        suite = results.suite(name)
        assert suite is not None
        left_out = set(sample["left_out"][name])
        assert left_out
        assert suite.state == "partial"
        assert str(len(left_out)) in suite.reason
        assert suite.asked == suite.cases - len(left_out)
        assert not left_out & {seen.case_id for seen in suite.observations}
        assert left_out <= {output["case_id"] for output in outputs(tmp_path / "run", name)}
        assert len(sample["asked"][name]) == pytest.approx(250 * len(sample["pool"][name]) / 325, rel=0.1)


async def test_sessions_are_asked_of_their_own_target(tmp_path: Path) -> None:
    targets = FakeTargets(FakeTarget())
    await run_fake(tmp_path / "run", FakeSuite("S1"), FakeSuite("S5", capability="sessions"), targets=targets)
    assert targets.opened == [
        ("ask", "facts"),
        ("sessions", "facts"),
        ("sessions", "model"),
        ("ask", "model"),
    ]


async def test_without_a_model_everything_counts_as_it_is(tmp_path: Path) -> None:
    target = FakeTarget()
    results = await run_fake(tmp_path / "run", targets=FakeTargets(target, has_model=False))
    assert not any(step.use_model for step in target.asked)
    assert (results.suites[0].state, results.suites[0].asked) == ("measured", 14)


async def test_the_full_tier_asks_everything_as_it_stands(tmp_path: Path) -> None:
    target = FakeTarget()
    results = await run_fake(tmp_path / "run", targets=FakeTargets(target), tier="full")
    assert all(step.use_model for step in target.asked)
    assert (results.suites[0].state, results.suites[0].asked) == ("measured", 400)


async def test_errors_are_outputs(tmp_path: Path) -> None:
    results = await run_fake(tmp_path / "run", tier="gate")
    suite = results.suites[0]
    assert suite.errors == 400 // 17
    wrong = [seen.case_id for seen in suite.observations if not seen.value]
    assert len(wrong) == suite.errors


async def test_what_a_target_cannot_do_is_said(tmp_path: Path) -> None:
    suites = (FakeSuite("S1"), FakeSuite("S8", capability="draft"), ScoringSuite("S2"))
    results = await run_fake(tmp_path / "run", *suites)
    assert [suite.state for suite in results.suites] == ["measured", "not_yet_measurable", "measured"]
    assert "draft" in results.suites[1].reason
    assert results.suites[2].case_file_sha256 == results.suites[0].case_file_sha256
    assert len(results.suites[2].observations) == 14


async def test_scoring_again_gives_the_same_file(tmp_path: Path) -> None:
    run = tmp_path / "run"
    await run_fake(run)
    before = (run / "results.json").read_bytes()
    score_run(run, [FakeSuite()])
    assert (run / "results.json").read_bytes() == before


async def test_changed_cases_a_lost_suite_and_a_stopped_scorer_fail(tmp_path: Path) -> None:
    run = tmp_path / "run"
    await run_fake(run)
    assert score_run(run, []).suites[0].state == "failed"
    assert score_run(run, [StoppedSuite()]).suites[0].reason == "its scorer stopped: ZeroDivisionError"
    cases = run / "cases" / "S1.jsonl"
    cases.write_bytes(cases.read_bytes().replace(b"Question 3", b"Question 5"))
    found = score_run(run, [FakeSuite()]).suites[0]
    assert found.state == "failed"
    assert "sha256" in found.reason


class StoppedSuite(FakeSuite):
    """Its scorer is broken."""

    def score(self, cases: Any, outputs: Any) -> Any:
        """Divide by nothing."""
        return [1 / len(set())]


async def test_a_service_that_changes_under_the_run_fails_it(tmp_path: Path) -> None:
    results = await run_fake(tmp_path / "run", targets=FakeTargets(ChangingTarget()))
    assert results.suites[0].state == "failed"
    assert "changed while it was asked: code" in results.suites[0].reason


class ChangingTarget(FakeTarget):
    """Deployed anew in the middle."""

    async def ask(self, step: Any) -> dict[str, Any]:
        """With the version that runs."""
        answer = await super().ask(step)
        return answer | {"provenance": {"code": "1" if len(self.asked) < 5 else "2", "encoder": None}}


async def test_purge_erases_and_may_keep_the_results(tmp_path: Path) -> None:
    run, other = tmp_path / "run", tmp_path / "other"
    await run_fake(run)
    await run_fake(other)
    purge(run, keep_results=True)
    assert [path.name for path in run.iterdir()] == ["results.json"]
    assert read_results(run).suites[0].asked == 14
    purge(other, keep_results=False)
    assert not other.exists()


async def test_a_secret_seed_is_nowhere_in_the_plan(tmp_path: Path) -> None:
    run = tmp_path / "run"
    results = await run_fake(run, seed=987654321, secret_seed=True)
    assert results.seed is None
    assert read_plan(run).seed is None
    for name in ("run.json", "results.json", "state.json", "sample.json"):
        assert "987654321" not in (run / name).read_text()


async def test_two_runs_at_once_in_one_folder_are_refused(tmp_path: Path) -> None:
    run = tmp_path / "run"
    targets = NestedTargets(run)
    await run_fake(run, targets=targets)
    assert "at work" in targets.refusal


class NestedTargets(FakeTargets):
    """Tries to begin the same run while it runs."""

    def __init__(self, run: Path) -> None:
        super().__init__(FakeTarget())
        self._run = run
        self.refusal = ""

    def prepare(self, hospital: Any, accounts: Any, *, say: Any) -> None:
        """Own it a second time."""
        from eval.runner.folder import held

        with pytest.raises(RunError) as caught, held(self._run):
            pass
        self.refusal = str(caught.value)


async def test_a_broken_piece_is_told(tmp_path: Path) -> None:
    run = tmp_path / "run"
    await run_fake(run)
    piece = next(run.glob("outputs/S1/*.jsonl"))
    piece.write_bytes(piece.read_bytes()[:-20])
    with pytest.raises(RunError, match="cannot be read"):
        read_outputs(run, "S1", ("facts", "model"))
    assert Output(case_id="x").error is None
