"""`aparte quarantine`: documents whose patient is not settled. For administrators; all is in the trail."""

from __future__ import annotations

import sys

import typer

from assistant.cli.options import AS, JSON, PATIENT

app = typer.Typer(
    help="Documents whose patient is not settled: list, show, assign, discard.", no_args_is_help=True
)
_ID = typer.Argument(help="Id of the document, as `list` shows it.")


@app.command("list")
def list_quarantine(as_json: bool = JSON, login: str | None = AS) -> None:
    """List documents in quarantine, oldest first."""
    from assistant.cli.door import open_door
    from assistant.cli.records import print_json

    with open_door(login) as door:
        found = door.settle("GET", "quarantine")
    if as_json:
        print_json(found)
        return
    for item in found["quarantined"]:
        claimed = f", said to be of {item['claimed']}" if item["claimed"] else ""
        about = f"{item['title']} ({item['system']}{claimed})"
        print(f"{item['id']}  {item['arrived'][:10]}  {about}: {item['reason']}")
    if not found["quarantined"]:
        print("nothing is in quarantine")


@app.command("show")
def show(quarantine_id: str = _ID, as_json: bool = JSON, login: str | None = AS) -> None:
    """Show the beginning of a document, to see whose it is."""
    from assistant.cli.door import open_door
    from assistant.cli.records import print_json

    with open_door(login) as door:
        found = door.settle("GET", f"quarantine/{quarantine_id}")
    if as_json:
        print_json(found)
        return
    about = (
        found["quarantined"]["title"],
        found["kind"],
        found["effective"],
        found["author"],
        found["facility"],
    )
    print(", ".join(part for part in about if part))
    print(found["text"])
    if found["characters"] > len(found["text"]):
        print(f"({found['characters']} characters in all)", file=sys.stderr)


@app.command("assign")
def assign(
    quarantine_id: str = _ID, patient: str = PATIENT, as_json: bool = JSON, login: str | None = AS
) -> None:
    """Put a document into a patient's record, as if it had arrived with it."""
    from assistant.cli.door import open_door
    from assistant.cli.records import print_json

    with open_door(login) as door:
        report = door.settle("POST", f"quarantine/{quarantine_id}/assign", {"patient_id": patient})
    for note in report.pop("notes"):
        print(note, file=sys.stderr)
    if as_json:
        print_json(report)
    else:
        print(f"{report['done']}: in the record of {report['patient_id']}")


@app.command("discard")
def discard(
    quarantine_id: str = _ID,
    yes: bool = typer.Option(False, "--yes", help="Do not ask."),
    login: str | None = AS,
) -> None:
    """Erase a document in quarantine for good."""
    from assistant.cli.door import open_door

    if not yes:
        typer.confirm("Erase this document? This cannot be undone.", abort=True)
    with open_door(login) as door:
        door.settle("DELETE", f"quarantine/{quarantine_id}")
    print("erased")
