"""Reading records over HTTP: who sees what, that it is in the trail, and what the page gets."""

from __future__ import annotations

from urllib.parse import quote

import httpx
import pytest
from lxml import etree

from assistant.services import Services
from tests.flows.conftest import SignIn
from tests.flows.hospital import JEANNE, ROGER, Line, document, potassium, put

RECORD = quote("bio/2024-03::a", safe="")
PATHS = (
    "",
    "/timeline",
    "/facts",
    f"/documents/{RECORD}",
    f"/documents/{RECORD}/raw",
    "/trends",
    "/trends/2823-3",
)


def kinds(services: Services) -> list[str]:
    return [event.kind for event in services.trail.events()]


def test_only_patients_under_care_are_listed(physician: httpx.Client) -> None:
    found = physician.get("/api/patients").json()["patients"]
    assert [row["id"] for row in found] == [JEANNE]
    assert found[0]["identifiers"] == [{"system": "IPP", "value": "IPP-77", "status": None}]
    assert physician.get("/api/patients", params={"find": "odette 12/03/1948"}).json()["patients"] == found
    assert physician.get("/api/patients", params={"find": "roger"}).json()["patients"] == []


@pytest.mark.parametrize("path", PATHS)
def test_another_patient_looks_like_one_who_does_not_exist(
    physician: httpx.Client, services: Services, path: str
) -> None:
    other = physician.get(f"/api/patients/{ROGER}{path}")
    nobody = physician.get(f"/api/patients/pat-personne{path}")
    assert other.status_code == nobody.status_code == 404
    assert other.json() | {"request_id": ""} == nobody.json() | {"request_id": ""}
    refused = [event for event in services.trail.events() if event.kind == "access_refused"]
    assert [event.patient_id for event in refused] == [ROGER, "pat-personne"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("login", ["administrateur", "auditrice"])
def test_roles_that_read_no_record_are_refused(sign_in: SignIn, login: str, path: str) -> None:
    assert sign_in(login).get(f"/api/patients/{JEANNE}{path}").status_code == 403


@pytest.mark.parametrize(
    "path", [*(f"/api/patients/{JEANNE}{path}" for path in PATHS), "/api/me", "/api/audit"]
)
def test_nothing_is_shown_without_signing_in(browser: httpx.Client, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 401
    assert set(answer.json()) == {"code", "message", "request_id"}


def test_a_purpose_that_the_role_does_not_allow_is_refused(physician: httpx.Client, sign_in: SignIn) -> None:
    path = f"/api/patients/{JEANNE}"
    assert physician.get(path, params={"purpose": "evaluation"}).status_code == 403
    evaluator = sign_in("evaluatrice")
    assert evaluator.get(path).status_code == 200
    assert evaluator.get(path, params={"purpose": "care"}).status_code == 403


def test_the_banner_and_what_the_record_covers(physician: httpx.Client) -> None:
    page = physician.get(f"/api/patients/{JEANNE}").json()
    assert (page["name"], page["birth_date"], page["identity_status"]) == (
        "MARTINEAU Jeanne Odette",
        "1948-03-12",
        "qualified",
    )
    assert page["coverage"] == {
        "documents": 3,
        "kinds": ["hospital_report", "laboratory"],
        "from": "2023-05-02",
        "to": "2024-03-12",
        "sources": [{"system": "tests", "last_success": None, "stale": False}],
        "unread": [],
    }


def test_timeline_and_facts_are_newest_first_and_narrow_down(physician: httpx.Client) -> None:
    base = f"/api/patients/{JEANNE}"
    entries = physician.get(f"{base}/timeline").json()["entries"]
    assert [entry["record_id"] for entry in entries] == ["bio/2024-03::a", "bio/2024-01::a", "cr-1"]
    facts = physician.get(f"{base}/facts", params={"kind": "laboratory"}).json()["facts"]
    assert [fact["value"]["magnitude"] for fact in facts] == ["5.4", "4.1"]
    since = physician.get(f"{base}/facts", params={"kind": "laboratory,allergy", "since": "2024-02"})
    assert [fact["label"] for fact in since.json()["facts"]] == ["Potassium"]
    assert physician.get(f"{base}/facts", params={"since": "hier"}).status_code == 422


def test_a_citation_resolves_in_the_document_that_it_names(physician: httpx.Client) -> None:
    base = f"/api/patients/{JEANNE}"
    for fact in physician.get(f"{base}/facts").json()["facts"]:
        place = fact["locator"]
        path = f"{base}/documents/{quote(place['record_id'], safe='')}"
        page = physician.get(path, params={"version": place["version"]}).json()
        assert page["text"][place["start"] : place["end"]] == place["quote"]
        assert page["current"] is True


def test_an_old_version_still_resolves_and_names_the_current_one(
    physician: httpx.Client, services: Services
) -> None:
    amended = document(
        "cr-1", [Line("Version corrigée.")], day="2023-05-02", version="2", kind="hospital_report"
    )
    put(services, JEANNE, amended)
    old = physician.get(f"/api/patients/{JEANNE}/documents/cr-1", params={"version": "1"}).json()
    assert (old["current"], old["current_version"]) == (False, "2")
    assert "furosémide" in old["text"]
    new = physician.get(f"/api/patients/{JEANNE}/documents/cr-1").json()
    assert (new["current"], new["text"]) == (True, "Version corrigée.")


def test_raw_bytes_are_a_download_that_no_browser_runs(physician: httpx.Client) -> None:
    answer = physician.get(f"/api/patients/{JEANNE}/documents/{RECORD}/raw")
    assert answer.text.startswith("Ionogramme")
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''bio%2F2024-03%3A%3Aa"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("code", ["2823-3", "potassium"])
def test_a_trend_by_code_or_by_label(physician: httpx.Client, code: str) -> None:
    path = f"/api/patients/{JEANNE}/trends/{code}"
    (trend,) = physician.get(path).json()["trends"]
    assert [(point["at"], point["value"]) for point in trend["points"]] == [
        ("2024-01-08", "4.1"),
        ("2024-03-12", "5.4"),
    ]
    assert (trend["label"], trend["unit"], trend["points"][-1]["high"]) == ("Potassium", "mmol/L", "5.0")
    drawn = physician.get(path, headers={"Accept": "image/svg+xml"})
    assert drawn.headers["content-type"] == "image/svg+xml"
    root = etree.fromstring(drawn.content)
    marks = [element.get("class") for element in root.iter()]
    assert marks.count("band") == 1
    assert (marks.count("dot"), marks.count("out")) == (1, 1)
    assert physician.get(f"/api/patients/{JEANNE}/trends/sodium").status_code == 404


def test_every_reading_is_in_the_trail_and_the_chain_holds(
    physician: httpx.Client, services: Services
) -> None:
    for path in PATHS:
        assert physician.get(f"/api/patients/{JEANNE}{path}").status_code == 200
    assert kinds(services)[-len(PATHS) :] == [
        "patient_opened",
        "timeline_read",
        "facts_read",
        "document_read",
        "document_downloaded",
        "trends_read",
        "trends_read",
    ]
    read = services.trail.events(patient_id=JEANNE)[3]
    assert read.detail == {"purpose": "care", "record_id": "bio/2024-03::a", "version": "1"}
    assert services.trail.verify().intact


def test_administrators_grant_and_end_care(sign_in: SignIn, physician: httpx.Client) -> None:
    administrator = sign_in("administrateur")
    base = "/api/admin/accounts/medecin/care"
    assert administrator.post(base, json={"patient_id": ROGER}).status_code == 204
    assert physician.get(f"/api/patients/{ROGER}").status_code == 200
    assert administrator.delete(f"{base}/{ROGER}").status_code == 204
    assert physician.get(f"/api/patients/{ROGER}").status_code == 404
    assert physician.post(base, json={"patient_id": ROGER}).status_code == 403
    made = administrator.post(
        "/api/admin/accounts",
        json={"login": "nouveau", "roles": ["nurse"], "password": "encore un mot de passe"},
    )
    assert made.status_code == 201
    assert "password" not in made.text


def test_an_auditor_sees_who_looked_and_nothing_of_what_was_read(
    sign_in: SignIn, physician: httpx.Client
) -> None:
    physician.get(f"/api/patients/{JEANNE}", params={})
    auditor = sign_in("auditrice")
    page = auditor.get("/api/audit", params={"patient": JEANNE}).json()
    assert [event["kind"] for event in page["events"]] == ["patient_opened", "audit_read"]
    assert "MARTINEAU" not in str(page)
    assert auditor.get("/api/audit/verify").json()["intact"] is True
    assert physician.get("/api/audit").status_code == 403


def test_a_purge_empties_everything_and_leaves_a_tombstone(sign_in: SignIn, services: Services) -> None:
    administrator = sign_in("administrateur")
    assert administrator.delete(f"/api/patients/{JEANNE}").json()["purged"] == JEANNE
    assert [patient.id for patient in services.store.patients()] == [ROGER]
    assert services.index.get().count() == 1
    assert kinds(services)[-2:] == ["purge_begun", "patient_purged"]
    assert services.trail.verify().intact
    assert sign_in("medecin").get(f"/api/patients/{JEANNE}").status_code == 404


def test_a_service_whose_trail_cannot_be_written_shows_nothing(
    physician: httpx.Client, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy.exc import OperationalError

    import assistant.audit.sqlite_trail as trail

    def broken(*_args: object, **_options: object) -> None:
        raise OperationalError("INSERT", {}, OSError("disk"))

    monkeypatch.setattr(trail, "append", broken)
    answer = physician.get(f"/api/patients/{JEANNE}")
    assert (answer.status_code, answer.json()["code"]) == (503, "audit_unavailable")
    assert "MARTINEAU" not in answer.text


def test_uploaded_records_go_in_for_who_may_bring_them(physician: httpx.Client, sign_in: SignIn) -> None:
    files = [("files", ("../../etc/passwd", b"{}", "application/json"))]
    brought = physician.post("/api/records", files=files, data={"patient_id": JEANNE})
    assert brought.status_code == 200, brought.text
    assert len(brought.json()["rejected"]) == 1
    assert sign_in("auditrice").post("/api/records", files=files).status_code == 403
    paths = physician.post("/api/records/paths", json={"paths": ["/etc"]})
    assert (paths.status_code, paths.json()["code"]) == (403, "forbidden")


def test_two_potassium_units_are_two_series(physician: httpx.Client, services: Services) -> None:
    line = potassium("210", "2024-04-01")
    assert line.fact is not None
    from decimal import Decimal

    from retrieval.fact import Quantity

    other = Line(line.text, line.fact | {"value": Quantity(magnitude=Decimal("210"), unit="mg/L")})
    put(services, JEANNE, document("bio-autre", [other], day="2024-04-01"))
    trends = physician.get(f"/api/patients/{JEANNE}/trends/2823-3").json()["trends"]
    assert [(trend["unit"], len(trend["points"])) for trend in trends] == [("mmol/L", 2), ("mg/L", 1)]
