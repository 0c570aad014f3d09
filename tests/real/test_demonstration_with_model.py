"""Thirty-six questions on demonstration patients with the default encoder and the default model.

Three of each of the twelve families, drawn by the hash of their id. Nothing wrong may be said: an answer that
states a wrong value, cites the wrong words or invents is a failure whatever the family. Abstaining where an
answer was to be had is counted, and bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from eval.synthetic.questions import Question, questions
from eval.synthetic.scoring import faults
from models.build import ModelSettings, open_chat_model, open_embedder
from tests.demonstration.loaded import Loaded, ask, drawn, load
from tests.real import weights

pytestmark = pytest.mark.real

PATIENTS = 4
EACH = 3
MODEL = "qwen2.5-coder-1.5b-instruct-q4_k_m"
ABSTAINED_AT_MOST = 6
"""Of the 36: narrative questions that the checks or the model leave unanswered."""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    """Four patients, embedded with the default encoder."""
    weights.require(weights.DEFAULT_ENCODER)
    folder: Path = tmp_path_factory.mktemp("with-model")
    embedder = open_embedder(ModelSettings(models_folder=weights.folder(), allow_test_models=True))
    made = load(folder, embedder, patients=PATIENTS)
    yield made
    made.services.index.close()
    made.store.close()


def test_thirty_six_questions_with_the_model(loaded: Loaded) -> None:
    weights.require(MODEL)
    asked = drawn(questions(loaded.hospital), EACH)
    assert len(asked) == 36
    found = anyio.run(_ask_all, loaded, asked)
    told = "\n".join(f"{item.id}: {'; '.join(wrong)}" for item, wrong in found if wrong)
    abstained = [item.id for item, wrong in found if wrong and wrong[0].startswith("status abstained")]
    other = [item.id for item, wrong in found if wrong and item.id not in abstained]
    print(f"right {sum(not wrong for _, wrong in found)} of {len(found)}\n{told}")
    assert other == [], told
    assert len(abstained) <= ABSTAINED_AT_MOST, told


OPEN = ("Résume l’histoire de la maladie.", "Quel suivi est prévu ?")
"""Questions that no fact and no single sentence closes: the model is asked, whatever comes of it."""


def test_open_questions_reach_the_model_and_show_nothing_unchecked(loaded: Loaded) -> None:
    """The model's own path: asked for each of these, and what it says is shown only if its words are cited.

    The check of numbers here is the test's own: every run of digits that is shown stands in a cited quote.
    """
    weights.require(MODEL)
    answers = anyio.run(_ask_open, loaded)
    asked = [answer for answer in answers if answer["provenance"]["model"]]
    print([(answer["status"], answer["reason"], answer["dropped"]) for answer in answers])
    assert len(asked) >= 3, [answer["question"] for answer in answers]
    for answer in asked:
        assert answer["provenance"]["model_sha256"]
        assert answer["provenance"]["prompt"].startswith("answer@")
        assert answer["status"] in {"answered", "abstained"}
        assert answer["reason"] in {None, "not_verified", "not_in_record"}
        _shown_is_cited(answer)


def _shown_is_cited(answer: dict[str, Any]) -> None:
    quotes = {item["id"]: item["text"] + item["locator"]["quote"] for item in answer["evidence"]}
    for sentence in answer["sentences"]:
        cited = "".join(quotes[label] for label in sentence["citations"])
        assert sentence["verdict"] == "supported"
        assert all(digits in cited for digits in re.findall(r"\d+", sentence["text"])), sentence["text"]


async def _ask_open(loaded: Loaded) -> list[dict[str, Any]]:
    from dataclasses import replace

    model = open_chat_model(ModelSettings(models_folder=weights.folder()))
    with_model = replace(loaded, services=replace(loaded.services, chat_model=model))
    patients = [patient.identity.patient_id for patient in loaded.hospital.patients[:2]]
    try:
        return [
            await ask(with_model, _open(patient, text), use_model=True)
            for text in OPEN
            for patient in patients
        ]
    finally:
        await model.close()


def _open(patient_id: str, text: str) -> Question:
    return Question(id=f"{patient_id}-open", patient_id=patient_id, text=text, family="narrative_only")


async def _ask_all(loaded: Loaded, asked: list[Question]) -> list[tuple[Question, tuple[str, ...]]]:
    from dataclasses import replace

    model = open_chat_model(ModelSettings(models_folder=weights.folder()))
    try:
        with_model = replace(loaded, services=replace(loaded.services, chat_model=model))
        return [(item, faults(item, await ask(with_model, item, use_model=True))) for item in asked]
    finally:
        await model.close()
