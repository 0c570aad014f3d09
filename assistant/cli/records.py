"""Commands on records: ingest, patients, record, reindex, purge."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from assistant.cli.options import AS, JSON, PATIENT

if TYPE_CHECKING:
    from assistant.cli.door import Json, Progress


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("ingest", help="Bring records in: files, folders, NDJSON. Resumable; twice changes nothing.")(
        ingest
    )
    app.command("patients", help="List the people whose records you may open.")(patients)
    app.command("record", help="Print a record: timeline and facts.")(record)
    app.command("reindex", help="Make the search index again from the record store.")(reindex)
    app.command("purge", help="Erase a patient: records, index, questions and answers.")(purge)


def ingest(
    paths: list[Path] = typer.Argument(None, help="Files and folders.", show_default=False),
    format_: str = typer.Option("auto", "--format", help="Format name, or auto."),
    patient: str | None = typer.Option(None, "--patient", help="Whose all of it is."),
    manifest: list[Path] = typer.Option(
        [], "--manifest", help="CSV with columns path,patient_id; may be given several times."
    ),
    system: str | None = typer.Option(None, "--system", help="Name of the source system in citations."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Read everything, write nothing."),
    as_json: bool = JSON,
    login: str | None = AS,
) -> None:
    """Bring records in and print what was read, unchanged and rejected, with the reason and the place."""
    from assistant.cli.door import Bringing, open_door
    from assistant.errors import BadRequest

    if not paths and not manifest:
        raise BadRequest("name at least one file or folder, or a manifest")
    wanted = Bringing(
        paths=[path.resolve() for path in paths or []],
        format=format_,
        patient_id=patient,
        manifest=tuple(each.resolve() for each in manifest),
        system=system,
        dry_run=dry_run,
    )
    with open_door(login) as door, progress_bar("Lecture") as progress:
        report = door.ingest(wanted, progress)
    for note in report.pop("notes"):
        print(note, file=sys.stderr)
    if as_json:
        print_json(report)
    else:
        _print_report(report)


def _print_report(report: Json) -> None:
    counts = ", ".join(f"{report[name]} {name}" for name in ("read", "replaced", "unchanged", "quarantined"))
    print(f"{counts}, {len(report['rejected'])} rejected in {report['seconds']:.1f} s")
    print(f"{report['patients']} patients, {report['facts']} facts, {report['passages']} passages")
    for item in report["rejected"]:
        place = f" ({item['place']})" if item["place"] else ""
        print(f"rejected {item['file']}{place}: {item['reason']}")


def patients(
    find: str = typer.Option("", "--find", help="Words of a name, a birth date or an identifier."),
    as_json: bool = JSON,
    login: str | None = AS,
) -> None:
    """List people."""
    from assistant.cli import show
    from assistant.cli.door import open_door

    with open_door(login) as door:
        found = door.patients(find)
    if as_json:
        names = ("id", "name", "birth_date", "sex", "identifiers")
        print_json({"patients": [{name: row[name] for name in names} for row in found["patients"]]})
    else:
        show.patients(show.console(), found)


def record(
    patient: str = PATIENT,
    kind: list[str] = typer.Option([], "--kind", help="Kind of fact; several allowed."),
    since: str | None = typer.Option(None, "--since", help="From this day on: YYYY-MM-DD, YYYY-MM or YYYY."),
    as_json: bool = JSON,
    login: str | None = AS,
) -> None:
    """Print the documents and the facts of one record."""
    from assistant.cli import show
    from assistant.cli.door import open_door
    from assistant.errors import BadRequest

    if since is not None and not re.fullmatch(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?", since):
        raise BadRequest("--since is a day, a month or a year: 2026-02-27, 2026-02 or 2026")
    with open_door(login) as door:
        found = door.record(patient, kinds=kind, since=since)
    if as_json:
        print_json(found)
    else:
        show.record(show.console(), found)


def reindex(as_json: bool = JSON, login: str | None = AS) -> None:
    """Make the index again."""
    from assistant.cli.door import open_door

    with open_door(login) as door, progress_bar("Indexation") as progress:
        report = door.reindex(progress)
    if as_json:
        print_json(report)
    else:
        print(f"{report['records']} records, {report['passages']} passages indexed")


def purge(
    patient: str = PATIENT,
    yes: bool = typer.Option(False, "--yes", help="Do not ask."),
    as_json: bool = JSON,
    login: str | None = AS,
) -> None:
    """Erase a patient for good."""
    from assistant.cli.door import open_door

    if not yes:
        typer.confirm(f"Erase everything about {patient}? This cannot be undone.", abort=True)
    with open_door(login) as door:
        report = door.purge(patient)
    for note in report.pop("notes"):
        print(note, file=sys.stderr)
    if as_json:
        print_json(report)
    else:
        print(f"erased: records, index, and {report['answers']} questions with their answers")


def print_json(value: object) -> None:
    """Print one JSON value, readable, in UTF-8."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


@contextmanager
def progress_bar(title: str) -> Iterator[Progress]:
    """A bar on the error stream; nothing when that is not a terminal."""
    from rich.console import Console
    from rich.progress import Progress as Bar

    out = Console(stderr=True)
    with Bar(console=out, disable=not out.is_terminal, transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total, name: bar.update(
            task, completed=done, total=total or None, description=f"{title} {name[-40:]}"
        )
