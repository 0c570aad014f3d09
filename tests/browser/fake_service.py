"""A small service that plays scripted, contract-shaped responses to the page, on loopback.

It serves `assistant/web` under the same policy as the real one (the headers come from there), so that what
breaks under the policy breaks here. The full flow against the real service is in `test_flow.py`.
"""

from __future__ import annotations

import json
import mimetypes
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from assistant.api.guard import SECURITY_HEADERS
from tests.browser.fake_answers import CUT, GATE, Json, script_for
from tests.browser.fake_record import COVERAGE, CURRENT, FACTS, LAB, LAB_OLD, PATIENTS, TIMELINE, TRENDS

WEB = resources.files("assistant").joinpath("web")
CSRF = "t0ken"
ME: Json = {
    "id": "u-1",
    "login": "claire.petit",
    "display_name": "Dr Claire Petit",
    "roles": ["physician"],
    "permissions": ["read_record"],
    "purposes": ["care"],
    "csrf_token": CSRF,
    "question_characters": 400,
    "model": "Qwen2.5-Coder-1.5B-Instruct Q4_K_M",
}


class FakeService:
    """State that tests may look at and change. `gate` is released to let a held stream go on, one step each."""

    def __init__(self) -> None:
        self.gate = threading.Semaphore(0)
        self.signed_in = False
        self.refuse_next: list[tuple[int, str, dict[str, str]]] = []
        self.failing: set[str] = set()
        self.empty = False
        self.asked: list[Json] = []
        self.answers: dict[str, Json] = {}
        self.stale = False
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """Stop listening; streams that are held end."""
        for _ in range(100):
            self.gate.release()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(service: FakeService) -> type[BaseHTTPRequestHandler]:
    return type("Handler", (_Handler,), {"service": service})


class _Handler(BaseHTTPRequestHandler):
    service: FakeService
    protocol_version = "HTTP/1.0"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
        """Say nothing."""

    def do_GET(self) -> None:
        """Pages, files and reading routes."""
        parts = urlsplit(self.path)
        query = parse_qs(parts.query)
        if parts.path == "/" or parts.path.startswith("/p/"):
            self._file("index.html")
        elif parts.path.startswith("/static/"):
            self._file(parts.path.removeprefix("/static/"))
        elif parts.path == "/api/session":
            self._json({"signed_in": self.service.signed_in})
        elif self._may(parts.path):
            found = self._read(parts.path, query)
            self._json(found) if found is not None else self._fail(404, "not_found")

    def do_POST(self) -> None:
        """Sign in, and ask."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        path = urlsplit(self.path).path
        if path == "/api/session":
            right = (body["username"], body["password"]) == ("claire.petit", "secret")
            self.service.signed_in = self.service.signed_in or right
            self._json(ME) if right else self._fail(401, "not_signed_in")
        elif self._may(path) and self._safe():
            self.service.asked.append(body)
            self._stream(script_for(body["question"]))

    def do_DELETE(self) -> None:
        """Sign out."""
        if self._safe():
            self.service.signed_in = False
            self._send(204, "application/json", b"")

    def _safe(self) -> bool:
        safe = self.headers.get("X-Aparte-CSRF") == CSRF
        if not safe:
            self._fail(403, "forbidden")
        return safe

    def _may(self, path: str) -> bool:
        if not self.service.signed_in:
            self._fail(401, "not_signed_in")
            return False
        if self.service.refuse_next and self.command == "POST":
            status, code, headers = self.service.refuse_next.pop(0)
            self.service.signed_in = status != 401
            self._fail(status, code, headers)
            return False
        if any(path.endswith(name) for name in self.service.failing):
            self._fail(500, "internal")
            return False
        return True

    def _read(self, path: str, query: dict[str, list[str]]) -> Json | None:
        if path == "/api/me":
            return ME
        if path == "/api/patients":
            words = query.get("find", [""])[0].lower()
            return {"patients": [one for one in PATIENTS if words in one["name"].lower()]}
        if path.startswith("/api/answers/"):
            kept = self.service.answers.get(path.rsplit("/", 1)[1])
            return kept and kept | {"stale": self.service.stale}
        _, _, _, patient_id, *rest = path.split("/", 5)
        patient = next((one for one in PATIENTS if one["id"] == unquote(patient_id)), None)
        if patient is None:
            return None
        return self._chart(patient, rest, query)

    def _chart(self, patient: Json, rest: list[str], query: dict[str, list[str]]) -> Json | None:
        empty = self.service.empty
        what = rest[0] if rest else ""
        if what == "":
            none = {"documents": 0, "kinds": [], "from": None, "to": None, "sources": [], "unread": []}
            return patient | {"coverage": none if empty else COVERAGE}
        if what == "timeline":
            return {"entries": [] if empty else TIMELINE}
        if what == "facts":
            return {"facts": [] if empty else [one for kind in query["kind"] for one in FACTS[kind]]}
        if what == "trends":
            return {"trends": [] if empty else TRENDS}
        return self._document(unquote(rest[1]), query.get("version", [None])[0])

    @staticmethod
    def _document(record_id: str, version: str | None) -> Json | None:
        if version == LAB_OLD.version:
            return LAB_OLD.page(current=False, current_version=LAB.version)
        found = next((one for one in CURRENT if one.record_id == record_id), None)
        return found and found.page(current=True, current_version=found.version)

    def _stream(self, script: list[Any]) -> None:
        self._head(200, "text/event-stream; charset=utf-8")
        for step in script:
            if step == GATE:
                self.service.gate.acquire(timeout=30)
            elif step == CUT:
                return
            else:
                name, data = step
                if name == "finished":
                    self.service.answers[data["id"]] = data
                chunk = f": awake\n\nevent: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
                try:
                    self.wfile.write(chunk.encode())
                    self.wfile.flush()
                except OSError:
                    return  # the page stopped listening

    def _json(self, body: Json | None) -> None:
        self._send(200, "application/json", json.dumps(body).encode())

    def _fail(self, status: int, code: str, headers: dict[str, str] | None = None) -> None:
        body = {"code": code, "message": code, "request_id": "req-4711"}
        self._send(status, "application/json", json.dumps(body).encode(), headers)

    def _file(self, name: str) -> None:
        found = WEB.joinpath(*name.split("/"))
        if not found.is_file():
            self._send(404, "text/plain", b"")
            return
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        self._send(200, kind, found.read_bytes())

    def _send(self, status: int, kind: str, body: bytes, headers: dict[str, str] | None = None) -> None:
        self._head(status, kind, {**(headers or {}), "Content-Length": str(len(body))})
        self.wfile.write(body)

    def _head(self, status: int, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {**SECURITY_HEADERS, "Content-Type": kind, **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
