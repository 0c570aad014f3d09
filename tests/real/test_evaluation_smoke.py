"""A small evaluation with the default encoder and the default model: in this process, served, and resumed."""

from __future__ import annotations

from pathlib import Path

import anyio
import psutil
import pytest

from assistant.settings import Settings
from eval.cases.case import Case, Step
from eval.cases.gold import ChoiceGold
from eval.runner.conduct import conduct
from eval.runner.in_process import open_in_process
from eval.runner.pieces import read_outputs
from eval.runner.planning import RunOptions
from eval.runner.registered import load_suites
from eval.runner.targets import LocalTargets
from eval.runner.workspace import workspace_of
from eval.synthetic.generate import generate
from tests.real import weights

pytestmark = pytest.mark.real
MODEL = "qwen2.5-coder-1.5b-instruct-q4_k_m"
SUITES = ("S1", "S3", "S5")
SEED = 1003


def settings(folder: Path) -> Settings:
    """The defaults, with the weights of the real tests."""
    weights.require(weights.DEFAULT_ENCODER)
    weights.require(MODEL)
    return Settings.model_validate({"data": folder / "unused", "models": weights.folder()})


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A smoke run of three suites on two patients, which has ended."""
    out = tmp_path_factory.mktemp("evaluation") / "run"
    options = RunOptions(out=out, tier="smoke", seed=SEED, patients=2, use_inspect=False)
    targets = LocalTargets(settings(out.parent), out / "workspace", at_once=4)

    async def whole() -> None:
        results = await conduct(options, suites=load_suites(SUITES), targets=targets, say=print)
        assert results.finished_at is not None
        assert [suite.state for suite in results.suites if suite.errors] == []

    anyio.run(whole)
    return out


def test_facts_and_model_answered_under_their_limit(run: Path) -> None:
    by_model = [output for name in SUITES for output in read_outputs(run, name, ("model",)).values()]
    assert 1 <= len(by_model) <= 10
    named = {
        answer["provenance"]["model"]
        for output in by_model
        for answer in output.answers
        if "provenance" in answer
    }
    assert named <= {None, MODEL}
    assert MODEL in named, "no case of the sample reached the model"
    facts = [output for name in SUITES for output in read_outputs(run, name, ("facts",)).values()]
    assert all(output.error is None for output in (*facts, *by_model))


def test_strangers_are_refused_over_http(run: Path) -> None:
    outputs = read_outputs(run, "S5", ("facts", "model")).values()
    assert outputs
    assert all(output.answer is not None for output in outputs)


def test_no_engine_stays(run: Path) -> None:
    assert run.exists()
    left = [child.cmdline() for child in psutil.Process().children(recursive=True)]
    assert [line for line in left if "models.worker" in line or "eval.runner.served_child" in line] == []


def test_the_model_chooses_among_letters(run: Path) -> None:
    made = workspace_of(run / "workspace", generate(SEED, 2), settings(run), at_once=1)
    gold = ChoiceGold(options={"A": "Le foie", "B": "Le rein", "C": "Le poumon"}, right=("B",))

    async def chosen() -> tuple[str, ...]:
        async with open_in_process(made) as target:
            return await target.choose(
                "Quel organe filtre le sang et forme l’urine ?", gold.options, several=False
            )

    letters = anyio.run(chosen)
    assert len(letters) == 1
    assert set(letters) <= set(gold.options)


def test_a_question_with_the_model_and_without_it(run: Path) -> None:
    made = workspace_of(run / "workspace", generate(SEED, 2), settings(run), at_once=1)
    outputs = read_outputs(run, "S1", ("model",))
    if not outputs:
        pytest.skip("the sample drew no case of S1")
    cases = {case.id: case for case in _cases(run)}
    case = cases[next(iter(outputs))]

    async def asked() -> str:
        async with open_in_process(made, tripwire=True) as target:
            step = case.steps[-1].model_copy(update={"use_model": False})
            return str((await target.ask(Step.model_validate(step)))["provenance"]["model"])

    assert anyio.run(asked) == "None"


def _cases(run: Path) -> tuple[Case, ...]:
    from eval.cases.files import read_cases

    return read_cases(run / "cases" / "S1.jsonl")
