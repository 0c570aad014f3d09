"""The evaluation's report in a browser: from a file, without a request, at two widths, in light and dark."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from eval.reporting.html import write_report
from tests.browser.conftest import WATCH_POLICY
from tests.browser.test_access import audit
from tests.browser.test_pictures import scrolls_sideways
from tests.eval.fake_run import gates, write_run

pytestmark = pytest.mark.browser
SIZES = [(1280, 900), (390, 844)]
Open = Callable[..., Any]


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    for name in ("bad", "empty"):
        write_run(folder / name, bad=name == "bad")
        write_report(folder / name, folder / f"{name}.html", gates=gates())
    return folder


@pytest.fixture
def open_report(chromium: Any, reports: Path) -> Iterator[Open]:
    """Open a report from its file, offline; anything it asks for or complains of fails the test."""
    contexts, complaints, requests = [], [], []

    def open_one(name: str = "bad", *, width: int = 1280, height: int = 900, **options: Any) -> Any:
        context = chromium.new_context(
            viewport={"width": width, "height": height}, offline=True, locale="fr-FR", **options
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(8000)
        if options.get("java_script_enabled", True):
            page.add_init_script(WATCH_POLICY)
        page.on("request", lambda request: requests.append(request.url))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda told: complaints.append(told.text) if told.type in {"error", "warning"} else None,
        )
        page.goto((reports / f"{name}.html").as_uri())
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert complaints == []
    assert [url for url in requests if not url.startswith("file:")] == []


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_report_fits_and_can_be_read(
    width: int, height: int, dark: bool, open_report: Open, screenshots: Path
) -> None:
    page = open_report(width=width, height=height, color_scheme="dark" if dark else "light")
    name = f"evaluation-{width}-{'dark' if dark else 'light'}"
    page.screenshot(path=screenshots / f"{name}-top.png")
    assert page.locator("h1").inner_text() == "Ne peut pas être mis en service"
    first = page.locator(".failed li").first
    assert "Fuites d’un dossier à l’autre" in first.inner_text()
    assert first.bounding_box()["y"] < height, "what failed stands on the first screen"
    assert audit(page) == []
    page.click("#open-all")
    assert page.locator("details.case:not([open])").count() == 0
    page.screenshot(path=screenshots / f"{name}.png", full_page=True)
    assert scrolls_sideways(page) <= 0
    assert audit(page) == []
    assert page.evaluate("window.broken") == []
    assert page.title().startswith("Ne peut pas")


def test_cases_are_filtered_by_suite_and_found_by_their_anchor(open_report: Open) -> None:
    page = open_report()
    page.select_option("#which", "S5")
    assert page.locator("details.case:visible").count() == 1
    anchor = page.locator("#cas-S1 details").first.get_attribute("id")
    page.evaluate("name => { location.hash = name; }", anchor)
    page.wait_for_selector(f"#{anchor}[open]")
    assert page.locator("#which").input_value() == ""
    assert page.locator(f"#{anchor} .body").is_visible()


def test_it_reads_without_scripts(open_report: Open, screenshots: Path) -> None:
    page = open_report(width=390, height=844, java_script_enabled=False)
    assert not page.locator("#filter").is_visible()
    case = page.locator("#cas-S1 details").first
    case.locator("summary").click()
    assert case.locator(".body").is_visible()


def test_it_prints(open_report: Open, screenshots: Path) -> None:
    page = open_report()
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    assert not page.locator("#filter").is_visible()
    page.pdf(path=screenshots / "evaluation.pdf", format="A4")
    assert (screenshots / "evaluation.pdf").stat().st_size > 10_000


def test_keys_reach_the_cases_and_nothing_planted_ran(open_report: Open) -> None:
    page = open_report()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("document.images.length") == 0
    assert page.evaluate("document.scripts.length") == 1


def test_a_run_without_observations(open_report: Open) -> None:
    page = open_report("empty")
    assert page.locator("h1").inner_text() == "Ne peut pas être mis en service"
    assert "Aucun cas n’est en échec." in page.locator("#cas").inner_text()
    assert audit(page) == []
