"""Chromium for the page's tests, and a watch on what the page must never do.

Every page made by `open_page` is watched: a request to another origin, a console error, an uncaught exception or
a violation of the Content-Security-Policy fails the test that caused it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.fake_service import FakeService

playwright_api = pytest.importorskip("playwright.sync_api", reason="Playwright for Python is not installed")

ARGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--force-color-profile=srgb"]
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
WATCH_POLICY = """
  window.broken = [];
  document.addEventListener("securitypolicyviolation", (event) =>
    window.broken.push(`${event.violatedDirective} ${event.blockedURI}`));
"""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The system's own browser."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium on this machine")
    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGS)
        yield browser
        browser.close()


@pytest.fixture
def service() -> Iterator[FakeService]:
    """The fake service, fresh for each test."""
    fake = FakeService()
    yield fake
    fake.close()


class Watch:
    """What a page did that it must not do. `expected` holds parts of console lines that a test provokes."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.expected: list[str] = []
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.pages: list[Any] = []

    def attach(self, page: Any) -> None:
        """Start watching."""
        self.pages.append(page)
        page.add_init_script(WATCH_POLICY)
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(f"exception: {error}"))
        page.on("console", self._heard)

    def _heard(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"console {message.type}: {message.text}")

    def check(self) -> None:
        """Fail on anything that was not expected."""
        for page in self.pages:
            self.complaints += [f"policy: {line}" for line in page.evaluate("window.broken ?? []")]
        kept = [line for line in self.complaints if not any(part in line for part in self.expected)]
        assert kept == []
        foreign = [url for url in self.requests if not url.startswith((self.origin + "/", "data:"))]
        assert foreign == []


OpenPage = Callable[..., Any]


@pytest.fixture
def watch(service: FakeService) -> Watch:
    """The watch on the pages of this test."""
    return Watch(service.address)


@pytest.fixture
def open_page(chromium: Any, service: FakeService, watch: Watch) -> Iterator[OpenPage]:
    """Open the page at a path: `open_page("/p/x", width=390, dark=True, signed_in=False)`."""
    contexts = []

    def open_one(
        path: str = "/",
        *,
        width: int = 1280,
        height: int = 900,
        dark: bool = False,
        signed_in: bool = True,
        language: str = "fr-FR",
    ) -> Any:
        service.signed_in = signed_in
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            locale=language,
            timezone_id="Europe/Paris",
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(8000)
        watch.attach(page)
        page.goto(service.address + path)
        return page

    yield open_one
    watch.check()
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures go: APARTE_SCREENSHOTS, else a temporary folder."""
    given = os.environ.get("APARTE_SCREENSHOTS")
    folder = Path(given) if given else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
