"""The page: static files shipped in the package, under the same strict policy as everything else."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse
from starlette.staticfiles import StaticFiles


def web_folder() -> Path:
    """Where the page's files are, inside the installed package."""
    return Path(str(resources.files("assistant").joinpath("web")))


def install(app: FastAPI) -> None:
    """Serve `/`, `/p/{patient_id}` and `/static/`. Nothing in them is about anyone."""
    folder = web_folder()

    def index() -> FileResponse:
        return FileResponse(folder / "index.html", headers={"cache-control": "no-cache"})

    def patient_page(patient_id: str) -> FileResponse:  # noqa: ARG001 - the page itself reads its address
        return index()

    app.add_api_route("/", index, include_in_schema=False)
    app.add_api_route("/p/{patient_id:path}", patient_page, include_in_schema=False)
    app.mount("/static", _Fresh(directory=folder, check_dir=False), name="static")


class _Fresh(StaticFiles):
    """Static files that a browser may keep but must ask about."""

    def file_response(self, *args: object, **kwargs: object) -> FileResponse:
        """As the base, with a cache rule."""
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["cache-control"] = "no-cache"
        return response  # type: ignore[return-value]
