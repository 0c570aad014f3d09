"""Sign in, sign out, who am I."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from pydantic import Field

from assistant.api.signing import PrincipalDep, ServicesDep, check_origin, session_of
from assistant.errors import NotSignedIn, TooManyRequests
from assistant.people.principal import PERMISSIONS, Principal
from assistant.people.sessions import COOKIE, csrf_token
from assistant.services import Services
from retrieval.frozen import Frozen

router = APIRouter(prefix="/api", tags=["session"])


class SignIn(Frozen):
    """A name and a password."""

    username: str = Field(max_length=200)
    password: str = Field(max_length=1000)


class Me(Frozen):
    """Who is signed in, what they may do, and the limits that a page should know.

    `csrf_token` goes into the X-Aparte-CSRF header of every request that is not a GET; it is null for
    the command line.
    """

    id: str
    login: str
    display_name: str
    roles: tuple[str, ...]
    permissions: tuple[str, ...]
    purposes: tuple[str, ...]
    csrf_token: str | None
    question_characters: int
    model: str | None


class SessionState(Frozen):
    """Whether the browser holds a session; never an error."""

    signed_in: bool


@router.post("/session")
def sign_in(body: SignIn, request: Request, response: Response, services: ServicesDep) -> Me:
    """Open a session. 401 for a wrong name or password, 429 after too many."""
    check_origin(request)
    address = request.client.host if request.client else "-"
    services.logins.take(address)
    try:
        principal = services.accounts.check_password(body.username, body.password)
    except (NotSignedIn, TooManyRequests):
        services.trail.record("sign_in_failed", actor="-")
        raise
    services.trail.record("signed_in", actor=principal.id)
    token = services.sessions.open(principal)
    response.set_cookie(
        COOKIE,
        token,
        max_age=services.settings.session_minutes * 60,
        httponly=True,
        samesite="strict",
        secure=services.settings.secure,
        path="/",
    )
    return _me(principal, services, csrf=csrf_token(token))


@router.get("/session")
def session_state(request: Request) -> SessionState:
    """Whether a session holds."""
    try:
        session_of(request)
    except NotSignedIn:
        return SessionState(signed_in=False)
    return SessionState(signed_in=True)


@router.delete("/session", status_code=204)
def sign_out(request: Request, response: Response, principal: PrincipalDep, services: ServicesDep) -> None:
    """End the session."""
    token = request.cookies.get(COOKIE)
    if token:
        services.sessions.close(token)
        services.trail.record("signed_out", actor=principal.id)
    response.delete_cookie(
        COOKIE, path="/", httponly=True, samesite="strict", secure=services.settings.secure
    )


@router.get("/me")
def me(request: Request, principal: PrincipalDep, services: ServicesDep) -> Me:
    """Who is signed in."""
    token = request.cookies.get(COOKIE)
    signed_in_here = principal.via == "session" and token is not None
    return _me(principal, services, csrf=csrf_token(token) if signed_in_here and token else None)


def _me(principal: Principal, services: Services, *, csrf: str | None) -> Me:
    return Me(
        id=principal.id,
        login=principal.login,
        display_name=principal.display_name or principal.login,
        roles=tuple(sorted(principal.roles)),
        permissions=tuple(name for name in PERMISSIONS if principal.may(name)),
        purposes=tuple(sorted(principal.purposes())),
        csrf_token=csrf,
        question_characters=services.settings.question_characters,
        model=services.model_name,
    )
