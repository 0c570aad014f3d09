"""Answers: how long a clinician waits, and what others make of the same model, records and questions."""

from __future__ import annotations

from pathlib import Path

from assistant.settings import Settings
from eval.bench.answer_times import bench_times
from eval.bench.result import Measure
from eval.bench.rivals.comparing import bench_rivals


async def bench_answers(
    settings: Settings, *, patients: int, questions: int, keep: Path | None = None
) -> list[Measure]:
    """Return the times of this pipeline; then it stands beside a stock chain and the bare model."""
    times = await bench_times(settings, patients=patients)
    return times + await bench_rivals(settings, patients=patients, questions=questions, keep=keep)
