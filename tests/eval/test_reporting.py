"""The report: what stands on the page, in which order, in which French, and that nothing in it is obeyed."""

from __future__ import annotations

import html
import json
import re
from decimal import Decimal
from pathlib import Path

import pytest

from eval.cases.gold import DateGold, DrugGold, NumberGold, PolarityGold, TermGold
from eval.errors import RunError
from eval.reporting import french
from eval.reporting.html import write_report
from eval.reporting.wording import Words, typeset
from eval.verdicts import Fault, State
from tests.eval.fake_run import ATTACK, gates, write_run

TYPOGRAPHY = re.compile(r"[^\s\u202f\u00a0|] [;!?»%]|« |[^|] :|\d[.]\d+ ?%|\w[;!?%]")


@pytest.fixture
def page(tmp_path: Path) -> str:
    write_run(tmp_path / "run")
    write_report(tmp_path / "run", tmp_path / "out" / "report.html", gates=gates())
    return (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def text_of(page: str) -> str:
    bare = re.sub(
        r"<style>.*?</style>|<script>.*?</script>|<(code|blockquote)\b.*?</\1>", " ", page, flags=re.S
    )
    return html.unescape(re.sub(r"[ \n]+", " ", re.sub(r"<[^>]+>", "|", bare)))


def test_the_verdict_and_what_failed_come_first(page: str) -> None:
    order = [
        "Ne peut pas être mis en service", 'id="echecs"', "Fuites d’un dossier à l’autre", "Questions sur le dossier",
        'id="non-mesurable"', "Brouillons", 'id="suites"', 'id="cas"', 'id="liaison"',
    ]  # fmt: skip
    places = [page.index(part, page.index("<body>")) for part in order]
    assert places == sorted(places)
    assert "Sur 5\u00a0exigences\u202f: 1\u00a0tenue, 3\u00a0non tenues, 1\u00a0non encore mesurable" in page


def test_every_failed_case_is_told_whole(page: str) -> None:
    for part in (
        "Dernière créatinine ?", "pat-763ed889", "88\u00a0µmol/L", "880\u00a0µmol/L", "Créatinine 88 µmol/L le 12/03/2024",
        "La dernière créatinine est à 880 µmol/L.", "n’est pas dit\u202f: 88\u00a0µmol/L", "doc-1", "apixaban (Eliquis)",
        "abstention (non vérifié) au lieu de\u202f: une réponse", "Erreur\u202f: délai dépassé", "DURAND Odette",
        "Traitements de Mme Durand ?", "fonction rénale", "texte seul", "rédigée par le modèle",
    ):  # fmt: skip
        assert part in page, part
    assert page.count('<details class="case"') == 5


def test_figures_have_interval_and_n(page: str) -> None:
    told = text_of(page)
    assert "25\u202f%" in told
    assert "de 1,3\u202f% à 75,1\u202f%" in told
    assert "n = 4" in told
    assert "−4,5" in told
    assert "borne ≥\u00a085\u202f%" in told


def test_the_page_needs_nothing_and_obeys_nothing(page: str) -> None:
    assert (
        "http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-"
        in page.replace("&#39;", "'")
    )
    assert ATTACK not in page
    assert "&lt;script&gt;document.title" in page
    assert not re.search(r"(?:src|href)=\"(?!#)", page)
    assert "http" not in re.sub(r"http-equiv", "", page)
    assert len(set(re.findall(r' id="([^"]+)"', page))) == len(re.findall(r' id="([^"]+)"', page))


def test_french_typography(page: str) -> None:
    own = text_of(page)
    for verbatim in (
        "Dernière créatinine ?",
        "Allergies ?",
        f"Anticoagulant actuel, lequel ? {ATTACK}",
        "Et ici ?",
        "Groupe sanguin ?",
        "Traitements de Mme Durand ?",
    ):
        own = own.replace(verbatim, "")
    assert [own[max(0, at.start() - 30) : at.end() + 10] for at in TYPOGRAPHY.finditer(own)] == []
    assert "'" not in own.replace(ATTACK, "")


def test_the_json_beside_it(tmp_path: Path) -> None:
    write_run(tmp_path / "run")
    write_report(tmp_path / "run", tmp_path / "report.html", gates=gates())
    told = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert told["passed"] is False
    assert [row["gate"]["id"] for row in told["gate"]["verdicts"] if row["state"] == "fail"] == [
        "S1.correct",
        "S3.wrong",
        "S5.leak",
    ]
    assert [case["id"] for case in told["failed_cases"]["S1"]] == ["S1-0", "S1-1", "S1-2"]
    assert (tmp_path / "report.json").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "report.html").stat().st_mode & 0o777 == 0o600


def test_same_run_same_page(tmp_path: Path, page: str) -> None:
    write_report(tmp_path / "run", tmp_path / "again.html", gates=gates())
    assert (tmp_path / "again.html").read_text(encoding="utf-8") == page


def test_a_run_whose_questions_were_erased_still_has_its_figures(tmp_path: Path) -> None:
    write_run(tmp_path / "run")
    for path in (*tmp_path.glob("run/cases/*"), *tmp_path.glob("run/outputs/*/*")):
        path.unlink()
    write_report(tmp_path / "run", tmp_path / "report.html", gates=gates())
    assert "Aucune réponse n’a été conservée." in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_folder_without_results_is_told(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"results\.json"):
        write_report(tmp_path, tmp_path / "report.html")
    (tmp_path / "results.json").write_text("{}", encoding="utf-8")
    with pytest.raises(RunError, match=r"results\.json"):
        write_report(tmp_path, tmp_path / "report.html")


def test_a_broken_piece_is_told(tmp_path: Path) -> None:
    write_run(tmp_path)
    (tmp_path / "outputs" / "S1" / "model-0001.jsonl").write_text("{", encoding="utf-8")
    with pytest.raises(RunError, match=r"model-0001"):
        write_report(tmp_path, tmp_path / "report.html")


def test_every_state_and_fault_has_french_words() -> None:
    words = Words()
    for table, keys in (("state", State.__args__), ("fault", Fault.__args__)):  # type: ignore[attr-defined]
        for key in keys:
            assert words.word(table, key) != key


@pytest.mark.parametrize(
    ("english", "told"),
    [
        (
            "status abstained (not_in_record) instead of answered",
            "abstention (absent du dossier) au lieu de\u202f: une réponse",
        ),
        (
            "5 mg is not said; 50 mg is said",
            "n’est pas dit\u202f: 5\u00a0mg\u202f; est dit à tort\u202f: 50\u00a0mg",
        ),
        ("presence of diabète is not said", "la présence n’est pas dite\u202f: diabète"),
        ("sentence 2, E3", "phrase 2, citation E3\u202f: les mots cités ne portent pas ce qui est attendu"),
        ("nobody translated this", "nobody translated this"),
        ("", ""),
    ],
)
def test_notes_are_told_in_french(english: str, told: str) -> None:
    assert Words().said(english) == told


def test_numbers_dates_and_golds_in_french() -> None:
    assert [french.percent(share) for share in (1.0, 0.99999, 0.953, 0.5, 0.0001, 0.0)] == [
        "100\u202f%", "99,9\u202f%", "95,3\u202f%", "50\u202f%", "<\u202f0,1\u202f%", "0\u202f%",
    ]  # fmt: skip
    assert french.moment("2026-08-01T07:03:00+00:00") == "1er\u00a0août 2026 à 7\u00a0h\u00a003 (UTC)"
    assert [french.duration(seconds) for seconds in (12, 300, 3900)] == [
        "12\u00a0s",
        "5\u00a0min",
        "1\u00a0h\u00a005\u00a0min",
    ]
    assert french.count(12345) == "12\u202f345"
    assert french.percent(float("inf")) == "non bornée"
    told = [
        NumberGold(value=Decimal("4.20"), unit="umol/L"), DateGold(iso="2024-03-12"), DateGold(iso="2024"),
        DrugGold(dci="apixaban"), TermGold(forms=("arrêté", "stoppé")), PolarityGold(present=False, about="tabac"),
    ]  # fmt: skip
    assert [french.gold(value) for value in told] == [
        "4,20\u00a0µmol/L", "12/03/2024", "en 2024", "apixaban",
        "«\u202farrêté\u202f» (ou «\u202fstoppé\u202f»)", "absent\u202f: tabac",
    ]  # fmt: skip
    assert typeset("« a » ; b : c ? 95 %") == "«\u202fa\u202f»\u202f; b\u202f: c\u202f? 95\u202f%"
