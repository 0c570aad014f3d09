"""The real pipeline on two patients, with the hashing encoder and no weights: in this process and served."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from assistant.settings import Settings
from eval.cases.case import Case, Step
from eval.cases.gold import ChoiceGold
from eval.errors import RunError, TargetError
from eval.runner.accounts import SignIn, accounts_of, login_of
from eval.runner.in_process import open_in_process
from eval.runner.over_http import check_url, open_over_http
from eval.runner.pieces import read_outputs
from eval.runner.sampling import MODEL_WANTED
from eval.runner.served import open_served
from eval.runner.targets import LocalTargets
from eval.runner.workspace import MARKER, Workspace, documents_digest, fill, opened, workspace_of
from eval.synthetic.generate import generate
from eval.synthetic.truth import Hospital
from models.scripted import ScriptedChatModel
from tests.eval.runner.fakes import FakeSuite, options, run_fake

pytestmark = pytest.mark.anyio
ACCOUNTS = ("nurse", "physician", "stranger")


def small(patients: int = 2) -> Hospital:
    """Patients with their earliest and latest documents only, so that reading takes seconds."""
    hospital = generate(1003, patients)
    cut = [
        who.model_copy(update={"documents": (*who.documents[:4], *who.documents[-8:])})
        for who in hospital.patients
    ]
    return hospital.model_copy(update={"patients": tuple(cut)})


HOSPITAL = small()
A, B = (who.identity.patient_id for who in HOSPITAL.patients)


def settings(folder: Path, **changes: Any) -> Settings:
    """No weights at all."""
    given = {"data": folder / "unused", "engine": "none", "encoder": "hashing"} | changes
    return Settings.model_validate(given)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A filled workspace."""
    folder = tmp_path_factory.mktemp("workspace")
    made = workspace_of(folder / "w", HOSPITAL, settings(folder), at_once=4)
    fill(made, HOSPITAL, accounts=(*ACCOUNTS, f"nurse:{A}"), reading_sha256="1", say=lambda _line: None)
    return made


def step(patient_id: str, account: str = "physician", *, use_model: bool = False) -> Step:
    """A question whose answer is in the record."""
    text = "Quels sont les traitements en cours ?"
    return Step(text=text, patient_id=patient_id, account=account, use_model=use_model)


async def test_the_pipeline_answers_on_the_hospitals_own_day(workspace: Workspace) -> None:
    async with open_in_process(workspace) as target:
        answer = await target.ask(step(A))
    assert answer["patient"]["id"] == A
    assert answer["status"] in {"answered", "abstained"}
    assert answer["created_at"].startswith(HOSPITAL.today.isoformat())
    assert answer["provenance"]["model"] is None


@pytest.mark.parametrize("way", [open_in_process, open_served], ids=["in-process", "http"])
async def test_who_may_ask(workspace: Workspace, way: Callable[[Workspace], Any]) -> None:
    async with way(workspace) as target:
        allowed = await target.ask(step(B))
        stranger = await target.ask(step(A, "stranger"))
        of_a, of_b = await target.ask(step(A, f"nurse:{A}")), await target.ask(step(B, f"nurse:{A}"))
        nobody = await target.ask(step("pat-00000000"))
    assert allowed["patient"]["id"] == B
    assert of_a["patient"]["id"] == A
    for refused in (stranger, of_b, nobody):
        assert (refused["status"], refused["http_status"]) == ("refused", 404)
        assert refused["body"]["code"] == "not_found"
        assert A not in json.dumps(refused)


async def test_no_process_of_the_served_child_stays(workspace: Workspace) -> None:
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    async with open_served(workspace) as target:
        assert {child.pid for child in psutil.Process().children(recursive=True)} > before
        assert target.capabilities == {"ask", "sessions"}
    assert {child.pid for child in psutil.Process().children(recursive=True)} == before
    async with open_in_process(workspace) as again:
        assert (await again.ask(step(A)))["status"] != "error"


async def test_an_account_without_a_sign_in_is_an_error() -> None:
    async with open_over_http("http://127.0.0.1:9", {}) as target:
        with pytest.raises(TargetError) as caught:
            await target.ask(step(A))
    assert caught.value.code == "no_account"


async def test_nobody_there_is_unreachable() -> None:
    async with open_over_http("http://127.0.0.1:9", {"physician": SignIn("a", "b")}) as target:
        with pytest.raises(TargetError) as caught:
            await target.ask(step(A))
    assert caught.value.code == "unreachable"


@pytest.mark.parametrize(
    "url", ["http://example.org", "ftp://127.0.0.1", "https://a:b@h", "127.0.0.1:8000", "http://"]
)
def test_only_loopback_in_clear(url: str) -> None:
    with pytest.raises(RunError):
        check_url(url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/", "https://aparte.chu.example", "http://[::1]:1"])
def test_addresses_that_may_be_asked(url: str) -> None:
    assert check_url(url) == url.rstrip("/")


async def test_a_question_that_would_go_to_a_model_says_so(workspace: Workspace) -> None:
    prose = Step(text="Que disait la sortie d’hospitalisation ?", patient_id=A, use_model=False)
    async with open_in_process(workspace, tripwire=True) as target:
        closed, open_one = await target.ask(step(A)), await target.ask(prose)
        model = target._services.chat_model.get()
        assert model is not None
        assert not await model.ready()
    assert MODEL_WANTED in closed
    assert open_one["status"] != "error"
    assert open_one["provenance"]["model"] is None
    assert closed[MODEL_WANTED] is False or closed["status"] != "answered"


async def test_choices_are_bound_to_the_letters(workspace: Workspace) -> None:
    async with open_in_process(workspace, model=ScriptedChatModel) as target:
        gold = ChoiceGold(options={"A": "un", "B": "deux", "C": "trois"}, right=("B",))
        assert await target.choose("Combien ?", gold.options, several=True) == ("A",)
    async with open_in_process(workspace) as target:
        with pytest.raises(TargetError) as caught:
            await target.choose("Combien ?", gold.options, several=False)
    assert caught.value.code == "model_unavailable"


async def test_filling_goes_on_where_it_stopped(workspace: Workspace) -> None:
    lines: list[str] = []
    marker = workspace.folder / MARKER
    marker.write_text(marker.read_text().replace('"ready": true', '"ready": false'))
    fill(workspace, HOSPITAL, accounts=ACCOUNTS, reading_sha256="1", say=lines.append)
    documents = sum(len(who.documents) for who in HOSPITAL.patients)
    assert f"{documents} there already" in lines[-1]
    lines.clear()
    fill(workspace, HOSPITAL, accounts=ACCOUNTS, reading_sha256="1", say=lines.append)
    assert lines == []
    with pytest.raises(RunError, match="other records, or read by other code"):
        fill(workspace, HOSPITAL, accounts=ACCOUNTS, reading_sha256="2", say=lines.append)
    with pytest.raises(RunError, match="other records, or read by other code"):
        fill(workspace, small(1), accounts=ACCOUNTS, reading_sha256="1", say=lines.append)


async def test_a_workspace_has_one_owner(workspace: Workspace) -> None:
    with opened(workspace), pytest.raises(RunError, match="another process"), opened(workspace):
        pass


def test_unknown_accounts_are_refused() -> None:
    case = FakeSuite()._case(0, A)
    strange = case.model_copy(update={"steps": (step(A, "surgeon"),)})
    with pytest.raises(RunError, match="surgeon"):
        accounts_of([strange])
    assert accounts_of([case]) == ("physician",)
    assert login_of(f"nurse:{A}") == f"eval.nurse.{A}"


def test_the_digest_of_records_sees_every_document() -> None:
    patient = HOSPITAL.patients[0]
    less = patient.model_copy(update={"documents": patient.documents[1:]})
    other = HOSPITAL.model_copy(update={"patients": (less, *HOSPITAL.patients[1:])})
    assert documents_digest(HOSPITAL) == documents_digest(small())
    assert documents_digest(other) != documents_digest(HOSPITAL)


class RealQuestions(FakeSuite):
    """Asks the pipeline; S5 with a stranger's account in every second case."""

    def _case(self, number: int, patient_id: str) -> Case:
        account = "stranger" if self.capability == "sessions" and number % 2 else "physician"
        return super()._case(number, patient_id).model_copy(update={"steps": (step(patient_id, account),)})


async def test_a_whole_run_on_this_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eval.runner.planning.generate", lambda _seed, patients, **_options: small(patients))
    run = tmp_path / "run"
    targets = LocalTargets(settings(tmp_path), run / "workspace", at_once=2)
    suites = (RealQuestions("S1"), RealQuestions("S5", capability="sessions"))
    results = await run_fake(run, *suites, targets=targets, at_once=2)  # type: ignore[arg-type]
    assert [(suite.state, suite.asked, suite.errors) for suite in results.suites] == [
        ("measured", 14, 0),
        ("measured", 4, 0),
    ]
    answers = read_outputs(run, "S5", ("facts",))
    assert [answers[f"S5-00{number}"].answer["status"] for number in (1, 3)] == ["refused", "refused"]  # type: ignore[index]
    assert {"code:retrieval", "libraries", "model", "encoder", "settings"} <= set(results.binding.parts)
    assert options(run).out == run
