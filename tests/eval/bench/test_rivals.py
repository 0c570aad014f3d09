"""The pipeline, a stock chain and the bare model on one small record: what is told, judged and counted."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from assistant.settings import Settings
from eval.bench.rivals.comparing import bench_rivals, drawn, figures, world_of
from eval.bench.rivals.contestant import Metered, Told, is_silent, sentences_of, told_freely
from eval.bench.rivals.judging import verdict_of
from eval.cases.case import Case, Step
from eval.cases.gold import DraftGold, NumberGold, RecordGold, TermGold
from models.base import ChatRequest
from models.scripted import ScriptedChatModel

pytestmark = pytest.mark.anyio
POTASSIUM = RecordGold(all_of=(NumberGold(value=Decimal("5.4"), unit="mmol/L"),))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.parametrize(
    ("text", "silent"),
    [
        ("Je ne trouve pas cette information dans les extraits.", True),
        ("Les extraits ne précisent pas la dose.", True),
        ("Les extraits ne contiennent pas cette information.", True),
        ("La réponse n’est pas mentionnée.", True),
        ("L’information n’a pas été trouvée dans le dossier.", True),
        ("Il n’y a pas d’information sur ce point.", True),
        ("The excerpts do not mention any fracture.", True),
        ("I cannot find it.", True),
        ("Je ne trouvais pas la réponse dans les extraits donnés.", True),
        ("Il n’y a pas de rappel des résultats mentionné dans les extraits.", True),
        ("La réponse est : pas d’information fournie.", True),
        ("Le patient n’a pas de logement précisé dans les extraits.", True),
        ("", True),
        ("Le potassium est à 5,4 mmol/L.", False),
        ("Le patient n’a pas d’allergie connue.", False),
        ("Elle ne fume pas.", False),
        ("Furosémide 40 mg. La durée n’est pas précisée.", False),
    ],
)
def test_a_free_text_is_silent_when_it_says_so_first(text: str, silent: bool) -> None:
    assert is_silent(text) is silent


def test_sentences_of_a_free_text() -> None:
    text = "Le potassium est à 5,4 mmol/L. La dose est de 2,5 mg\n- matin\n\nFin !"
    assert sentences_of(text) == (
        "Le potassium est à 5,4 mmol/L.", "La dose est de 2,5 mg", "- matin", "Fin !",
    )  # fmt: skip


def told(text: str, *sources: str) -> Told:
    meter = Metered(ScriptedChatModel())
    return told_freely(text, sources, first_words_ms=1.0, total_ms=2.0, meter=meter)


def case_of(gold: RecordGold | DraftGold, suite: str = "S1") -> Case:
    return Case(id="c", suite=suite, steps=(Step(text="Potassium ?", patient_id="p"),), gold=gold)


@pytest.mark.parametrize(
    ("text", "right", "unsupported", "wrong_numbers"),
    [
        ("Le potassium est à 5,4 mmol/L.", True, 0, 0),
        ("Le potassium est à 4,5 mmol/L.", False, 1, 1),
        ("Le potassium est à 5,4 mmol/L. Une dialyse urgente semble indispensable demain.", True, 1, 0),
        ("Je ne trouve pas la réponse.", False, 0, 0),
    ],
)
def test_an_answer_is_judged_by_the_truth_and_its_sources(
    text: str, right: bool, unsupported: int, wrong_numbers: int
) -> None:
    verdict = verdict_of(case_of(POTASSIUM), told(text, "Potassium : 5,4 mmol/L"))
    assert (verdict.right, verdict.unsupported, verdict.wrong_numbers) == (right, unsupported, wrong_numbers)
    assert verdict.wrong is (not right and "trouve" not in text)


def test_where_the_record_has_no_answer_silence_is_right() -> None:
    case = case_of(RecordGold(status="abstained", reasons=("not_in_record",)), suite="S3")
    assert verdict_of(case, told("Je ne trouve pas la réponse.")).right
    assert verdict_of(case, told("Elle est à 12 mg.", "12 mg")).wrong


def test_a_gold_of_another_kind_is_refused() -> None:
    with pytest.raises(TypeError, match="not a question on a record"):
        verdict_of(case_of(DraftGold(kind="k", must_have=(TermGold(forms=("x",)),))), told("x"))


def test_figures_are_shares_of_what_was_asked() -> None:
    case, missing = case_of(POTASSIUM), case_of(RecordGold(status="abstained"), suite="S3")
    answers = [
        (case, told("Il est à 5,4 mmol/L.", "5,4 mmol/L")),
        (case, told("Il est à 6,4 mmol/L.", "5,4 mmol/L")),
        (missing, told("Je ne trouve pas.")),
        (missing, told("Il est à 6,4 mmol/L.", "")),
    ]
    rows = [(each, said, verdict_of(each, said)) for each, said in answers]
    found = {one.name.removeprefix("rivals.x."): one for one in figures("x", rows)}
    assert found["right"].value == 0.5
    assert found["right_where_the_record_answers"].value == 0.5
    assert found["wrong_where_it_does_not"].value == 0.5
    assert found["answers_with_a_wrong_number"].value == 0.5
    assert found["unsupported_sentences"].value == pytest.approx(2 / 3, abs=1e-3)
    assert found["unsupported_sentences"].unit == "share, n 3"


def test_the_questions_are_some_that_the_record_answers_and_some_that_it_does_not() -> None:
    cases = drawn(world_of(2), questions=10)
    assert len(cases) == 10
    missing = [case for case in cases if case.suite == "S3"]
    assert len(missing) == 3
    assert all(isinstance(case.gold, RecordGold) and case.gold.status == "abstained" for case in missing)


async def test_all_contestants_answer_the_same_questions_with_the_same_model(tmp_path: Path) -> None:
    asked: list[ChatRequest] = []

    def write(request: ChatRequest) -> Any:
        asked.append(request)
        return {"reponse": "AUCUNE"} if request.json_schema else "Je ne trouve pas la réponse."

    settings = Settings.model_validate({"data": tmp_path / "unused", "engine": "none", "encoder": "hashing"})
    keep = tmp_path / "answers.jsonl"
    found = await bench_rivals(
        settings, patients=1, questions=4, keep=keep, make_model=lambda: ScriptedChatModel(write)
    )
    rows = [json.loads(line) for line in keep.read_text().splitlines()]
    names = ("aparte", "stock_chain", "bare_model")
    questions = {name: [row["case"]["id"] for row in rows if row["contestant"] == name] for name in names}
    assert len(questions["aparte"]) == 4
    assert questions["aparte"] == questions["stock_chain"] == questions["bare_model"]
    figure = {one.name: one.value for one in found}
    assert figure["rivals.stock_chain.wrong_where_it_does_not"] == 0
    assert figure["rivals.bare_model.right_where_the_record_answers"] == 0
    free = [request for request in asked if request.json_schema is None]
    assert len(free) == 8
    assert all(len(request.messages[-1].content) > 20 for request in free)
    given = [row["sources"] for row in rows if row["contestant"] == "stock_chain"]
    assert all(1 <= len(sources) <= 4 and all(len(text) <= 1_000 for text in sources) for sources in given)
    assert figure["rivals.stock_chain.tokens_mean"] > 100
