"""`aparte audit`: check the trail and take it out. Read straight from the data folder, service or not."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from assistant.cli.options import JSON

if TYPE_CHECKING:
    from assistant.audit.sqlite_trail import SqliteTrail

app = typer.Typer(help="The audit trail: verify its chain, export it.", no_args_is_help=True)


def _trail() -> SqliteTrail:
    from assistant.audit.sqlite_trail import SqliteTrail
    from assistant.cli.door import read_settings
    from assistant.errors import NotFound

    data = read_settings().data
    if not (data / "audit.sqlite").is_file():
        raise NotFound(f"there is no audit trail in {data} yet")
    return SqliteTrail(data)


@app.command("verify")
def verify(
    head: str | None = typer.Option(None, "--head", help="A head exported earlier: a cut tail is then seen."),
    as_json: bool = JSON,
) -> None:
    """Check every line; says the first that does not hold, and exits 1 then."""
    verdict = _trail().verify(expected_head=head)
    if as_json:
        print(json.dumps(verdict.model_dump(), indent=2))
    elif verdict.intact:
        print(f"intact: {verdict.events} events, head {verdict.head}")
    else:
        print(
            f"broken at event {verdict.first_bad}: {verdict.reason}; {verdict.events} events before it hold"
        )
    if not verdict.intact:
        raise typer.Exit(1)


@app.command("export")
def export(
    out: Path | None = typer.Option(None, "--out", help="File to write; default: the output."),
    form: str = typer.Option("json", "--format", help="json or csv."),
    patient: str | None = typer.Option(None, "--patient", help="Events of one patient: who looked."),
) -> None:
    """Take the events out, with the head of the chain. Exporting is itself in the trail."""
    from assistant.errors import BadRequest
    from assistant.owner import os_user, write_private

    if form not in {"json", "csv"}:
        raise BadRequest("--format is json or csv")
    trail = _trail()
    trail.record("audit_exported", actor=f"os:{os_user()}", patient_id=patient)
    events = [event.model_dump() for event in trail.events(patient_id=patient)]
    if form == "json":
        text = json.dumps({"head": trail.verify().head, "events": events}, ensure_ascii=False, indent=2)
    else:
        text = _as_csv(events)
    if out is None:
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
    else:
        write_private(out, text)


def _as_csv(events: list[dict[str, object]]) -> str:
    from assistant.audit.chain import AuditEvent, canonical

    table = io.StringIO()
    names = list(AuditEvent.model_fields)
    table.write(f"{','.join(names)}\n")
    # words are always quoted: a bare carriage return in one would begin a row of its own
    rows = csv.DictWriter(table, names, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    for event in events:
        row = event | {"detail": canonical(event["detail"])}
        rows.writerow({name: _inert(value) for name, value in row.items()})
    return table.getvalue()


def _inert(value: object) -> object:
    """A cell that no spreadsheet takes for a formula: whoever asks for a patient id puts it in the trail."""
    formula = isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r"))
    return f"'{value}" if formula else value
