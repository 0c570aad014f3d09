"""`aparte ask`: one question about one record, streamed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from assistant.cli.options import AS, JSON, PATIENT
from assistant.cli.records import print_json

if TYPE_CHECKING:
    from assistant.cli.door import Door, Json


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("ask", help="Ask about one record; every sentence names its source.")(ask)


def ask(
    question: str = typer.Argument(help="The question, in French or English."),
    patient: str = PATIENT,
    lang: str | None = typer.Option(None, "--lang", help="fr or en; by default the question's own."),
    no_model: bool = typer.Option(False, "--no-model", help="Facts and search only, no language model."),
    purpose: str = typer.Option("care", help="What the reading is for: care, or evaluation."),
    as_json: bool = JSON,
    login: str | None = AS,
) -> None:
    """Print the answer as it is checked, then its sources; exit 1 when it could not be made."""
    import anyio

    from assistant.cli.door import open_door, read_settings
    from assistant.errors import BadRequest

    if lang not in (None, "fr", "en"):
        raise BadRequest("--lang is fr or en")
    settings = read_settings()
    if not question.strip():
        raise BadRequest('the question is empty; for example: aparte ask --patient ID "dernier potassium ?"')
    if len(question) > settings.question_characters:
        raise BadRequest(
            f"the question has {len(question)} characters, {settings.question_characters} at most: shorten it"
        )
    request: Json = {"question": question, "language": lang, "use_model": not no_model, "purpose": purpose}
    with open_door(login, settings=settings) as door:
        status = anyio.run(_ask, door, patient, request, as_json)
    raise typer.Exit(1 if status == "error" else 0)


async def _ask(door: Door, patient: str, request: Json, as_json: bool) -> str:
    from assistant.cli import show

    out = show.console()
    status = "error"
    async with door.ask(patient, request) as events:
        async for name, data in events:
            if name == "sentence" and not as_json:
                show.sentence(out, data["sentence"])
            elif name == "finished":
                status = data["status"]
                if as_json:
                    print_json(data)
                else:
                    show.ending(out, data)
    return status
