"""The target over HTTP: a running service, asked with the session cookies of real accounts."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

import anyio
import httpx

from assistant.people.sessions import CSRF_HEADER
from assistant.serving import is_loopback
from eval.cases.case import Capability, Step
from eval.errors import RunError, TargetError
from eval.runner.accounts import SignIn
from eval.runner.asking import UNREACHABLE

_REFUSALS = frozenset({401, 403, 404})
_BUSY = frozenset({429})
_TRIES = 60
_LONGEST_PAUSE_S = 5.0
_TIMEOUT = httpx.Timeout(10.0, read=900.0)


class _Signed(NamedTuple):
    """The client of one account, and the purpose of its readings."""

    client: httpx.AsyncClient
    purpose: str


def check_url(url: str) -> str:
    """The address without its last slash. RunError unless it is https, or http on this machine."""
    parts = urlsplit(url)
    here = parts.scheme == "http" and is_loopback(parts.hostname or "")
    if not (parts.scheme == "https" or here) or not parts.hostname or parts.username:
        raise RunError(f"{url}: a target is https://..., or http on this machine; without name and password")
    return url.rstrip("/")


class OverHttp:
    """Asks a running service. One client for each account; a session that has ended is opened again."""

    name = "http"
    capabilities: frozenset[Capability] = frozenset({"ask", "sessions"})

    def __init__(self, url: str, sign_ins: Mapping[str, SignIn], *, ca_file: Path | None = None) -> None:
        self._url = check_url(url)
        self._sign_ins = dict(sign_ins)
        self._verify = ssl.create_default_context(cafile=str(ca_file)) if ca_file else True
        self._signed: dict[str, _Signed] = {}
        self._signing = anyio.Lock()

    async def ask(self, step: Step) -> dict[str, Any]:
        """The answer, or everything that a refused caller received."""
        if step.patient_id is None:
            raise TargetError("a question on a record names its patient", code="no_patient")
        signed = await self._signed_in(step.account)
        response = await self._post(signed, step)
        if response.status_code == 401:
            signed = await self._signed_in(step.account, ended=signed)
            response = await self._post(signed, step)
        if response.status_code in _REFUSALS:
            return {"status": "refused", "http_status": response.status_code, "body": _received(response)}
        if response.status_code != 200:
            raise TargetError("the service could not answer", code=f"http_{response.status_code}")
        answer = _received(response)
        if not isinstance(answer, dict) or "status" not in answer:
            raise TargetError("the service's answer is not an answer", code="not_an_answer")
        return answer

    async def _post(self, signed: _Signed, step: Step) -> httpx.Response:
        path = f"/api/patients/{quote(step.patient_id or '', safe='')}/answers"
        body = {
            "question": step.text,
            "language": step.language,
            "use_model": step.use_model,
            "purpose": signed.purpose,
        }
        for left in reversed(range(_TRIES)):
            response = await _sent(signed.client, "POST", path, body)
            if response.status_code not in _BUSY or not left:
                break
            await anyio.sleep(_pause(response))
        return response

    async def _signed_in(self, account: str, *, ended: _Signed | None = None) -> _Signed:
        async with self._signing:
            held = self._signed.get(account)
            if held is not None and held is not ended:
                return held
            sign_in = self._sign_ins.get(account)
            if sign_in is None:
                raise TargetError(f"no sign-in is known for the account {account}", code="no_account")
            client = (
                ended.client
                if ended
                else httpx.AsyncClient(
                    base_url=self._url, trust_env=False, timeout=_TIMEOUT, verify=self._verify
                )
            )
            body = {"username": sign_in.login, "password": sign_in.password}
            try:
                response = await _sent(client, "POST", "/api/session", body)
                if response.status_code != 200:
                    raise TargetError(f"the account {account} cannot sign in", code="not_signed_in")
            except TargetError:
                await client.aclose()
                self._signed.pop(account, None)
                raise
            me = response.json()
            client.headers[CSRF_HEADER] = me["csrf_token"]
            purposes = me["purposes"] or ["care"]
            signed = _Signed(client, "care" if "care" in purposes else purposes[0])
            self._signed[account] = signed
            return signed

    async def choose(self, question: str, options: Mapping[str, str], *, several: bool) -> tuple[str, ...]:  # noqa: ARG002
        """Not a capability of this target."""
        raise TargetError("the service offers no multiple choice", code="not_a_capability")

    async def draft(self, patient_id: str, kind: str) -> dict[str, Any]:  # noqa: ARG002 - the protocol's
        """Not a capability of this target yet."""
        raise TargetError("this target writes no drafts yet", code="not_a_capability")

    async def identify(self, text: str) -> Sequence[Mapping[str, Any]]:  # noqa: ARG002 - the protocol's
        """Not a capability of this target yet."""
        raise TargetError("this target has no identity guard yet", code="not_a_capability")

    async def close(self) -> None:
        """Sign out everywhere and close the clients."""
        for signed in self._signed.values():
            with suppress(httpx.HTTPError):  # a service that is gone has ended the session
                await signed.client.delete("/api/session")
            await signed.client.aclose()
        self._signed = {}


@asynccontextmanager
async def open_over_http(
    url: str, sign_ins: Mapping[str, SignIn], *, ca_file: Path | None = None
) -> AsyncIterator[OverHttp]:
    """The target at an address; signed out at the end, whatever happened."""
    target = OverHttp(url, sign_ins, ca_file=ca_file)
    try:
        yield target
    finally:
        with anyio.move_on_after(10, shield=True):
            await target.close()


async def _sent(client: httpx.AsyncClient, method: str, path: str, body: object) -> httpx.Response:
    try:
        return await client.request(method, path, json=body)
    except httpx.ConnectError as error:
        raise TargetError("the service cannot be reached", code=UNREACHABLE) from error
    except httpx.TimeoutException as error:
        raise TargetError("the service took too long", code="timeout") from error
    except httpx.HTTPError as error:
        raise TargetError("the connection broke", code="broken_connection") from error


def _received(response: httpx.Response) -> Any:
    """Everything that came back, as JSON where it is JSON."""
    try:
        return response.json()
    except ValueError:
        return {"text": response.text}


def _pause(response: httpx.Response) -> float:
    try:
        wanted = float(response.headers.get("retry-after", "1"))
    except ValueError:
        wanted = 1.0
    return min(max(wanted, 0.1), _LONGEST_PAUSE_S)
