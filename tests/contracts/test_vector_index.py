"""The contract of a vector index, run on the embedded engine and on the exact one in memory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.hashing import HashingEmbedder
from retrieval.errors import IndexUnavailable
from retrieval.index.base import IndexPoint, IndexSignature, VectorIndex
from retrieval.index.edge import SHARD, open_edge_index, signature_of
from retrieval.index.memory import MemoryIndex, fused
from retrieval.scope import Filters
from tests.retrieval.documents import scope

EMBEDDER = HashingEmbedder()
SIGNATURE = IndexSignature(encoder="hashing-v1", dimensions=EMBEDDER.dimensions)
Factory = Callable[[], VectorIndex]


@pytest.fixture(params=["memory", "edge"])
def make(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Factory]:
    """Makes empty indexes of one kind."""
    made: list[VectorIndex] = []
    folder, numbers = tmp_path_factory.mktemp("index"), count()

    def factory() -> VectorIndex:
        if request.param == "memory":
            index: VectorIndex = MemoryIndex(SIGNATURE)
        else:
            index = open_edge_index(folder / str(next(numbers)), signature=SIGNATURE)
        made.append(index)
        return index

    yield factory
    for index in made:
        index.close()


def point(
    name: str,
    text: str,
    *,
    patient: str = "p1",
    record: str | None = None,
    version: str = "1",
    kind: str = "letter",
    days: tuple[str, str] | None = ("2024-03-01", "2024-03-01"),
    system: str = "dpi",
) -> IndexPoint:
    return IndexPoint(
        passage_id=name,
        patient_id=patient,
        record_id=record or name,
        version=version,
        kind=kind,
        first_day=days[0] if days else None,
        last_day=days[1] if days else None,
        system=system,
        text=text,
        vector=EMBEDDER.embed_passages([text])[0],
    )


def found(
    index: VectorIndex,
    text: str,
    *,
    patient: str = "p1",
    limit: int = 10,
    masked: tuple[str, ...] = (),
    **filters: object,
) -> list[str]:
    vector = EMBEDDER.embed_queries([text])[0]
    chosen = Filters(**filters)  # type: ignore[arg-type]
    hits = index.search(scope(patient, masked=masked), vector=vector, text=text, limit=limit, filters=chosen)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    return [hit.passage_id for hit in hits]


def test_the_best_comes_first(make: Factory) -> None:
    index = make()
    index.put(
        [
            point("k", "Kaliémie à 5,4 mmol/L"),
            point("a", "Allergie à la pénicilline"),
            point("c", "Créatinine 120 µmol/L"),
        ]
    )
    assert found(index, "allergies ?")[0] == "a"
    assert found(index, "Quelle est la créatinine")[0] == "c"
    assert index.count() == 3


@pytest.mark.parametrize("question", ["kaliemie", "KALIÉMIE", "kalie\u0301mie", "la kaliémie"])
def test_accents_and_case_are_folded(make: Factory, question: str) -> None:
    index = make()
    index.put(
        [point("k", "Kaliémie à 5,4 mmol/L"), point("n", "Natrémie à 140"), point("x", "Patient apyrétique")]
    )
    assert found(index, question)[0] == "k"


def test_an_empty_index_and_a_question_of_stop_words(make: Factory) -> None:
    index = make()
    assert found(index, "kaliémie") == []
    index.put([point("k", "Kaliémie")])
    assert found(index, "le la de") == ["k"]
    assert found(index, "kaliémie", patient="p2") == []


def test_the_limit_holds(make: Factory) -> None:
    index = make()
    index.put([point(f"k{number}", f"Kaliémie numéro {number}") for number in range(30)])
    assert len(found(index, "kaliémie", limit=7)) == 7
    assert len(set(found(index, "kaliémie", limit=100))) == 30


def test_putting_again_replaces(make: Factory) -> None:
    index = make()
    index.put([point("k", "Kaliémie"), point("n", "Natrémie")])
    index.put([point("k", "Allergie à la pénicilline")])
    assert index.count() == 2
    assert found(index, "allergie pénicilline")[0] == "k"
    assert found(index, "natrémie")[0] == "n"
    index.put([])
    assert index.count() == 2


def test_retiring_a_version_a_record_or_all_but_one(make: Factory) -> None:
    index = make()
    index.put(
        [
            point(f"{record}{version}", "Kaliémie", record=record, version=version)
            for record in "ab"
            for version in "123"
        ]
    )
    index.retire("a", "1")
    assert set(found(index, "kaliémie")) == {"a2", "a3", "b1", "b2", "b3"}
    index.retire("a", None, keep="3")
    assert set(found(index, "kaliémie")) == {"a3", "b1", "b2", "b3"}
    index.retire("b", None)
    assert found(index, "kaliémie") == ["a3"]
    index.retire("a", "3", keep="3")
    assert found(index, "kaliémie") == ["a3"]
    index.retire("unknown", None)
    assert index.count() == 1
    index.clear()
    assert index.count() == 0
    index.put([point("k", "Kaliémie")])
    assert found(index, "kaliémie") == ["k"]


def test_filters(make: Factory) -> None:
    index = make()
    index.put(
        [
            point("day", "Kaliémie", kind="laboratory", system="labo"),
            point("year", "Kaliémie", days=("2024-01-01", "2024-12-31")),
            point("undated", "Kaliémie", days=None),
        ]
    )
    assert set(found(index, "kaliémie", from_date="2024-03-01", to_date="2024-03-01")) == {"day", "year"}
    assert found(index, "kaliémie", from_date="2024-03-02") == ["year"]
    assert found(index, "kaliémie", to_date="2024-02-29") == ["year"]
    assert found(index, "kaliémie", to_date="2023-12-31") == []
    assert found(index, "kaliémie", kinds=("laboratory", "other")) == ["day"]
    assert found(index, "kaliémie", sources=("labo",)) == ["day"]
    assert set(found(index, "kaliémie", masked=("day", "year"))) == {"undated"}
    assert len(found(index, "kaliémie")) == 3


TEXTS = (
    "Kaliémie à 5,4",
    "Natrémie à 140",
    "Allergie à la pénicilline",
    "Kaliémie normale ce jour",
    "Rien à dire",
)
POINTS = st.lists(st.tuples(st.sampled_from(["p1", "p2", "p3"]), st.sampled_from(TEXTS)), max_size=12)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(theirs=POINTS, others=POINTS, question=st.sampled_from(TEXTS))
def test_other_patients_are_never_found_and_move_no_ranking(
    make: Factory, theirs: list[tuple[str, str]], others: list[tuple[str, str]], question: str
) -> None:
    mine = [point(f"m{number}", text, patient="p1") for number, (_, text) in enumerate(theirs)]
    alone, crowded = make(), make()
    alone.put(mine)
    crowded.put([point(f"o{n}", text, patient=f"not-{owner}") for n, (owner, text) in enumerate(others)])
    crowded.put(mine)
    hits = found(crowded, question, limit=50)
    assert set(hits) == {each.passage_id for each in mine}
    vector = EMBEDDER.embed_queries([question])[0]
    scores = [
        sorted(
            hit.score
            for hit in index.search(scope("p1"), vector=vector, text=question, limit=50, filters=Filters())
        )
        for index in (alone, crowded)
    ]
    assert scores[0] == pytest.approx(scores[1])


def test_a_vector_of_another_encoder_is_refused(make: Factory) -> None:
    index = make()
    wrong = IndexPoint(
        passage_id="k",
        patient_id="p1",
        record_id="k",
        version="1",
        kind="letter",
        first_day=None,
        last_day=None,
        system="dpi",
        text="Kaliémie",
        vector=np.ones(3, dtype=np.float32),
    )
    with pytest.raises(IndexUnavailable, match="dimensions"):
        index.put([wrong])


def test_a_closed_index_says_so(make: Factory) -> None:
    index = make()
    index.close()
    index.close()
    for call in (
        index.count,
        index.clear,
        lambda: index.put([point("k", "Kaliémie")]),
        lambda: found(index, "k"),
    ):
        with pytest.raises(IndexUnavailable):
            call()  # type: ignore[operator]


def test_threads_write_and_search_at_once(make: Factory) -> None:
    index = make()
    errors: list[BaseException] = []

    def work(worker: int) -> None:
        try:
            for number in range(15):
                index.put([point(f"{worker}-{number}", f"Kaliémie {worker} {number}")])
                assert found(index, "kaliémie")
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert index.count() == 60


# The embedded engine: its folder


def test_a_kill_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from tests.contracts.test_vector_index import SIGNATURE, open_edge_index, point\n"
        "index = open_edge_index(Path(sys.argv[1]) / 'index', signature=SIGNATURE)\n"
        "index.put([point(f'k{n}', f'Kaliémie {n}') for n in range(300)])\n"
        "index.retire('k7', None)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    root = Path(__file__).parents[2]
    ended = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=root, check=False, timeout=120)
    assert ended.returncode == -signal.SIGKILL
    index = open_edge_index(tmp_path / "index", signature=SIGNATURE)
    assert index.count() == 299
    assert found(index, "Kaliémie 42")[0] == "k42"
    index.close()


def test_closing_and_opening_keeps_all(tmp_path: Path) -> None:
    for number in range(3):
        index = open_edge_index(tmp_path / "index", signature=SIGNATURE)
        assert index.count() == number
        index.put([point(f"k{number}", "Kaliémie")])
        index.close()


def test_a_second_owner_is_refused_in_words(tmp_path: Path) -> None:
    index = open_edge_index(tmp_path / "index", signature=SIGNATURE)
    code = (
        "import sys; from pathlib import Path\n"
        "from retrieval.errors import StoreLocked\n"
        "from tests.contracts.test_vector_index import SIGNATURE, open_edge_index\n"
        "for fresh in (False, True):\n"
        "    try: open_edge_index(Path(sys.argv[1]) / 'index', signature=SIGNATURE, fresh=fresh)\n"
        "    except StoreLocked as error: print(error)\n"
    )
    root = Path(__file__).parents[2]
    asked = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=root,
        check=True,
        timeout=120,
        capture_output=True,
        text=True,
    )
    assert asked.stdout.count("another process holds the search index") == 2
    index.put([point("k", "Kaliémie")])
    assert index.count() == 1
    index.close()


def test_another_encoder_is_detected_and_fresh_begins_again(tmp_path: Path) -> None:
    index = open_edge_index(tmp_path / "index", signature=SIGNATURE)
    index.put([point("k", "Kaliémie")])
    index.close()
    assert signature_of(tmp_path / "index") == SIGNATURE
    other = SIGNATURE.model_copy(update={"encoder": "e5", "dimensions": 16})
    with pytest.raises(IndexUnavailable, match=r"built with hashing-v1 .*aparte reindex"):
        open_edge_index(tmp_path / "index", signature=other)
    index = open_edge_index(tmp_path / "index", signature=other, fresh=True)
    assert (index.count(), index.signature) == (0, other)
    index.close()


@pytest.mark.parametrize("damage", ["truncate", "garbage", "missing"])
def test_a_damaged_folder_is_said_and_fresh_mends_it(tmp_path: Path, damage: str) -> None:
    index = open_edge_index(tmp_path / "index", signature=SIGNATURE)
    index.put([point("k", "Kaliémie")])
    index.close()
    for path in (tmp_path / "index" / SHARD).rglob("*"):
        if not path.is_file():
            continue
        if damage == "missing" and path.name in {"segment.json", "edge_config.json"}:
            path.unlink()
        elif damage != "missing" and "wal" not in path.parts:
            size = path.stat().st_size
            path.write_bytes(b"" if damage == "truncate" else os.urandom(min(size, 64)))
    assert _count_or_none(tmp_path / "index") in {None, 0}  # never the whole, so out_of_step sees it
    index = open_edge_index(tmp_path / "index", signature=SIGNATURE, fresh=True)
    index.put([point("k", "Kaliémie")])
    assert found(index, "kaliémie") == ["k"]
    index.close()


def _count_or_none(folder: Path) -> int | None:
    try:
        index = open_edge_index(folder, signature=SIGNATURE)
        counted = index.count()
    except IndexUnavailable:
        return None
    index.close()
    return counted


def test_no_patient_text_lies_in_the_index_folder(tmp_path: Path) -> None:
    index = open_edge_index(tmp_path / "index", signature=SIGNATURE)
    index.put([point("k", "Hyperzébrémie de M. Untel")])
    index.close()
    for path in (tmp_path / "index").rglob("*"):
        if path.is_file():
            data = path.read_bytes().lower()
            assert not any(word in data for word in (b"untel", b"hyperz", "zébr".encode()))


def test_fusion_does_not_depend_on_the_order_of_its_lists() -> None:
    one, other = ["a", "b", "c"], ["c", "d", "a"]
    assert fused([one, other]) == fused([other, one])
    assert [name for name, _ in fused([one, other])][:2] == ["a", "c"]
