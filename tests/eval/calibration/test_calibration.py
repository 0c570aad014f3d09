"""Calibration: figures worked by hand, errors made on purpose, trivial predictors, admission, the command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from eval.calibration.checkers import checker_names, load_checker, trivial_names
from eval.calibration.command import app
from eval.calibration.errors_made import KINDS, pairs_of
from eval.calibration.figures import admission, figures
from eval.calibration.k_qa import k_qa
from eval.calibration.measuring import french_pairs
from eval.calibration.pairs import Pair, Scored, held_half, score_pairs
from eval.calibration.sentences import Told
from eval.calibration.trivial import negation_count, number_mismatch, sentence_length, word_overlap
from eval.calibration.wordings import Wording, filled, words
from eval.errors import CaseFileError, RunError
from eval.metrics.calibration import auroc

SOURCE = "12/03/2025 · Biologie\nPotassium : 5,4 mmol/L (3,5 à 5,0)\nSodium : 138 mmol/L"
TOLD = Told(
    id="pat/lab/lab-1",
    kind="lab",
    wording=Wording(id="lab-1", kind="lab", text="{x} : {value} {unit} le {date}."),
    slots={"x": "potassium", "value": "5,4", "unit": "mmol/L", "date": "12/03/2025"},
    sentence="Potassium : 5,4 mmol/L le 12/03/2025.",
    source=SOURCE,
    patient="pat",
    others={"analyte": ("Sodium|138",)},
)


def scored(*told: tuple[float, bool, str]) -> list[Scored]:
    return [
        Scored(
            pair=Pair(
                id=str(number),
                sentence="",
                source="",
                supported=supported,
                kind="supported" if supported else "number",
                cluster=cluster,
                held=False,
                true_id="",
            ),
            score=score,
        )
        for number, (score, supported, cluster) in enumerate(told)
    ]


def test_figures_worked_by_hand() -> None:
    # supported .9 and .4, not supported .6 and .4: of four comparisons 2 are won, 1 lost, 1 tied
    found = figures(
        "x", scored((0.9, True, "a"), (0.4, True, "b"), (0.6, False, "a"), (0.4, False, "b")), trivial=False
    )
    assert found.auroc.value == pytest.approx(2.5 / 4)
    assert found.accepted == 0.5
    assert found.refused == 0.5
    [kind] = found.kinds
    assert (kind.kind, kind.n, kind.refused) == ("number", 2, 0.5)
    assert found.auroc.low <= found.auroc.value <= found.auroc.high


@settings(max_examples=20)
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=4, max_size=40))
def test_auroc_is_that_of_the_metrics(told: list[tuple[float, bool]]) -> None:
    told = [*told, (0.3, True), (0.7, False)]
    found = figures(
        "x",
        scored(*((score, label, "ab"[n % 2]) for n, (score, label) in enumerate([*told, *told]))),
        trivial=False,
    )
    doubled = [*told, *told]
    assert found.auroc.value == pytest.approx(
        auroc([one for one, _ in doubled], [label for _, label in doubled])
    )


def test_one_label_alone_cannot_be_measured() -> None:
    with pytest.raises(ValueError, match="both needed"):
        figures("x", scored((0.5, True, "a")), trivial=False)


def test_admission_needs_the_margin_and_a_sure_difference() -> None:
    labels = [(number % 2 == 0, f"p{number % 10}") for number in range(60)]
    labels = [(supported, f"p{number // 6}") for number, (supported, _) in enumerate(labels)]
    good = scored(*((0.9 if label else 0.1, label, cluster) for label, cluster in labels))
    coin = scored(*((0.5, label, cluster) for label, cluster in labels))
    found = admission("good", good, {"coin": coin})
    assert found.admitted
    assert found.difference.value == pytest.approx(0.5)
    assert not admission("coin", coin, {"good": good}).admitted
    assert not admission("good", good, {"same": good}).admitted
    with pytest.raises(ValueError, match="no trivial"):
        admission("good", good, {})


def test_every_kind_of_error_is_made_where_it_can_be() -> None:
    made = {pair.kind: pair.sentence for pair in pairs_of(TOLD)}
    assert set(made) == {"supported", "number", "tenfold", "unit", "date", "binding", "addition"}
    assert made["supported"] == TOLD.sentence
    assert made["binding"] == "Sodium : 5,4 mmol/L le 12/03/2025."
    assert made["unit"] == "Potassium : 5,4 g/L le 12/03/2025."
    assert made["tenfold"] in {
        "Potassium : 54 mmol/L le 12/03/2025.",
        "Potassium : 0,54 mmol/L le 12/03/2025.",
    }
    assert "5,4" not in made["number"]
    assert "12/03/2025" not in made["date"]
    assert made["addition"].startswith("Potassium : 5,4 mmol/L le 12/03/2025, ")
    assert all(pair.held == held_half("lab-1") for pair in pairs_of(TOLD))
    assert list(pairs_of(TOLD)) == list(pairs_of(TOLD))


def test_sides_subjects_times_and_denials_are_turned() -> None:
    wording = Wording(
        id="w",
        kind="sided",
        text="{x} du côté {cote}.",
        negated="Pas {de_x}.",
        other_subject="{x} chez son père.",
        other_time="{x} à prévoir.",
    )
    slots = {"x": "arthroplastie", "side": "droite"}
    told = TOLD.model_copy(
        update={
            "kind": "sided",
            "wording": wording,
            "slots": slots,
            "sentence": filled(wording.text, slots),
            "others": {},
        }
    )
    made = {pair.kind: pair.sentence for pair in pairs_of(told)}
    assert made["supported"] == "Arthroplastie du côté droit."
    assert made["laterality"] == "Arthroplastie du côté gauche."
    assert made["negation"] == "Pas d’arthroplastie."
    assert made["subject"] == "Arthroplastie chez son père."
    assert made["temporality"] == "Arthroplastie à prévoir."


def test_wordings_of_both_halves_exist_for_each_kind_of_truth_that_matters() -> None:
    halves = {(one.kind, held_half(one.id)) for one in words().wording}
    assert {kind for kind, held in halves if held} >= {"lab", "dose", "stop", "problem"}
    assert {kind for kind, held in halves if not held} >= {"lab", "stop", "problem"}
    assert {held_half(one.id) for one in words().addition} == {True, False}


@pytest.fixture(scope="module")
def pairs() -> tuple[Pair, ...]:
    return french_pairs(seed=11, patients=4, held=True, per_kind=6)


def test_pairs_of_a_hospital_are_balanced_and_their_truth_is_among_them(pairs: tuple[Pair, ...]) -> None:
    kinds = {pair.kind for pair in pairs}
    assert kinds >= {
        "supported",
        "number",
        "tenfold",
        "unit",
        "date",
        "drug",
        "negation",
        "subject",
        "temporality",
        "addition",
    }
    assert kinds <= {"supported", *KINDS}
    true = {pair.true_id for pair in pairs if pair.supported}
    assert all(pair.true_id in true for pair in pairs)
    assert all(pair.held for pair in pairs)
    assert len({pair.id for pair in pairs}) == len(pairs)


def test_no_error_is_the_true_sentence(pairs: tuple[Pair, ...]) -> None:
    true = {pair.true_id: pair.sentence for pair in pairs if pair.supported}
    assert all(pair.sentence != true[pair.true_id] for pair in pairs if not pair.supported)


def test_the_number_predictor_sees_every_wrong_number(pairs: tuple[Pair, ...]) -> None:
    score = number_mismatch()
    for pair in pairs:
        if pair.kind in ("number", "tenfold", "date"):
            assert score(pair.sentence, pair.source) < 1, pair.sentence


def test_trivial_predictors() -> None:
    assert word_overlap()("Potassium 5,4", SOURCE) == 1.0
    assert word_overlap()("Potassium normal", SOURCE) == 0.5
    assert negation_count()("Pas de diabète", "Diabète") == 0.5
    assert negation_count()("Pas de diabète", "Absence de diabète") == 1.0
    assert sentence_length()("un deux trois", "") > sentence_length()("un deux trois quatre", "")
    assert number_mismatch()("5,4 et 6 le 12/03/2025", SOURCE) == pytest.approx(2 / 3)


def test_the_registry_and_a_checker_of_ones_own() -> None:
    assert set(trivial_names()) < set(checker_names())
    assert load_checker("eval.calibration.trivial:constant").score("a", "b") == 1.0
    for name in ("nobody", "eval.calibration.trivial:nobody", "no.such.module:x"):
        with pytest.raises(RunError):
            load_checker(name)


def test_a_score_outside_0_to_1_is_refused(pairs: tuple[Pair, ...]) -> None:
    wild = load_checker("constant")._replace(score=lambda sentence, source: 2.0)
    with pytest.raises(ValueError, match="between 0 and 1"):
        score_pairs(wild, pairs)


def test_the_services_own_checks_are_a_checker() -> None:
    checker = load_checker("verify")
    assert checker.score("Le potassium était à 5,4 mmol/L le 12/03/2025.", SOURCE) == 1.0
    for wrong in (
        "Le potassium était à 54 mmol/L le 12/03/2025.",
        "Le sodium était à 5,4 mmol/L le 12/03/2025.",
        "Le potassium était à 5,4 g/L le 12/03/2025.",
    ):
        assert checker.score(wrong, SOURCE) < 0.5, wrong


def test_k_qa_is_read_by_its_hash(tmp_path: Path) -> None:
    with pytest.raises(CaseFileError):
        k_qa(tmp_path)
    bench = Path(__file__).resolve().parents[4] / "shared" / "bench"
    if not (bench / "k-qa").is_dir():
        pytest.skip("the public sets are not beside this checkout (../shared/bench)")
    found = k_qa(bench)
    assert len(found) == 399
    assert sum(pair.supported for pair in found) == 153
    scores = score_pairs(load_checker("word-overlap"), found)
    assert figures("word-overlap", scores, trivial=True).auroc.value == pytest.approx(0.73, abs=0.02)


def test_the_command_prints_json_and_refuses_a_trivial_one() -> None:
    ran = CliRunner().invoke(
        app,
        ["--checker", "eval.calibration.trivial:constant", "--patients", "3", "--per-kind", "5", "--json"],
    )
    assert ran.exit_code == 1
    told = json.loads(ran.stdout)
    [french] = told["sets"]
    assert french["language"] == "fr"
    assert french["admissions"][0]["admitted"] is False


def test_the_command_names_what_exists() -> None:
    ran = CliRunner().invoke(app, ["--checker", "nobody"])
    assert ran.exit_code == 1
    assert "verify" in ran.output
