"""`aparte eval calibrate`: measure sentence checkers, and say which are admitted."""

from __future__ import annotations

from pathlib import Path

import typer

from eval.calibration.checkers import SUPPORTED

app = typer.Typer(help="Measure sentence checkers against labels, and against predictors that know nothing.")


@app.command("calibrate")
def calibrate_command(
    checker: list[str] = typer.Option(
        ["verify"], "--checker", help="A checker by name, or module:factory; repeat it."
    ),
    bench: Path | None = typer.Option(None, "--bench", help="Folder of public sets: adds K-QA (English)."),
    seed: int | None = typer.Option(
        None,
        "--seed",
        help="Of the hospital. 1 to 99 to tune, from 1000 to report.",
        show_default="11 or 1000",
    ),
    patients: int = typer.Option(20, "--patients", min=2, max=200, help="Patients of the hospital."),
    per_kind: int = typer.Option(
        80, "--per-kind", min=5, max=2000, help="Sentences of each kind of error, at most."
    ),
    open_held_out: bool = typer.Option(  # noqa: FBT001 - an option of a command
        False,  # noqa: FBT003
        "--open-held-out",
        help="Use the held-out wordings: for a report, never while tuning.",
    ),
    json_output: bool = typer.Option(  # noqa: FBT001 - an option of a command
        False,  # noqa: FBT003
        "--json",
        help="Print JSON.",
    ),
) -> None:
    """AUROC and recall by kind of error. Exit 0 when every checker asked for is admitted in French."""
    from eval.calibration.measuring import REPORT_SEED, TUNING_SEED, calibrate
    from eval.calibration.printing import table
    from eval.errors import EvaluationError

    try:
        found = calibrate(
            checker,
            bench=bench,
            seed=seed if seed is not None else REPORT_SEED if open_held_out else TUNING_SEED,
            patients=patients,
            held=open_held_out,
            per_kind=per_kind,
        )
    except EvaluationError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(found.model_dump_json(indent=2) if json_output else table(found, threshold=SUPPORTED))
    french = [one for part in found.sets if part.language == "fr" for one in part.admissions]
    raise typer.Exit(0 if all(one.admitted for one in french) else 1)
