"""`aparte eval`: run the suites, score again, hold the gates, write the report."""

from __future__ import annotations

from pathlib import Path

import typer

app = typer.Typer(
    help="Evaluate: run suites on a target, score, hold the gates, report.", no_args_is_help=True
)

BENCH = Path("../shared/bench")
_DIR = typer.Argument(..., metavar="DIR", help="Folder of a run.", show_default=False)
_JSON = typer.Option(False, "--json", help="Print JSON.")


@app.command("run")
def run(  # noqa: PLR0917 - the options of a command
    out: Path = typer.Option(
        ..., "--out", help="Folder of the run; the same command again takes it up where it stopped."
    ),
    tier: str = typer.Option("smoke", "--tier", help="smoke (minutes), gate (before a release) or full."),
    suites: list[str] = typer.Option([], "--suite", help="A suite, such as S1; repeat it. Default: all."),
    target: str = typer.Option(
        "in-process", "--target", help="in-process, the address of a running service, oracle, or mutant:NAME."
    ),
    accounts: Path | None = typer.Option(
        None, "--accounts", help="With an address: JSON of accounts, each with login and password."
    ),
    seed: int | None = typer.Option(
        None, "--seed", help="Of the hospital. 1 to 99 to tune, from 1000 to report.", show_default="1000"
    ),
    secret_seed_file: Path | None = typer.Option(
        None, "--secret-seed-file", help="File that holds the seed; it is then written nowhere."
    ),
    patients: int | None = typer.Option(None, "--patients", help="Patients, instead of the tier's number."),
    templates: list[Path] = typer.Option([], "--templates", help="Folder of further templates; repeat it."),
    cases: Path | None = typer.Option(None, "--cases", help="A case file of your own, added to the suites."),
    cases_only: bool = typer.Option(False, "--cases-only", help="Ask the cases of --cases alone."),
    model: str | None = typer.Option(
        None, "--model", help="Language model, or `none`. Default: the settings'."
    ),
    bench: Path | None = typer.Option(
        None,
        "--bench",
        help="Folder of public sets that cannot ship.",
        show_default="../shared/bench where it is",
    ),
    workspace: Path | None = typer.Option(
        None, "--workspace", help="Folder of the hospital, to share between runs. Default: in the run's."
    ),
    concurrency: int = typer.Option(4, "--concurrency", min=1, max=64, help="Questions asked at once."),
    open_held_out: bool = typer.Option(
        False, "--open-held-out", help="Use the held-out templates too: for a report, never while tuning."
    ),
    no_inspect: bool = typer.Option(False, "--no-inspect", help="Without Inspect AI and its logs."),
    json_output: bool = _JSON,
) -> None:
    """Ask the suites of a target, in pieces that resume, and score the outputs.

    Stop it when you like (Ctrl-C): the same command again goes on where it stopped.
    """
    from eval.commands.evaluation_run import Asked, run_evaluation
    from eval.runner.planning import RunOptions

    given = RunOptions.model_validate(
        {
            "out": out,
            "tier": _tier(tier),
            "seed": _seed(seed, secret_seed_file),
            "secret_seed": secret_seed_file is not None,
            "patients": patients,
            "bench": bench or (BENCH if BENCH.is_dir() else None),
            "templates": tuple(templates),
            "cases_file": cases,
            "cases_only": cases_only,
            "open_held_out": open_held_out,
            "at_once": concurrency,
            "use_inspect": not no_inspect,
        }
    )
    run_evaluation(
        given,
        Asked(suites=tuple(suites), target=target, accounts=accounts, model=model, workspace=workspace),
        json_output=json_output,
    )


@app.command("score")
def score(directory: Path = _DIR, json_output: bool = _JSON) -> None:
    """Score the stored outputs again; nothing is asked."""
    from eval.commands.evaluation_run import run_score

    run_score(directory, json_output=json_output)


@app.command("gate")
def gate(
    directory: Path = _DIR,
    baseline: Path | None = typer.Option(
        None, "--baseline", help="Run of the last release, to compare with."
    ),
    never: bool = typer.Option(
        False,
        "--never",
        help="Only what may never be seen (class A), in the suites that were asked: for a smoke run. "
        "No release rests on it.",
    ),
    gates: Path | None = typer.Option(None, "--gates", help="Another gate file.", hidden=True),
    json_output: bool = _JSON,
) -> None:
    """Hold every gate against a run: a line a gate, then PASS or FAIL alone; exit 0 or 1."""
    from eval.commands.evaluation_run import run_gate

    held = run_gate(directory, baseline=baseline, gates=gates, never=never, json_output=json_output)
    raise typer.Exit(0 if held else 1)


@app.command("report")
def report(
    directory: Path = _DIR,
    out: Path | None = typer.Option(None, "--out", help="The page.", show_default="DIR/report.html"),
) -> None:
    """Write one HTML page of a run, for clinicians and safety officers."""
    from eval.commands.evaluation_run import run_report

    run_report(directory, out=out or directory / "report.html")


@app.command(
    "calibrate",
    add_help_option=False,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def calibrate(context: typer.Context) -> None:
    """Measure the checkers against known errors; --help says how."""
    from eval.calibration.command import app as calibration

    calibration(args=list(context.args), prog_name="aparte eval calibrate")


@app.command("purge")
def purge(
    directory: Path = _DIR,
    keep_results: bool = typer.Option(False, "--keep-results", help="Keep results.json."),
) -> None:
    """Erase a run: questions, answers, logs and records."""
    from eval.commands.evaluation_run import run_purge

    run_purge(directory, keep_results=keep_results)


def _tier(name: str) -> str:
    if name not in {"smoke", "gate", "full"}:
        raise typer.BadParameter(f"{name} is no tier; there are: smoke, gate, full")
    return name


def _seed(seed: int | None, file: Path | None) -> int:
    if file is None:
        return 1000 if seed is None else seed
    if seed is not None:
        raise typer.BadParameter("--seed and --secret-seed-file exclude each other")
    try:
        return int(file.read_text("ascii"))
    except (OSError, ValueError) as error:
        raise typer.BadParameter(f"{file} does not hold one whole number") from error
