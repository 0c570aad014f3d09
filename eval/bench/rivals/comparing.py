"""Side by side in one run: the same model, encoder, records and questions for every contestant."""

from __future__ import annotations

import json
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import anyio

from assistant.errors import ConfigurationError
from assistant.settings import Settings
from assistant.workplace import shipped_chat_model
from eval.bench.result import Measure, measure
from eval.bench.rivals.bare_model import BareModel
from eval.bench.rivals.contestant import Contestant, Metered, Told
from eval.bench.rivals.judging import Verdict, verdict_of
from eval.bench.rivals.ours import Ours
from eval.bench.rivals.stock_chain import StockChain
from eval.cases.case import Case
from eval.cases.gold import RecordGold
from eval.runner.accounts import accounts_of
from eval.runner.binding import reading_digest
from eval.runner.in_process import InProcess
from eval.runner.workspace import fill, opened, workspace_of
from eval.suites.base import World
from eval.suites.record_qa import RecordQA
from eval.suites.unanswerable import Unanswerable
from eval.synthetic.generate import generate
from eval.synthetic.options import evaluation_options
from models.base import ChatModel

SEED = 1004
ANSWERABLE = 0.7
"""Share of the questions that the record answers; of the others it holds no answer."""
_MANY = 400

Row = tuple[Case, Told, Verdict]


async def bench_rivals(
    settings: Settings,
    *,
    patients: int,
    questions: int,
    keep: Path | None = None,
    make_model: Callable[[], ChatModel] | None = None,
) -> list[Measure]:
    """Return, for each contestant, what it got right and wrong, how soon, and with how many tokens.

    Contestants take turns question by question, the first one changing, so that a machine whose speed drifts
    treats all alike. `keep`: a file for every question, truth and answer, as JSON lines. `make_model` makes
    another model than the settings', for tests.
    """
    world = world_of(patients)
    cases = drawn(world, questions=questions)
    rows: dict[str, list[Row]] = {}
    with tempfile.TemporaryDirectory(prefix="aparte-bench-") as folder:
        made = make_model or partial(_model, settings)
        async with _contestants(settings, Path(folder), cases, world=world, made=made) as those:
            for number, case in enumerate(cases):
                for place in range(len(those)):
                    contestant = those[(number + place) % len(those)]
                    told = await contestant.tell(case.steps[-1])
                    rows.setdefault(contestant.name, []).append((case, told, verdict_of(case, told)))
    if keep is not None:
        await anyio.Path(keep).write_text("".join(_lines(rows)), encoding="utf-8")
    return [each for name, told in rows.items() for each in figures(name, told)]


def world_of(patients: int) -> World:
    """The hospital of the comparison, held-out templates open."""
    options = evaluation_options(open_held_out=True)
    return World(hospital=generate(SEED, patients, options=options), seed=SEED, open_held_out=True)


def drawn(world: World, *, questions: int) -> tuple[Case, ...]:
    """Questions on records that no rule was tuned on: of S1, and of S3 those whose answer is nowhere."""
    answerable = RecordQA().cases(world, wanted=round(questions * ANSWERABLE))
    missing = [case for case in Unanswerable().cases(world, wanted=_MANY) if _is_missing(case)]
    return (*answerable, *missing[: questions - len(answerable)])


def _is_missing(case: Case) -> bool:
    return isinstance(case.gold, RecordGold) and case.gold.status == "abstained"


@asynccontextmanager
async def _contestants(
    settings: Settings,
    folder: Path,
    cases: Sequence[Case],
    *,
    world: World,
    made: Callable[[], ChatModel],
) -> AsyncIterator[tuple[Contestant, ...]]:
    workspace = workspace_of(folder, world.hospital, settings, at_once=1)
    reading = reading_digest(workspace.settings)
    fill(workspace, world.hospital, accounts=accounts_of(cases), reading_sha256=reading, say=lambda _: None)
    meter = Metered(made())
    with opened(workspace, model=lambda: meter) as services:
        try:
            yield (
                Ours(InProcess(services), meter),
                StockChain(services, meter),
                BareModel(services, meter),
            )
        finally:
            await services.stop()


def _model(settings: Settings) -> ChatModel:
    model = shipped_chat_model(settings)
    if model is None:
        raise ConfigurationError("a comparison needs a language model, and the engine is `none`")
    return model


def figures(name: str, rows: Sequence[Row]) -> Iterator[Measure]:
    """The figures of one contestant."""
    judged = [verdict for _, _, verdict in rows]
    there = [verdict for case, _, verdict in rows if case.suite == "S1"]
    missing = [verdict for case, _, verdict in rows if case.suite != "S1"]
    said = sum(verdict.sentences for verdict in judged)
    yield _share(f"rivals.{name}.right", [one.right for one in judged])
    yield _share(f"rivals.{name}.right_where_the_record_answers", [one.right for one in there])
    yield _share(f"rivals.{name}.wrong_where_the_record_answers", [one.wrong for one in there])
    yield _share(f"rivals.{name}.wrong_where_it_does_not", [one.wrong for one in missing])
    yield _share(f"rivals.{name}.answers_with_a_wrong_number", [one.wrong_numbers > 0 for one in judged])
    if said:
        unsupported = sum(verdict.unsupported for verdict in judged)
        yield measure(f"rivals.{name}.unsupported_sentences", [unsupported / said], unit=f"share, n {said}")
    yield measure(f"rivals.{name}.first_words_ms", [told.first_words_ms for _, told, _ in rows], unit="ms")
    yield measure(f"rivals.{name}.whole_answer_ms", [told.total_ms for _, told, _ in rows], unit="ms")
    tokens = [float(told.prompt_tokens + told.completion_tokens) for _, told, _ in rows]
    yield measure(f"rivals.{name}.tokens_mean", [sum(tokens) / len(tokens)], unit="tokens")


def _share(name: str, seen: Sequence[bool]) -> Measure:
    return measure(name, [sum(seen) / len(seen)] if seen else [0.0], unit=f"share, n {len(seen)}")


def _lines(rows: dict[str, list[Row]]) -> Iterator[str]:
    for name, told in rows.items():
        for case, each, verdict in told:
            row = {
                "contestant": name,
                "case": case.model_dump(mode="json"),
                "sentences": each.sentences,
                "sources": each.sources,
                "verdict": verdict._asdict(),
                "answer": each.answer,
            }
            yield json.dumps(row, ensure_ascii=False) + "\n"
