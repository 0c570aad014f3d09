"""Sessions: right and wrong passwords, lock-out, forged requests, sign-out, expiry."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from assistant.services import Services
from tests.flows.conftest import SignIn, running
from tests.flows.hospital import PASSWORD, fill, make_services


def _post_session(client: httpx.Client, password: str, login: str = "medecin") -> httpx.Response:
    return client.post("/api/session", json={"username": login, "password": password})


def test_sign_in_gives_a_strict_cookie_and_who_is_signed_in(browser: httpx.Client) -> None:
    assert browser.get("/api/session").json() == {"signed_in": False}
    answer = _post_session(browser, PASSWORD)
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    me = browser.get("/api/me").json()
    assert (me["login"], me["roles"], me["purposes"]) == ("medecin", ["physician"], ["care"])
    assert me["csrf_token"] == answer.json()["csrf_token"]
    assert browser.get("/api/session").json() == {"signed_in": True}


def test_a_wrong_password_and_an_unknown_name_look_the_same(browser: httpx.Client) -> None:
    wrong = _post_session(browser, "faux")
    unknown = _post_session(browser, "faux", login="personne")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() | {"request_id": ""} == unknown.json() | {"request_id": ""}


@pytest.mark.parametrize("login", ["medecin", "personne"])
def test_lock_out_after_five_wrong_passwords_even_for_the_right_one(
    browser: httpx.Client, login: str
) -> None:
    for _ in range(5):
        assert _post_session(browser, "faux", login=login).status_code == 401
    locked = _post_session(browser, PASSWORD, login=login)
    assert locked.status_code == 429
    assert 0 < int(locked.headers["retry-after"]) <= 15 * 60 + 1
    assert _post_session(browser, PASSWORD, login="auditrice").status_code == 200


def test_sign_ins_from_one_address_are_bounded(tmp_path: Path) -> None:
    services = make_services(tmp_path / "data", logins_per_minute=3)
    fill(services)
    with running(services) as url, httpx.Client(base_url=url, trust_env=False) as client:
        codes = [_post_session(client, "faux", login=f"nom{n}").status_code for n in range(4)]
    assert codes == [401, 401, 401, 429]


def test_a_request_without_the_token_or_from_another_site_is_refused(
    physician: httpx.Client, address: str
) -> None:
    path, question = "/api/patients/pat-jeanne/answers", {"question": "Dernier potassium ?"}
    token = physician.headers.pop("X-Aparte-CSRF")
    assert physician.post(path, json=question).json()["code"] == "forbidden"
    assert physician.post(path, json=question, headers={"X-Aparte-CSRF": "0" * 64}).status_code == 403
    foreign = {"X-Aparte-CSRF": token, "Origin": "https://ailleurs.example"}
    assert physician.post(path, json=question, headers=foreign).status_code == 403
    sniffed = {"X-Aparte-CSRF": token, "Sec-Fetch-Site": "cross-site"}
    assert physician.post(path, json=question, headers=sniffed).status_code == 403
    assert physician.get("/api/me").status_code == 200
    own = {"X-Aparte-CSRF": token, "Origin": address}
    assert physician.delete("/api/session", headers=own).status_code == 204


def test_signing_in_from_another_site_is_refused(browser: httpx.Client) -> None:
    answer = browser.post(
        "/api/session",
        json={"username": "medecin", "password": PASSWORD},
        headers={"Origin": "https://ailleurs.example"},
    )
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_sign_out_ends_the_session_everywhere(physician: httpx.Client, address: str) -> None:
    token = physician.cookies["aparte_session"]
    assert physician.delete("/api/session").status_code == 204
    with httpx.Client(base_url=address, trust_env=False, cookies={"aparte_session": token}) as thief:
        assert thief.get("/api/me").status_code == 401


def test_a_closed_account_loses_its_sessions(sign_in: SignIn) -> None:
    physician, administrator = sign_in("medecin"), sign_in("administrateur")
    closing = administrator.post("/api/admin/accounts/medecin/active", json={"active": False})
    assert closing.status_code == 204
    assert physician.get("/api/me").status_code == 401
    assert _post_session(physician, PASSWORD).status_code == 401


def test_the_database_holds_no_token_and_no_password(physician: httpx.Client, services: Services) -> None:
    token = physician.cookies["aparte_session"]
    stored = b"".join(path.read_bytes() for path in services.settings.data.glob("people.sqlite*"))
    assert token.encode() not in stored
    assert PASSWORD.encode() not in stored
    assert b"$argon2id$" in stored
