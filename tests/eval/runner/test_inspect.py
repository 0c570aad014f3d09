"""Inspect AI and the plain runner: the same outputs, private logs, nothing on the network."""

from __future__ import annotations

import gc
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from eval.errors import RunError
from eval.inspect_adapter import inspect_runner
from eval.runner.folder import read_results
from tests.eval.runner.fakes import FakeSuite, FakeTarget, FakeTargets, run_fake
from tests.eval.runner.test_conduct import ROOT, kill_after_pieces, outputs

pytest.importorskip("inspect_ai", reason="the extra `eval` is not installed")
pytestmark = [
    pytest.mark.anyio,
    pytest.mark.filterwarnings("ignore"),  # Inspect AI's own
]


@pytest.fixture(autouse=True)
def _their_streams() -> Iterator[None]:
    """What Inspect AI leaves open is collected here, where its warnings are known."""
    yield
    gc.collect()


async def test_inspect_and_plain_give_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSPECT_LOG_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    plain, logged = tmp_path / "plain", tmp_path / "logged"
    await run_fake(plain, FakeSuite("S1"), FakeSuite("S4"))
    (tmp_path / ".env").write_text("INSPECT_LOG_DIR=there\nAPARTE_ENGINE=none\n")
    monkeypatch.chdir(tmp_path)
    before = dict(os.environ)
    await run_fake(logged, FakeSuite("S1"), FakeSuite("S4"), use_inspect=True)
    assert dict(os.environ) == before
    for suite in ("S1", "S4"):
        assert outputs(logged, suite) == outputs(plain, suite)
    one, other = read_results(plain), read_results(logged)
    assert [item.observations for item in one.suites] == [item.observations for item in other.suites]
    assert not (tmp_path / "elsewhere").exists()
    assert not (tmp_path / "there").exists()


async def test_logs_are_in_the_run_alone_and_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    run = tmp_path / "run"
    await run_fake(run, use_inspect=True)
    logs = sorted((run / "inspect").iterdir())
    assert {log.suffix for log in logs} == {".eval"}
    assert len(logs) == 2  # facts, then the sample through the model
    assert (run / "inspect").stat().st_mode & 0o777 == 0o700
    assert all(log.stat().st_mode & 0o777 == 0o600 for log in logs)
    with zipfile.ZipFile(logs[0]) as log:
        samples = [name for name in log.namelist() if name.startswith("samples/")]
        assert len(samples) == 14
        assert json.loads(log.read(samples[0]))["input"].startswith("Question")
    for path in (tmp_path / "home").rglob("*"):
        assert path.is_dir() or b"Question" not in path.read_bytes()


async def test_killed_under_inspect_it_goes_on(tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    await run_fake(whole, tier="gate")
    kill_after_pieces(killed, 3, "--inspect")
    results = await run_fake(killed, tier="gate")
    assert results.resumed == 1
    assert outputs(killed) == outputs(whole)


async def test_a_target_that_goes_away_ends_the_run_which_can_be_taken_up(tmp_path: Path) -> None:
    run = tmp_path / "run"
    for use_inspect in (True, False):
        with pytest.raises(RunError, match="gone away"):
            await run_fake(run, targets=FakeTargets(GoneTarget()), use_inspect=use_inspect)
    results = await run_fake(run)
    assert results.resumed == 2
    assert results.suites[0].asked == 14


class GoneTarget(FakeTarget):
    """Not there."""

    async def ask(self, step: object) -> dict[str, object]:
        """Unreachable."""
        from eval.errors import TargetError

        raise TargetError("gone", code="unreachable")


async def test_without_inspect_installed_the_message_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eval.inspect_adapter.available", lambda: False)
    with pytest.raises(RunError, match="--no-inspect"):
        inspect_runner(tmp_path)


def test_a_run_needs_no_network_at_all(tmp_path: Path) -> None:
    """In a network namespace of its own, without even a loopback, and with every socket call listed."""
    if sys.platform != "linux" or shutil.which("unshare") is None or shutil.which("strace") is None:
        pytest.skip("needs unshare and strace")
    if subprocess.run(["unshare", "-rn", "true"], check=False, capture_output=True).returncode:
        pytest.skip("this machine gives no network namespace")
    trace = tmp_path / "trace"
    fake = [
        sys.executable,
        "-m",
        "tests.eval.runner.fakes",
        str(tmp_path / "run"),
        "0",
        "--smoke",
        "--inspect",
    ]
    command = ["unshare", "-rn", "strace", "-f", "-qq", "-e", "trace=connect,sendto", "-o", str(trace), *fake]
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path / "home")}
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr[-500:]
    assert read_results(tmp_path / "run").finished_at is not None
    assert "AF_INET" not in trace.read_text()
