"""Nothing leaves: the network is removed, every connect and sendto of the whole process tree is read.

The commands run in a network namespace of their own, where only loopback is up, under strace. Local sockets
and loopback are all that may be tried.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from assistant.owner import os_user
from eval.synthetic.command import build_demo
from tests.real import weights

pytestmark = pytest.mark.real

LOOPBACK_UP = (
    "import fcntl,socket,struct;"
    "s=socket.socket();"
    "fcntl.ioctl(s,0x8914,struct.pack('16sh14x',b'lo',0x1|0x40));"
)
"""SIOCSIFFLAGS with IFF_UP and IFF_RUNNING: what `ip link set lo up` does."""
CALL = re.compile(r"(?P<call>connect|sendto)\(.*")
ADDRESS = re.compile(
    r'sa_family=(?P<family>AF_\w+)(?:.*?(?:inet_addr\("|inet_pton\(AF_INET6, ")(?P<host>[^"]+)")?'
)
LOCAL_FAMILIES = {"AF_UNIX", "AF_NETLINK", "AF_UNSPEC"}
LOCAL_HOSTS = {"127.0.0.1", "::1"}
QUESTION = "Quelle est la dernière kaliémie ?"
OPEN_QUESTION = "Que sait-on de son mode de vie à domicile ?"


def _isolated() -> list[str]:
    """The words before a command that take the network away; skips where the kernel does not let us."""
    unshare = shutil.which("unshare")
    if unshare is None or shutil.which("strace") is None:
        pytest.skip("strace and unshare are needed (Debian: strace, util-linux)")
    words = [unshare, "-n"] if os.geteuid() == 0 else [unshare, "-n", "-r"]
    if subprocess.run([*words, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this kernel does not let us make a network namespace")
    return words


def _wrapped(log: Path, words: list[str]) -> list[str]:
    """The command under strace in the namespace, after loopback has been brought up."""
    start = f"{LOOPBACK_UP}import os,sys;os.execv(sys.argv[1],sys.argv[1:])"
    trace = ["strace", "-f", "-qq", "-e", "trace=connect,sendto", "-o", str(log)]
    return [*_isolated(), *trace, sys.executable, "-c", start, *words]


def _aparte(*words: str) -> list[str]:
    return [sys.executable, "-m", "assistant.cli.main", *words]


def _tried(log: Path) -> list[tuple[str, str]]:
    """Family and host of every address that was named in a call."""
    found = []
    for line in log.read_text("utf-8", errors="replace").splitlines():
        if (call := CALL.search(line)) and (address := ADDRESS.search(call.group())):
            found.append((address["family"], address["host"] or ""))
    return found


def _foreign(log: Path) -> list[tuple[str, str]]:
    return [
        (family, host)
        for family, host in _tried(log)
        if family not in LOCAL_FAMILIES and host not in LOCAL_HOSTS
    ]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A data folder of one patient, the default encoder, a small model."""
    weights.require(weights.TINY)
    weights.require(weights.DEFAULT_ENCODER)
    _isolated()
    folder = tmp_path_factory.mktemp("nothing-leaves")
    build_demo(folder / "hospital", patients=1, seed=7)
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment = kept | {
        "APARTE_DATA": str(folder / "data"),
        "APARTE_MODELS": str(weights.folder()),
        "APARTE_MODEL": weights.TINY,
        "APARTE_ALLOW_TEST_MODELS": "true",
        "APARTE_PORT": "0",
        "APARTE_THREADS": "1",
        "PYTHONPATH": str(weights.ROOT),
    }
    for words in (
        ["users", "add", "dr", "--role", "physician", "--password-stdin"],
        ["users", "grant", "dr", "*"],
        ["users", "map-os", os_user(), "dr"],
    ):
        subprocess.run(
            _aparte(*words), env=environment, input="un mot de passe assez long\n", text=True, check=True
        )
    return environment


def _hospital(environment: dict[str, str]) -> Path:
    return Path(environment["APARTE_DATA"]).parent / "hospital"


def _run(environment: dict[str, str], log: Path, *words: str) -> dict[str, Any]:
    done = subprocess.run(
        _wrapped(log, _aparte(*words)), env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_ingest_and_ask_reach_nothing_but_this_machine(environment: dict[str, str], tmp_path: Path) -> None:
    hospital = _hospital(environment)
    manifest = str(hospital / "manifest.csv")
    report = _run(environment, tmp_path / "i", "ingest", str(hospital), "--manifest", manifest, "--json")
    assert report["compositions"] > 50
    assert report["rejected"] == []
    patient = next(path.name for path in hospital.iterdir() if path.is_dir())
    answer = _run(environment, tmp_path / "a", "ask", "--patient", patient, QUESTION, "--json")
    assert answer["status"] == "answered"
    worded = _run(environment, tmp_path / "w", "ask", "--patient", patient, OPEN_QUESTION, "--json")
    assert worded["provenance"]["engine"] == "xllamacpp"
    assert ("AF_INET", "127.0.0.1") in _tried(tmp_path / "w"), "the worker was not traced"
    assert [_foreign(tmp_path / name) for name in "iaw"] == [[], [], []]


def test_serve_reaches_nothing_but_this_machine(environment: dict[str, str], tmp_path: Path) -> None:
    """Asked from inside the same namespace, since nobody outside can reach it."""
    log = tmp_path / "s"
    script = tmp_path / "inside.py"
    script.write_text(INSIDE, encoding="utf-8")
    done = subprocess.run(
        _wrapped(log, [sys.executable, str(script)]),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen["health"] == 200
    assert seen["page"] == 200
    assert seen["status"] in {"answered", "abstained"}
    assert _foreign(log) == []


INSIDE = f"""
import json, os, pathlib, signal, subprocess, sys
import httpx
serve = subprocess.Popen([sys.executable, "-m", "assistant.cli.main", "serve"], stderr=subprocess.PIPE, text=True)
try:
    for line in serve.stderr:
        if "http://" in line:
            break
    url = line.split("http://")[1].split()[0]
    client = httpx.Client(base_url="http://" + url, timeout=300)
    health, page = client.get("/healthz").status_code, client.get("/").status_code
    patient = next(p.name for p in (pathlib.Path(os.environ["APARTE_DATA"]).parent / "hospital").iterdir() if p.is_dir())
    ask = [sys.executable, "-m", "assistant.cli.main", "ask", "--patient", patient, {QUESTION!r}, "--json"]
    answer = json.loads(subprocess.run(ask, capture_output=True, text=True, check=True).stdout)
    print(json.dumps(dict(health=health, page=page, status=answer["status"])))
finally:
    serve.send_signal(signal.SIGINT)
    serve.wait(30)
"""


def test_a_foreign_address_would_be_seen(tmp_path: Path) -> None:
    """The proof of the proof: a program that does try the outside is caught, and gets nowhere."""
    log = tmp_path / "f"
    attempt = "import socket;s=socket.socket();s.connect_ex(('192.0.2.1',80))"
    subprocess.run(_wrapped(log, [sys.executable, "-c", attempt]), check=True, capture_output=True)
    assert _foreign(log) == [("AF_INET", "192.0.2.1")]
