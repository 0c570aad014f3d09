"""The door of a data folder that a running service owns: its HTTP interface, on this machine."""

from __future__ import annotations

import json
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from urllib.parse import quote

import httpx

from assistant.cli.door import Bringing, Json, Progress
from assistant.cli.failing import ServiceRefusedError
from assistant.owner import Owner

_PATIENCE = httpx.Timeout(10.0, read=600.0)


@contextmanager
def through_service(owner: Owner, login: str | None) -> Iterator[ServiceDoor]:
    """Speak with the service as the operating-system user that runs it."""
    headers = {"authorization": f"Bearer {owner.token}"} | ({"x-aparte-as": login} if login else {})
    verify: ssl.SSLContext | bool = True
    if owner.certificate:
        verify = ssl.create_default_context(cafile=owner.certificate)
        verify.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # it is trusted itself, whoever issued it
        verify.check_hostname = False  # the certificate names the hospital's host, and is pinned here
    options: dict[str, Any] = {
        "base_url": owner.url,
        "headers": headers,
        "verify": verify,
        "timeout": _PATIENCE,
        "trust_env": False,
    }
    with httpx.Client(**options) as client:
        yield ServiceDoor(client, options)


class ServiceDoor:
    """The HTTP interface as the commands need it."""

    def __init__(self, client: httpx.Client, options: dict[str, Any]) -> None:
        self._client = client
        self._options = options

    def patients(self, find: str) -> Json:
        """The people who may be found."""
        return self._get("/api/patients", {"find": find})

    def record(self, patient_id: str, *, kinds: Sequence[str], since: str | None) -> Json:
        """`patient`, `entries` and `facts` of one record."""
        base = f"/api/patients/{quote(patient_id, safe='')}"
        narrowed: dict[str, Any] = {"kind": list(kinds)} | ({"since": since} if since else {})
        return {
            "patient": self._get(base, {}),
            **self._get(f"{base}/timeline", {"since": since} if since else {}),
            **self._get(f"{base}/facts", narrowed),
        }

    @asynccontextmanager
    async def ask(self, patient_id: str, request: Json) -> AsyncIterator[AsyncIterator[tuple[str, Json]]]:
        """The events of an answer."""
        path = f"/api/patients/{quote(patient_id, safe='')}/answers"
        accept = {"accept": "text/event-stream"}
        with _reachable():
            async with (
                httpx.AsyncClient(**self._options) as client,
                client.stream("POST", path, json=request, headers=accept) as response,
            ):
                if response.status_code != 200:
                    raise _refusal(response.status_code, await response.aread())
                yield _events(response)

    def ingest(self, bringing: Bringing, progress: Progress) -> Json:
        """Bring records in; paths are read by the service, which runs as the same user."""
        body = {
            "paths": [str(path) for path in bringing.paths],
            "format": bringing.format,
            "patient_id": bringing.patient_id,
            "manifest": [str(each) for each in bringing.manifest],
            "system": bringing.system,
            "dry_run": bringing.dry_run,
        }
        return self._work("POST", "/api/records/paths", body, progress)

    def purge(self, patient_id: str) -> Json:
        """Erase a patient."""
        return self._json(self._send("DELETE", f"/api/patients/{quote(patient_id, safe='')}"))

    def reindex(self, progress: Progress) -> Json:
        """Make the index again."""
        return self._work("POST", "/api/records/reindex", None, progress)

    def settle(self, method: str, path: str, body: Json | None = None) -> Json:
        """Identities and quarantine."""
        return self._json(self._send(method, f"/api/admin/{quote(path)}", json=body))

    def _get(self, path: str, params: dict[str, Any]) -> Json:
        return self._json(self._send("GET", path, params=params))

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        with _reachable():
            return self._client.request(method, path, **options)

    def _json(self, response: httpx.Response) -> Json:
        if response.status_code >= 300:
            raise _refusal(response.status_code, response.content)
        found: Json = response.json()
        return found

    def _work(self, method: str, path: str, body: Json | None, progress: Progress) -> Json:
        report: Json | None = None
        with _reachable(), self._client.stream(method, path, json=body) as response:
            if response.status_code != 200:
                raise _refusal(response.status_code, response.read())
            for line in response.iter_lines():
                event = json.loads(line)
                if "report" in event:
                    report = event["report"]
                elif "code" in event:
                    raise ServiceRefusedError(event["message"], code=event["code"])
                else:
                    progress(event["done"], event["total"], event["name"])
        if report is None:
            raise ServiceRefusedError(
                "the service stopped before the end; run the same command again", code="stopped"
            )
        return report


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except httpx.TransportError as error:
        raise ServiceRefusedError(
            "the running service does not answer; stop it, or look at its log, then try again",
            code="unreachable",
        ) from error


async def _events(response: httpx.Response) -> AsyncIterator[tuple[str, Json]]:
    name = ""
    async for line in response.aiter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            data = json.loads(line.removeprefix("data: "))
            if name == "error":
                raise ServiceRefusedError(data["message"], code=data["code"])
            yield name, data


def _refusal(status: int, content: bytes) -> ServiceRefusedError:
    try:
        body = json.loads(content)
        return ServiceRefusedError(str(body["message"]), code=str(body["code"]))
    except (ValueError, KeyError, TypeError):
        return ServiceRefusedError(f"the running service answered with status {status}", code="unknown")
