"""Who makes a request: a session cookie with its anti-forgery token, or the token of `owner.json`."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request

from assistant.errors import Forbidden, NotSignedIn
from assistant.owner import os_user
from assistant.people.access import require
from assistant.people.principal import Permission, Principal
from assistant.people.sessions import COOKIE, CSRF_HEADER, Session, same
from assistant.services import Services

AS_HEADER = "X-Aparte-As"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def services_of(request: Request) -> Services:
    """The services that the application was made with."""
    services: Services = request.app.state.services
    return services


def check_origin(request: Request) -> None:
    """Refuse a request that a page of another site sent. Raises Forbidden."""
    origin = request.headers.get("origin")
    if origin is not None and _netloc(origin) != request.headers.get("host", "").lower():
        raise Forbidden("this request comes from another site")
    if request.headers.get("sec-fetch-site") in {"cross-site", "same-site"}:
        raise Forbidden("this request comes from another site")


def _netloc(origin: str) -> str:
    """Host and port of an Origin header, in lower case; empty when it is none, as `null` is."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def session_of(request: Request) -> Session:
    """The session of the request's cookie. Raises NotSignedIn."""
    token = request.cookies.get(COOKIE)
    if not token:
        raise NotSignedIn("sign in first")
    return services_of(request).sessions.find(token)


def principal_of(request: Request) -> Principal:
    """The person behind the request, or an error. Every route under /api but sign-in depends on this."""
    bearer = request.headers.get("authorization")
    principal = _from_session(request) if bearer is None else _from_command_line(request, bearer)
    request.state.account = principal.login
    return principal


def _from_session(request: Request) -> Principal:
    session = session_of(request)
    if request.method not in _SAFE:
        check_origin(request)
        if not same(request.headers.get(CSRF_HEADER, ""), session.csrf):
            raise Forbidden(f"the {CSRF_HEADER} header is missing or wrong; GET /api/me gives its value")
    return session.principal


def _from_command_line(request: Request, bearer: str) -> Principal:
    services = services_of(request)
    scheme, _, token = bearer.partition(" ")
    expected = services.owner_token
    if expected is None or scheme.lower() != "bearer" or not same(token.strip(), expected):
        raise NotSignedIn("the token is not valid")
    return services.accounts.for_os_user(os_user(), login=request.headers.get(AS_HEADER))


ServicesDep = Annotated[Services, Depends(services_of)]
PrincipalDep = Annotated[Principal, Depends(principal_of)]


def holder_of(permission: Permission) -> object:
    """A dependency: the person behind the request, who must hold the permission."""

    def dependency(principal: PrincipalDep) -> Principal:
        require(principal, permission)
        return principal

    return Depends(dependency)
