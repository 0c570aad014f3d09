"""The page, driven as a clinician drives it, against scripted responses."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.browser.conftest import OpenPage, Watch
from tests.browser.fake_answers import metformin, potassium
from tests.browser.fake_record import LAB, LETTER, PATIENT
from tests.browser.fake_service import FakeService

pytestmark = pytest.mark.browser
CHART = f"/p/{PATIENT}"
FINE = "\u202f"


def ask(page: Any, question: str, *, settled: bool = True) -> None:
    """Write a question and send it."""
    page.wait_for_selector(".suggestion")
    page.fill("#question", question)
    page.press("#question", "Enter")
    page.wait_for_selector(".latest .answer.settled" if settled else ".latest .answer")


def highlighted(page: Any) -> str:
    """The words that the source shows in mark elements, joined."""
    page.wait_for_selector("#source mark")
    return str(
        page.evaluate("[...document.querySelectorAll('#source mark')].map((one) => one.textContent).join('')")
    )


def test_from_sign_in_to_the_exact_words(open_page: OpenPage, service: FakeService) -> None:
    page = open_page("/", signed_in=False)
    page.fill("#signin-username", "claire.petit")
    page.fill("#signin-password", "secret")
    page.click("text=Se connecter")
    page.click("text=MARTIN Hélène >> nth=0")
    page.wait_for_url(f"**{CHART}")
    ask(page, "Dernier potassium ?")
    conversation = service.asked[0]["conversation_id"]
    assert re.fullmatch(r"[0-9a-f-]{36}", conversation)
    assert service.asked[0] == {
        "question": "Dernier potassium ?",
        "language": "fr",
        "use_model": True,
        "conversation_id": conversation,
        "purpose": "care",
        "filters": {"from": None, "to": None, "kinds": [], "sources": []},
    }
    expected = potassium("?")
    first = page.locator(".sentence").first
    assert first.inner_text().startswith(expected["sentences"][0]["text"])
    assert first.locator(".chip").inner_text().startswith("Bio 27/02/2026")
    first.locator(".chip").click()
    assert highlighted(page) == expected["evidence"][0]["locator"]["quote"]
    assert page.locator("#source .text").text_content() == LAB.text


@pytest.mark.parametrize("number", range(4))
def test_every_citation_opens_at_its_quote_whatever_stands_before_it(
    number: int, open_page: OpenPage
) -> None:
    """The letter holds characters outside the basic plane and a combining accent before the quotes."""
    page = open_page(CHART)
    ask(page, "Pourquoi la metformine ?")
    item = metformin("?")["evidence"][number]
    page.locator(f".evidence .chip[data-evidence={item['id']}]").click()
    assert highlighted(page) == item["locator"]["quote"]
    assert page.locator("#source mark").first.is_visible()


def test_evidence_comes_first_and_sentences_join_one_by_one(
    open_page: OpenPage, service: FakeService
) -> None:
    page = open_page(CHART)
    ask(page, "Pourquoi la metformine, lentement ?", settled=False)
    page.wait_for_selector(".evidence li")
    assert page.locator(".sentence").count() == 0
    assert page.locator(".status").inner_text() == "Rédaction…"
    for number, said in enumerate(
        ["1 phrase vérifiée", "2 phrases vérifiées", "3 phrases vérifiées"], start=1
    ):
        service.gate.release()
        page.wait_for_function("(n) => document.querySelectorAll('.sentence').length === n", arg=number)
        assert page.locator(".status").inner_text() == f"Rédaction ({said})…"
    service.gate.release()
    page.wait_for_selector(".answer.settled")
    assert (
        "Passage choisi par une IA et cité du dossier mot pour mot, à vérifier."
        in page.locator(".mention").inner_text()
    )
    dropped = page.locator(".dropped").inner_text()
    assert dropped.startswith("2 phrases écartées")
    assert "un nombre absent de la source (1)" in dropped
    assert page.locator(".conflict").inner_text().startswith("Sources discordantes, potassium")
    assert page.locator(".conflict .chip").count() == 2


def test_stopping_keeps_what_was_found(open_page: OpenPage, service: FakeService) -> None:
    page = open_page(CHART)
    ask(page, "Pourquoi la metformine, lentement ?", settled=False)
    page.wait_for_selector(".evidence li")
    page.click("text=Arrêter")
    page.wait_for_selector(".answer.settled")
    assert page.locator(".status").inner_text() == "Arrêté. Les éléments trouvés restent affichés."
    assert page.locator(".evidence li").count() == 4


def test_a_second_question_puts_the_first_one_away(open_page: OpenPage, service: FakeService) -> None:
    page = open_page(CHART)
    ask(page, "Pourquoi la metformine, lentement ?", settled=False)
    page.wait_for_selector(".evidence li")
    ask(page, "Dernier potassium ?")
    page.click("text=Questions précédentes")
    earlier = page.locator(".earlier .answer")
    assert earlier.count() == 1
    assert earlier.locator(".status").inner_text().startswith("Arrêté.")
    assert page.locator(".latest .sentence").count() == 2


def test_values_and_drugs_are_marked_and_dates_are_not(open_page: OpenPage) -> None:
    page = open_page(CHART)
    ask(page, "Pourquoi la metformine ?")
    assert page.locator(".sentence .value").all_inner_texts() == ["1 000 mg", "142 µmol/L", "35 %"]
    assert page.locator(".sentence .drug").all_inner_texts() == ["metformine"]


def test_a_replaced_version_says_so_and_leads_to_the_current_one(open_page: OpenPage) -> None:
    page = open_page(CHART)
    ask(page, "Dernier potassium ?")
    page.locator(".evidence .chip[data-evidence=E4]").click()
    assert highlighted(page) == "Potassium : 5,9 mmol/L (3,5-5,0)"
    assert (
        page.locator(".replaced p").inner_text()
        == f"Version remplacée{FINE}: ce document a été modifié depuis."
    )
    page.click("text=Voir la version actuelle")
    page.wait_for_function("() => document.querySelector('#source .text').textContent.includes('5,4 mmol/L')")
    assert page.locator(".replaced").count() == 0


def test_words_that_moved_are_never_highlighted_elsewhere(open_page: OpenPage, service: FakeService) -> None:
    page = open_page(CHART)
    page.wait_for_selector(".suggestion")
    shown = page.evaluate("""async () => {
      const { spanOf } = await import("/static/js/source.js");
      const page = { text: "Sodium : 138\\nPotassium : 5,4", blocks: [] };
      return [spanOf(page, { start: 13, end: 28, quote: "Potassium : 5,4" }),
              spanOf(page, { start: 12, end: 27, quote: "Potassium : 5,4" }),
              spanOf(page, { start: 20, end: 90, quote: "x" })];
    }""")
    assert shown == [{"start": 13, "end": 28}, None, None]


def test_reload_finds_the_answer_and_the_open_source_again(open_page: OpenPage) -> None:
    page = open_page(CHART)
    ask(page, "Dernier potassium ?")
    page.locator(".sentence .chip").first.click()
    before = highlighted(page)
    assert "potassium" not in page.url.lower()
    page.reload()
    page.wait_for_selector(".sentence")
    assert highlighted(page) == before


def test_a_stale_answer_says_so(open_page: OpenPage, service: FakeService) -> None:
    page = open_page(CHART)
    ask(page, "Dernier potassium ?")
    service.stale = True
    page.reload()
    page.wait_for_selector(".notes .attention")
    assert (
        page.locator(".notes").inner_text()
        == "Une source de cette réponse a changé depuis. Reposez la question."
    )
    page.click("button:has-text('Reposer la question')")
    page.wait_for_selector(".answer.settled")
    assert len(service.asked) == 2


def test_absence_tells_what_was_searched(open_page: OpenPage) -> None:
    page = open_page(CHART)
    ask(page, "Groupe sanguin ?")
    assert page.locator(".reason h3").inner_text() == "Non retrouvé dans le dossier"
    told = page.locator(".coverage").inner_text()
    for part in (
        "35 documents lus, du 02/04/2019 au 27/02/2026",
        "Compte rendu d’hospitalisation",
        f"openehr{FINE}: à jour le 02/03/2026 à 07 h 10",
        f"archives{FINE}: en retard, dernière mise à jour le 04/01/2026",
        "1 document n’a pas pu être lu",
        "Courrier au médecin traitant · 04/07/2020 · image sans texte",
    ):
        assert part in told


def test_an_ambiguous_word_offers_its_meanings(open_page: OpenPage, service: FakeService) -> None:
    page = open_page(CHART)
    ask(page, "Antécédent d’IVG ?")
    page.click("button.option >> text=insuffisance ventriculaire gauche")
    page.wait_for_selector(".latest .sentence")
    assert service.asked[1]["question"] == "Antécédent d’IVG ? (insuffisance ventriculaire gauche)"


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("Dois-je arrêter la spironolactone ?", "Aparté ne donne pas d’avis médical"),
        ("Résumé (panne) ?", "Le modèle est indisponible"),
    ],
)
def test_what_is_not_answered_is_explained(question: str, title: str, open_page: OpenPage) -> None:
    page = open_page(CHART)
    ask(page, question)
    assert page.locator(".reason h3").inner_text() == title
    assert len(page.locator(".reason p").inner_text()) > 30


def test_a_cut_connection_is_told_and_can_be_tried_again(open_page: OpenPage, service: FakeService) -> None:
    page = open_page(CHART)
    ask(page, "Potassium, avec coupure ?")
    assert page.locator(".status").inner_text().startswith("La connexion a été coupée avant la fin.")
    assert page.locator(".sentence").count() == 1
    page.click(".answer header >> text=Réessayer")
    page.wait_for_selector(".answer.settled")
    assert len(service.asked) == 2


def test_a_busy_model_is_waited_for(open_page: OpenPage, service: FakeService, watch: Watch) -> None:
    watch.expected.append("429")
    page = open_page(CHART)
    service.refuse_next.append((429, "model_busy", {"Retry-After": "1"}))
    ask(page, "Dernier potassium ?", settled=False)
    page.wait_for_function(
        "() => document.querySelector('.status').textContent === 'Le modèle est occupé. Nouvel essai dans 1 s…'"
    )
    page.wait_for_selector(".answer.settled")
    assert page.locator(".sentence").count() == 2


def test_an_expired_session_asks_again_and_loses_nothing(
    open_page: OpenPage, service: FakeService, watch: Watch
) -> None:
    watch.expected.append("401")
    page = open_page(CHART)
    service.refuse_next.append((401, "not_signed_in", {}))
    ask(page, "Dernier potassium ?", settled=False)
    page.wait_for_selector("dialog[open]")
    assert "Votre session a expiré." in page.locator("dialog").inner_text()
    page.keyboard.press("Escape")
    page.fill("#signin-username", "claire.petit")
    page.fill("#signin-password", "secret")
    page.keyboard.press("Enter")
    page.wait_for_selector(".answer.settled")
    assert page.locator(".sentence").count() == 2
    assert len(service.asked) == 1


def test_sign_in_says_what_is_wrong(open_page: OpenPage, watch: Watch) -> None:
    watch.expected.append("401")
    page = open_page("/", signed_in=False)
    page.wait_for_selector("dialog[open]")
    page.click("text=Se connecter")
    assert (
        page.locator("dialog .trouble").inner_text() == "Saisissez votre identifiant et votre mot de passe."
    )
    page.fill("#signin-username", "claire.petit")
    page.fill("#signin-password", "faux")
    page.keyboard.press("Enter")
    page.wait_for_function(
        "() => document.querySelector('dialog .trouble').textContent === 'Identifiant ou mot de passe incorrect.'"
    )
    assert page.input_value("#signin-password") == ""
    assert page.evaluate("document.activeElement.id") == "signin-password"


def test_caps_lock_is_noticed(open_page: OpenPage) -> None:
    page = open_page("/", signed_in=False)
    page.wait_for_selector("dialog[open]")
    hint = page.locator("#signin-caps")
    assert not hint.is_visible()
    press = "document.querySelector('#signin-password').dispatchEvent(new KeyboardEvent('keydown', {bubbles: true, key: 'A', modifierCapsLock: %s}))"
    page.evaluate(press % "true")
    assert hint.inner_text() == "La touche Verr. Maj est active."
    page.evaluate(press % "false")
    assert not hint.is_visible()


def test_sign_out_leaves_nothing_of_the_record(open_page: OpenPage) -> None:
    page = open_page(CHART)
    ask(page, "Dernier potassium ?")
    page.click("text=Se déconnecter")
    page.wait_for_selector("dialog[open]")
    assert page.url.endswith("/")
    body = page.locator("body").text_content()
    assert "MARTIN" not in body
    assert "potassium" not in body.lower()


def test_questions_that_cannot_be_sent(open_page: OpenPage, service: FakeService) -> None:
    page = open_page(CHART)
    page.wait_for_selector(".suggestion")
    page.click("text=Demander")
    assert page.locator("#ask-trouble").inner_text() == "Écrivez une question."
    page.fill("#question", "é" * 401)
    page.click("text=Demander")
    assert (
        page.locator("#ask-trouble")
        .inner_text()
        .startswith(f"Question trop longue{FINE}: 401 caractères, 400 au plus.")
    )
    page.fill("#question", "🩸" * 399)
    assert page.locator(".left").inner_text() == "1 caractère restant"
    assert service.asked == []


def test_a_question_can_be_narrowed_down(open_page: OpenPage, service: FakeService) -> None:
    page = open_page(CHART)
    page.wait_for_selector(".suggestion")
    page.click("text=Préciser")
    page.fill("#ask-from", "2026-01-01")
    page.select_option("#ask-kind", label="Biologie")
    page.check("#ask-plain")
    ask(page, "Dernier potassium ?")
    assert service.asked[0]["filters"] == {
        "from": "2026-01-01",
        "to": None,
        "kinds": ["laboratory"],
        "sources": [],
    }
    assert service.asked[0]["use_model"] is False


def test_another_patient_leaves_nothing_of_the_first(open_page: OpenPage, service: FakeService) -> None:
    page = open_page(CHART)
    ask(page, "Dernier potassium ?")
    page.locator(".sentence .chip").first.click()
    highlighted(page)
    service.empty = True
    page.click("text=BENALI Youssef")
    page.wait_for_function("() => document.querySelector('#banner h1')?.textContent === 'BENALI Youssef'")
    page.wait_for_selector("text=Aucun traitement en cours inscrit au dossier.")
    assert page.locator(".answer, #source .text").count() == 0
    assert page.locator("#banner .small").last.inner_text().startswith("Aucune allergie inscrite au dossier.")
    assert page.locator("#documents").inner_text().endswith("Ce dossier ne contient encore aucun document.")
    service.empty = False
    page.go_back()
    page.wait_for_function("() => document.querySelector('#banner h1')?.textContent === 'MARTIN Hélène'")


def test_the_banner_tells_identity_in_words(open_page: OpenPage) -> None:
    page = open_page(CHART)
    page.wait_for_selector(".banner")
    name, birth_name, born, identity, number = page.locator(".banner > *").all_inner_texts()
    assert (name, birth_name) == ("MARTIN Hélène", "née LEFÈVRE")
    assert re.fullmatch(r"Femme, née le 12/05/1948 \(\d\d ans\)", born)
    assert (identity, number) == ("Identité qualifiée", "IPP 0042137")
    page.click("text=MARTIN Hélène >> nth=2")
    page.wait_for_function(
        "() => document.querySelector('.identity')?.textContent.startsWith('Identité provisoire')"
    )
    assert "291110000000099" not in page.locator("body").inner_text()


def test_the_record_reads_without_a_question(open_page: OpenPage) -> None:
    page = open_page(CHART)
    page.wait_for_selector(".lab")
    page.wait_for_selector(".timeline")
    treatments = page.locator(".part").filter(has_text="Traitements en cours")
    assert treatments.locator("> .body > .lines strong").all_inner_texts() == [
        "Apixaban", "Paracétamol", "Spironolactone", "Bisoprolol",
    ]  # fmt: skip
    treatments.locator("summary").click()
    assert treatments.locator("details li").first.inner_text().split("\n") == [
        "Metformine",
        f"arrêté le 21/02/2026 · motif{FINE}: aggravation de la fonction rénale",
    ]
    first = page.locator(".lab").first
    assert first.locator("h4").inner_text() == "Créatinine"
    assert first.locator(".last").inner_text().split("\n") == ["142 µmol/L", "▲ élevé", "27/02/2026"]
    assert first.locator(".range").inner_text() == "norme 45 à 84"
    assert "Embolie pulmonaire" not in page.locator("#record").inner_text()


def test_what_was_read_from_prose_says_so(open_page: OpenPage) -> None:
    page = open_page(CHART)
    page.wait_for_selector(".lab")
    problems = page.locator(".part").filter(has_text="Problèmes et antécédents")
    assert problems.locator("li", has_text="Diabète").inner_text().split("\n")[1] == "2012 · d’après le texte"
    assert "d’après" not in problems.locator("li", has_text="Insuffisance cardiaque").inner_text()
    potassium = page.locator(".lab", has_text="Potassium")
    assert potassium.locator(".last").inner_text().endswith("27/02/2026, d’après le texte")
    potassium.locator("summary").click()
    rows = potassium.locator(".value-row").all_inner_texts()
    assert ["d’après le texte" in row for row in rows] == [True, *[False] * 7]


def test_a_value_of_the_record_opens_its_source(open_page: OpenPage) -> None:
    page = open_page(CHART)
    page.wait_for_selector(".lab")
    page.locator(".lab", has_text="Potassium").locator(".last").click()
    assert highlighted(page) == "Potassium : 5,4 mmol/L"
    page.click("text=Référence de la source")
    assert LAB.version in page.locator(".reference").inner_text()


def test_a_cell_of_the_timeline_opens_its_documents(open_page: OpenPage) -> None:
    page = open_page(CHART)
    page.click(".cell[aria-label^='Imagerie, 2022']")
    page.wait_for_selector("#source .text")
    page.keyboard.press("Escape")
    page.click(".cell[aria-label^='Soins infirmiers, 2026']")
    assert page.locator(".document").count() == 3
    page.click("text=Tout afficher")
    assert page.locator(".document").count() == 35


def test_a_part_that_fails_does_not_take_the_rest_with_it(
    open_page: OpenPage, service: FakeService, watch: Watch
) -> None:
    watch.expected.append("500")
    service.failing = {"/trends"}
    page = open_page(CHART)
    page.wait_for_selector(".timeline")
    part = page.locator(".part").filter(has_text="Biologie").first
    assert "Cette partie du dossier n’a pas pu être chargée." in part.inner_text()
    assert "req-4711" in part.inner_text()
    service.failing = set()
    part.locator("text=Réessayer").click()
    page.wait_for_selector(".lab")


def test_an_unknown_patient_is_told(open_page: OpenPage, watch: Watch) -> None:
    watch.expected.append("404")
    page = open_page("/p/unknown")
    page.wait_for_selector(".welcome.trouble")
    assert page.locator(".welcome").inner_text() == "Ce patient n’existe pas ou ne vous est pas accessible."


def test_searching_patients(open_page: OpenPage) -> None:
    page = open_page("/")
    page.wait_for_selector(".patients a")
    page.fill("#find", "benali")
    page.wait_for_function("() => document.querySelectorAll('.patients a').length === 1")
    page.fill("#find", "zzz")
    page.wait_for_selector(f"text=Aucun patient ne correspond à «{FINE}zzz{FINE}».")


def test_offline_is_told(open_page: OpenPage, watch: Watch) -> None:
    watch.expected.append("ERR_INTERNET_DISCONNECTED")
    page = open_page(CHART)
    page.wait_for_selector(".suggestion")
    page.context.set_offline(True)
    page.wait_for_selector("#notice >> text=Hors connexion")
    page.fill("#question", "Dernier potassium ?")
    page.keyboard.press("Enter")
    page.wait_for_selector(".answer.settled")
    assert (
        page.locator(".status").inner_text()
        == "Le service ne répond pas. Vérifiez votre connexion, puis réessayez."
    )
    page.context.set_offline(False)
    page.click(".answer header >> text=Réessayer")
    page.wait_for_selector(".sentence")


def test_copy_carries_sources_and_the_mention(open_page: OpenPage) -> None:
    page = open_page(CHART)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(page, "Pourquoi la metformine ?")
    page.click("text=Copier avec les sources")
    page.wait_for_selector("text=Copié")
    text = page.evaluate("navigator.clipboard.readText()")
    assert text.startswith("Hélène Martin, 12/05/1948\nPourquoi la metformine ?\n\nLa metformine 1 000 mg")
    assert "[1] Compte rendu d’hospitalisation, 24/02/2026" in text
    assert LETTER.version in text
    assert text.endswith("Passage choisi par une IA et cité du dossier mot pour mot, à vérifier.")


def test_provenance_is_one_click_away(open_page: OpenPage) -> None:
    page = open_page(CHART)
    ask(page, "Pourquoi la metformine ?")
    page.click("text=Comment cette réponse a été faite")
    told = page.locator(".provenance").inner_text()
    for part in (
        "Qwen2.5-Coder-1.5B-Instruct",
        "answer@v1#0f3a9c21b7de",
        "multilingual-e5-small",
        "0.1.0+abcdef0",
        "négation",
    ):
        assert part in told


def test_english(open_page: OpenPage) -> None:
    page = open_page(CHART, language="en-GB")
    ask(page, "Latest potassium?")
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.locator(".status").inner_text() == "2 sentences checked · 0.2 s"
    page.click("button[lang=fr]")
    page.wait_for_selector("text=Votre question sur ce dossier")
    assert page.evaluate("document.documentElement.lang") == "fr"
