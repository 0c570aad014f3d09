"""The outermost layer of the service: request id, host check, size limit, security headers, last resort.

A plain ASGI layer, so that streamed answers pass through untouched.
"""

from __future__ import annotations

import logging
import re
import secrets
import time

from fastapi import HTTPException
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.api.log import REQUEST_ID, log, place_of
from assistant.api.status import ErrorBody

JSON_LIMIT = 256 * 1024
INGEST_LIMIT = 64 * 1024 * 1024
_INGEST_PATH = "/api/records"
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_LENGTH = re.compile(r"[0-9]{1,18}")

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class Guard:
    """Wraps the application. `hosts` are the names that a Host header may carry, in lower case."""

    def __init__(self, app: ASGIApp, *, hosts: frozenset[str], secure: bool) -> None:
        self._app = app
        self._hosts = hosts
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = headers.get("x-request-id", "")
        if not _REQUEST_ID.fullmatch(request_id):
            request_id = secrets.token_hex(8)
        REQUEST_ID.set(request_id)
        scope.setdefault("state", {})["request_id"] = request_id
        exchange = _Exchange(scope, send, request_id=request_id, secure=self._secure)
        try:
            await self._serve(exchange, headers, receive)
        finally:
            exchange.report()

    async def _serve(self, exchange: _Exchange, headers: Headers, receive: Receive) -> None:
        scope = exchange.scope
        if host_name(headers.get("host", "")) not in self._hosts:
            await exchange.refuse(421, "unknown_host", "this service does not answer to that host name")
            return
        limit = INGEST_LIMIT if scope["path"] == _INGEST_PATH else JSON_LIMIT
        length = headers.get("content-length", "0")
        if not _LENGTH.fullmatch(length) or int(length) > limit:
            await exchange.refuse(413, "too_large", f"a request may hold {limit // 1024} kB here")
            return
        try:
            await self._app(scope, _limited(receive, limit), exchange.send)
        except Exception as error:  # noqa: BLE001 - the last resort: nothing inside may reach the caller
            log(logging.ERROR, "request failed", error=type(error).__name__, place=place_of(error))
            await exchange.refuse(500, "internal", "something went wrong inside; quote the request id")


class _Exchange:
    """One request and its response: adds the headers, and knows what was sent."""

    def __init__(self, scope: Scope, send: Send, *, request_id: str, secure: bool) -> None:
        self.scope = scope
        self._send = send
        self._request_id = request_id
        self._secure = secure
        self._started_at = time.perf_counter()
        self._status: int | None = None

    async def send(self, message: Message) -> None:
        """Pass a message on, with the headers on the first."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("cache-control", "no-store")
            headers["x-request-id"] = self._request_id
            if self._secure:
                headers["strict-transport-security"] = "max-age=31536000"
            if "server" in headers:
                del headers["server"]
        await self._send(message)

    async def refuse(self, status: int, code: str, message: str) -> None:
        """Answer with an error, unless an answer has begun: then the connection is cut by saying no more."""
        if self._status is not None:
            return
        body = ErrorBody(code=code, message=message, request_id=self._request_id)
        response = JSONResponse(body.model_dump(), status_code=status)
        await response(self.scope, _nothing, self.send)

    def report(self) -> None:
        """Write the line of this request."""
        route = self.scope.get("route")
        log(
            logging.INFO,
            "request",
            method=self.scope["method"],
            route=getattr(route, "path", "-"),
            status=self._status,
            ms=round((time.perf_counter() - self._started_at) * 1000),
            account=self.scope.get("state", {}).get("account"),
        )


def host_name(header: str) -> str:
    """The name part of a Host header, in lower case, without port or brackets; empty when malformed."""
    match = re.fullmatch(r"(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+))(?::\d{1,5})?", header)
    return (match[1] or match[2]).lower() if match else ""


def _limited(receive: Receive, limit: int) -> Receive:
    taken = 0

    async def limited() -> Message:
        nonlocal taken
        message = await receive()
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            if taken > limit:
                raise HTTPException(413)  # the one exception that body parsing lets through
        return message

    return limited


async def _nothing() -> Message:
    return {"type": "http.disconnect"}
