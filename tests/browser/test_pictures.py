"""Pictures of the page for people to look at, and what can be measured on them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import OpenPage
from tests.browser.fake_record import PATIENT

pytestmark = pytest.mark.browser
SIZES = [(1280, 900), (390, 844)]
SCENES = {
    "signin": None,
    "record": "",
    "answer": "Dernier potassium ?",
    "model": "Pourquoi la metformine a-t-elle été arrêtée ?",
    "abstained": "Groupe sanguin ?",
    "clarify": "Antécédent d’IVG ?",
    "refused": "Dois-je arrêter la spironolactone ?",
    "down": "Résumé (panne) ?",
    "patients": "patients",
}


def scrolls_sideways(page: Any) -> int:
    """By how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def show(page: Any, question: str | None) -> None:
    """Bring a page to its scene."""
    if question == "patients":
        page.goto(page.url.split("/p/")[0])
        page.wait_for_selector(".patients a")
        return
    if question is None:
        page.wait_for_selector("dialog[open] input")
        return
    page.wait_for_selector(".lab")
    page.wait_for_selector(".timeline")
    if question:
        page.fill("#question", question)
        page.keyboard.press("Enter")
        page.wait_for_selector(".answer.settled")


PICTURES = [(scene, width, height, False) for scene in SCENES for width, height in SIZES]
PICTURES += [
    (scene, width, height, True) for scene in ("signin", "record", "model") for width, height in SIZES
]


@pytest.mark.parametrize(("scene", "width", "height", "dark"), PICTURES)
def test_scene_fits_its_window(
    scene: str, width: int, height: int, dark: bool, open_page: OpenPage, screenshots: Path
) -> None:
    question = SCENES[scene]
    page = open_page(f"/p/{PATIENT}", width=width, height=height, dark=dark, signed_in=question is not None)
    show(page, question)
    name = f"{scene}-{width}-{'dark' if dark else 'light'}"
    if scene == "record":
        page.set_viewport_size({"width": width, "height": 2400})
    page.screenshot(path=screenshots / f"{name}.png", full_page=True)
    assert scrolls_sideways(page) <= 0
    if width >= 1100 and scene != "record":
        assert page.evaluate("document.documentElement.scrollHeight") == height
    if scene == "model":
        page.locator(".sentence .chip").nth(3).click()
        page.wait_for_selector("mark")
        page.screenshot(path=screenshots / f"{name}-source.png")
        assert scrolls_sideways(page) <= 0
