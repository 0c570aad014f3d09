"""`aparte bench`: run the benchmarks and print a table or JSON."""

from __future__ import annotations

import typer

app = typer.Typer(help="Benchmarks: ratios against the bare engines, within one run.")

SUITES = ("search", "ingest", "generation", "answers")


@app.command("bench")
def bench(
    suites: list[str] = typer.Argument(None, help=f"Which of: {', '.join(SUITES)}. Default: all."),
    rounds: int = typer.Option(5, "--rounds", min=1, max=100, help="Interleaved rounds of each comparison."),
    patients: int = typer.Option(4, "--patients", min=1, max=100, help="Synthetic patients to ingest."),
    json_output: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Measure ingest, search, generation and answering. Nothing else should run on the machine.

    Exit 1 when a target is missed.
    """
    unknown = sorted(set(suites or ()) - set(SUITES))
    if unknown:
        raise typer.BadParameter(f"no suite is called {', '.join(unknown)}; there are: {', '.join(SUITES)}")
    from eval.bench.running import run_bench

    report = run_bench(tuple(suites or SUITES), rounds=rounds, patients=patients, json_output=json_output)
    raise typer.Exit(1 if any(item.met is False for item in report.measures) else 0)
