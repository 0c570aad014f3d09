"""The HTTP application, made from services. There is none at module level."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import anyio
from fastapi import Depends, FastAPI
from starlette.types import ASGIApp

from assistant.api import (
    admin_routes,
    answers_routes,
    audit_routes,
    failures,
    health_routes,
    pages,
    patients_routes,
    records_routes,
    session_routes,
    settling_routes,
)
from assistant.api.guard import Guard
from assistant.api.signing import principal_of
from assistant.code_version import code_version
from assistant.people.principal import Principal
from assistant.services import Services
from assistant.settings import Settings

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def create_app(services: Services) -> ASGIApp:
    """The whole service over `services`, which it starts and closes with its own lifespan."""
    app = FastAPI(
        title="Aparté",
        version=code_version(),
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=_lifespan,
        redirect_slashes=False,
    )
    app.state.services = services
    failures.install(app)
    for module in (
        session_routes,
        patients_routes,
        answers_routes,
        records_routes,
        audit_routes,
        admin_routes,
        settling_routes,
        health_routes,
    ):
        app.include_router(module.router)

    @app.get("/api/openapi.json", include_in_schema=False)
    def openapi(_principal: Annotated[Principal, Depends(principal_of)]) -> dict[str, Any]:
        """This interface, for programs."""
        return app.openapi()

    pages.install(app)
    app.add_middleware(Guard, hosts=host_names(services.settings), secure=services.settings.secure)
    return app


def host_names(settings: Settings) -> frozenset[str]:
    """The names by which the service may be called."""
    own = set() if settings.host in {"0.0.0.0", "::"} else {settings.host.lower()}  # noqa: S104
    return LOOPBACK | own | {name.lower() for name in settings.allowed_hosts}


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    services: Services = app.state.services
    await services.start()
    try:
        async with anyio.create_task_group() as group:
            group.start_soon(services.warm)
            yield
            group.cancel_scope.cancel()
    finally:
        await services.stop()
