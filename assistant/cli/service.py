"""`aparte serve` and `aparte doctor`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import typer

from assistant.cli.options import JSON

if TYPE_CHECKING:
    from assistant.settings import Settings


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("serve", help="Run the service and its page.")(serve)
    app.command("doctor", help="Say in words what is wrong and how to mend it.")(doctor)


def serve(
    host: str | None = typer.Option(None, "--host", help="Address to listen on.", show_default="127.0.0.1"),
    port: int | None = typer.Option(None, "--port", help="Port; 0 takes a free one.", show_default="8000"),
) -> None:
    """Serve until Ctrl-C; once waits a few seconds for running answers, twice stops now."""
    from assistant.settings import force_offline, load_settings

    force_offline()
    run_service(load_settings(host=host, port=port))


def run_service(settings: Settings, *, on_started: Callable[[str], None] | None = None) -> None:
    """Own the data folder and serve it; says the address when it listens."""
    from assistant import loading, serving
    from assistant.model_settings import model_settings
    from assistant.workplace import open_workplace

    serving.check_address(settings)
    model_settings(settings)  # a key file that cannot be read is told now, not at the first question
    if not settings.encoder_bulk_threads:  # two engines on the same cores slow each other to a crawl
        settings = settings.model_copy(update={"encoder_bulk_threads": settings.encoder_threads})
    token = serving.new_token()

    def started(url: str) -> None:
        print(f"Aparté: {url}  (Ctrl-C stops)", file=sys.stderr, flush=True)
        if on_started is not None:
            on_started(url)

    with open_workplace(settings, owner_token=token) as services:
        serving.serve(settings, services, owner_token=token, on_started=started)
    if loading.abandoned():
        loading.leave(0)


def doctor(as_json: bool = JSON) -> None:
    """Check this machine, the data folder and the models; exit 1 when something is broken."""
    from assistant.cli.records import print_json
    from assistant.doctor import examine
    from assistant.settings import force_offline, load_settings

    force_offline()
    findings = examine(load_settings())
    if as_json:
        print_json({"findings": [finding.model_dump() for finding in findings]})
    else:
        for finding in findings:
            mark = {"ok": "ok   ", "warning": "note ", "broken": "WRONG"}[finding.state]
            print(f"{mark}  {finding.about}: {finding.says}")
            if finding.mend:
                print(f"       -> {finding.mend}")
    if any(finding.state == "broken" for finding in findings):
        raise typer.Exit(1)
