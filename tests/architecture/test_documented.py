"""Every setting and every route is documented, and the documents name nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from assistant.app import create_app
from assistant.settings import table
from tests.architecture.sources import ROOT
from tests.flows.hospital import make_services

OPEN = {
    ("POST", "/api/session"),
    ("GET", "/api/session"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/"),
    ("GET", "/p/{patient_id:path}"),
}
"""What may be reached without signing in."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    made = create_app(make_services(tmp_path_factory.mktemp("data")))
    assert isinstance(made, FastAPI)
    return made


def _flat(routes: Iterable[object]) -> Iterator[object]:
    """Routes, those of included routers among them."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is None:
            yield route
        else:
            yield from _flat(inner.routes)


def _api_routes(app: FastAPI) -> list[APIRoute]:
    return [route for route in _flat(app.routes) if isinstance(route, APIRoute)]


def _routes(app: FastAPI) -> set[tuple[str, str]]:
    return {(method, route.path) for route in _api_routes(app) for method in route.methods - {"HEAD"}}


def _plain(path: str) -> str:
    return path.replace(":path}", "}")


def test_every_setting_is_in_the_document_with_its_default_and_its_help() -> None:
    text = (ROOT / "docs" / "settings.md").read_text("utf-8")
    rows = re.findall(r"^\| `(APARTE_\w+)` \| (.*?) \| (.*?) \|$", text, flags=re.M)
    expected = [
        (name, f"`{default}`" if not default.startswith("(") else default, help_)
        for name, default, help_ in table()
    ]
    assert [(name, default, help_) for name, default, help_ in rows] == expected


def test_every_route_is_in_the_document(app: FastAPI) -> None:
    text = (ROOT / "docs" / "http.md").read_text("utf-8")
    documented = set(re.findall(r"^\| `(GET|POST|DELETE|PUT|PATCH) (/\S*)`", text, flags=re.M)) - {
        ("GET", "/static/{path}")
    }
    assert {(method, _plain(path)) for method, path in _routes(app)} == documented


def test_every_route_asks_who_unless_it_is_listed_as_open(app: FastAPI) -> None:
    from assistant.api.signing import principal_of

    def asks(dependant: object) -> bool:
        calls = getattr(dependant, "dependencies", [])
        return any(each.call is principal_of or asks(each) for each in calls)

    unguarded = {
        (method, route.path)
        for route in _api_routes(app)
        if not asks(route.dependant)
        for method in route.methods - {"HEAD"}
    }
    assert unguarded == OPEN


def test_the_only_mount_is_the_page(app: FastAPI) -> None:
    others = [route.path for route in _flat(app.routes) if not isinstance(route, APIRoute)]
    assert others == ["/static"]


def test_documents_name_no_machine() -> None:
    for path in (ROOT / "docs").rglob("*.md"):
        text = path.read_text("utf-8")
        assert f"{ROOT}/" not in text, path
        assert f"{Path.home()}/" not in text, path
