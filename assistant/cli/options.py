"""Options that several commands share."""

from __future__ import annotations

from typing import Any

import typer

PATIENT: Any = typer.Option(..., "--patient", "-p", help="Patient id, as `aparte patients` shows it.")
JSON: Any = typer.Option(False, "--json", help="Print JSON, for programs.")
AS: Any = typer.Option(None, "--as", help="Act as this account, mapped to you with `aparte users map-os`.")
