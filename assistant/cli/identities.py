"""`aparte identities`: patients who may be one. For administrators; every decision is in the trail."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from assistant.cli.options import AS, JSON

if TYPE_CHECKING:
    from assistant.cli.door import Json

app = typer.Typer(help="Patients who may be one: list, same, different, undo.", no_args_is_help=True)
_FIRST = typer.Argument(help="Patient id.")
_SECOND = typer.Argument(help="The other patient id.")


@app.command("list")
def list_identities(
    decided: bool = typer.Option(False, "--decided", help="What was decided, in place of what is open."),
    as_json: bool = JSON,
    login: str | None = AS,
) -> None:
    """List pairs of patients of whom a person must say whether they are one."""
    from assistant.cli.door import open_door
    from assistant.cli.records import print_json

    with open_door(login) as door:
        found = door.settle("GET", "identities")
    if as_json:
        print_json(found)
    elif decided:
        for item in found["decisions"]:
            print(
                f"{item['id']}  {item['kind']}  {item['first_id']}  {item['second_id']}  "
                f"{item['decided'][:10]} {item['decided_by']}"
            )
    else:
        for item in found["conflicts"]:
            _print_conflict(item)
        if not found["conflicts"]:
            print("nothing is open")


def _print_conflict(item: Json) -> None:
    print(f"{', '.join(item['kinds'])} (since {item['found'][:10]})")
    for side in ("first", "second"):
        person = item[side]
        traits = (person["birth_name"] or person["family_name"] or person["name"], person["given_names"])
        said = ", ".join(
            part for part in (" ".join(traits).strip(), person["birth_date"], person["sex"]) if part
        )
        numbers = ", ".join(f"{each['system']} {each['value']}" for each in person["identifiers"])
        print(f"  {person['id']}  {said}  {numbers}  {item[f'{side}_documents']} documents")


@app.command("same")
def same(first: str = _FIRST, second: str = _SECOND, as_json: bool = JSON, login: str | None = AS) -> None:
    """Two patients are one: their records come together; `undo` or `different` divides them again."""
    _decide("same", first, second, as_json=as_json, login=login)


@app.command("different")
def different(
    first: str = _FIRST, second: str = _SECOND, as_json: bool = JSON, login: str | None = AS
) -> None:
    """Two patients are two: they stay apart, and it is not asked again."""
    _decide("different", first, second, as_json=as_json, login=login)


@app.command("undo")
def undo(
    number: int = typer.Argument(help="Number of the decision, as `list --decided` shows it."),
    as_json: bool = JSON,
    login: str | None = AS,
) -> None:
    """Take a decision back."""
    from assistant.cli.door import open_door

    with open_door(login) as door:
        report = door.settle("DELETE", f"identities/decisions/{number}")
    _print(report, as_json=as_json, line=f"decision {number} taken back")


def _decide(kind: str, first: str, second: str, *, as_json: bool, login: str | None) -> None:
    from assistant.cli.door import open_door

    with open_door(login) as door:
        report = door.settle("POST", f"identities/{kind}", {"first": first, "second": second})
    held = f", held as {report['patient_id']}" if report["patient_id"] else ""
    _print(report, as_json=as_json, line=f"{first} and {second}: {kind}{held}")


def _print(report: Json, *, as_json: bool, line: str) -> None:
    from assistant.cli.records import print_json

    for note in report.pop("notes"):
        print(note, file=sys.stderr)
    if as_json:
        print_json(report)
    else:
        print(line)
