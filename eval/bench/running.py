"""Runs the chosen benchmarks with the models that the settings name, and prints what was found."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import anyio
from rich.console import Console
from rich.table import Table

from assistant.code_version import code_version
from assistant.model_settings import model_settings
from assistant.settings import Settings, force_offline, load_settings
from eval.bench.result import BenchReport, Measure
from models.build import ModelSettings, open_chat_model, open_embedder
from models.catalogue import load_catalogue
from models.machine import physical_cores
from models.store import resolve


class Amounts(NamedTuple):
    """How much each benchmark does: rounds, synthetic patients, documents of a format, sizes grown to,
    questions put to all contestants, and the file where their answers are kept.
    """

    rounds: int = 5
    patients: int = 4
    documents: int = 500
    growth: tuple[int, ...] = (1_000, 10_000, 30_000)
    questions: int = 40
    keep: Path | None = None


def run_bench(suites: tuple[str, ...], *, amounts: Amounts, json_output: bool) -> BenchReport:
    """Run `suites` in order; each measure is printed as soon as it is known. Returns the whole report."""
    force_offline()
    settings = load_settings(allow_test_models=True)
    models = model_settings(settings)
    table = Console(stderr=json_output)
    found: list[Measure] = []
    for suite in suites:
        table.print(f"[bold]{suite}[/bold]")
        for item in _suite(suite, settings, models, amounts):
            found.append(item)
            table.print(f"  {item.name}: {item.value:g} {item.unit} {item.target} {_mark(item)}")
    report = BenchReport(
        machine=f"{platform.machine()}, {physical_cores()} cores",
        code=code_version(),
        settings={
            "engine": models.engine,
            "encoder_bulk_threads": str(models.encoder_bulk_threads or physical_cores()),
        },
        measures=tuple(found),
    )
    _print(report, json_output=json_output)
    return report


def _suite(suite: str, settings: Settings, models: ModelSettings, amounts: Amounts) -> Iterable[Measure]:
    rounds, patients = amounts.rounds, amounts.patients
    if suite == "search":
        from eval.bench.search import bench_search

        return bench_search(rounds=rounds)
    if suite == "ingest":
        from eval.bench.ingest import bench_ingest

        return bench_ingest(open_embedder(models), _bare_encoder(models), patients=patients, rounds=rounds)
    if suite == "formats":
        from eval.bench.formats import bench_formats

        return bench_formats(documents=amounts.documents, growth=amounts.growth)
    if suite == "generation":
        return anyio.run(_generation, models, rounds)
    from eval.bench.answers import bench_answers

    return anyio.run(
        lambda: bench_answers(settings, patients=patients, questions=amounts.questions, keep=amounts.keep)
    )


def _bare_encoder(models: ModelSettings) -> Callable[[Sequence[str]], object]:
    """sentence-transformers itself over the same weights, with the threads that an ingest has."""
    import torch
    from sentence_transformers import SentenceTransformer

    name = models.encoder or load_catalogue().default("encoder").name
    folder = resolve(name, models.models_folder, kind="encoder", allow_test=True).path
    bare = SentenceTransformer(str(folder), device="cpu", local_files_only=True)

    def encode(texts: Sequence[str]) -> object:
        torch.set_num_threads(models.encoder_bulk_threads or physical_cores())
        try:
            return bare.encode(list(texts), normalize_embeddings=True, show_progress_bar=False, prompt="")
        finally:
            torch.set_num_threads(models.encoder_threads)

    return encode


async def _generation(models: ModelSettings, rounds: int) -> Iterable[Measure]:
    from eval.bench.generation import bench_generation

    name = models.chat_model or load_catalogue().default("chat").name
    weights = resolve(name, models.models_folder, kind="chat", allow_test=True).path
    model = open_chat_model(models.model_copy(update={"engine": "xllamacpp"}))
    try:
        return await bench_generation(
            model,
            weights,
            threads=models.threads or physical_cores(),
            context=models.context_tokens,
            parallel=models.parallel,
            rounds=rounds,
        )
    finally:
        await model.close()


def _mark(item: Measure) -> str:
    return {True: "met", False: "MISSED", None: ""}[item.met]


def _print(report: BenchReport, *, json_output: bool) -> None:
    if json_output:
        print(report.model_dump_json(indent=2))
        return
    table = Table(title=f"aparte bench, {report.machine}, {report.code}")
    for heading in ("measure", "median", "low", "high", "rounds", "unit", "target", ""):
        table.add_column(heading, justify="right" if heading in {"median", "low", "high"} else "left")
    for item in report.measures:
        numbers = (f"{item.value:g}", f"{item.low:g}", f"{item.high:g}", str(item.rounds))
        table.add_row(item.name, *numbers, item.unit, item.target, _mark(item))
    Console(width=140).print(table)
