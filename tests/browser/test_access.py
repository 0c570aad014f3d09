"""Reaching everything without a mouse, and being told what happens without seeing it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import OpenPage
from tests.browser.fake_record import PATIENT
from tests.browser.fake_service import FakeService

pytestmark = pytest.mark.browser
CHART = f"/p/{PATIENT}"
CONTRAST_AND_REST = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }
}


def audit(page: Any) -> list[str]:
    """What axe-core finds, each with the first element concerned."""
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
    )
    found = axe.Axe().run(page, options=CONTRAST_AND_REST).response["violations"]
    return [f"{one['id']} ({one['impact']}): {one['nodes'][0]['html'][:160]}" for one in found]


def focused(page: Any) -> str:
    """The text of the element that has the focus."""
    return str(
        page.evaluate(
            "document.activeElement.innerText || document.activeElement.id || document.activeElement.tagName"
        )
    )


QUESTIONS = [None, "", "Pourquoi la metformine ?", "Groupe sanguin ?", "Antécédent d’IVG ?"]
AUDITED = [(None, 1280, False), ("", 1280, False), (QUESTIONS[2], 1280, False), (QUESTIONS[2], 390, False)]
AUDITED += [
    (QUESTIONS[3], 1280, False),
    (QUESTIONS[4], 390, False),
    (None, 390, True),
    (QUESTIONS[2], 1280, True),
    ("", 390, True),
]


@pytest.mark.parametrize(("question", "width", "dark"), AUDITED)
def test_axe_finds_nothing(question: str | None, width: int, dark: bool, open_page: OpenPage) -> None:
    page = open_page(CHART, width=width, dark=dark, signed_in=question is not None)
    if question is None:
        page.wait_for_selector("dialog[open] input")
    else:
        page.wait_for_selector(".lab")
        page.wait_for_selector(".timeline")
    if question:
        page.fill("#question", question)
        page.press("#question", "Enter")
        page.wait_for_selector(".answer.settled")
        page.evaluate("() => { for (const one of document.querySelectorAll('details')) one.open = true; }")
    assert audit(page) == []
    if question and "metformine" in question:
        page.locator(".evidence .chip[data-evidence=E4]").click()
        page.wait_for_selector("#source mark")
        assert audit(page) == []


def test_from_sign_in_to_the_source_by_keyboard(open_page: OpenPage) -> None:
    page = open_page("/", signed_in=False)
    page.wait_for_selector("dialog[open]")
    page.keyboard.type("claire.petit")
    page.keyboard.press("Tab")
    page.keyboard.type("secret")
    page.keyboard.press("Enter")
    page.wait_for_selector(".patients a")
    for _ in range(12):
        page.keyboard.press("Tab")
        if focused(page).startswith("MARTIN Hélène"):
            break
    page.keyboard.press("Enter")
    page.wait_for_selector(".suggestion")
    page.wait_for_function("() => document.activeElement.tagName === 'H1'")
    page.keyboard.press("/")
    assert focused(page) == "question"
    page.keyboard.type("Pourquoi la metformine ?")
    page.keyboard.press("Enter")
    page.wait_for_selector(".answer.settled")
    for _ in range(20):
        page.keyboard.press("Tab")
        if focused(page).startswith("CRH"):
            break
    page.keyboard.press("Enter")
    page.wait_for_selector("#source mark")
    assert focused(page) == "Compte rendu d’hospitalisation"
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("#source h2:has-text('Ionogramme sanguin')")
    assert page.locator(".bar .small").inner_text() == "Citation 2 sur 4"
    assert page.locator(".sentence .chip[aria-current]").all_inner_texts()[0].startswith("Bio 27/02/2026")
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector("#source h2:has-text('Compte rendu')")
    page.keyboard.press("Escape")
    assert page.locator("#source").is_hidden()
    assert focused(page).startswith("CRH")


def test_a_slash_in_the_question_is_a_slash(open_page: OpenPage) -> None:
    page = open_page(CHART)
    page.wait_for_selector(".suggestion")
    page.keyboard.press("/")
    page.keyboard.type("TA 12/8 ?")
    assert page.input_value("#question") == "TA 12/8 ?"


def test_shift_enter_makes_a_line_and_enter_asks(open_page: OpenPage, service: FakeService) -> None:
    page = open_page(CHART)
    page.wait_for_selector(".suggestion")
    page.keyboard.press("/")
    page.keyboard.type("Dernier")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("potassium ?")
    page.keyboard.press("Enter")
    page.wait_for_selector(".answer.settled")
    assert service.asked[0]["question"] == "Dernier\npotassium ?"


def test_live_regions_announce_progress_and_sentences(open_page: OpenPage) -> None:
    page = open_page(CHART)
    page.wait_for_selector(".suggestion")
    page.fill("#question", "Dernier potassium ?")
    page.keyboard.press("Enter")
    page.wait_for_selector(".answer.settled")
    assert page.locator(".sentences").get_attribute("aria-live") == "polite"
    assert page.locator(".answer .status").get_attribute("role") == "status"
    assert page.locator("#ask-trouble").get_attribute("role") == "alert"


@pytest.mark.parametrize("width", [1280, 390])
def test_reading_order_is_screen_order(width: int, open_page: OpenPage) -> None:
    """Inside each place, what comes later in the document is not drawn above what comes before."""
    page = open_page(CHART, width=width)
    page.wait_for_selector(".timeline")
    page.fill("#question", "Dernier potassium ?")
    page.keyboard.press("Enter")
    page.wait_for_selector(".answer.settled")
    backwards = page.evaluate("""() => {
      const found = [];
      for (const place of ["#who", "#work"]) {
        let bottom = -Infinity;
        for (const one of document.querySelectorAll(`${place} :is(h1, h2, h3, textarea, .sentence, .evidence li, .timeline)`)) {
          const box = one.getBoundingClientRect();
          if (!box.height) continue;
          if (box.bottom < bottom - 400) found.push(one.textContent.slice(0, 40));
          bottom = box.top;
        }
      }
      return found;
    }""")
    assert backwards == []


def test_the_timeline_is_one_stop_and_arrows_walk_in_it(open_page: OpenPage) -> None:
    page = open_page(CHART)
    page.wait_for_selector(".timeline")
    assert page.locator(".timeline button[tabindex='0']").count() == 1
    page.locator(".timeline button[tabindex='0']").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("Vaccination, ")


def test_on_a_phone_the_source_covers_the_rest(open_page: OpenPage) -> None:
    page = open_page(CHART, width=390, height=844)
    page.wait_for_selector(".timeline")
    page.fill("#question", "Dernier potassium ?")
    page.press("#question", "Enter")
    page.wait_for_selector(".answer.settled")
    page.locator(".sentence .chip").first.click()
    page.wait_for_selector("#source mark")
    assert page.evaluate("document.querySelector('#work').inert && document.querySelector('#who').inert")
    box = page.locator("#side").bounding_box()
    assert (box["x"], box["width"]) == (0, 390)
    page.click("#source .close")
    assert not page.evaluate("document.querySelector('#work').inert")
    assert page.locator("#side").is_hidden()
    assert focused(page).startswith("Bio 27/02/2026")


def test_targets_are_large_enough_for_a_finger(open_page: OpenPage) -> None:
    page = open_page(CHART, width=390, height=844)
    page.wait_for_selector(".timeline")
    small = page.evaluate("""() => [...document.querySelectorAll("button, summary, a, input, select")]
      .filter((one) => one.offsetParent && !one.closest(".unseen, .skip"))
      .map((one) => [one.getBoundingClientRect(), one])
      .filter(([box]) => box.height < 24 || box.width < 24)
      .map(([box, one]) => `${one.className} ${box.width}x${box.height}`)""")
    assert small == []


def test_paper_carries_the_answer_and_nothing_to_click(open_page: OpenPage) -> None:
    page = open_page(CHART)
    page.wait_for_selector(".timeline")
    page.fill("#question", "Dernier potassium ?")
    page.press("#question", "Enter")
    page.wait_for_selector(".answer.settled")
    page.emulate_media(media="print")
    for shown in (".banner h1", ".sentence", ".evidence li", ".mention", ".printed"):
        assert page.locator(shown).first.is_visible(), shown
    for hidden in (".top", "#question", ".people", "#side", ".actions", "#record"):
        assert not page.locator(hidden).first.is_visible(), hidden
