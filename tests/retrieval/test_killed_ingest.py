"""`kill -9` anywhere in an ingest: the next runs go on, and each document is there exactly once."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from models.hashing import HashingEmbedder
from retrieval.index.edge import open_edge_index
from retrieval.outbox import out_of_step, signature_for
from retrieval.records import open_store
from retrieval.search import search
from tests.retrieval.documents import lines, scope

ROOT = Path(__file__).parents[2]


def _sources(folder: Path, *, files: int, each: int) -> None:
    folder.mkdir()
    for number in range(files):
        patient = f"p{number % 7}"
        items: list[dict[str, object]] = [{"person": patient, "name": f"UNTEL {patient}"}]
        for place in range(each):
            name = f"r{number}-{place}"
            text = f"Document numero{number}x{place} de la liasse {number}."
            items.append({"record": name, "text": text, "hint": patient, "facts": [[name, "1"]]})
        (folder / f"f{number:04}.jsonl").write_text(lines(*items), "utf-8")


def _run(data: Path, folder: Path, *, stop: Callable[[str, int], bool] | None) -> bool:
    """Ingest in another process; killed once `stop` says so of a stage and a number. Whether it was."""
    command = [sys.executable, "-m", "tests.retrieval.killed_ingest", str(data), str(folder)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            stage, number = line.split()
            if stop is not None and stop(stage, int(number)):
                process.kill()
                break
        ended = process.wait(timeout=600)
    assert ended in ({0} if stop is None else {0, -9})
    return ended == -9


def _check(data: Path, *, files: int, each: int) -> None:
    embedder = HashingEmbedder()
    store = open_store(data)
    index = open_edge_index(data / "index", signature=signature_for(embedder))
    try:
        held = store.statistics()
        assert (held.records, held.versions, held.facts, held.pending) == (files * each,) * 3 + (0,)
        assert held.patients == min(files, 7)
        assert index.count() == store.count_wanted_in_index() == held.passages == files * each
        assert not out_of_step(store, index)
        for number in range(0, files, max(files // 20, 1)):
            name = f"numero{number}x{each - 1}"
            who = scope(f"p{number % 7}")
            best = search(who, name, store=store, index=index, embedder=embedder, limit=1)[0]
            assert best.passage.locator.record_id == f"r{number}-{each - 1}"
    finally:
        index.close()
        store.close()


def _killed(tmp_path: Path, *, kills: int, files: int, each: int, seed: int) -> None:
    """Each run is killed a few files beyond where the last one was, or while it writes the index."""
    data, folder = tmp_path / "data", tmp_path / "in"
    data.mkdir()
    _sources(folder, files=files, each=each)
    chance = random.Random(seed)
    reached, killed, stages = 0, 0, set()
    for _ in range(kills):
        aim = reached + chance.randint(1, max(2 * files // kills - 1, 1))

        def stop(stage: str, number: int, aim: int = aim) -> bool:
            nonlocal reached
            if stage == "reading":
                reached = max(reached, number)
            hit = number >= aim if stage == "reading" else chance.random() < 0.3
            if hit:
                stages.add(stage)
            return hit

        killed += _run(data, folder, stop=stop)
        reached = min(reached, files)
    assert killed >= kills * 0.6, killed
    assert "reading" in stages
    for _ in range(2):
        _run(data, folder, stop=None)
        _check(data, files=files, each=each)


def test_three_kills(tmp_path: Path) -> None:
    _killed(tmp_path, kills=3, files=20, each=2, seed=3)


@pytest.mark.real
def test_fifty_kills_of_a_thousand_documents(tmp_path: Path) -> None:
    _killed(tmp_path, kills=50, files=250, each=4, seed=50)
