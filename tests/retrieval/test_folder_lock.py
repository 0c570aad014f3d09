"""One owner of the data folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from retrieval.errors import StoreError
from retrieval.folder_lock import LOCK_FILE, NotOwner, Owner, acquire, owner_of


def test_a_second_owner_learns_who_and_where(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    assert owner_of(folder) is None
    with acquire(folder) as ownership:
        assert owner_of(folder) == Owner(pid=os.getpid())
        with pytest.raises(NotOwner, match="wait until it ends"), acquire(folder):
            pass
        ownership.publish("http://127.0.0.1:8000")
        with pytest.raises(NotOwner, match=r"serves .* at http://127.0.0.1:8000") as refused, acquire(folder):
            pass
        assert refused.value.owner == Owner(pid=os.getpid(), address="http://127.0.0.1:8000")
    assert owner_of(folder) is None
    with acquire(folder, address="http://[::1]:1"):
        assert owner_of(folder) == Owner(pid=os.getpid(), address="http://[::1]:1")


def test_a_killed_owner_leaves_no_lock(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path; from retrieval.folder_lock import acquire\n"
        "with acquire(Path(sys.argv[1]), address='http://127.0.0.1:1'):\n"
        "    print('held', flush=True); signal.pause()\n"
    )
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], cwd=root, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        assert owner_of(tmp_path) == Owner(pid=other.pid, address="http://127.0.0.1:1")
        with pytest.raises(NotOwner), acquire(tmp_path):
            pass
        other.send_signal(signal.SIGKILL)
    assert owner_of(tmp_path) is None
    with acquire(tmp_path):
        pass


def test_an_unreadable_lock_file_still_locks(tmp_path: Path) -> None:
    with acquire(tmp_path):
        (tmp_path / LOCK_FILE).write_text("nonsense")
        assert owner_of(tmp_path) == Owner(pid=0)
        with pytest.raises(NotOwner, match="another process is using") as refused, acquire(tmp_path):
            pass
        assert refused.value.owner is None


def test_an_error_inside_frees_the_lock(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), acquire(tmp_path):
        raise RuntimeError
    assert owner_of(tmp_path) is None


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"), acquire(tmp_path / "file" / "data"):
        pass
