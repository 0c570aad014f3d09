"""What holds for every request: headers, hosts, sizes, error bodies, and a log without patient words."""

from __future__ import annotations

import http.client
import io
import json
import logging
from urllib.parse import urlsplit

import httpx
import pytest

from assistant.api.log import FIELDS, AllowListFormatter, log
from assistant.services import Services
from tests.flows.conftest import SignIn
from tests.flows.hospital import JEANNE, PLANTED


@pytest.mark.parametrize(
    "path", ["/", "/p/pat-jeanne", "/static/js/main.js", "/healthz", "/api/me", "/nowhere"]
)
def test_every_response_carries_the_security_headers(browser: httpx.Client, path: str) -> None:
    answer = browser.get(path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "server" not in answer.headers
    assert "access-control-allow-origin" not in answer.headers


def test_the_page_is_served_and_names_no_other_place(browser: httpx.Client) -> None:
    page = browser.get("/p/pat-jeanne")
    assert page.headers["content-type"].startswith("text/html")
    assert page.text == browser.get("/").text
    assert "://" not in page.text.replace("http://www.w3.org", "")
    assert browser.get("/static/../app.py").status_code == 404
    assert browser.get("/static/%2e%2e/settings.py").status_code == 404


@pytest.mark.parametrize(
    "host", ["ailleurs.example", "127.0.0.1.ailleurs.example", "", "[::1", "localhost:x"]
)
def test_a_foreign_host_name_is_refused(address: str, host: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)
    connection.putrequest("GET", "/healthz", skip_host=True)
    connection.putheader("Host", host)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert answer.status in {400, 421}
    assert b"ok" not in body


def test_bodies_over_the_limit_are_refused_declared_or_not(physician: httpx.Client) -> None:
    path = f"/api/patients/{JEANNE}/answers"
    big = b'{"question": "' + b"a" * 300_000 + b'"}'
    declared = physician.post(path, content=big, headers={"content-type": "application/json"})
    assert (declared.status_code, declared.json()["code"]) == (413, "too_large")

    def pieces() -> object:
        for start in range(0, len(big), 50_000):
            yield big[start : start + 50_000]

    chunked = physician.post(path, content=pieces(), headers={"content-type": "application/json"})
    assert (chunked.status_code, chunked.json()["code"]) == (413, "too_large")


def test_questions_that_cannot_be_asked_say_what_to_do(physician: httpx.Client) -> None:
    path = f"/api/patients/{JEANNE}/answers"
    empty = physician.post(path, json={"question": "  \n"})
    assert (empty.status_code, empty.json()["code"]) == (400, "bad_request")
    long = physician.post(path, json={"question": "a" * 50_000})
    assert (long.status_code, long.json()["code"]) == (413, "question_too_long")
    assert "4000" in long.json()["message"]
    odd = physician.post(path, json={"question": "?", "MARTINEAU": 1})
    assert odd.status_code == 422
    assert "MARTINEAU" not in odd.text
    filters = physician.post(path, json={"question": "k ?", "filters": {"MARTINEAU": 1}})
    assert filters.status_code == 400
    assert "MARTINEAU" not in filters.text


def test_every_error_has_the_one_body_and_a_request_id(
    browser: httpx.Client, physician: httpx.Client
) -> None:
    answers = [
        browser.get("/api/me"),
        browser.get("/api/nowhere"),
        browser.put("/api/session"),
        browser.post("/api/session", content=b"{", headers={"content-type": "application/json"}),
        physician.get("/api/patients/pat-personne"),
        physician.get("/api/audit"),
        physician.get("/api/answers/inconnue"),
    ]
    assert [answer.status_code for answer in answers] == [401, 404, 405, 422, 404, 403, 404]
    for answer in answers:
        assert set(answer.json()) == {"code", "message", "request_id"}
        assert answer.json()["request_id"] == answer.headers["x-request-id"]
    own = browser.get("/api/me", headers={"x-request-id": "demande-4711"})
    assert own.json()["request_id"] == "demande-4711"
    forged = browser.get("/api/me", headers={"x-request-id": "<script>"})
    assert "<" not in forged.headers["x-request-id"]


def test_what_breaks_inside_stays_inside(
    physician: httpx.Client, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_options: object) -> None:
        raise RuntimeError(f"Madame {PLANTED[0]} prend du {PLANTED[3]}")

    monkeypatch.setattr(services.store, "facts", broken)
    answer = physician.get(f"/api/patients/{JEANNE}/facts")
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal"
    assert not any(word in answer.text for word in (*PLANTED, "RuntimeError", "Traceback"))


@pytest.fixture
def lines() -> io.StringIO:
    """All that the operational log writes during a test."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(AllowListFormatter())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream  # type: ignore[misc]
    root.removeHandler(handler)
    root.setLevel(level)


def test_patient_words_never_reach_the_log(
    lines: io.StringIO, sign_in: SignIn, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    physician = sign_in("medecin")
    base = f"/api/patients/{JEANNE}"
    physician.get("/api/patients", params={"find": PLANTED[0]})
    for path in (
        "",
        "/timeline",
        "/facts",
        "/documents/cr-1",
        f"/documents/{PLANTED[2]}",
        "/trends/potassium",
    ):
        physician.get(f"{base}{path}")
    physician.post(f"{base}/answers", json={"question": f"{PLANTED[0]} prend-elle du {PLANTED[3]} ?"})
    physician.post(f"{base}/answers", json={"question": PLANTED[2], PLANTED[1]: 1})
    physician.post("/api/session", json={"username": PLANTED[1], "password": PLANTED[2]})
    logging.getLogger("some.library").error("patient %s", PLANTED[0])

    def broken(*_args: object, **_options: object) -> None:
        raise RuntimeError(PLANTED[0])

    monkeypatch.setattr(services.store, "facts", broken)
    physician.get(f"{base}/facts")
    written = lines.getvalue()
    assert written.count('"event": "request"') >= 10
    assert '"error": "RuntimeError"' in written
    for word in PLANTED:
        assert word.lower() not in written.lower()
    for line in written.splitlines():
        assert set(json.loads(line)) <= {*FIELDS, "time", "level", "request_id", "event", "logger"}


def test_a_field_outside_the_allow_list_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="question"):
        log(logging.INFO, "x", question="Madame")


def test_health_does_not_need_a_session_and_readiness_says_what_works(browser: httpx.Client) -> None:
    assert browser.get("/healthz").json() == {"status": "ok"}
    ready = browser.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["store"] is True
    assert ready.json()["index"] is True


def test_the_interface_is_described_to_those_who_sign_in(
    browser: httpx.Client, physician: httpx.Client
) -> None:
    assert browser.get("/api/openapi.json").status_code == 401
    described = physician.get("/api/openapi.json").json()
    assert "/api/patients/{patient_id}/answers" in described["paths"]
    assert browser.get("/docs").status_code == 404
