"""`aparte demo`: make, load and serve the synthetic hospital. Safe to repeat; does nothing twice."""

from __future__ import annotations

import typer

app = typer.Typer(help="The synthetic hospital: make it, load it, ask it, serve it.")


@app.command("demo")
def demo(
    patients: int = typer.Option(12, "--patients", min=1, max=500, help="How many patients."),
    seed: int = typer.Option(7, "--seed", help="The same seed makes the same hospital."),
    serve: bool = typer.Option(
        True, "--serve/--no-serve", help="Serve at the end, or stop after the answer."
    ),
    question: str = typer.Option(
        "Quel est le dernier potassium ?", "--question", help="The question to ask at the end."
    ),
) -> None:
    """Models, hospital, accounts, one answer with its sources, then the service."""
    from eval.commands.demonstration import run_demo

    run_demo(patients=patients, seed=seed, serve=serve, question=question)
