"""Who is one patient and whose a document is, over HTTP: rights, decisions, what cites them, what is erased."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from assistant.cli.main import build_app
from assistant.services import Services
from retrieval.composition import Patient, PatientIdentifier
from retrieval.passages import passages_of
from retrieval.store.freshness import Freshness
from retrieval.store.values import Whose
from tests.flows.conftest import SignIn
from tests.flows.hospital import JEANNE, ROGER, Line, document, put

INS = "255081416802538"
ASKED = {"question": "Dernier potassium ?"}


@pytest.fixture
def administrator(sign_in: SignIn) -> httpx.Client:
    return sign_in("administrateur")


def kinds(services: Services) -> list[str]:
    return [event.kind for event in services.trail.events()]


def twin(services: Services) -> str:
    """Another source's patient with Jeanne's local number and another birth date, and a document."""
    described = Patient(
        id="",
        family_name="MARTINEAU",
        given_names="Jeanne",
        birth_date="1948-12-03",
        sex="female",
        identifiers=(PatientIdentifier(system="IPP", value="IPP-77"),),
    )
    found = services.store.identify(described, Whose(hint="ext-1"))
    read = document("ext-doc", [Line("Antécédent de zona en 2019.")], day="2019-05-05", kind="letter")
    services.store.put_for(read, Whose(identity=found.identity), passages=passages_of(read))
    return found.patient_id


ROUTES = [
    ("GET", "/api/admin/identities", None),
    ("POST", "/api/admin/identities/same", {"first": "a", "second": "b"}),
    ("POST", "/api/admin/identities/different", {"first": "a", "second": "b"}),
    ("DELETE", "/api/admin/identities/decisions/1", None),
    ("GET", "/api/admin/quarantine", None),
    ("GET", "/api/admin/quarantine/x", None),
    ("POST", "/api/admin/quarantine/x/assign", {"patient_id": JEANNE}),
    ("DELETE", "/api/admin/quarantine/x", None),
]


def test_only_administrators_settle(
    physician: httpx.Client, administrator: httpx.Client, browser: httpx.Client, services: Services
) -> None:
    for method, path, body in ROUTES:
        assert browser.request(method, path, json=body).status_code == 401
        assert physician.request(method, path, json=body).status_code == 403
        expected = 200 if method == "GET" and not path.endswith("/x") else 404
        answer = administrator.request(method, path, json=body)
        assert answer.status_code == expected, (path, answer.text)


def test_same_brings_records_together_and_all_that_cites_them_resolves(
    physician: httpx.Client, administrator: httpx.Client, services: Services
) -> None:
    other = twin(services)
    first = physician.post(f"/api/patients/{JEANNE}/answers", json=ASKED).json()
    (conflict,) = administrator.get("/api/admin/identities").json()["conflicts"]
    assert conflict["kinds"] == ["claimed", "traits_differ"]
    assert {conflict["first"]["id"], conflict["second"]["id"]} == {JEANNE, other}
    assert physician.get(f"/api/patients/{other}").status_code == 404
    services.accounts.grant("evaluatrice", other, by="tests")
    decided = administrator.post("/api/admin/identities/same", json={"first": JEANNE, "second": other})
    assert decided.json()["patient_id"] == JEANNE, decided.text
    for name in (JEANNE, other):
        page = physician.get(f"/api/patients/{name}").json()
        assert (page["id"], page["coverage"]["documents"]) == (JEANNE, 4)
    kept = physician.get(f"/api/answers/{first['id']}").json()
    assert (kept["stale"], kept["patient"]["id"]) == (False, JEANNE)
    assert "zona" in json.dumps(physician.get(f"/api/patients/{other}/documents/ext-doc").json())
    listed = administrator.get("/api/admin/identities").json()
    assert listed["conflicts"] == []
    number = listed["decisions"][0]["id"]
    assert administrator.delete(f"/api/admin/identities/decisions/{number}").status_code == 200
    assert physician.get(f"/api/patients/{JEANNE}").json()["coverage"]["documents"] == 3
    assert physician.get(f"/api/patients/{other}").status_code == 404
    again = administrator.post("/api/admin/identities/different", json={"first": JEANNE, "second": other})
    assert again.status_code == 200
    assert administrator.get("/api/admin/identities").json()["conflicts"] == []
    refused = administrator.post("/api/admin/identities/same", json={"first": JEANNE, "second": other})
    assert (refused.status_code, refused.json()["code"]) == (400, "bad_request")
    assert "take it back first" in refused.json()["message"]
    for kind in ("identities_listed", "identity_same", "identity_undone", "identity_different"):
        assert kind in kinds(services)
    assert services.trail.verify().intact


def test_a_document_leaves_quarantine_into_a_record(
    physician: httpx.Client, administrator: httpx.Client, services: Services
) -> None:
    read = document("q-1", [Line("Suivi par xylophage de la plaie.")], day="2024-05-05", kind="letter")
    services.store.quarantine(read, reason="whose is it")
    (kept,) = administrator.get("/api/admin/quarantine").json()["quarantined"]
    shown = administrator.get(f"/api/admin/quarantine/{kept['id']}").json()
    assert "xylophage" in shown["text"]
    path = f"/api/admin/quarantine/{kept['id']}/assign"
    assert administrator.post(path, json={"patient_id": "nobody"}).status_code == 404
    for done in ("read", "unchanged"):
        assert administrator.post(path, json={"patient_id": JEANNE}).json()["done"] == done
    refused = administrator.post(path, json={"patient_id": ROGER})
    assert (refused.status_code, "another patient" in refused.json()["message"]) == (400, True)
    assert "xylophage" in physician.get(f"/api/patients/{JEANNE}/documents/q-1").json()["text"]
    assert services.store.statistics().pending == 0
    assert {"quarantine_listed", "quarantine_read", "quarantine_assigned"} <= set(kinds(services))


def test_a_discarded_document_is_gone(administrator: httpx.Client, services: Services) -> None:
    services.store.quarantine(document("q-2", [Line("Xylophage.")], day="2024-05-05"), reason="whose is it")
    (kept,) = services.store.quarantined()
    assert administrator.delete(f"/api/admin/quarantine/{kept.id}").json()["done"] == "discarded"
    assert administrator.delete(f"/api/admin/quarantine/{kept.id}").status_code == 404


def test_uploads_go_into_records_that_the_person_may_open(
    physician: httpx.Client, administrator: httpx.Client, services: Services
) -> None:
    def upload(client: httpx.Client, patient_id: str | None) -> int:
        files = [("files", ("note.txt", b"Une note.", "text/plain"))]
        return client.post(
            "/api/records", files=files, data={"patient_id": patient_id} if patient_id else {}
        ).status_code

    assert upload(physician, JEANNE) == 200
    assert upload(physician, ROGER) == 404
    assert upload(physician, "nobody") == 404
    assert upload(physician, None) == 403
    assert upload(administrator, ROGER) == 200
    assert upload(administrator, None) == 200
    assert kinds(services).count("access_refused") >= 3


Change = Callable[[Services], None]


def _amended(services: Services) -> None:
    put(services, JEANNE, document("bio/2024-03::a", [Line("Rectifié")], day="2024-03-12", version="2"))


def _in_error(services: Services) -> None:
    erroneous = document(
        "bio/2024-03::a", [Line("x")], day="2024-03-12", version="2", status="entered_in_error"
    )
    put(services, JEANNE, erroneous)


def _deleted(services: Services) -> None:
    put(services, JEANNE, document("bio/2024-03::a", [], day="2024-03-12", version="2", status="deleted"))


def _erased(services: Services) -> None:
    services.store.delete_record("bio/2024-03::a")


@pytest.mark.parametrize("change", [_amended, _in_error, _deleted, _erased])
def test_an_answer_turns_stale_with_what_it_cites(
    physician: httpx.Client, services: Services, change: Change
) -> None:
    answer = physician.post(f"/api/patients/{JEANNE}/answers", json=ASKED).json()
    assert "5,4" in json.dumps(answer, ensure_ascii=False)
    assert physician.get(f"/api/answers/{answer['id']}").json()["stale"] is False
    change(services)
    assert physician.get(f"/api/answers/{answer['id']}").json()["stale"] is True
    now = physician.post(f"/api/patients/{JEANNE}/answers", json=ASKED).json()
    assert "5,4" not in json.dumps(now["sentences"], ensure_ascii=False)


def test_a_deletion_leaves_no_word_in_store_or_index_nor_in_any_search(
    physician: httpx.Client, administrator: httpx.Client, services: Services
) -> None:
    word = "xylophage"
    put(
        services,
        JEANNE,
        document("w-1", [Line(f"Plaie à {word} du talon.")], day="2024-05-05", kind="letter"),
    )
    data = services.settings.data

    def places() -> list[str]:
        found = [path for path in data.rglob("*") if path.is_file() and word.encode() in path.read_bytes()]
        return [str(path.relative_to(data)) for path in found if not path.name.startswith("audit.")]

    assert places() != []
    put(services, JEANNE, document("w-1", [Line("Plaie du talon.")], day="2024-05-05", version="2"))
    asked = {"question": f"Que dit le dossier sur {word} ?"}
    amended = physician.post(f"/api/patients/{JEANNE}/answers", json=asked).json()
    assert [item for item in amended["evidence"] if word in item["text"]] == []
    assert amended["status"] == "abstained"
    assert not any(name.startswith("index") for name in places())
    put(services, JEANNE, document("w-1", [], day="2024-05-05", version="3", status="deleted"))
    assert places() == []
    assert physician.get(f"/api/patients/{JEANNE}/documents/w-1", params={"version": "1"}).status_code == 404
    administrator.delete(f"/api/patients/{JEANNE}")
    for path in data.rglob("*"):
        assert not path.is_file() or word.encode() not in path.read_bytes(), path


def test_not_found_names_the_source_that_is_late(physician: httpx.Client, services: Services) -> None:
    services.store.mark_source("tests", succeeded=False)
    services.store._freshness = Freshness(hours=1)
    answer = physician.post(
        f"/api/patients/{JEANNE}/answers", json={"question": "Dernière troponine ?"}
    ).json()
    assert answer["status"] == "abstained"
    assert [(each["system"], each["stale"]) for each in answer["coverage"]["sources"]] == [("tests", True)]
    assert physician.get(f"/api/patients/{JEANNE}").json()["coverage"]["sources"][0]["stale"] is True


def test_the_commands_on_identities_and_quarantine(services: Services) -> None:
    other = twin(services)
    services.store.quarantine(document("q-1", [Line("À qui ?")], day="2024-05-05"), reason="whose is it")
    (kept,) = services.store.quarantined()
    services.close()
    run = CliRunner()

    def aparte(*words: str) -> Any:
        settings = {"APARTE_DATA": str(services.settings.data), "APARTE_ENCODER": "hashing"}
        ended = run.invoke(build_app(), [*words, "--as", "administrateur"], env=settings)
        assert ended.exit_code == 0, (words, ended.output, ended.exception)
        return ended.output

    assert "traits_differ" in aparte("identities", "list")
    assert other in aparte("identities", "same", JEANNE, other)
    (decision,) = json.loads(aparte("identities", "list", "--json"))["decisions"]
    assert "same" in aparte("identities", "list", "--decided")
    aparte("identities", "undo", str(decision["id"]))
    assert "different" in aparte("identities", "different", JEANNE, other)
    assert "nothing is open" in aparte("identities", "list")
    assert kept.id in aparte("quarantine", "list")
    assert "À qui ?" in aparte("quarantine", "show", kept.id)
    for done in ("read", "unchanged"):
        assert done in aparte("quarantine", "assign", kept.id, "--patient", JEANNE)
    assert "nothing is in quarantine" in aparte("quarantine", "list")


def test_the_secret_lies_beside_the_store(services: Services) -> None:
    assert (Path(services.settings.data) / "identity.key").stat().st_mode & 0o777 == 0o600
