"""Requests that nobody honest sends: each gets the one error body, and none ends in an error of ours."""

from __future__ import annotations

import threading

import anyio
import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from assistant.api.guard import Guard
from assistant.errors import AuditUnavailable
from assistant.services import Services
from tests.flows.conftest import SignIn
from tests.flows.hospital import JEANNE, ROGER

LONG = "p" * 5000


@pytest.mark.parametrize("path", ["", "/timeline", "/facts", "/trends", "/documents/cr-1"])
def test_an_endless_patient_id_looks_like_nobody(
    physician: httpx.Client, services: Services, path: str
) -> None:
    endless = physician.get(f"/api/patients/{LONG}{path}")
    nobody = physician.get(f"/api/patients/pat-personne{path}")
    assert endless.status_code == nobody.status_code == 404
    assert endless.json() | {"request_id": ""} == nobody.json() | {"request_id": ""}
    assert all(len(event.patient_id or "") <= 200 for event in services.trail.events())


def test_an_endless_purpose_is_refused(physician: httpx.Client) -> None:
    asked = {"question": "Dernier potassium ?", "purpose": "care" * 1000}
    assert physician.post(f"/api/patients/{JEANNE}/answers", json=asked).status_code == 403


def test_what_goes_into_the_trail_is_bounded(physician: httpx.Client, services: Services) -> None:
    assert physician.get(f"/api/patients/{JEANNE}/trends/{LONG}").status_code == 422
    assert physician.get(f"/api/patients/{JEANNE}/facts", params={"kind": LONG}).status_code == 422
    assert physician.get(f"/api/patients/{JEANNE}/facts", params={"kind": ["k"] * 21}).status_code == 422
    assert all(len(str(event.detail)) < 1000 for event in services.trail.events())


@pytest.mark.parametrize("origin", ["http://[", "null", "https://[::1", "//", "\u00e9"])
def test_an_origin_that_is_none_is_another_site(browser: httpx.Client, origin: str) -> None:
    body = {"username": "medecin", "password": "x"}
    answer = browser.post("/api/session", json=body, headers={"Origin": origin.encode()})
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize("length", ["\u00b2", "-1", "1e3", "9" * 5000, ""])
def test_a_length_that_is_no_number_is_refused_before_anything_is_read(length: str) -> None:
    """The server in front refuses these itself; another one might not."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise AssertionError("nothing is read")

    async def inside(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise AssertionError("nothing goes in")

    headers = [(b"host", b"localhost"), (b"content-length", length.encode("latin-1"))]
    scope: Scope = {"type": "http", "method": "POST", "path": "/api/session", "headers": headers}
    anyio.run(Guard(inside, hosts=frozenset({"localhost"}), secure=False), scope, receive, send)
    assert sent[0]["status"] == 413


def test_a_trace_of_somebody_else_looks_like_none(sign_in: SignIn, services: Services) -> None:
    services.accounts.grant("evaluatrice", ROGER, by="tests")
    evaluator = sign_in("evaluatrice")
    asked = {"question": "Dernier potassium ?", "purpose": "evaluation"}
    answer = evaluator.post(f"/api/patients/{ROGER}/answers", json=asked).json()["id"]
    assert evaluator.get(f"/api/answers/{answer}/trace").status_code == 200
    services.accounts.revoke("evaluatrice", ROGER)
    theirs = evaluator.get(f"/api/answers/{answer}/trace")
    none = evaluator.get("/api/answers/inconnue/trace")
    assert theirs.status_code == none.status_code == 404
    assert theirs.json() | {"request_id": ""} == none.json() | {"request_id": ""}


def test_no_care_relationship_begins_that_the_trail_does_not_hold(
    sign_in: SignIn, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    administrator = sign_in("administrateur")

    def unavailable(*_args: object, **_options: object) -> None:
        raise AuditUnavailable("the audit trail cannot be written")

    monkeypatch.setattr(services.trail, "record", unavailable)
    path = "/api/admin/accounts/medecin"
    assert administrator.post(f"{path}/care", json={"patient_id": ROGER}).status_code == 503
    assert administrator.delete(f"{path}/care/{JEANNE}").status_code == 503
    assert administrator.post(f"{path}/active", json={"active": False}).status_code == 503
    monkeypatch.undo()
    account = services.accounts.by_login("medecin")
    assert services.accounts.cared_for(account.id) == {JEANNE}
    assert services.accounts.by_id(account.id) is not None


def test_a_closed_account_does_not_find_its_session_again(sign_in: SignIn, services: Services) -> None:
    physician = sign_in("medecin")
    services.accounts.set_active("medecin", active=False)
    assert physician.get("/api/me").status_code == 401
    services.accounts.set_active("medecin", active=True)
    assert physician.get("/api/me").status_code == 401


def test_guesses_at_once_do_not_lift_the_lock_out(address: str) -> None:
    """More wrong passwords at the same moment than the limit: the account is locked when they have ended."""
    codes: list[int] = []

    def guess() -> None:
        with httpx.Client(base_url=address, trust_env=False, timeout=60) as client:
            body = {"username": "medecin", "password": "faux"}
            codes.append(client.post("/api/session", json=body).status_code)

    threads = [threading.Thread(target=guess) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(codes) <= {401, 429}
    guess()
    assert codes[-1] == 429


OPEN = {("get", "/healthz"), ("get", "/readyz"), ("get", "/api/session"), ("post", "/api/session")}


def test_every_route_but_four_needs_a_session(browser: httpx.Client, physician: httpx.Client) -> None:
    """Read from the description of the interface, so that a route that is added later is held too."""
    paths = physician.get("/api/openapi.json").json()["paths"]
    routes = {(method, path) for path, methods in paths.items() for method in methods}
    assert len(routes) > 20
    assert routes > OPEN
    for method, path in sorted(routes - OPEN):
        answer = browser.request(method, path.replace("{", "").replace("}", ""))
        assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in"), (method, path)
