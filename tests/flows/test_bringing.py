"""Records brought in over HTTP: uploads that meet, what stays on the disk, errors in the middle of the work."""

from __future__ import annotations

import io
import json
import logging

import httpx
import pytest

from assistant import bringing
from assistant.api.log import AllowListFormatter
from assistant.services import Services
from models.base import Embedder
from models.errors import ModelUnavailable
from models.hashing import HashingEmbedder
from tests.flows.conftest import running
from tests.flows.hospital import JEANNE, PLANTED


def _file(text: str, name: str = "note.txt") -> tuple[str, tuple[str, bytes, str]]:
    return ("files", (name, text.encode(), "text/plain"))


def test_an_upload_that_finds_another_at_work_touches_nothing_of_it(
    physician: httpx.Client, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = bringing.ingest
    seen: list[bytes] = []

    def meanwhile(paths: tuple, **options: object) -> object:  # type: ignore[type-arg]
        second = physician.post("/api/records", files=[_file("Second.")], data={"patient_id": JEANNE})
        assert (second.status_code, second.json()["code"]) == (429, "too_many_requests")
        seen.extend(path.read_bytes() for path in paths)
        return whole(paths, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(bringing, "ingest", meanwhile)
    first = physician.post("/api/records", files=[_file("Premier.")], data={"patient_id": JEANNE})
    assert first.status_code == 200, first.text
    assert seen == [b"Premier."]


def test_two_uploaded_files_of_one_name_are_refused_rather_than_one_lost(physician: httpx.Client) -> None:
    files = [_file("Un."), _file("Deux.")]
    answer = physician.post("/api/records", files=files, data={"patient_id": JEANNE})
    assert answer.status_code == 400
    assert "same name" in answer.json()["message"]


def test_nothing_uploaded_stays_outside_the_store(physician: httpx.Client, services: Services) -> None:
    physician.post("/api/records", files=[_file("Une note.")], data={"patient_id": JEANNE})
    assert not list(services.settings.data.glob("incoming/**/*"))


def test_an_error_in_the_middle_of_the_work_is_in_the_log_under_its_request(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_options: object) -> None:
        raise RuntimeError(PLANTED[0])

    monkeypatch.setattr(bringing, "rebuild", broken)
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(AllowListFormatter())
    logging.getLogger("aparte").addHandler(handler)
    try:
        with running(services) as url, httpx.Client(base_url=url, trust_env=False) as client:
            own = {"authorization": f"Bearer {'t' * 43}", "x-request-id": "demande-4712"}
            answer = client.post("/api/records/reindex", headers=own)
    finally:
        logging.getLogger("aparte").removeHandler(handler)
    last = json.loads(answer.text.splitlines()[-1])
    assert (last["code"], last["request_id"]) == ("internal", "demande-4712")
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    (told,) = [line for line in lines if line.get("error") == "RuntimeError"]
    assert (told["level"], told["request_id"]) == ("error", "demande-4712")
    assert PLANTED[0] not in answer.text + stream.getvalue()


class _Later:
    """An encoder whose weights are not there yet."""

    def __init__(self) -> None:
        self.here = False

    def __call__(self) -> Embedder:
        if not self.here:
            raise ModelUnavailable("the encoder is not in the models folder")
        return HashingEmbedder()


@pytest.fixture
def later(services: Services, monkeypatch: pytest.MonkeyPatch) -> _Later:
    """The tiny hospital before its encoder has been brought in."""
    made = _Later()
    monkeypatch.setattr(services.embedder, "_make", made)
    return made


def test_a_service_without_its_encoder_is_ready_for_what_needs_none(
    later: _Later, browser: httpx.Client
) -> None:
    ready = browser.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["store"] is True
    assert ready.json()["index"] is False


def test_a_search_that_was_mended_is_used_without_a_new_start(later: _Later, physician: httpx.Client) -> None:
    path, asked = f"/api/patients/{JEANNE}/answers", {"question": "Que dit le compte rendu sur zéphyrine ?"}
    assert physician.post(path, json=asked).json()["reason"] == "retrieval_failed"
    later.here = True
    own = {"authorization": f"Bearer {'t' * 43}"}
    report = json.loads(physician.post("/api/records/reindex", headers=own).text.splitlines()[-1])
    assert "report" in report, report
    assert physician.post(path, json=asked).json()["reason"] != "retrieval_failed"
