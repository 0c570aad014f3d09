"""Asking over HTTP: JSON and events, their order, the trail around them, and what happens when things break."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from assistant.answering.answer import Answer
from assistant.services import Services
from models.base import ChatRequest, Delta, Finish
from models.errors import ModelUnavailable
from models.scripted import ScriptedChatModel
from tests.flows.conftest import SignIn, running
from tests.flows.hospital import JEANNE, PASSWORD, ROGER, Line, document, make_services, potassium, put

ANSWERS = f"/api/patients/{JEANNE}/answers"
FACT = {"question": "Quel est le dernier potassium ?"}
OPEN = {"question": "Pourquoi la patiente a-t-elle été hospitalisée ?"}


class SilentModel(ScriptedChatModel):
    """A model that takes a request and says nothing until its reader leaves."""

    async def _say(
        self, request: ChatRequest, text: str, *, hang: bool
    ) -> AsyncGenerator[Delta | Finish, None]:
        await anyio.sleep_forever()
        yield Delta(text=text)


def events(response: httpx.Response) -> Iterator[tuple[str, dict[str, Any]]]:
    """The server-sent events of a response."""
    name = ""
    for line in response.iter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


@contextmanager
def streamed(client: httpx.Client, body: dict[str, Any]) -> Iterator[httpx.Response]:
    """An answer as events."""
    with client.stream("POST", ANSWERS, json=body, headers={"Accept": "text/event-stream"}) as response:
        yield response


@contextmanager
def signed_in(url: str, login: str = "medecin") -> Iterator[httpx.Client]:
    """A client of a service that a test runs itself."""
    with httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
        opened = client.post("/api/session", json={"username": login, "password": PASSWORD})
        client.headers["X-Aparte-CSRF"] = opened.json()["csrf_token"]
        yield client


def with_model(template: Path, data: Path, model: ScriptedChatModel, **settings: Any) -> Services:
    """Services of the tiny hospital with a model of the test's own."""
    shutil.copytree(template, data)
    return make_services(data, model=lambda: model, **settings)


def test_a_fact_is_answered_exactly_with_its_source(physician: httpx.Client, services: Services) -> None:
    response = physician.post(ANSWERS, json=FACT)
    assert response.status_code == 200, response.text
    answer = Answer.model_validate(response.json())
    assert (answer.status, answer.mode, answer.language) == ("answered", "facts", "fr")
    assert "5,4" in answer.sentences[0].text
    cited = {item.id: item for item in answer.evidence}[answer.sentences[0].citations[0]]
    assert cited.locator.record_id == "bio/2024-03::a"
    stored = services.store.document(services_scope(services), cited.locator.record_id)
    assert stored.text[cited.locator.start : cited.locator.end] == cited.locator.quote
    assert answer.patient.name == "MARTINEAU Jeanne Odette"
    assert response.json()["coverage"]["from"] == "2023-05-02"


def services_scope(services: Services) -> Any:
    """The Scope of the physician, from access control."""
    from assistant.people.access import scope_for

    principal = services.accounts.by_login("medecin")
    return scope_for(principal, JEANNE, "care", accounts=services.accounts)


def test_events_come_in_their_order_and_finish_with_the_same_answer(physician: httpx.Client) -> None:
    with streamed(physician, FACT) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-store"
        told = list(events(response))
    names = [name for name, _ in told]
    assert names[0] == "evidence"
    assert names[-1] == "finished"
    assert set(names[1:-1]) <= {"sentence", "dropped"}
    first, last = told[0][1], told[-1][1]
    assert first["id"] == last["id"]
    assert first["evidence"] == last["evidence"]
    assert [data["sentence"] for name, data in told if name == "sentence"] == last["sentences"]
    assert physician.get(f"/api/answers/{last['id']}").json() == last


def test_intent_and_outcome_surround_the_answer_in_the_trail(
    physician: httpx.Client, services: Services
) -> None:
    answer_id = physician.post(ANSWERS, json=FACT).json()["id"]
    begun, finished = services.trail.events()[-2:]
    assert (begun.kind, finished.kind) == ("answer_begun", "answer_finished")
    assert begun.answer_id == finished.answer_id == answer_id
    assert finished.detail["evidence"][0]["record_id"]
    assert "otassium" not in json.dumps([begun.detail, finished.detail], ensure_ascii=False)
    assert services.trail.verify().intact


def test_a_follow_up_leans_on_its_own_conversation_and_no_other(
    physician: httpx.Client, sign_in: SignIn, services: Services
) -> None:
    """« Et avant ? » is about what this person asked last, in this conversation, about this patient."""
    talk = {"conversation_id": "visite-1"}
    assert "5,4" in physician.post(ANSWERS, json=FACT | talk).json()["sentences"][0]["text"]
    before = physician.post(ANSWERS, json={"question": "Et avant ?"} | talk).json()
    assert before["question"] == "Et avant ?"
    assert "4,1" in before["sentences"][0]["text"]
    assert "5,4" not in before["sentences"][0]["text"]
    services.accounts.add("consoeur", ["physician"], password=PASSWORD)
    services.accounts.grant("consoeur", JEANNE, by="tests")
    stranger = sign_in("consoeur").post(ANSWERS, json={"question": "Et avant ?"} | talk).json()
    elsewhere = physician.post(ANSWERS, json={"question": "Et avant ?", "conversation_id": "visite-2"}).json()
    assert stranger["sentences"] == elsewhere["sentences"] == []
    refused = physician.post(ANSWERS, json=FACT | {"conversation_id": "visite 1"})
    assert (refused.status_code, refused.json()["code"]) == (400, "bad_request")


def test_an_answer_goes_stale_when_its_source_changes(physician: httpx.Client, services: Services) -> None:
    answer_id = physician.post(ANSWERS, json=FACT).json()["id"]
    assert physician.get(f"/api/answers/{answer_id}").json()["stale"] is False
    put(
        services,
        JEANNE,
        document("bio/2024-03::a", [potassium("4.4", "2024-03-12")], day="2024-03-12", version="2"),
    )
    again = physician.get(f"/api/answers/{answer_id}").json()
    assert again["stale"] is True
    assert "5,4" in again["sentences"][0]["text"]


def test_another_patients_answer_is_not_found_and_the_trace_is_for_evaluators(
    physician: httpx.Client, sign_in: SignIn, services: Services
) -> None:
    answer_id = physician.post(ANSWERS, json=FACT).json()["id"]
    services.accounts.revoke("medecin", JEANNE)
    assert physician.get(f"/api/answers/{answer_id}").status_code == 404
    assert physician.post(ANSWERS, json=FACT).status_code == 404
    assert physician.get(f"/api/answers/{answer_id}/trace").status_code == 403
    for login in ("evaluatrice", "auditrice"):
        page = sign_in(login).get(f"/api/answers/{answer_id}/trace").json()
        assert page["answer"]["id"] == answer_id
        assert "understanding" in page["trace"]


def test_asking_about_another_patient_is_not_found(physician: httpx.Client) -> None:
    other = physician.post(f"/api/patients/{ROGER}/answers", json=FACT)
    streamed_other = physician.post(
        f"/api/patients/{ROGER}/answers", json=FACT, headers={"Accept": "text/event-stream"}
    )
    assert other.status_code == streamed_other.status_code == 404
    assert streamed_other.json()["code"] == "not_found"


def test_a_dead_model_costs_wording_and_not_access(template: Path, tmp_path: Path) -> None:
    dead = ScriptedChatModel(lambda _: ModelUnavailable("the engine crashed"))
    with running(with_model(template, tmp_path / "data", dead)) as url, signed_in(url) as client:
        worded = client.post(ANSWERS, json=OPEN).json()
        assert worded["provenance"]["model"] == "scripted"
        assert worded["evidence"]
        assert worded["reason"] in {None, "model_unavailable"}
        fact = client.post(ANSWERS, json=FACT).json()
        assert (fact["status"], fact["mode"]) == ("answered", "facts")
        assert client.get(f"/api/patients/{JEANNE}/timeline").status_code == 200
        assert client.get("/healthz").status_code == 200


def test_a_reader_who_leaves_stops_the_work_and_frees_the_place(template: Path, tmp_path: Path) -> None:
    model = SilentModel()
    services = with_model(template, tmp_path / "data", model, answers_at_once=1)
    with running(services) as url, signed_in(url) as client:
        with streamed(client, OPEN) as response:
            told = events(response)  # kept: a generator that is dropped closes the connection
            first = next(told)
            assert first[0] == "evidence"
            assert client.get("/healthz").status_code == 200
            refused = client.post(ANSWERS, json=FACT | {"use_model": False})
            assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
            assert int(refused.headers["retry-after"]) > 0
        for _ in range(100):
            if services.answer_places.taken == 0:
                break
            client.get("/healthz")
        assert client.post(ANSWERS, json=FACT | {"use_model": False}).status_code == 200
        assert model.ahead == 0
        closed = [event for event in services.trail.events() if event.kind == "answer_interrupted"]
        assert [event.answer_id for event in closed] == [first[1]["id"]]


def test_a_json_asker_who_leaves_frees_the_place_too(template: Path, tmp_path: Path) -> None:
    services = with_model(template, tmp_path / "data", SilentModel(), answers_at_once=1)
    with running(services) as url, signed_in(url) as client:
        with pytest.raises(httpx.ReadTimeout):
            client.post(ANSWERS, json=OPEN, timeout=1.5)
        for _ in range(200):
            if services.answer_places.taken == 0:
                break
            client.get("/healthz")
        assert services.answer_places.taken == 0


def test_a_failing_trail_means_no_event_at_all(
    physician: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy.exc import OperationalError

    import assistant.audit.sqlite_trail as trail

    def broken(*_args: object, **_options: object) -> None:
        raise OperationalError("INSERT", {}, OSError("disk"))

    monkeypatch.setattr(trail, "append", broken)
    for accept in ("application/json", "text/event-stream"):
        answer = physician.post(ANSWERS, json=FACT, headers={"Accept": accept})
        assert (answer.status_code, answer.json()["code"]) == (503, "audit_unavailable")
        assert "5,4" not in answer.text


def test_an_outcome_that_cannot_be_written_is_not_finished(
    physician: httpx.Client, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assistant.errors import AuditUnavailable

    def broken(**_options: object) -> None:
        raise AuditUnavailable("the audit trail cannot be written")

    monkeypatch.setattr(services.trail, "finish", broken)
    with streamed(physician, FACT) as response:
        told = list(events(response))
    assert told[-1][0] == "error"
    assert told[-1][1]["code"] == "audit_unavailable"
    assert "finished" not in [name for name, _ in told]


def test_answers_that_a_crash_cut_off_are_closed_at_the_next_start(services: Services) -> None:
    scope = services_scope(services)
    services.trail.begin(answer_id="coupee", scope=scope, question="Dernier potassium ?")
    with running(services):
        kinds = [(event.kind, event.answer_id) for event in services.trail.events()]
    assert kinds[-1] == ("answer_interrupted", "coupee")
    assert services.trail.close_interrupted() == 0


def test_several_people_ask_at_once_and_the_chain_still_holds(sign_in: SignIn, services: Services) -> None:
    clients = [sign_in("medecin") for _ in range(4)]
    codes: list[int] = []
    threads = [
        threading.Thread(target=lambda c=client: codes.append(c.post(ANSWERS, json=FACT).status_code))
        for client in clients
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(codes) <= {200, 429}
    assert codes.count(200) >= 4
    verdict = services.trail.verify()
    assert verdict.intact
    finished = [event for event in services.trail.events() if event.kind == "answer_finished"]
    assert len(finished) == codes.count(200)


def test_words_of_a_question_can_be_erased_and_the_chain_still_holds(
    physician: httpx.Client, services: Services
) -> None:
    answer_id = physician.post(ANSWERS, json=FACT).json()["id"]
    assert services.trail.erase(JEANNE, actor="tests") == 1
    assert physician.get(f"/api/answers/{answer_id}").status_code == 404
    assert services.trail.verify().intact
    stored = b"".join(path.read_bytes() for path in services.settings.data.glob("audit.sqlite"))
    assert b"dernier potassium" not in stored


def test_an_absence_names_what_was_searched(physician: httpx.Client, services: Services) -> None:
    put(services, JEANNE, document("note", [Line("Consultation de routine.")], day="2024-05-01"))
    answer = physician.post(ANSWERS, json={"question": "A-t-elle un pacemaker ?", "use_model": False}).json()
    assert (answer["status"], answer["reason"]) == ("abstained", "not_in_record")
    assert answer["sentences"] == []
    assert answer["coverage"]["documents"] == 4
