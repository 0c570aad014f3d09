"""`aparte bench`: run the benchmarks and print a table or JSON."""

from __future__ import annotations

from pathlib import Path

import typer

app = typer.Typer(help="Benchmarks: ratios against the bare engines, within one run.")

SUITES = ("search", "ingest", "formats", "generation", "answers")


@app.command("bench")
def bench(
    suites: list[str] = typer.Argument(None, help=f"Which of: {', '.join(SUITES)}. Default: all."),
    rounds: int = typer.Option(5, "--rounds", min=1, max=100, help="Interleaved rounds of each comparison."),
    patients: int = typer.Option(4, "--patients", min=1, max=100, help="Synthetic patients to ingest."),
    documents: int = typer.Option(500, "--documents", min=1, help="Documents of each format (formats)."),
    growth: str = typer.Option("1000,10000,30000", "--growth", help="Sizes of a growing record (formats)."),
    questions: int = typer.Option(40, "--questions", min=2, max=400, help="Put to all contestants."),
    keep: Path = typer.Option(None, "--keep", help="File for every question and answer of them, JSON lines."),
    json_output: bool = typer.Option(False, "--json", help="Print JSON."),
) -> None:
    """Measure ingest, search, generation and answering. Nothing else should run on the machine.

    Exit 1 when a target is missed.
    """
    unknown = sorted(set(suites or ()) - set(SUITES))
    if unknown:
        raise typer.BadParameter(f"no suite is called {', '.join(unknown)}; there are: {', '.join(SUITES)}")
    from eval.bench.running import Amounts, run_bench

    if not all(size.strip().isdigit() and int(size) >= 3 for size in growth.split(",") if size.strip()):
        raise typer.BadParameter("--growth takes numbers of documents from 3 up, such as 1000,10000")
    sizes = tuple(int(size) for size in growth.split(",") if size.strip())
    amounts = Amounts(
        rounds=rounds, patients=patients, documents=documents, growth=sizes, questions=questions, keep=keep
    )
    report = run_bench(tuple(suites or SUITES), amounts=amounts, json_output=json_output)
    raise typer.Exit(1 if any(item.met is False for item in report.measures) else 0)
