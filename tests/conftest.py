"""What holds for every test: no network beyond loopback, a clean environment, the shared data by name."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
import pytest_socket
from hypothesis import settings

REPOSITORY = Path(__file__).resolve().parent.parent
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")
"""Machines are shared, so no example has a deadline; CI tries the same examples every time."""
_FOREIGN = ("APARTE_", "LANGSMITH_", "LANGCHAIN_", "OPENAI_", "HF_")
_KEPT = frozenset({"APARTE_SCREENSHOTS"})


@pytest.fixture(autouse=True)
def _no_network() -> Iterator[None]:
    """A socket to anything but this machine fails the test that opens it."""
    pytest_socket.socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)
    yield
    pytest_socket._remove_restrictions()


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the person who runs the tests reaches them."""
    for name in list(os.environ):
        if name.startswith(_FOREIGN) and name not in _KEPT:
            monkeypatch.delenv(name)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("TRANSFORMERS_OFFLINE", "1")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public example records beside the repository; tests that need it skip without."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the shared example records are not beside this checkout (../shared/data)")
    return folder


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio, as the service does."""
    return "asyncio"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where the shared data is there, a data test that skips is a test that did not do its work."""
    report = yield
    here = (REPOSITORY.parent / "shared" / "data").is_dir()
    if report.skipped and not hasattr(report, "wasxfail") and here and item.get_closest_marker("data"):
        report.outcome = "failed"
        report.longrepr = f"skipped although the shared data is there: {report.longrepr}"
    return report
