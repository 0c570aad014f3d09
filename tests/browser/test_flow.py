"""The page against the real service: its own routes, access control, trail, store and answers, with the shipped fakes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Watch
from tests.flows.conftest import running
from tests.flows.hospital import JEANNE, PASSWORD, ROGER, fill, make_services

pytestmark = pytest.mark.browser


@pytest.fixture
def watch() -> Watch:
    """The watch on the page of this test; `page` tells it where the service is."""
    return Watch("")


@pytest.fixture
def page(chromium: Any, tmp_path: Path, watch: Watch) -> Iterator[Any]:
    """A watched page on a running service, before anyone has signed in."""
    services = make_services(tmp_path / "data")
    fill(services)
    with running(services) as address:
        watch.origin = address
        context = chromium.new_context(
            locale="fr-FR", viewport={"width": 1280, "height": 900}, reduced_motion="reduce"
        )
        opened = context.new_page()
        opened.set_default_timeout(20_000)
        watch.attach(opened)
        opened.goto(address)
        yield opened
        watch.check()
        context.close()


def sign_in(page: Any) -> None:
    """Sign in as the physician who cares for Jeanne."""
    page.fill("#signin-username", "medecin")
    page.fill("#signin-password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".patients a")


def ask(page: Any, question: str) -> dict[str, Any]:
    """Ask, wait for the end, and read the same answer from the service."""
    page.wait_for_selector(".suggestion")
    page.fill("#question", question)
    page.press("#question", "Enter")
    page.wait_for_selector(".latest .answer.settled")
    page.wait_for_function("() => location.hash.includes('r=')")
    found: dict[str, Any] = page.evaluate(
        "async () => (await fetch('/api/answers/' + new URLSearchParams(location.hash.slice(1)).get('r'))).json()"
    )
    return found


def highlighted(page: Any) -> str:
    """The highlighted words of the open source."""
    page.wait_for_selector("#source mark")
    return str(
        page.evaluate("[...document.querySelectorAll('#source mark')].map((one) => one.textContent).join('')")
    )


def test_sign_in_choose_ask_and_open_every_source(page: Any) -> None:
    sign_in(page)
    assert page.locator(".patients a").count() == 1, "only the patient in one's care is listed"
    page.click(".patients a")
    page.wait_for_url(f"**/p/{JEANNE}")
    answer = ask(page, "Quel est le dernier potassium ?")
    assert answer["status"] == "answered"
    shown = page.locator(".latest .sentence").all_inner_texts()
    assert [
        text.startswith(sentence["text"]) for text, sentence in zip(shown, answer["sentences"], strict=True)
    ]
    assert any("5,4" in text for text in shown)
    for item in answer["evidence"]:
        page.locator(f".latest .chip[data-evidence={item['id']}]").first.click()
        page.wait_for_function("() => document.querySelector('#source .text')")
        assert highlighted(page) == item["locator"]["quote"]
        page.keyboard.press("Escape")


def test_a_follow_up_is_about_what_was_asked_before(page: Any) -> None:
    sign_in(page)
    page.click(".patients a")
    page.wait_for_url(f"**/p/{JEANNE}")
    ask(page, "Quel est le dernier potassium ?")
    before = ask(page, "Et avant ?")
    assert before["question"] == "Et avant ?"
    assert "4,1" in before["sentences"][0]["text"]


def test_the_record_view_reads_the_real_record(page: Any) -> None:
    sign_in(page)
    page.click(".patients a")
    page.wait_for_selector(".timeline")
    assert page.locator(".lab", has_text="Potassium").locator(".last").inner_text().startswith("5,4 mmol/L")
    assert "Pénicilline" in page.locator(".allergies").inner_text()
    page.locator(".lab .last").first.click()
    assert highlighted(page).startswith("Potassium : 5,4 mmol/L")
    page.keyboard.press("Escape")
    page.click(".document >> nth=0")
    page.wait_for_selector("#source .text")


def test_an_absence_is_an_honest_one(page: Any) -> None:
    sign_in(page)
    page.click(".patients a")
    answer = ask(page, "Quel est le dernier taux de ferritine ?")
    assert answer["status"] == "abstained"
    assert page.locator(".reason h3").inner_text() == "Non retrouvé dans le dossier"
    assert "3 documents lus, du 02/05/2023 au 12/03/2024" in page.locator(".coverage").inner_text()


def test_a_patient_of_others_looks_like_none(page: Any, watch: Watch) -> None:
    watch.expected.append("404")
    sign_in(page)
    page.evaluate(f"history.pushState(null, '', '/p/{ROGER}')")
    page.reload()
    page.wait_for_selector(".welcome.trouble")
    assert page.locator(".welcome").inner_text() == "Ce patient n’existe pas ou ne vous est pas accessible."


def test_reload_keeps_the_answer_and_signing_out_ends_it(page: Any) -> None:
    sign_in(page)
    page.click(".patients a")
    ask(page, "Quel est le dernier potassium ?")
    before = page.locator(".latest .sentence").all_inner_texts()
    page.reload()
    page.wait_for_selector(".latest .sentence")
    assert page.locator(".latest .sentence").all_inner_texts() == before
    page.click("text=Se déconnecter")
    page.wait_for_selector("dialog[open]")
    assert page.evaluate("async () => (await (await fetch('/api/session')).json()).signed_in") is False
